package mrk_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// TestEverySpecIsCreatedAndProven creates a key set of every spec and usage
// that a multi-Region key of partition aws can have, and lets each member open
// what each made.
func TestEverySpecIsCreatedAndProven(t *testing.T) {
	what := map[types.KeyUsageType]string{
		types.KeyUsageTypeEncryptDecrypt: "encrypt and decrypt", types.KeyUsageTypeSignVerify: "sign and verify",
		types.KeyUsageTypeGenerateVerifyMac: "make and check a MAC", types.KeyUsageTypeKeyAgreement: "agree on a secret",
		types.KeyUsageTypeEncapsulateDecapsulate: "encapsulate and decapsulate",
	}
	tried := map[types.KeyUsageType]int{}
	inWorld(t, func(w world) {
		for _, spec := range types.KeySpec("").Values() {
			if spec == types.KeySpecSm2 {
				continue // China Regions only
			}
			usages := mrk.Usages(string(spec))
			if len(usages) == 0 {
				t.Errorf("no usage is known for %s", spec)
			}
			if spec == types.KeySpecRsa3072 || spec == types.KeySpecRsa4096 {
				usages = usages[:1] // their pairs take long to make, and differ in nothing but length
			}
			for _, usage := range usages {
				p := must(mrk.PlanCreate(t.Context(), w.Cloud, mrk.Creation{
					Alias: "alias/" + string(spec) + "-" + usage, Regions: []string{"us-east-1", "eu-west-1"}, Spec: string(spec), Usage: usage,
				}))(t)
				key := must(mrk.Apply(t.Context(), w.Cloud, p, patient()))(t).Key
				m := must(mrk.Verify(t.Context(), w.Cloud, key))(t)
				if !m.Holds || m.What != what[types.KeyUsageType(usage)] {
					t.Errorf("%s %s: %+v", spec, usage, m)
				}
				tried[types.KeyUsageType(usage)]++
			}
		}
	})
	for _, usage := range types.KeyUsageType("").Values() {
		if tried[usage] == 0 {
			t.Errorf("no key of usage %s was tried", usage)
		}
	}
}

func TestOnlyUsageOfASpecNeedsNotBeSaid(t *testing.T) {
	inWorld(t, func(w world) {
		for spec, usage := range map[string]string{"HMAC_256": "GENERATE_VERIFY_MAC", "ML_DSA_65": "SIGN_VERIFY", "ML_KEM_768": "ENCAPSULATE_DECAPSULATE", "": "ENCRYPT_DECRYPT"} {
			p := must(mrk.PlanCreate(t.Context(), w.Cloud, mrk.Creation{Alias: "alias/" + spec + "x", Regions: []string{"us-east-1"}, Spec: spec}))(t)
			key := must(mrk.Apply(t.Context(), w.Cloud, p, patient()))(t).Key
			set := must(mrk.Read(t.Context(), w.Cloud, key))(t)
			if set.Members[0].Usage != usage {
				t.Errorf("a key of spec %q is for %s, want %s", spec, set.Members[0].Usage, usage)
			}
		}
		for _, c := range []mrk.Creation{
			{Spec: "RSA_2048"}, {Spec: "ECC_NIST_P256"}, // several usages: nobody can guess
			{Spec: "RSA2048"}, {Spec: "HMAC_256", Usage: "SIGN_VERIFY"}, {Usage: "SIGN"},
		} {
			c.Alias, c.Regions = "alias/wrong", []string{"us-east-1"}
			_, err := mrk.PlanCreate(t.Context(), w.Cloud, c)
			var bad *mrk.InputError
			if !errors.As(err, &bad) {
				t.Errorf("%s %s: %v", c.Spec, c.Usage, err)
			}
		}
	})
}

// TestVerifyTellsWhichMemberCanNot takes the permission of one member away.
func TestVerifyTellsWhichMemberCanNot(t *testing.T) {
	inWorld(t, func(w world) {
		if err := existing("us-east-1", "eu-west-1")(t.Context(), w.Cloud); err != nil {
			panic(fatal{err})
		}
		p := must(mrk.PlanSwitch(t.Context(), w.Cloud, payments, []string{"eu-west-1"}, false, false))(t)
		must(mrk.Apply(context.WithoutCancel(t.Context()), w.Cloud, p, patient()))(t)
		m := must(mrk.Verify(t.Context(), w.Cloud, payments))(t)
		us, eu := slices.Index(m.Regions, "us-east-1"), slices.Index(m.Regions, "eu-west-1")
		if m.Holds || m.Unclear() || !m.Opened[us][us].OK || m.Opened[us][eu].Code != "DisabledException" || m.Opened[eu][us].Code != "not-made" {
			t.Errorf("with one member disabled: %+v", m)
		}
	})
}
