package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestTune: quotas are set and lifted in a world that goes on, each for one
// operation, Region and account; what is asked too often is throttled with
// AWS's code, and the quota fills again with time.
func TestTune(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1", "eu-west-1"}})
	if err != nil {
		t.Fatal(err)
	}
	at := func(region string) *Call { return &Call{Region: region, Principal: admin()} }
	made, err := w.CreateKey(at("us-east-1"), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	seal := func() error {
		_, err := w.Encrypt(at("us-east-1"), &kms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte("x")})
		return err
	}
	throttles := func(what string, err error, want bool) {
		t.Helper()
		var e *Error
		if got := errors.As(err, &e) && e.Code == codeThrottling; got != want || err != nil && !got {
			t.Errorf("%s: %v", what, err)
		}
	}
	o := w.Options()
	o.Quotas = map[string]float64{"Encrypt": 2}
	o.Limits.Keys = 1
	if err := w.Tune(o); err != nil {
		t.Fatal(err)
	}
	throttles("the first", seal(), false)
	throttles("the second", seal(), false)
	throttles("the third within a second", seal(), true)
	random := &kms.GenerateRandomInput{NumberOfBytes: ptr(int32(1))}
	_, err = w.GenerateRandom(at("us-east-1"), random)
	throttles("another operation", err, false)
	w.Advance(w.Now().Add(time.Second))
	throttles("a second later", seal(), false)
	var full *Error
	if _, err := w.CreateKey(at("us-east-1"), &kms.CreateKeyInput{}); !errors.As(err, &full) || full.Code != codeLimitExceeded {
		t.Errorf("a key too many: %v", err)
	}
	if _, err := w.CreateKey(at("eu-west-1"), &kms.CreateKeyInput{}); err != nil {
		t.Errorf("a key in another Region: %v", err)
	}
	o.NoRateLimits = true
	if err := w.Tune(o); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		throttles("without quotas", seal(), false)
	}

	for _, bad := range []func(*Options){
		func(o *Options) { o.Quotas = map[string]float64{"Decipher": 1} },
		func(o *Options) { o.Quotas = map[string]float64{"pair-RSA_512": 1} },
		func(o *Options) { o.Quotas = map[string]float64{"Encrypt": -1} },
		func(o *Options) { o.Limits.Keys = -1 },
		func(o *Options) { o.TrailDelay = -1 },
		func(o *Options) { o.ReadLag = Span{Min: 2, Max: 1} },
	} {
		o := w.Options()
		bad(&o)
		if err := w.Tune(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	saved, err := w.Save(true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(saved, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Options(); !got.NoRateLimits || got.Limits.Keys != 1 || got.Quotas["Encrypt"] != 2 {
		t.Errorf("kept %+v", got)
	}
}
