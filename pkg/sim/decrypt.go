package sim

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Decrypt opens a ciphertext with the key material it names, wherever in the
// set of related keys it was made.
func (w *World) Decrypt(c *Call, in *kms.DecryptInput) (out *kms.DecryptOutput, err error) {
	t, err := w.begin(c, opDecrypt, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	d := decryption{
		blob: in.CiphertextBlob, key: in.KeyId, algorithm: in.EncryptionAlgorithm,
		context: in.EncryptionContext, tokens: in.GrantTokens, dry: in.DryRun, modifiers: in.DryRunModifiers,
	}
	if err := t.decrypt(&d); err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	out = &kms.DecryptOutput{KeyId: &d.member.arn, EncryptionAlgorithm: d.algorithm, KeyMaterialId: d.material()}
	if in.Recipient != nil {
		out.CiphertextForRecipient, err = w.forRecipient(in.Recipient, d.plaintext)
		return out, err
	}
	out.Plaintext = d.plaintext
	if w.sabotaged(sabWrongKey) && !d.member.isPrimary() {
		if p := d.member.set.primary(); p != nil {
			out.KeyId = &p.arn
		}
	}
	return out, nil
}

// decryption is what Decrypt and the first half of ReEncrypt have in common.
type decryption struct {
	blob      []byte
	key       *string
	algorithm types.EncryptionAlgorithmSpec
	context   map[string]string
	tokens    []string
	dry       *bool
	modifiers []types.DryRunModifierType
	// results
	member    *member
	held      *held
	plaintext []byte
}

// material is the id of the key material that a ciphertext was opened with;
// nil for asymmetric keys, whose materials have none.
func (d *decryption) material() *string {
	if d.held == nil {
		return nil
	}
	s := d.held.ID.String()
	return &s
}

// decrypt finds the key, checks what there is to check and opens the blob.
//
// Rules: MRK-CRYPTO-08, MRK-ROTATE-20, MRK-DELETE-09.
func (t *task) decrypt(d *decryption) error {
	if d.algorithm == "" {
		d.algorithm = types.EncryptionAlgorithmSpecSymmetricDefault
	}
	symmetric := d.algorithm == types.EncryptionAlgorithmSpecSymmetricDefault
	ignoreBlob := false
	for _, mod := range d.modifiers {
		ignoreBlob = ignoreBlob || mod == types.DryRunModifierTypeIgnoreCiphertext
	}
	if ignoreBlob && (d.dry == nil || !*d.dry) {
		return fail(codeValidation, "DryRunModifiers can only be used when the DryRun option is set.")
	}
	if d.blob == nil && !ignoreBlob {
		return missing("ciphertextBlob")
	}
	if !ignoreBlob {
		if err := badLength("ciphertextBlob", len(d.blob), 1, 6144); err != nil {
			return err
		}
	}
	if d.key == nil && (!symmetric || ignoreBlob) {
		return fail(codeValidation, "KeyId must not be null")
	}
	context := t.context(d.context)
	var p parts
	wellFormed := false
	if symmetric && !ignoreBlob {
		p, wellFormed = parseBlob(d.blob)
	}
	if err := t.decryptingKey(d, p, symmetric && !ignoreBlob, wellFormed); err != nil {
		return err
	}
	if ignoreBlob {
		return nil
	}
	if !symmetric {
		plain, err := t.w.decryptAsymmetric(d.member, d.algorithm, d.blob)
		d.plaintext = plain
		return err
	}
	d.held = d.member.holding(p.material)
	if d.held == nil {
		// Imported material that is pending here is known without its bytes;
		// generated material that is not here is not known.
		if d.member.set.Origin == types.OriginTypeExternal {
			return fail(codeInvalidState, "%s is pending import.", d.member.arn)
		}
		return unknownCiphertext()
	}
	var ok bool
	if t.w.sabotaged(sabContextIgnored) {
		context = nil
	}
	if p.outside != nil {
		var err error
		if p, err = t.openOutside(d.member, p, context); err != nil {
			return err
		}
	}
	if d.plaintext, ok = d.held.open(p, d.member.set, context); !ok {
		return fail(codeInvalidCiphertext, "")
	}
	return nil
}

// decryptingKey settles which key a ciphertext is to be opened with.
//
// Rules: MRK-CRYPTO-04, MRK-CRYPTO-05, MRK-CRYPTO-06.
func (t *task) decryptingKey(d *decryption, p parts, fromBlob, wellFormed bool) error {
	var named *member
	if d.key != nil {
		if t.foreign(*d.key) {
			return incorrectKey() // recorded: not NotFound
		}
		m, err := t.find(d.key, anyName)
		if err != nil {
			return err
		}
		named = m
	}
	if !fromBlob {
		return t.decryptWith(d, named)
	}
	if !wellFormed {
		if named != nil {
			if err := t.decryptWith(d, named); err != nil {
				return err
			}
		}
		return fail(codeInvalidCiphertext, "")
	}
	owner := t.r.materials[p.material]
	switch {
	case owner == nil && named == nil:
		return unknownCiphertext()
	case owner == nil || named != nil && named != owner:
		return incorrectKey()
	}
	return t.decryptWith(d, owner)
}

// decryptWith checks that a key may decrypt, in AWS's order.
//
// Rules: MRK-CRYPTO-14.
func (t *task) decryptWith(d *decryption, m *member) error {
	t.m, d.member = m, m
	if m.set.Usage != types.KeyUsageTypeEncryptDecrypt {
		if err := t.authorizeUse(m, d.tokens); err != nil {
			return err
		}
		return incorrectKey() // not InvalidKeyUsage
	}
	if err := t.useMember(m, types.KeyUsageTypeEncryptDecrypt, d.tokens); err != nil {
		return err
	}
	if d.algorithm == types.EncryptionAlgorithmSpecSymmetricDefault && !m.set.symmetric() {
		return fail(codeInvalidCiphertext, "")
	}
	a, err := encryptionAlgorithm(m, d.algorithm, d.context)
	d.algorithm = a
	return err
}

// foreign says whether a name is the ARN of a KMS key in another Region.
func (t *task) foreign(name string) bool {
	return len(name) > 8 && name[:4] == "arn:" && !strings.HasPrefix(name, t.r.arnPrefix) && strings.Contains(name, ":kms:")
}

// unknownCiphertext is the answer to a ciphertext of a key that is not in this
// Region.
//
// Rules: MRK-CRYPTO-07.
func unknownCiphertext() error {
	return fail(codeAccessDenied, "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.")
}

func incorrectKey() error {
	return fail(codeIncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.")
}

// ReEncrypt decrypts under one key and encrypts under another, without showing
// the plaintext. Both keys are in the endpoint's Region.
//
// Rules: MRK-CRYPTO-09.
func (w *World) ReEncrypt(c *Call, in *kms.ReEncryptInput) (out *kms.ReEncryptOutput, err error) {
	t, err := w.begin(c, opReEncrypt, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.DestinationKeyId == nil {
		return nil, missing("destinationKeyId")
	}
	d := decryption{
		blob: in.CiphertextBlob, key: in.SourceKeyId, algorithm: in.SourceEncryptionAlgorithm,
		context: in.SourceEncryptionContext, tokens: in.GrantTokens, dry: in.DryRun, modifiers: in.DryRunModifiers,
	}
	t.side = "ReEncryptFrom"
	if err := t.decrypt(&d); err != nil {
		return nil, err
	}
	t.source, t.sealed, t.known = d.member, t.known, ""
	context := t.context(in.DestinationEncryptionContext)
	t.side = "ReEncryptTo"
	to, err := t.use(in.DestinationKeyId, types.KeyUsageTypeEncryptDecrypt, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	algorithm, err := encryptionAlgorithm(to, in.DestinationEncryptionAlgorithm, in.DestinationEncryptionContext)
	if err != nil {
		return nil, err
	}
	blob, err := t.encryptUnder(to, algorithm, madeByEncrypt, d.plaintext, context)
	if err != nil {
		return nil, err
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	out = &kms.ReEncryptOutput{
		CiphertextBlob: blob, SourceKeyId: &d.member.arn, KeyId: &to.arn,
		SourceEncryptionAlgorithm: d.algorithm, DestinationEncryptionAlgorithm: algorithm,
		SourceKeyMaterialId: d.material(),
	}
	if to.set.symmetric() && to.current != nil {
		id := to.current.ID.String()
		out.DestinationKeyMaterialId = &id
	}
	return out, nil
}
