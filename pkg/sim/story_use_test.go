package sim

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cockroachdb/datadriven"
)

// useCommands are those about cryptography.
func useCommands() map[string]command {
	return map[string]command{
		"encrypt": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.EncryptInput{KeyId: o.key(s), Plaintext: []byte(o.named["text"]), EncryptionContext: contextOf(o), DryRun: dryOf(o)}
			if n := o.number("bytes"); n != nil {
				in.Plaintext = make([]byte, *n)
			}
			out, err := s.w.Encrypt(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.CiphertextBlob
			return fmt.Sprintf("%s %s, %d bytes, header %x, material %x", *out.KeyId, out.EncryptionAlgorithm,
				len(out.CiphertextBlob), out.CiphertextBlob[:5], out.CiphertextBlob[5:37]), nil
		},
		"datakey": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			if o.flag("without") {
				out, err := s.w.GenerateDataKeyWithoutPlaintext(s.call(o.at(0)), &kms.GenerateDataKeyWithoutPlaintextInput{
					KeyId: o.key(s), KeySpec: types.DataKeySpec(o.named["spec"]), NumberOfBytes: o.number("bytes"), EncryptionContext: contextOf(o),
				})
				if err != nil {
					return "", err
				}
				s.blobs[o.named["as"]] = out.CiphertextBlob
				return fmt.Sprintf("%s, blob %d bytes, header %x, material %s", *out.KeyId, len(out.CiphertextBlob), out.CiphertextBlob[:5], *out.KeyMaterialId), nil
			}
			out, err := s.w.GenerateDataKey(s.call(o.at(0)), &kms.GenerateDataKeyInput{
				KeyId: o.key(s), KeySpec: types.DataKeySpec(o.named["spec"]), NumberOfBytes: o.number("bytes"), EncryptionContext: contextOf(o), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.CiphertextBlob
			return fmt.Sprintf("%s, %d bytes in clear, blob %d bytes, header %x, material %s", *out.KeyId, len(out.Plaintext), len(out.CiphertextBlob), out.CiphertextBlob[:5], *out.KeyMaterialId), nil
		},
		"decrypt": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.DecryptInput{
				CiphertextBlob: s.blobs[o.at(1)], EncryptionContext: contextOf(o), DryRun: dryOf(o),
				EncryptionAlgorithm: types.EncryptionAlgorithmSpec(o.named["algorithm"]),
			}
			if o.named["key"] != "" {
				in.KeyId = o.key(s)
			}
			out, err := s.w.Decrypt(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			id := "no material"
			if out.KeyMaterialId != nil {
				id = *out.KeyMaterialId
			}
			text := string(out.Plaintext)
			if len(text) > 40 || strings.ContainsAny(text, "\x00") {
				text = fmt.Sprintf("%d bytes", len(text))
			}
			return fmt.Sprintf("%s %s %s: %s", *out.KeyId, out.EncryptionAlgorithm, id, text), nil
		},
		"reencrypt": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ReEncrypt(s.call(o.at(0)), &kms.ReEncryptInput{
				CiphertextBlob: s.blobs[o.at(1)], DestinationKeyId: o.key(s),
				SourceEncryptionContext: contextOf(o), DestinationEncryptionContext: contextOf(o), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.CiphertextBlob
			return fmt.Sprintf("%s %s -> %s %s, header %x", *out.SourceKeyId, *out.SourceKeyMaterialId, *out.KeyId, *out.DestinationKeyMaterialId, out.CiphertextBlob[:5]), nil
		},
		"damage": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			b := append([]byte(nil), s.blobs[o.at(0)]...)
			b[len(b)-1-int(*o.number("from-end"))] ^= 1
			s.blobs[o.named["as"]] = b
			return fmt.Sprintf("%s damaged as %s", o.at(0), o.named["as"]), nil
		},
		"random": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GenerateRandom(s.call(o.at(0)), &kms.GenerateRandomInput{NumberOfBytes: o.number("bytes")})
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%d bytes", len(out.Plaintext)), nil
		},
		"mac": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GenerateMac(s.call(o.at(0)), &kms.GenerateMacInput{
				KeyId: o.key(s), Message: []byte(o.named["text"]),
				MacAlgorithm: types.MacAlgorithmSpec(o.named["algorithm"]), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.Mac
			return fmt.Sprintf("%s %s %d bytes", *out.KeyId, out.MacAlgorithm, len(out.Mac)), nil
		},
		"verify-mac": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.VerifyMac(s.call(o.at(0)), &kms.VerifyMacInput{
				KeyId: o.key(s), Message: []byte(o.named["text"]), Mac: s.blobs[o.at(1)],
				MacAlgorithm: types.MacAlgorithmSpec(o.named["algorithm"]), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s %s %v", *out.KeyId, out.MacAlgorithm, out.MacValid), nil
		},
		"public-key": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetPublicKey(s.call(o.at(0)), &kms.GetPublicKeyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s %s %s %v%v%v", *out.KeyId, out.KeySpec, out.KeyUsage, out.EncryptionAlgorithms, out.SigningAlgorithms, out.KeyAgreementAlgorithms), nil
		},
	}
}

func contextOf(o options) map[string]string {
	v := o.named["context"]
	if v == "" {
		return nil
	}
	m := map[string]string{}
	for _, pair := range strings.Split(v, ",") {
		k, val, _ := strings.Cut(pair, ":")
		m[k] = val
	}
	return m
}

func dryOf(o options) *bool {
	if o.flag("dry") {
		return ptr(true)
	}
	return nil
}
