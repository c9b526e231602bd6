package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// GenerateMac authenticates a message. Every member of a set gives the same MAC.
//
// Rules: MRK-MAC-03.
func (w *World) GenerateMac(c *Call, in *kms.GenerateMacInput) (out *kms.GenerateMacOutput, err error) {
	t, err := w.begin(c, opGenerateMac, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeGenerateVerifyMac, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	mac, err := k.MAC(in.MacAlgorithm, in.Message)
	if err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.GenerateMacOutput{KeyId: &m.arn, Mac: mac, MacAlgorithm: in.MacAlgorithm}, nil
}

// VerifyMac checks a MAC. A wrong one is an error, under DryRun too.
//
// Rules: MRK-MAC-02.
func (w *World) VerifyMac(c *Call, in *kms.VerifyMacInput) (out *kms.VerifyMacOutput, err error) {
	t, err := w.begin(c, opVerifyMac, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, k, err := t.usePair(in.KeyId, types.KeyUsageTypeGenerateVerifyMac, in.GrantTokens)
	if err != nil {
		return nil, err
	}
	if err := k.VerifyMAC(in.MacAlgorithm, in.Message, in.Mac); err != nil {
		return nil, answered(err)
	}
	if err := t.succeeds(in.DryRun); err != nil {
		return nil, err
	}
	return &kms.VerifyMacOutput{KeyId: &m.arn, MacValid: true, MacAlgorithm: in.MacAlgorithm}, nil
}
