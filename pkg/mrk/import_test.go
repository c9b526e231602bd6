package mrk_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// bring applies an import.
func bring(t *testing.T, w world, key string, i mrk.Importing, bytes []byte) (mrk.Applied, error) {
	t.Helper()
	p, err := mrk.PlanImport(t.Context(), w.Cloud, key, i)
	if err != nil {
		return mrk.Applied{}, err
	}
	if err := w.Cloud.Clock.Sleep(t.Context(), time.Second); err != nil { // KMS gives parameters for an import once a second
		return mrk.Applied{}, err
	}
	a := patient()
	a.Material = func() ([]byte, error) { return bytes, nil }
	return mrk.Apply(t.Context(), w.Cloud, p, a)
}

// outside makes a key set of origin EXTERNAL with its material in every member.
func outside(t *testing.T, w world, want mrk.Creation, bytes []byte) string {
	t.Helper()
	want.Alias, want.Origin = "alias/byok", "EXTERNAL"
	replicas := want.Regions[1:]
	want.Regions = want.Regions[:1]
	p := must(mrk.PlanCreate(t.Context(), w.Cloud, want))(t)
	key := must(mrk.Apply(t.Context(), w.Cloud, p, patient()))(t).Key
	must(bring(t, w, key, mrk.Importing{}, bytes))(t)
	p = must(mrk.PlanReplicate(t.Context(), w.Cloud, key, mrk.Replicating{To: replicas}))(t)
	must(mrk.Apply(t.Context(), w.Cloud, p, patient()))(t)
	must(bring(t, w, key, mrk.Importing{}, bytes))(t)
	return key
}

// TestImportEveryFamily imports key material of every spec that takes it into
// two members and lets each check what the other made.
func TestImportEveryFamily(t *testing.T) {
	usages := map[types.KeyUsageType][]types.KeySpec{
		types.KeyUsageTypeEncryptDecrypt:    {types.KeySpecSymmetricDefault, types.KeySpecRsa2048},
		types.KeyUsageTypeGenerateVerifyMac: {types.KeySpecHmac224, types.KeySpecHmac256, types.KeySpecHmac384, types.KeySpecHmac512},
		types.KeyUsageTypeSignVerify: {
			types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521,
			types.KeySpecEccSecgP256k1, types.KeySpecEccNistEdwards25519,
		},
		types.KeyUsageTypeKeyAgreement: {types.KeySpecEccNistP384},
	}
	inWorld(t, func(w world) {
		for usage, specs := range usages {
			for _, spec := range specs {
				bytes := must(material.Generate(spec, rand.Reader))(t)
				key := outside(t, w, mrk.Creation{Spec: string(spec), Usage: string(usage), Regions: []string{"us-east-1", "eu-west-1"}}, bytes)
				m := must(mrk.Verify(t.Context(), w.Cloud, key))(t)
				if !m.Holds || len(m.Regions) != 2 {
					t.Errorf("%s %s: %+v", spec, usage, m)
				}
				if p := must(mrk.PlanImport(t.Context(), w.Cloud, key, mrk.Importing{}))(t); !p.Empty() {
					t.Errorf("%s: imported everywhere, it plans %+v", spec, p.Steps)
				}
				p := must(mrk.PlanAliasDelete(t.Context(), w.Cloud, "alias/byok", nil))(t)
				must(mrk.Apply(t.Context(), w.Cloud, p, patient()))(t)
			}
		}
	})
}

