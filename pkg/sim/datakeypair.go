package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// GenerateDataKeyPair makes a key pair for use outside KMS and returns its
// private half in clear and encrypted.
func (w *World) GenerateDataKeyPair(c *Call, in *kms.GenerateDataKeyPairInput) (out *kms.GenerateDataKeyPairOutput, err error) {
	t, err := w.begin(c, opGenerateDataKeyPair, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	p := dataKeyPair{key: in.KeyId, spec: in.KeyPairSpec, context: in.EncryptionContext, tokens: in.GrantTokens}
	if err := t.makeDataKeyPair(&p); err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	out = &kms.GenerateDataKeyPairOutput{
		KeyId: &t.m.arn, KeyPairSpec: in.KeyPairSpec, PublicKey: p.public, PrivateKeyCiphertextBlob: p.blob, KeyMaterialId: &p.material,
	}
	if in.Recipient != nil {
		out.CiphertextForRecipient, err = w.forRecipient(in.Recipient, p.private)
		return out, err
	}
	out.PrivateKeyPlaintext = p.private
	return out, nil
}

// GenerateDataKeyPairWithoutPlaintext makes a key pair and returns its private
// half encrypted only.
func (w *World) GenerateDataKeyPairWithoutPlaintext(c *Call, in *kms.GenerateDataKeyPairWithoutPlaintextInput) (out *kms.GenerateDataKeyPairWithoutPlaintextOutput, err error) {
	t, err := w.begin(c, opGenerateDataKeyPairWithoutPlaintext, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	p := dataKeyPair{key: in.KeyId, spec: in.KeyPairSpec, context: in.EncryptionContext, tokens: in.GrantTokens}
	if err := t.makeDataKeyPair(&p); err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.GenerateDataKeyPairWithoutPlaintextOutput{
		KeyId: &t.m.arn, KeyPairSpec: in.KeyPairSpec, PublicKey: p.public, PrivateKeyCiphertextBlob: p.blob, KeyMaterialId: &p.material,
	}, nil
}

// dataKeyPair is what the two operations have in common.
type dataKeyPair struct {
	key     *string
	spec    types.DataKeyPairSpec
	context map[string]string
	tokens  []string
	// results
	public, private, blob []byte
	material              string
}

// makeDataKeyPair makes the pair and encrypts its private half.
//
// Rules: MRK-PAIR-15, MRK-PAIR-16, MRK-PAIR-17, MRK-PAIR-20.
func (t *task) makeDataKeyPair(p *dataKeyPair) error {
	context := t.context(p.context)
	m, err := t.use(p.key, types.KeyUsageTypeEncryptDecrypt, p.tokens)
	if err != nil {
		return err
	}
	switch {
	case !m.set.symmetric():
		return fail(codeInvalidKeyUsage, "You cannot generate a data key pair with an asymmetric CMK")
	case m.set.Store != "":
		return wrongOrigin(m)
	case !pairOffered(p.spec, t.r.Partition):
		return fail(codeUnsupported, "")
	}
	h, err := t.w.encrypting(m)
	if err != nil {
		return err
	}
	if !t.w.admitPair(t, p.spec) {
		return throttled()
	}
	spec := types.KeySpec(p.spec) // the names of the two are the same
	secret, err := t.makeAsymmetric(spec)
	if err != nil {
		return err
	}
	k, err := keymaterial.Parse(spec, secret)
	if err != nil {
		return answered(err)
	}
	p.public, p.private, p.material = k.Public(), k.PKCS8(), h.ID.String()
	p.blob, err = t.w.seal(h, m.set, madeByDataKey, p.private, context)
	return err
}

// pairOffered says whether a partition has a kind of data key pair: SM2 is for
// the China Regions alone, ML-KEM for all but them.
func pairOffered(spec types.DataKeyPairSpec, partition string) bool {
	china := partition == chinaPartition
	switch spec {
	case types.DataKeyPairSpecSm2:
		return china
	case types.DataKeyPairSpecMlKem512, types.DataKeyPairSpecMlKem768, types.DataKeyPairSpecMlKem1024:
		return !china
	default:
		return true
	}
}
