package compare_test

import (
	"slices"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/compare"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func TestAspectsAreJudgedByMeaning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(standby, primary *mrk.Member)
		want  []string
	}{
		{"nothing", func(_, _ *mrk.Member) {}, nil},
		{"another spelling", func(s, _ *mrk.Member) {
			s.Policy = keyPolicy(allow(app, "kms:Decrypt") + allow(app, "kms:decrypt"))
			s.PolicySHA = "another"
		}, nil},
		{"each names its own Region", func(s, p *mrk.Member) {
			s.Policy, p.Policy = keyPolicy(allow(app+"-eu-west-1", "kms:Decrypt")), keyPolicy(allow(app+"-us-east-1", "kms:Decrypt"))
		}, nil},
		{"a policy that lets less through", func(s, _ *mrk.Member) { s.Policy = keyPolicy("") }, []string{compare.AspectPolicy}},
		{"a policy that can't be read", func(s, _ *mrk.Member) { s.Policy = "{" }, []string{compare.AspectPolicy}},
		{"everything else", func(s, _ *mrk.Member) {
			s.Aliases, s.Tags, s.Grants, s.Rotation, s.Material = nil, nil, nil, mrk.Rotation{}, "b"
		}, []string{compare.AspectAliases, compare.AspectTags, compare.AspectGrants, compare.AspectRotation, compare.AspectMaterial}},
	} {
		set := healthy()
		test.spoil(&set.Members[0], &set.Members[1])
		if got := compare.Aspects(set.Members); !slices.Equal(got, test.want) {
			t.Errorf("%s: differs in %v, want %v", test.name, got, test.want)
		}
	}
}