func TestImportedMaterialIsRotatedInThreeSteps(t *testing.T) {
	one, two := []byte(strings.Repeat("1", mrk.MaterialSize)), []byte(strings.Repeat("2", mrk.MaterialSize))
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := outside(t, w, mrk.Creation{Regions: []string{"us-east-1", "eu-west-1", "us-west-2"}}, one)

		// New at the primary only: the rotation says who lacks it.
		must(bring(t, w, key, mrk.Importing{New: true, In: []string{"us-east-1"}}, two))(t)
		if _, err := mrk.PlanRotate(ctx, c, key, false, false); err == nil || !strings.Contains(err.Error(), "eu-west-1, us-west-2 lacks it") {
			t.Errorf("a rotation without the material everywhere: %v", err)
		}
		// Asked again, it goes on with the others and makes nothing new.
		p := must(mrk.PlanImport(ctx, c, key, mrk.Importing{New: true}))(t)
		if n := len(p.Changes()); n != 2 || p.Steps[0].Import.New {
			t.Errorf("the rest of an import of new material: %+v", p.Steps)
		}
		// Other bytes are refused by KMS, and the member keeps what it has.
		if _, err := bring(t, w, key, mrk.Importing{New: true}, one); mrk.Code(err) != "IncorrectKeyMaterialException" {
			t.Errorf("other bytes than the primary was given: %v", err)
		}
		done := must(bring(t, w, key, mrk.Importing{New: true}, two))(t)
		must(mrk.Apply(ctx, c, must(mrk.PlanRotate(ctx, c, key, false, false))(t), patient()))(t)
		set := must(mrk.Read(ctx, c, key))(t)
		for _, m := range set.Members {
			if m.Material != done.Material || len(m.Materials) != 2 {
				t.Errorf("%s uses %s of %d materials, imported was %s", m.Region, m.Material, len(m.Materials), done.Material)
			}
		}

		// A member loses the old version: the plan knows which one it lacks.
		must(mrk.DeleteMaterial(ctx, c, mrk.OneMember{Key: key, In: "eu-west-1"}))(t)
		p = must(mrk.PlanImport(ctx, c, key, mrk.Importing{}))(t)
		if len(p.Changes()) != 1 || p.Steps[0].In != "eu-west-1" || p.Steps[0].Import.ID != done.Material {
			t.Errorf("one copy lost: %+v", p.Steps)
		}
		if _, err := bring(t, w, key, mrk.Importing{}, one); mrk.Code(err) != "IncorrectKeyMaterialException" {
			t.Errorf("the bytes of another version: %v", err)
		}
		must(bring(t, w, key, mrk.Importing{}, two))(t)
	})
}

func TestImportedMaterialExpiresAndComesBack(t *testing.T) {
	one := []byte(strings.Repeat("1", mrk.MaterialSize))
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := outside(t, w, mrk.Creation{Regions: []string{"us-east-1", "eu-west-1"}}, one)
		until := c.Clock.Now().Add(time.Hour).Truncate(time.Second)
		must(bring(t, w, key, mrk.Importing{ValidTo: until, In: []string{"eu-west-1"}}, one))(t)
		set := must(mrk.Read(ctx, c, key))(t)
		if eu, _ := set.Member("eu-west-1"); !eu.ValidTo.Equal(until) {
			t.Errorf("the replica's material is valid to %s, want %s", eu.ValidTo, until)
		}
		if err := c.Clock.Sleep(ctx, 2*time.Hour); err != nil {
			panic(fatal{err})
		}
		p := must(mrk.PlanImport(ctx, c, key, mrk.Importing{}))(t)
		if len(p.Changes()) != 1 || p.Steps[0].In != "eu-west-1" {
			t.Errorf("after the expiry it plans %+v", p.Steps)
		}
		must(bring(t, w, key, mrk.Importing{}, one))(t)
		if m := must(mrk.Verify(ctx, c, key))(t); !m.Holds {
			t.Errorf("after importing again: %+v", m)
		}
	})
}

// TestKeyMaterialIsCheckedBeforeAnythingIsSent gives files that are no key
// material of the key, or not in the form that KMS takes.
func TestKeyMaterialIsCheckedBeforeAnythingIsSent(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for _, c := range []struct {
		name, spec, region string
		raw                []byte
		want               string // empty when it is good
	}{
		{"bytes", "", "us-east-1", make([]byte, 32), ""},
		{"too few", "SYMMETRIC_DEFAULT", "us-east-1", make([]byte, 31), "SYMMETRIC_DEFAULT is 32 bytes, and this is 31"},
		{"SM4", "", "cn-north-1", make([]byte, 16), ""},
		{"hmac", "HMAC_384", "us-east-1", make([]byte, 48), ""},
		{"hmac of another length", "HMAC_384", "us-east-1", make([]byte, 32), "HMAC_384 is 48 bytes, and this is 32"},
		{"der", "ECC_NIST_P256", "us-east-1", pkcs8, ""},
		{"pem", "ECC_NIST_P256", "us-east-1", asPEM("PRIVATE KEY", pkcs8), ""},
		{"another curve", "ECC_NIST_P384", "us-east-1", pkcs8, "it is ECC_NIST_P256"},
		{"another family", "RSA_2048", "us-east-1", pkcs8, "it is ECC_NIST_P256"},
		{"sec1", "ECC_NIST_P256", "us-east-1", sec1, "openssl pkcs8 -topk8"},
		{"sec1 as pem", "ECC_NIST_P256", "us-east-1", asPEM("EC PRIVATE KEY", sec1), `PEM file of a "EC PRIVATE KEY"`},
		{"a public key", "ECC_SECG_P256K1", "us-east-1", []byte("junk"), "it is not PKCS#8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := mrk.Plan{Steps: []mrk.Step{{Do: mrk.DoImport, In: c.region, Import: &mrk.ImportStep{Spec: c.spec}}}}
			err := p.CheckMaterial(c.raw)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
