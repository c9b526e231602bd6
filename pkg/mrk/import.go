package mrk

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ImportStep is the part of an import that may be written down: everything but
// the key material.
type ImportStep struct {
	// New makes the material a new version of the key's; only a primary can be
	// given one. Otherwise it is material that the set knows already.
	New         bool      `json:"new,omitempty"`
	Description string    `json:"description,omitempty"` // of the material; new material only
	ValidTo     time.Time `json:"valid_to,omitzero"`     // zero means that it does not expire
}

// MaterialSize is the size of symmetric key material in bytes.
const MaterialSize = 32

// Import gives one member 32 bytes of symmetric key material, wrapped under a
// key of the member's Region so that it never travels in the clear. It returns
// the material's id, which AWS computes from the key's id and the bytes, so
// that every member shows the same.
func Import(ctx context.Context, c Cloud, m OneMember, material []byte, s ImportStep) (string, error) {
	if len(material) != MaterialSize {
		return "", badInput("key material for a symmetric key is %d bytes, not %d", MaterialSize, len(material))
	}
	id, in, err := c.resolve(ctx, m.Key, m.In)
	if err != nil {
		return "", err
	}
	client := c.Client(in)
	p, err := call(ctx, c, in, client.GetParametersForImport, &kms.GetParametersForImportInput{
		KeyId: aws.String(id), WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa4096,
	})
	if err != nil {
		return "", err
	}
	wrapped, err := wrap(p.PublicKey, material)
	if err != nil {
		return "", fmt.Errorf("wrap the key material for %s: %w", in, err)
	}
	req := &kms.ImportKeyMaterialInput{
		KeyId: aws.String(id), ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped,
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire, ImportType: types.ImportTypeExistingKeyMaterial,
	}
	if s.New {
		req.ImportType = types.ImportTypeNewKeyMaterial
		req.KeyMaterialDescription = optional(s.Description)
	}
	if !s.ValidTo.IsZero() {
		req.ExpirationModel, req.ValidTo = types.ExpirationModelTypeKeyMaterialExpires, aws.Time(s.ValidTo)
	}
	out, err := call(ctx, c, in, client.ImportKeyMaterial, req)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.KeyMaterialId), nil
}

// wrap encrypts key material under the public key that KMS gave for it.
func wrap(publicKey, material []byte) ([]byte, error) {
	parsed, err := x509.ParsePKIXPublicKey(publicKey)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("KMS gave a %T to wrap with, not an RSA key", parsed)
	}
	return rsa.EncryptOAEP(sha256.New(), rand.Reader, key, material, nil)
}

func (s Step) importMaterial(ctx context.Context, c Cloud, m OneMember, a Applying) error {
	if a.Material == nil {
		return errors.New("this plan imports key material, which a plan file never holds: give it with --material FILE")
	}
	material, err := a.Material()
	if err != nil {
		return err
	}
	_, err = Import(ctx, c, m, material, *s.Import)
	return err
}

// DeleteMaterial makes one member forget its copy of the current imported key
// material, as its expiry would. The member reads PendingImport until the same
// bytes are imported again.
func DeleteMaterial(ctx context.Context, c Cloud, m OneMember) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.DeleteImportedKeyMaterial(ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: id})
		return err
	})
}
