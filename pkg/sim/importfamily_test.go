package sim_test

import (
	"bytes"
	"encoding/asn1"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// importer imports into one key.
type importer struct {
	*lab
	c    *kms.Client
	key  *string
	a    types.AlgorithmSpec
	with types.WrappingKeySpec
}

func external(in *kms.CreateKeyInput) { in.Origin = types.OriginTypeExternal }

// load imports bytes as they are; change may add to the request.
func (i importer) load(secret []byte, change ...func(*kms.ImportKeyMaterialInput)) (*kms.ImportKeyMaterialOutput, error) {
	i.Helper()
	p, err := i.c.GetParametersForImport(i.ctx, &kms.GetParametersForImportInput{KeyId: i.key, WrappingAlgorithm: i.a, WrappingKeySpec: i.with})
	i.done("GetParametersForImport", err)
	wrapped, err := material.Wrap(rand.NewChaCha8([32]byte{7}), i.a, p.PublicKey, secret)
	i.done("wrap", err)
	in := &kms.ImportKeyMaterialInput{KeyId: i.key, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire}
	for _, f := range change {
		f(in)
	}
	return i.c.ImportKeyMaterial(i.ctx, in)
}

// secretOf makes key material of a spec, other for another seed.
func (l *lab) secretOf(spec types.KeySpec, seed byte) []byte {
	l.Helper()
	s, err := material.Generate(spec, rand.NewChaCha8([32]byte{seed}))
	l.done("generate", err)
	return s
}

// TestImportedMacKeys is the recording imports_families, its MAC keys:
// MRK-IMPORT-04, MRK-IMPORT-07, MRK-IMPORT-29 [11/1-13].
func TestImportedMacKeys(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	for spec, size := range map[types.KeySpec]int{types.KeySpecHmac224: 28, types.KeySpecHmac256: 32, types.KeySpecHmac384: 48, types.KeySpecHmac512: 64} {
		key := l.create(c, spec, useToMac, external)
		i := importer{l, c, key, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048}
		before := l.metadata(c, key)
		if before.KeyState != types.KeyStatePendingImport || len(before.MacAlgorithms) != 1 || before.EncryptionAlgorithms != nil {
			t.Errorf("%+v", before)
		}
		secret := l.secretOf(spec, 1)
		_, err := i.load(secret[:size-1])
		l.refused("short", err, "InvalidCiphertextException", "")
		out, err := i.load(secret)
		l.done("import", err)
		if *out.KeyId != *key || out.KeyMaterialId != nil {
			t.Errorf("%+v", out)
		}
		i.refusedParameters(spec, secret)
		after := l.metadata(c, key)
		if !after.Enabled || after.ExpirationModel != types.ExpirationModelTypeKeyMaterialDoesNotExpire || after.CurrentKeyMaterialId != nil {
			t.Errorf("%+v", after)
		}
		mac := &kms.GenerateMacInput{KeyId: key, Message: []byte("m"), MacAlgorithm: after.MacAlgorithms[0]}
		first, err := c.GenerateMac(l.ctx, mac)
		l.done("GenerateMac", err)
		i.lostAndFound(secret, l.secretOf(spec, 2))
		again, err := c.GenerateMac(l.ctx, mac)
		l.done("GenerateMac", err)
		if !bytes.Equal(first.Mac, again.Mac) {
			t.Error("the same key material makes another MAC")
		}
	}
}

func (l *lab) metadata(c *kms.Client, key *string) *types.KeyMetadata {
	l.Helper()
	out, err := c.DescribeKey(l.ctx, &kms.DescribeKeyInput{KeyId: key})
	l.done("DescribeKey", err)
	return out.KeyMetadata
}

// refusedParameters tries what is for symmetric keys alone.
func (i importer) refusedParameters(spec types.KeySpec, secret []byte) {
	i.Helper()
	for name, change := range map[string]func(*kms.ImportKeyMaterialInput){
		"importType":             func(in *kms.ImportKeyMaterialInput) { in.ImportType = types.ImportTypeExistingKeyMaterial },
		"keyMaterialId":          func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialId = aws.String(strings.Repeat("0", 64)) },
		"keyMaterialDescription": func(in *kms.ImportKeyMaterialInput) { in.KeyMaterialDescription = aws.String("d") },
	} {
		_, err := i.load(secret, change)
		i.refused(name, err, "ValidationException", "Input parameter "+name+" cannot be used with "+string(spec)+" imported keys.")
	}
	_, err := i.c.ListKeyRotations(i.ctx, &kms.ListKeyRotationsInput{KeyId: i.key, IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial})
	i.refused("history", err, "ValidationException", "Input parameter includeKeyMaterial can only be used with symmetric keys.")
}

