package sim

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cockroachdb/datadriven"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// rotationCommands are those about rotation and imported key material.
func rotationCommands() map[string]command {
	return map[string]command{
		"enable-rotation": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.EnableKeyRotation(s.call(o.at(0)), &kms.EnableKeyRotationInput{KeyId: o.key(s), RotationPeriodInDays: o.number("days")})
			return "", err
		},
		"disable-rotation": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.DisableKeyRotation(s.call(o.at(0)), &kms.DisableKeyRotationInput{KeyId: o.key(s)})
			return "", err
		},
		"rotate": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.RotateKeyOnDemand(s.call(o.at(0)), &kms.RotateKeyOnDemandInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return *out.KeyId, nil
		},
		"rotation": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetKeyRotationStatus(s.call(o.at(0)), &kms.GetKeyRotationStatusInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			text := fmt.Sprintf("%s %v", *out.KeyId, out.KeyRotationEnabled)
			if out.RotationPeriodInDays != nil {
				text += fmt.Sprintf(", every %d days, next %s", *out.RotationPeriodInDays, s.in(out.NextRotationDate))
			}
			if out.OnDemandRotationStartDate != nil {
				text += ", began " + s.in(out.OnDemandRotationStartDate)
			}
			return text, nil
		},
		"rotations": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.ListKeyRotationsInput{KeyId: o.key(s), Limit: o.number("limit"), Marker: o.text("marker")}
			if o.flag("all") {
				in.IncludeKeyMaterial = types.IncludeKeyMaterialAllKeyMaterial
			}
			if m, ok := s.tokens[o.named["after"]]; ok {
				in.Marker = &m
			}
			out, err := s.w.ListKeyRotations(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			var lines []string
			for _, e := range out.Rotations {
				line := fmt.Sprintf("%s %s %s", *e.KeyId, *e.KeyMaterialId, e.KeyMaterialState)
				if e.RotationDate != nil {
					line += fmt.Sprintf(" %s %s", e.RotationType, s.in(e.RotationDate))
				}
				for _, more := range []string{string(e.ImportState), string(e.ExpirationModel)} {
					if more != "" {
						line += " " + more
					}
				}
				if e.ValidTo != nil {
					line += " until " + s.in(e.ValidTo)
				}
				if e.KeyMaterialDescription != nil {
					line += " (" + *e.KeyMaterialDescription + ")"
				}
				lines = append(lines, line)
			}
			if out.NextMarker != nil {
				s.tokens["next"] = *out.NextMarker
			}
			return strings.Join(append(lines, fmt.Sprintf("truncated %v", out.Truncated)), "\n"), nil
		},
		"parameters": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.GetParametersForImportInput{KeyId: o.key(s), WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
			if v := o.named["wrap"]; v != "" {
				in.WrappingAlgorithm = types.AlgorithmSpec(v)
			}
			if v := o.named["with"]; v != "" {
				in.WrappingKeySpec = types.WrappingKeySpec(v)
			}
			out, err := s.w.GetParametersForImport(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			s.imports[o.at(1)] = parameters{out, in.WrappingAlgorithm}
			return fmt.Sprintf("%s, public key %d bytes, valid %s", *out.KeyId, len(out.PublicKey), s.in(out.ParametersValidTo)), nil
		},
		"import": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			p := s.imports[o.at(1)]
			bytes := []byte(strings.Repeat(o.named["bytes"], 64))[:32]
			if n := o.number("length"); n != nil {
				bytes = []byte(strings.Repeat(o.named["bytes"], 64))[:*n]
			}
			wrapped, err := material.Wrap(rand.Reader, p.algorithm, p.PublicKey, bytes)
			if err != nil {
				s.t.Fatal(err)
			}
			if o.flag("damaged") {
				wrapped[0] ^= 1
			}
			token := append([]byte(nil), p.ImportToken...)
			if o.flag("damaged-token") {
				token[len(token)-1] ^= 1
			}
			in := &kms.ImportKeyMaterialInput{
				KeyId: o.key(s), ImportToken: token, EncryptedKeyMaterial: wrapped,
				ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire, KeyMaterialDescription: o.text("description"), KeyMaterialId: s.materialNamed(o.text("id")),
			}
			switch {
			case o.flag("new"):
				in.ImportType = types.ImportTypeNewKeyMaterial
			case o.flag("existing"):
				in.ImportType = types.ImportTypeExistingKeyMaterial
			}
			if v := o.named["valid"]; v != "" {
				d, err := time.ParseDuration(v)
				if err != nil {
					s.t.Fatal(err)
				}
				in.ValidTo = ptr(s.w.Now().Add(d))
				in.ExpirationModel = ""
			}
			if o.flag("expires") {
				in.ExpirationModel = types.ExpirationModelTypeKeyMaterialExpires
			}
			if o.flag("never") {
				in.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
			}
			out, err := s.w.ImportKeyMaterial(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			if out.KeyMaterialId == nil {
				return *out.KeyId + " no material id", nil
			}
			if name := o.named["bytes"]; s.tokens["material "+name] == "" {
				s.tokens["material "+name] = *out.KeyMaterialId
			}
			return *out.KeyId + " " + *out.KeyMaterialId, nil
		},
		"delete-material": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.DeleteImportedKeyMaterial(s.call(o.at(0)), &kms.DeleteImportedKeyMaterialInput{KeyId: o.key(s), KeyMaterialId: s.materialNamed(o.text("id"))})
			if err != nil {
				return "", err
			}
			if out.KeyMaterialId == nil {
				return *out.KeyId + " no material id", nil
			}
			return *out.KeyId + " " + *out.KeyMaterialId, nil
		},
	}
}

// parameters are what a client needs to wrap key material, and how it does.
type parameters struct {
	*kms.GetParametersForImportOutput
	algorithm types.AlgorithmSpec
}

// materialNamed is the id of material that was imported as these bytes.
func (s *story) materialNamed(name *string) *string {
	if name == nil {
		return nil
	}
	if id, ok := s.tokens["material "+*name]; ok {
		return &id
	}
	return name
}
