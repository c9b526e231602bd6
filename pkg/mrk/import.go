package mrk

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ImportStep is the part of an import that may be written down: everything but
// the key material.
type ImportStep struct {
	// Spec is the key's spec; empty means SYMMETRIC_DEFAULT. It decides what the
	// key material has to be and how it is wrapped.
	Spec string `json:"spec,omitempty"`
	// New makes the material a new version of the key's; only a primary can be
	// given one, and only symmetric keys have versions. Otherwise it is material
	// that the set knows already.
	New bool `json:"new,omitempty"`
	// ID is the id of the material that the member lacks; empty means the only
	// one that it lacks. Symmetric keys only.
	ID          string    `json:"material_id,omitempty"`
	Description string    `json:"description,omitempty"` // of the material; new material only
	ValidTo     time.Time `json:"valid_to,omitzero"`     // zero means that it does not expire
}

func (s ImportStep) symmetric() bool {
	return s.Spec == "" || s.Spec == string(types.KeySpecSymmetricDefault)
}

// Import gives one member key material, as [CheckMaterial] takes it, wrapped
// under a key of the member's Region so that it never travels in the clear. It
// returns the material's id, which AWS computes from the key's id and the
// bytes, so that every member shows the same; KMS tells none for other than
// symmetric keys (recorded).
func Import(ctx context.Context, c Cloud, m OneMember, material []byte, s ImportStep) (string, error) {
	id, in, err := c.resolve(ctx, m.Key, m.In)
	if err != nil {
		return "", err
	}
	material, err = parseMaterial(s.Spec, in, material)
	if err != nil {
		return "", err
	}
	client := c.Client(in)
	algorithm := wrappingFor(s.Spec)
	p, err := call(ctx, c, in, client.GetParametersForImport, &kms.GetParametersForImportInput{
		KeyId: aws.String(id), WrappingAlgorithm: algorithm, WrappingKeySpec: types.WrappingKeySpecRsa4096,
	})
	if err != nil {
		return "", err
	}
	wrapped, err := wrap(algorithm, p.PublicKey, material)
	if err != nil {
		return "", fmt.Errorf("wrap the key material for %s: %w", in, err)
	}
	req := &kms.ImportKeyMaterialInput{
		KeyId: aws.String(id), ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped,
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	}
	if s.symmetric() { // KMS refuses these for other keys (recorded)
		req.ImportType, req.KeyMaterialId = types.ImportTypeExistingKeyMaterial, optional(s.ID)
		if s.New {
			req.ImportType, req.KeyMaterialId = types.ImportTypeNewKeyMaterial, nil
			req.KeyMaterialDescription = optional(s.Description)
		}
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

// importMaterial makes the import of a plan's step and holds the id that KMS
// gave the material against what the members before it were given.
func (s Step) importMaterial(ctx context.Context, c Cloud, r *Applied, a Applying) error {
	material, err := a.material()
	if err != nil {
		return err
	}
	id, err := Import(ctx, c, OneMember{Key: r.Key, In: s.In}, material, *s.Import)
	switch {
	case err != nil:
		return err
	case r.Material != "" && id != r.Material:
		return fmt.Errorf("KMS calls the key material in %s %s, and %s in the Regions before: these are not the same bytes", s.In, id, r.Material)
	}
	r.Material = id
	return nil
}

// material asks for the key material of a plan.
func (a Applying) material() ([]byte, error) {
	if a.Material == nil {
		return nil, badInput("this plan imports key material, which a plan file never holds: give it with --material FILE")
	}
	return a.Material()
}

// CheckMaterial tells whether bytes are key material that the imports of a plan
// can use. A plan without imports takes any.
func (p Plan) CheckMaterial(material []byte) error {
	for _, s := range p.Steps {
		if s.Do != DoImport || s.Import == nil {
			continue
		}
		if _, err := parseMaterial(s.Import.Spec, s.In, material); err != nil {
			return err
		}
	}
	return nil
}

// ready refuses a plan whose key material is not at hand or is none, before
// anything is changed.
func (p Plan) ready(a Applying) error {
	for _, s := range p.Steps {
		if s.Do != DoImport {
			continue
		}
		material, err := a.material()
		if err != nil {
			return err
		}
		return p.CheckMaterial(material)
	}
	return nil
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