// lostAndFound deletes the key material, tries another, and restores the first.
func (i importer) lostAndFound(secret, other []byte) {
	i.Helper()
	gone, err := i.c.DeleteImportedKeyMaterial(i.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: i.key})
	i.done("DeleteImportedKeyMaterial", err)
	if *gone.KeyId != *i.key || gone.KeyMaterialId != nil {
		i.Errorf("%+v", gone)
	}
	if s := i.metadata(i.c, i.key).KeyState; s != types.KeyStatePendingImport {
		i.Errorf("the key is %s", s)
	}
	_, err = i.load(other)
	if err == nil || !strings.Contains(err.Error(), "IncorrectKeyMaterialException: Imported key material does not have the expected identifier (") {
		i.Errorf("other key material: %v", err)
	}
	_, err = i.load(secret)
	i.done("restore", err)
}

// indefinite rewrites DER as BER, all constructed elements with indefinite lengths.
func indefinite(t *testing.T, der []byte) []byte {
	t.Helper()
	var out []byte
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			t.Fatal(err)
		}
		if v.IsCompound {
			out = append(append(append(out, v.FullBytes[0], 0x80), indefinite(t, v.Bytes)...), 0, 0)
		} else {
			out = append(out, v.FullBytes...)
		}
		der = rest
	}
	return out
}

// TestImportedPairs is the recording imports_families, its key pairs:
// MRK-IMPORT-29, MRK-IMPORT-31, MRK-IMPORT-32, MRK-PAIR-03, MRK-KEY-05,
// MRK-KEY-10, MRK-PAIR-09, MRK-ROTATE-15 [11/9, 11/11, 11/13-23].
func TestImportedPairs(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	oaep, mix := types.AlgorithmSpecRsaesOaepSha256, types.AlgorithmSpecRsaAesKeyWrapSha256
	for _, s := range []struct {
		spec   types.KeySpec
		direct bool // OAEP under 2048 bits is allowed
		a      types.AlgorithmSpec
		sign   types.SigningAlgorithmSpec
	}{
		{types.KeySpecRsa2048, false, mix, types.SigningAlgorithmSpecRsassaPssSha256},
		{types.KeySpecRsa3072, false, mix, types.SigningAlgorithmSpecRsassaPssSha256},
		{types.KeySpecRsa4096, false, mix, types.SigningAlgorithmSpecRsassaPssSha256},
		{types.KeySpecEccNistP256, true, oaep, types.SigningAlgorithmSpecEcdsaSha256},
		{types.KeySpecEccNistP384, true, oaep, types.SigningAlgorithmSpecEcdsaSha384},
		{types.KeySpecEccNistP521, false, mix, types.SigningAlgorithmSpecEcdsaSha512},
		{types.KeySpecEccSecgP256k1, true, oaep, types.SigningAlgorithmSpecEcdsaSha256},
		{types.KeySpecEccNistEdwards25519, false, oaep, types.SigningAlgorithmSpecEd25519Sha512},
	} {
		if testing.Short() && (s.spec == types.KeySpecRsa3072 || s.spec == types.KeySpecRsa4096) {
			continue
		}
		key := l.create(c, s.spec, useToSign, external)
		_, err := c.GetParametersForImport(l.ctx, &kms.GetParametersForImportInput{KeyId: key, WrappingAlgorithm: oaep, WrappingKeySpec: types.WrappingKeySpecRsa2048})
		if s.direct {
			l.done("parameters", err)
		} else {
			l.refused("parameters", err, "ValidationException", "Wrapping algorithm RSAES_OAEP_SHA_256 and wrapping key spec RSA_2048 cannot be used to import a "+string(s.spec)+" key.")
		}
		i := importer{l, c, key, s.a, types.WrappingKeySpecRsa3072}
		secret := l.secretOf(s.spec, 1)
		out, err := i.load(secret)
		l.done("import", err)
		if m := l.metadata(c, key); !m.Enabled || m.CurrentKeyMaterialId != nil || out.KeyMaterialId != nil {
			t.Errorf("%s: %+v", s.spec, m)
		}
		public, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
		l.done("GetPublicKey", err)
		want, err := material.Parse(s.spec, secret)
		l.done("parse", err)
		if !bytes.Equal(public.PublicKey, want.Public()) {
			t.Errorf("%s: the public key is another one", s.spec)
		}
		_, err = i.load(indefinite(t, secret))
		if s.spec == types.KeySpecEccNistEdwards25519 {
			l.refused("BER", err, "InvalidCiphertextException", "")
		} else {
			l.done("BER", err)
		}
		i.refusedParameters(s.spec, secret)
		_, err = c.Sign(l.ctx, &kms.SignInput{KeyId: key, Message: []byte("m"), SigningAlgorithm: s.sign})
		l.done("Sign", err)
		i.lostAndFound(secret, l.secretOf(s.spec, 2))
		_, err = c.DeleteImportedKeyMaterial(l.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: key})
		l.done("DeleteImportedKeyMaterial", err)
		_, err = c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: key})
		l.refused("public key without material", err, "KMSInvalidStateException", *key+" is pending import.")
	}
	for _, spec := range []types.KeySpec{types.KeySpecMlDsa44, types.KeySpecMlDsa65, types.KeySpecMlDsa87} {
		_, err := c.CreateKey(l.ctx, &kms.CreateKeyInput{KeySpec: spec, KeyUsage: useToSign, Origin: types.OriginTypeExternal})
		l.refused("ML-DSA", err, "ValidationException", "KeySpec "+string(spec)+" is not supported for Origin EXTERNAL") // MRK-KEY-05
	}
}

