package sim

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// derived is the value of a condition key that is no member of the request,
// but is worked out from it and from the key. The name is in lower case.
//
// Rules: MRK-POLICY-12.
func (t *task) derived(m *member, key string) ([]string, bool) {
	switch in := t.in.(type) {
	case *kms.CreateKeyInput:
		multi := in.MultiRegion != nil && *in.MultiRegion
		switch key {
		case "kms:multiregion":
			return []string{strconv.FormatBool(multi)}, true
		case "kms:multiregionkeytype":
			return []string{"PRIMARY"}, multi
		}
		return requestTag(in.Tags, key)
	case *kms.TagResourceInput:
		return requestTag(in.Tags, key)
	case *kms.ReplicateKeyInput:
		return requestTag(in.Tags, key)
	case *kms.CreateGrantInput:
		return grantFact(in.Constraints, key)
	case *kms.ReEncryptInput:
		if key == "kms:reencryptonsamekey" {
			return []string{strconv.FormatBool(t.ontoItself(m, in))}, true
		}
	case *kms.DisableKeyInput, *kms.ScheduleKeyDeletionInput:
		if key == "kms:trailingdayswithoutkeyusage" && m != nil {
			return []string{strconv.Itoa(t.w.unusedDays(m))}, true
		}
	}
	return nil, false
}

// requestTag is the value of a tag that comes with a request.
func requestTag(tags []types.Tag, key string) ([]string, bool) {
	name, ok := strings.CutPrefix(key, "aws:requesttag/")
	if !ok {
		return nil, false
	}
	for _, tg := range tags {
		if strings.EqualFold(text(tg.TagKey), name) {
			return []string{text(tg.TagValue)}, true
		}
	}
	return nil, false
}

// grantFact is the value of a condition key about a grant's constraints.
func grantFact(c *types.GrantConstraints, key string) ([]string, bool) {
	if c == nil {
		return nil, false
	}
	switch key {
	case "kms:grantconstrainttype":
		var kinds []string
		if len(c.EncryptionContextEquals) > 0 {
			kinds = append(kinds, "EncryptionContextEquals")
		}
		if len(c.EncryptionContextSubset) > 0 {
			kinds = append(kinds, "EncryptionContextSubset")
		}
		return kinds, len(kinds) > 0
	case "kms:grantconstraintsourcearn":
		return []string{text(c.SourceArn)}, c.SourceArn != nil
	}
	return nil, false
}

// ontoItself says whether a ReEncrypt is from a key to the same key. m is the
// key of the side that is at hand.
func (t *task) ontoItself(m *member, in *kms.ReEncryptInput) bool {
	if t.source != nil {
		return t.source == m
	}
	ahead := *t // looking for the destination must not change what the trail says
	to, err := ahead.find(in.DestinationKeyId, anyName)
	return err == nil && to == m
}

// unusedDays is for how many whole days a member has not been used, as far
// back as that is known.
func (w *World) unusedDays(m *member) int {
	m.useMu.Lock()
	last := m.used.At
	m.useMu.Unlock()
	return int((w.nowNanos() - max(last, w.trackedSince(m))) / int64(day))
}
