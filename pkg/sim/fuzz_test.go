package sim

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// FuzzDecrypt: whatever is sent as a ciphertext is opened or refused with a code.
func FuzzDecrypt(f *testing.F) {
	w, err := New(Options{Regions: []string{"us-east-1"}, NoRateLimits: true})
	if err != nil {
		f.Fatal(err)
	}
	c := &Call{Region: "us-east-1", Principal: admin()}
	k, err := w.CreateKey(c, &kms.CreateKeyInput{})
	if err != nil {
		f.Fatal(err)
	}
	out, err := w.Encrypt(c, &kms.EncryptInput{KeyId: k.KeyMetadata.KeyId, Plaintext: []byte("seed")})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(out.CiphertextBlob)
	f.Add(out.CiphertextBlob[:blobHead])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, blob []byte) {
		got, err := w.Decrypt(c, &kms.DecryptInput{CiphertextBlob: blob})
		if err == nil && string(got.Plaintext) != "seed" {
			t.Errorf("opened %x to %q", blob, got.Plaintext)
		}
	})
}

// FuzzLoad: a damaged entity is refused, or makes a world that goes on.
func FuzzLoad(f *testing.F) {
	w, err := New(Options{Regions: []string{"us-east-1", "eu-west-1"}})
	if err != nil {
		f.Fatal(err)
	}
	c := &Call{Region: "us-east-1", Principal: admin()}
	k, err := w.CreateKey(c, &kms.CreateKeyInput{MultiRegion: ptr(true)})
	if err != nil {
		f.Fatal(err)
	}
	if _, err := w.ReplicateKey(c, &kms.ReplicateKeyInput{KeyId: k.KeyMetadata.KeyId, ReplicaRegion: ptr("eu-west-1")}); err != nil {
		f.Fatal(err)
	}
	if _, err := w.CreateAlias(c, &kms.CreateAliasInput{TargetKeyId: k.KeyMetadata.KeyId, AliasName: ptr("alias/a")}); err != nil {
		f.Fatal(err)
	}
	if _, err := w.RotateKeyOnDemand(c, &kms.RotateKeyOnDemandInput{KeyId: k.KeyMetadata.KeyId}); err != nil {
		f.Fatal(err)
	}
	if err := w.StartFault(Fault{Name: "f", Kind: KeyDisabled, Key: *k.KeyMetadata.KeyId, AtMost: time.Hour}); err != nil {
		f.Fatal(err)
	}
	saved, err := w.Save(true)
	if err != nil {
		f.Fatal(err)
	}
	for i, s := range saved {
		f.Add(i, s.Data)
	}
	f.Fuzz(func(t *testing.T, at int, data []byte) {
		if at < 0 || at >= len(saved) {
			return
		}
		list := append([]Change(nil), saved...)
		list[at].Data = data
		w, err := Load(list, Options{})
		if err != nil {
			return
		}
		w.Advance(w.Now().Add(time.Hour))
		for _, region := range []string{"us-east-1", "eu-west-1"} {
			c := &Call{Region: region, Principal: admin()}
			_, _ = w.DescribeKey(c, &kms.DescribeKeyInput{KeyId: k.KeyMetadata.KeyId})
			_, _ = w.Encrypt(c, &kms.EncryptInput{KeyId: k.KeyMetadata.KeyId, Plaintext: []byte("x")})
			_, _ = w.ListAliases(c, &kms.ListAliasesInput{})
			if _, err := w.TrailDocuments(region, time.Time{}, time.Time{}); err != nil {
				t.Log(err)
			}
		}
	})
}
