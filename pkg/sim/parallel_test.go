package sim

import (
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestReadsAndCryptographyRunSideBySide is for the race detector: what the
// package documentation allows beside each other, beside each other.
func TestReadsAndCryptographyRunSideBySide(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1", "eu-west-1"}})
	if err != nil {
		t.Fatal(err)
	}
	k, err := w.CreateKey(&Call{Region: "us-east-1", Principal: admin()}, &kms.CreateKeyInput{
		MultiRegion: ptr(true),
		Policy:      ptr(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	id := k.KeyMetadata.KeyId
	if err := w.StartFault(Fault{Name: "slow", Kind: RegionSlow, In: []string{"eu-west-1"}, By: time.Millisecond, AtMost: time.Hour}); err != nil {
		t.Fatal(err)
	}
	w.Advance(w.Now().Add(time.Minute))
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			p := &Principal{ARN: "arn:aws:iam::111122223333:role/app", Account: "111122223333", Policies: []string{`{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`}}
			for i := range 200 {
				c := &Call{Region: "us-east-1", From: "eu-west-1", Principal: p}
				w.TryAdvance(w.Now().Add(time.Duration(worker+1) * time.Microsecond))
				w.Route("eu-west-1", "us-east-1", "Encrypt")
				out, err := w.Encrypt(c, &kms.EncryptInput{KeyId: id, Plaintext: []byte{byte(i)}, EncryptionContext: map[string]string{"n": string(rune('a' + i%20))}})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Decrypt(c, &kms.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: map[string]string{"n": string(rune('a' + i%20))}}); err != nil {
					t.Error(err)
					return
				}
				for _, err := range []error{
					second(w.DescribeKey(c, &kms.DescribeKeyInput{KeyId: id})),
					second(w.GetKeyLastUsage(&Call{Region: "us-east-1", Principal: admin()}, &kms.GetKeyLastUsageInput{KeyId: id})),
					second(w.ListKeys(c, &kms.ListKeysInput{})),
				} {
					if e, ok := err.(*Error); ok && e.Code != codeThrottling { //nolint:errorlint // the world's own, never wrapped
						t.Error(err)
					}
				}
				w.Trail("us-east-1", time.Time{}, time.Time{})
			}
		})
	}
	group.Wait()
	encrypts := 0
	for _, e := range w.Trail("us-east-1", time.Time{}, time.Time{}) {
		if e.Op == "Encrypt" {
			encrypts++
		}
	}
	if encrypts != 800 {
		t.Errorf("%d of 800 calls are in the trail", encrypts)
	}
}

// second is the error of a pair of results.
func second[T any](_ T, err error) error { return err }
