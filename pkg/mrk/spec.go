package mrk

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Specs are the key specs that this program knows, the usual one first. SM2 is
// made in the China Regions only.
func Specs() []string {
	specs := []string{string(types.KeySpecSymmetricDefault)}
	for _, s := range types.KeySpec("").Values() {
		if !slices.Contains(specs, string(s)) {
			specs = append(specs, string(s))
		}
	}
	return specs
}

// Usages are what a key of a spec can be for (KMS developer guide, "Key spec
// reference"). A key has one of them for life. An unknown spec has none.
func Usages(spec string) []string {
	is := func(prefix string) bool { return strings.HasPrefix(spec, prefix) }
	var usages []types.KeyUsageType
	switch {
	case spec == string(types.KeySpecSymmetricDefault):
		usages = []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt}
	case is("HMAC_"):
		usages = []types.KeyUsageType{types.KeyUsageTypeGenerateVerifyMac}
	case is("RSA_"):
		usages = []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt, types.KeyUsageTypeSignVerify}
	case is("ECC_NIST_P"):
		usages = []types.KeyUsageType{types.KeyUsageTypeSignVerify, types.KeyUsageTypeKeyAgreement}
	case is("ECC_"), is("ML_DSA_"):
		usages = []types.KeyUsageType{types.KeyUsageTypeSignVerify}
	case is("ML_KEM_"):
		usages = []types.KeyUsageType{types.KeyUsageTypeEncapsulateDecapsulate}
	case spec == string(types.KeySpecSm2):
		usages = []types.KeyUsageType{types.KeyUsageTypeEncryptDecrypt, types.KeyUsageTypeSignVerify, types.KeyUsageTypeKeyAgreement}
	}
	if !slices.Contains(Specs(), spec) {
		return nil
	}
	words := make([]string, len(usages))
	for i, u := range usages {
		words[i] = string(u)
	}
	return words
}

// settleUsage tells whether a key of a spec can be for a usage, and which it is
// when only one is possible and none was given.
func settleUsage(spec, usage string) (string, error) {
	spec = orDefault(spec, string(types.KeySpecSymmetricDefault))
	usages := Usages(spec)
	switch {
	case len(usages) == 0:
		return "", badInput("%q is not a key spec; there are %s", spec, strings.Join(Specs(), ", "))
	case usage == "" && len(usages) == 1:
		return usages[0], nil
	case usage == "":
		return "", badInput("what is the key of spec %s to be for? give --usage, one of %s; it can't be changed later", spec, strings.Join(usages, ", "))
	case !slices.Contains(usages, usage):
		return "", badInput("a key of spec %s can't be for %s, only for %s", spec, usage, strings.Join(usages, " or "))
	}
	return usage, nil
}
