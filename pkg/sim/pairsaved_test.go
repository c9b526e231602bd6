package sim_test

import (
	"bytes"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// TestPairsAreSaved: keys of every kind do after a restart what they did before,
// imported ones too.
func TestPairsAreSaved(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	sign := l.create(c, types.KeySpecEccNistEdwards25519, useToSign)
	mac := l.create(c, types.KeySpecHmac256, useToMac)
	imported := l.create(c, types.KeySpecHmac512, useToMac, external)
	i := importer{l, c, imported, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048}
	l.done("import", second(i.load(l.secretOf(types.KeySpecHmac512, 1))))
	use := func() [][]byte {
		s, err := c.Sign(l.ctx, &kms.SignInput{KeyId: sign, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecEd25519Sha512})
		l.done("Sign", err)
		one, err := c.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: mac, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		l.done("GenerateMac", err)
		two, err := c.GenerateMac(l.ctx, &kms.GenerateMacInput{KeyId: imported, Message: []byte("m"), MacAlgorithm: types.MacAlgorithmSpecHmacSha512})
		l.done("GenerateMac", err)
		return [][]byte{s.Signature, one.Mac, two.Mac}
	}
	before := use()
	var saved []sim.Change
	var err error
	l.server.View(func(w *sim.World) { saved, err = w.Save(true) })
	l.done("Save", err)
	w, err := sim.Load(saved, sim.Options{})
	l.done("Load", err)
	l.done("Replace", l.server.Replace(w))
	for n, after := range use() {
		if !bytes.Equal(after, before[n]) {
			t.Errorf("result %d is another one after a restart", n)
		}
	}
}

// TestSameSeedSameSignatures: worlds of one seed make the same keys and, asked
// the same, the same signatures, random ones too.
func TestSameSeedSameSignatures(t *testing.T) {
	var first []byte
	for range 3 {
		l := newLab(t, "us-east-1")
		c := l.at("us-east-1")
		var all []byte
		for _, s := range everySigner() {
			if s.spec == types.KeySpecRsa3072 || s.spec == types.KeySpecRsa4096 || !s.raw {
				continue
			}
			out, err := c.Sign(l.ctx, &kms.SignInput{KeyId: l.create(c, s.spec, useToSign), Message: []byte("m"), SigningAlgorithm: s.algorithm})
			l.done("Sign", err)
			all = append(all, out.Signature...)
		}
		if first == nil {
			first = all
		}
		if !bytes.Equal(all, first) {
			t.Fatal("the same seed gives other signatures")
		}
	}
}

// TestManyUseOneKey: calls side by side parse a key once and agree (run with
// the race detector).
func TestManyUseOneKey(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	key := l.create(c, types.KeySpecMlDsa44, useToSign)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			w := l.world
			call := &sim.Call{Region: "us-east-1", Principal: &sim.Principal{ARN: "arn:aws:iam::111122223333:user/a", Account: "111122223333", Operator: true}}
			s, err := w.Sign(call, &kms.SignInput{KeyId: key, Message: []byte("m"), SigningAlgorithm: types.SigningAlgorithmSpecMlDsaShake256})
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := w.Verify(call, &kms.VerifyInput{KeyId: key, Message: []byte("m"), Signature: s.Signature, SigningAlgorithm: types.SigningAlgorithmSpecMlDsaShake256}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
