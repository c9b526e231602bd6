package compare

import (
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// subjectOf is a member as the judge of policies sees it. What every request to
// it says of the key is among its facts: that a condition asks for a tag which
// the key has not, too.
func subjectOf(m mrk.Member, doc *policy.Document, all []*policy.Document) policy.Subject {
	s := policy.Subject{Region: m.Region, Account: accountOf(m), Document: doc, Facts: map[string][]string{}}
	fact := func(key, value string) {
		if value != "" {
			s.Facts[key] = []string{value}
		}
	}
	fact(policy.FactARN, m.ARN)
	fact("kms:keyspec", m.Spec)
	fact("kms:keyusage", m.Usage)
	fact("kms:keyorigin", m.Origin)
	fact("kms:multiregionkeytype", m.Role)
	fact("aws:resourceaccount", s.Account)
	s.Facts["kms:multiregion"] = []string{map[bool]string{true: "true", false: "false"}[m.MultiRegion]}
	if !unread(m, "ListResourceTags") {
		for _, d := range all {
			for _, st := range d.Statements {
				for _, c := range st.Conditions {
					if key := strings.ToLower(c.Key); strings.HasPrefix(key, "aws:resourcetag/") {
						s.Facts[key] = nil
					}
				}
			}
		}
		for t, v := range m.Tags {
			s.Facts["aws:resourcetag/"+strings.ToLower(t)] = []string{v}
		}
	}
	for _, g := range m.Grants {
		if !g.OfService() {
			s.Grants = append(s.Grants, grantStatement(g))
		}
	}
	return s
}

// grantStatement is what a grant lets through, as a statement. A grant that
// demands an encryption context to be equal is held to its parts; that nothing
// else may be in it is not asked.
func grantStatement(g mrk.Grant) policy.Statement {
	s := policy.Statement{SID: "grant " + g.ID, Principals: []policy.Principal{{Kind: "AWS", Name: g.Grantee}}, Resources: []string{"*"}}
	if strings.HasSuffix(g.Grantee, ".amazonaws.com") {
		s.Principals[0].Kind = "Service"
	}
	for _, op := range g.Operations {
		s.Actions = append(s.Actions, "kms:"+op)
	}
	for _, part := range []map[string]string{g.Equals, g.Subset} {
		for k, v := range part {
			s.Conditions = append(s.Conditions, policy.Condition{Operator: "StringEquals", Key: "kms:EncryptionContext:" + k, Values: []string{v}})
		}
	}
	slices.SortFunc(s.Conditions, func(a, b policy.Condition) int { return strings.Compare(a.Key, b.Key) })
	return s
}

func accountOf(m mrk.Member) string {
	if parts := strings.Split(m.ARN, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}