// TestImportedDataPlane is the recording imports_data_plane: MRK-PAIR-13,
// MRK-PAIR-07, MRK-CRYPTO-13, MRK-IMPORT-12, MRK-KEY-10 [11/24-28].
func TestImportedDataPlane(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	agree := l.create(c, types.KeySpecEccNistP256, useToAgree, external)
	i := importer{l, c, agree, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048}
	secret := l.secretOf(types.KeySpecEccNistP256, 1)
	_, err := i.load(secret)
	l.done("import", err)
	public, err := c.GetPublicKey(l.ctx, &kms.GetPublicKeyInput{KeyId: agree})
	l.done("GetPublicKey", err)
	derive := func(dry bool) (*kms.DeriveSharedSecretOutput, error) {
		return c.DeriveSharedSecret(l.ctx, &kms.DeriveSharedSecretInput{KeyId: agree, PublicKey: public.PublicKey, KeyAgreementAlgorithm: types.KeyAgreementAlgorithmSpecEcdh, DryRun: &dry})
	}
	out, err := derive(false)
	l.done("derive", err)
	if out.KeyOrigin != types.OriginTypeExternal || len(out.SharedSecret) != 32 {
		t.Errorf("%+v", out)
	}
	_, err = derive(true)
	l.refused("dry run", err, "DryRunOperationException", dryRun)
	i.lostAndFound(secret, l.secretOf(types.KeySpecEccNistP256, 2))
	again, err := derive(false)
	l.done("derive", err)
	if !bytes.Equal(out.SharedSecret, again.SharedSecret) {
		t.Error("the same key material derives another secret")
	}
	_, err = c.DeleteImportedKeyMaterial(l.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: agree})
	l.done("delete", err)
	_, err = derive(false)
	l.refused("without material", err, "KMSInvalidStateException", *agree+" is pending import.")

	key := l.create(c, types.KeySpecRsa2048, useToEncrypt, external)
	i = importer{l, c, key, types.AlgorithmSpecRsaAesKeyWrapSha256, types.WrappingKeySpecRsa2048}
	secret = l.secretOf(types.KeySpecRsa2048, 1)
	_, err = i.load(secret)
	l.done("import", err)
	const a = types.EncryptionAlgorithmSpecRsaesOaepSha256
	sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("p"), EncryptionAlgorithm: a})
	l.done("Encrypt", err)
	i.lostAndFound(secret, l.secretOf(types.KeySpecRsa2048, 2))
	opened, err := c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: a})
	l.done("Decrypt", err)
	if string(opened.Plaintext) != "p" || opened.KeyMaterialId != nil {
		t.Errorf("%+v", opened)
	}
	if m := l.metadata(c, key); len(m.EncryptionAlgorithms) != 2 {
		t.Errorf("%+v", m)
	}
	_, err = c.DeleteImportedKeyMaterial(l.ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: key})
	l.done("delete", err)
	_, err = c.Decrypt(l.ctx, &kms.DecryptInput{KeyId: key, CiphertextBlob: sealed.CiphertextBlob, EncryptionAlgorithm: a})
	l.refused("without material", err, "KMSInvalidStateException", *key+" is pending import.")
}
