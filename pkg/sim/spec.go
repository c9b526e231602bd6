package sim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// usagesOf lists what a key of a spec may be used for.
func usagesOf(spec types.KeySpec) []types.KeyUsageType {
	s := string(spec)
	switch {
	case spec == types.KeySpecSymmetricDefault:
		return []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt}
	case strings.HasPrefix(s, "RSA_"):
		return []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt, types.KeyUsageTypeSignVerify}
	case strings.HasPrefix(s, "ECC_NIST_P"):
		return []types.KeyUsageType{types.KeyUsageTypeSignVerify, types.KeyUsageTypeKeyAgreement}
	case strings.HasPrefix(s, "ECC_"), strings.HasPrefix(s, "ML_DSA_"):
		return []types.KeyUsageType{types.KeyUsageTypeSignVerify}
	case strings.HasPrefix(s, "HMAC_"):
		return []types.KeyUsageType{types.KeyUsageTypeGenerateVerifyMac}
	case spec == types.KeySpecSm2:
		return []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt, types.KeyUsageTypeSignVerify, types.KeyUsageTypeKeyAgreement}
	case strings.HasPrefix(s, "ML_KEM_"):
		return []types.KeyUsageType{types.KeyUsageTypeEncapsulateDecapsulate}
	}
	return nil
}

// knownSpec says whether a key spec exists.
func knownSpec(spec types.KeySpec) bool {
	return slices.Contains(types.KeySpec("").Values(), spec)
}

// encryptionAlgorithms lists those of a spec, as DescribeKey does.
func encryptionAlgorithms(spec types.KeySpec, usage types.KeyUsageType) []types.EncryptionAlgorithmSpec {
	switch {
	case usage != types.KeyUsageTypeEncryptDecrypt:
		return nil
	case spec == types.KeySpecSymmetricDefault:
		return symmetricOnly
	case spec == types.KeySpecSm2:
		return []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecSm2pke}
	}
	return []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecRsaesOaepSha1, types.EncryptionAlgorithmSpecRsaesOaepSha256}
}

// symmetricOnly is the list that nearly every call needs.
//
//nolint:gochecknoglobals // a table that nothing changes
var symmetricOnly = []types.EncryptionAlgorithmSpec{types.EncryptionAlgorithmSpecSymmetricDefault}

// signingAlgorithms lists those of a spec, in alphabetical order.
//
// Rules: MRK-KEY-10.
func signingAlgorithms(spec types.KeySpec, usage types.KeyUsageType) []types.SigningAlgorithmSpec {
	if usage != types.KeyUsageTypeSignVerify {
		return nil
	}
	s := string(spec)
	switch {
	case strings.HasPrefix(s, "RSA_"):
		return []types.SigningAlgorithmSpec{
			types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, types.SigningAlgorithmSpecRsassaPkcs1V15Sha384, types.SigningAlgorithmSpecRsassaPkcs1V15Sha512,
			types.SigningAlgorithmSpecRsassaPssSha256, types.SigningAlgorithmSpecRsassaPssSha384, types.SigningAlgorithmSpecRsassaPssSha512,
		}
	case spec == types.KeySpecEccNistP256, spec == types.KeySpecEccSecgP256k1:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha256}
	case spec == types.KeySpecEccNistP384:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha384}
	case spec == types.KeySpecEccNistP521:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEcdsaSha512}
	case spec == types.KeySpecEccNistEdwards25519:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecEd25519PhSha512, types.SigningAlgorithmSpecEd25519Sha512}
	case spec == types.KeySpecSm2:
		return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecSm2dsa}
	}
	return []types.SigningAlgorithmSpec{types.SigningAlgorithmSpecMlDsaShake256}
}

// macAlgorithms is the one algorithm of an HMAC key.
func macAlgorithms(spec types.KeySpec) []types.MacAlgorithmSpec {
	if bits, ok := strings.CutPrefix(string(spec), "HMAC_"); ok {
		return []types.MacAlgorithmSpec{types.MacAlgorithmSpec("HMAC_SHA_" + bits)}
	}
	return nil
}

// keyAgreementAlgorithms is the one algorithm of a key agreement key.
func keyAgreementAlgorithms(usage types.KeyUsageType) []types.KeyAgreementAlgorithmSpec {
	if usage == types.KeyUsageTypeKeyAgreement {
		return []types.KeyAgreementAlgorithmSpec{types.KeyAgreementAlgorithmSpecEcdh}
	}
	return nil
}

// encapsulationAlgorithms is the one algorithm of an ML-KEM key.
func encapsulationAlgorithms(usage types.KeyUsageType) []types.EncapsulationAlgorithmSpec {
	if usage == types.KeyUsageTypeEncapsulateDecapsulate {
		return []types.EncapsulationAlgorithmSpec{types.EncapsulationAlgorithmSpecMlKem}
	}
	return nil
}
