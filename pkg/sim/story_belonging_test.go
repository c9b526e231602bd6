package sim

import (
	"fmt"
	"sort"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cockroachdb/datadriven"
)

// belongingCommands are those about what belongs to a member: aliases, policy, tags.
func belongingCommands() map[string]command {
	return map[string]command{
		"create-alias": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.CreateAlias(s.call(o.at(0)), &kms.CreateAliasInput{AliasName: ptr(o.at(1)), TargetKeyId: o.key(s)})
			return "", err
		},
		"update-alias": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.UpdateAlias(s.call(o.at(0)), &kms.UpdateAliasInput{AliasName: ptr(o.at(1)), TargetKeyId: o.key(s)})
			return "", err
		},
		"delete-alias": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.DeleteAlias(s.call(o.at(0)), &kms.DeleteAliasInput{AliasName: ptr(o.at(1))})
			return "", err
		},
		"aliases": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.ListAliasesInput{Limit: o.number("limit")}
			if o.named["key"] != "" {
				in.KeyId = o.key(s)
			}
			out, err := s.w.ListAliases(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			var lines []string
			for _, a := range out.Aliases {
				lines = append(lines, fmt.Sprintf("%s -> %s", *a.AliasArn, *a.TargetKeyId))
			}
			return strings.Join(append(lines, fmt.Sprintf("truncated %v", out.Truncated)), "\n"), nil
		},
		"policy": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetKeyPolicy(s.call(o.at(0)), &kms.GetKeyPolicyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return *out.PolicyName + "\n" + *out.Policy, nil
		},
		"put-policy": func(s *story, o options, d *datadriven.TestData) (string, error) {
			_, err := s.w.PutKeyPolicy(s.call(o.at(0)), &kms.PutKeyPolicyInput{KeyId: o.key(s), Policy: &d.Input, BypassPolicyLockoutSafetyCheck: o.flag("bypass")})
			return "", err
		},
		"tag": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.TagResourceInput{KeyId: o.key(s), Tags: []types.Tag{}}
			for _, w := range o.words[1:] {
				at := strings.LastIndexByte(w, ':')
				k, v := w[:at], w[at+1:]
				in.Tags = append(in.Tags, types.Tag{TagKey: &k, TagValue: &v})
			}
			_, err := s.w.TagResource(s.call(o.at(0)), in)
			return "", err
		},
		"untag": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.UntagResource(s.call(o.at(0)), &kms.UntagResourceInput{KeyId: o.key(s), TagKeys: o.words[1:]})
			return "", err
		},
		"tags": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ListResourceTags(s.call(o.at(0)), &kms.ListResourceTagsInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return "tags: " + tagText(out.Tags) + fmt.Sprintf(", truncated %v", out.Truncated), nil
		},
	}
}

func tagText(tags []types.Tag) string {
	var list []string
	for _, t := range tags {
		list = append(list, *t.TagKey+":"+*t.TagValue)
	}
	sort.Strings(list)
	return "[" + strings.Join(list, " ") + "]"
}
