package sim_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// TestOthersGoOnWhileOneWaits: while a call waits for an external key store
// proxy, the world is there for others, to read and to change.
func TestOthersGoOnWhileOneWaits(t *testing.T) {
	o := newOutside(t)
	key, err := o.keyOf(o.connected(ofProxy("outside")), "key-1")
	o.done("CreateKey", err)
	asked, answer, proxy := make(chan struct{}), make(chan struct{}), o.send
	o.send = func(r *http.Request) (*http.Response, error) {
		close(asked)
		<-answer
		return proxy(r)
	}
	done := make(chan error)
	go func() {
		_, err := o.c.Encrypt(o.ctx, &kms.EncryptInput{KeyId: key.KeyMetadata.Arn, Plaintext: []byte("p")})
		done <- err
	}()
	<-asked
	other := o.create(o.c, "", "")
	o.done("Encrypt", second(o.c.Encrypt(o.ctx, &kms.EncryptInput{KeyId: other, Plaintext: []byte("p")})))
	close(answer)
	o.done("Encrypt outside", <-done)
}

// TestTwoStoresAtOnePlace: of two calls that wait for the same proxy at the same
// time, only one gets the place that both found free.
func TestTwoStoresAtOnePlace(t *testing.T) {
	o := newOutside(t)
	proxy := o.send
	o.send = func(r *http.Request) (*http.Response, error) {
		o.send = proxy
		o.done("the other", second(o.c.CreateCustomKeyStore(o.ctx, ofProxy("other"))))
		return proxy(r)
	}
	o.refused("this one", second(o.c.CreateCustomKeyStore(o.ctx, ofProxy("this"))), "XksProxyUriInUseException", "")

	store := o.entryNamed("other")
	o.send = func(r *http.Request) (*http.Response, error) {
		o.send = proxy
		o.done("DeleteCustomKeyStore", second(o.c.DeleteCustomKeyStore(o.ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: store})))
		return proxy(r)
	}
	o.refused("connect what is gone", second(o.c.ConnectCustomKeyStore(o.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: store})),
		"CustomKeyStoreInvalidStateException", "")

	id := o.connected(ofProxy("third"))
	o.send = func(r *http.Request) (*http.Response, error) {
		o.send = proxy
		o.done("the other", second(o.keyOf(id, "key-1")))
		return proxy(r)
	}
	o.refused("one external key for two", second(o.keyOf(id, "key-1")), "XksKeyAlreadyInUseException", "")
}

func (o *outside) entryNamed(name string) *string {
	o.Helper()
	out, err := o.c.DescribeCustomKeyStores(o.ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: &name})
	o.done("DescribeCustomKeyStores", err)
	return out.CustomKeyStores[0].CustomKeyStoreId
}

// TestKeysAreMadeAside: what makes RSA keys does so aside, where another key can
// come into being and take the last place.
func TestKeysAreMadeAside(t *testing.T) {
	w, err := sim.New(sim.Options{Regions: []string{"us-east-1"}, Limits: sim.Limits{Keys: 2}, NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	who := &sim.Principal{ARN: "arn:aws:iam::111122223333:user/a", Account: "111122223333"}
	count := 0
	call := func(meanwhile func()) *sim.Call {
		return &sim.Call{Region: "us-east-1", Principal: who, Aside: func(work func()) {
			count++
			meanwhile()
			work()
		}}
	}
	nothing := func() {}
	symmetric := func() *string {
		out, err := w.CreateKey(call(nothing), &kms.CreateKeyInput{Origin: types.OriginTypeExternal})
		if err != nil {
			t.Fatal(err)
		}
		return out.KeyMetadata.KeyId
	}
	symmetric()
	rsa := &kms.CreateKeyInput{KeySpec: types.KeySpecRsa2048, KeyUsage: types.KeyUsageTypeSignVerify}
	_, err = w.CreateKey(call(func() { symmetric() }), rsa)
	if err == nil || err.(*sim.Error).Code != "LimitExceededException" { //nolint:errorlint // the world's own type
		t.Errorf("a key too many: %v", err)
	}
	keys, err := w.ListKeys(call(nothing), &kms.ListKeysInput{})
	if err != nil || len(keys.Keys) != 2 {
		t.Errorf("%d keys: %v", len(keys.Keys), err)
	}
	in := &kms.GetParametersForImportInput{KeyId: keys.Keys[0].KeyId, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
	var inner *kms.GetParametersForImportOutput
	outer, err := w.GetParametersForImport(call(func() {
		if inner, err = w.GetParametersForImport(call(nothing), in); err != nil {
			t.Error(err)
		}
	}), in)
	if err != nil || string(outer.PublicKey) != string(inner.PublicKey) {
		t.Errorf("two wrapping keys, or %v", err)
	}
	if count != 3 {
		t.Errorf("%d times aside, want 3", count)
	}
	if _, err := w.GenerateRandom(call(nothing), &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(1)}); err != nil || count != 3 {
		t.Errorf("random bytes: %v, %d times aside", err, count)
	}
}
