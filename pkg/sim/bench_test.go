package sim

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

func benchWorld(b *testing.B) (*World, *Call, *string) {
	w, err := New(Options{NoRateLimits: false, Regions: []string{"us-east-1", "eu-west-1"}})
	if err != nil {
		b.Fatal(err)
	}
	c := &Call{Region: "us-east-1", From: "us-east-1", Principal: admin()}
	out, err := w.CreateKey(c, &kms.CreateKeyInput{})
	if err != nil {
		b.Fatal(err)
	}
	w.options.Quotas = map[string]float64{"symmetric": 1e12}
	return w, c, out.KeyMetadata.KeyId
}

func BenchmarkEncrypt(b *testing.B) {
	w, c, id := benchWorld(b)
	plain := make([]byte, 64)
	b.ReportAllocs()
	for b.Loop() {
		c.RequestID = RequestID{}
		if _, err := w.Encrypt(c, &kms.EncryptInput{KeyId: id, Plaintext: plain}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecrypt(b *testing.B) {
	w, c, id := benchWorld(b)
	out, err := w.Encrypt(c, &kms.EncryptInput{KeyId: id, Plaintext: make([]byte, 64), EncryptionContext: map[string]string{"app": "pay"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.RequestID = RequestID{}
		if _, err := w.Decrypt(c, &kms.DecryptInput{CiphertextBlob: out.CiphertextBlob, EncryptionContext: map[string]string{"app": "pay"}}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	w, _, _ := benchWorld(b)
	b.ReportAllocs()
	for b.Loop() {
		w.Route("us-east-1", "eu-west-1", "Encrypt")
	}
}
