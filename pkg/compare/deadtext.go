package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// deadText looks for statements of a member that don't do what they say.
func (c *comparison) deadText(i int) {
	m, doc := c.judged[i], c.docs[i]
	if len(m.Policy) > 28<<10 {
		c.find("MRK904", m.Region, fmt.Sprintf("%d bytes of 32 KB", len(m.Policy)))
	}
	for k, s := range doc.Statements {
		with := func(f *Finding) { f.Evidence = c.evidence(i, k) }
		say := func(id, about, what string, change ...func(*Finding)) {
			c.find(id, m.Region, fmt.Sprintf("statement %d: %s", k+1, what), append(change, principal(about), with)...)
		}
		if len(s.Actions)+len(s.NotActions) == 0 || len(s.Resources)+len(s.NotResources) == 0 {
			say("MRK403", "statement", "it has no action or no resource, and does nothing")
			continue
		}
		if m.ARN != "" && !s.ConcernsKey(m.ARN) {
			say("MRK402", strings.Join(s.Resources, " "), "it is about "+strings.Join(s.Resources, ", ")+" and not this key")
		}
		c.unknownWords(s, say)
		for _, p := range s.Principals {
			if r := c.pinned(i, []string{p.Name}); p.Kind == "Service" && r != "" {
				say("MRK401", p.Name, p.Name+" is the service of "+r)
			}
		}
		for _, x := range s.Conditions {
			c.deadCondition(i, s, x, say)
			if doc.Version != "2012-10-17" && slices.ContainsFunc(x.Values, func(v string) bool { return strings.Contains(v, "${") }) {
				say("MRK903", x.Key, "the variable in "+x.Key+" is plain text without version 2012-10-17")
			}
		}
	}
	for _, k := range c.judge.Covered(i) {
		c.find("MRK407", m.Region, fmt.Sprintf("statement %d says nothing that others don't", k+1), principal(fmt.Sprint(doc.Statements[k].Actions)), func(f *Finding) { f.Evidence = c.evidence(i, k) })
	}
}

type sayer func(id, about, what string, change ...func(*Finding))

// unknownWords looks for names that KMS does not know or that mean nothing here.
func (c *comparison) unknownWords(s policy.Statement, say sayer) {
	for _, a := range s.Actions {
		switch policy.UseOf(a, c.actions()) {
		case policy.Ineffective:
			say("MRK405", a, a+" means nothing in the policy of this key")
		case policy.Unknown:
			say("MRK406", a, a+" is no action of KMS")
		case policy.Effective:
		}
	}
	for _, p := range append(slices.Clone(s.Principals), s.NotPrincipals...) {
		if p.Kind == "Federated" || p.Kind == "CanonicalUser" {
			say("MRK406", p.Name, p.Kind+" principals are not for key policies")
		}
	}
	for _, x := range s.Conditions {
		if !policy.KnownKey(x.Key) {
			say("MRK406", x.Key, x.Key+" is no condition key")
		}
	}
}

// pinned is the sibling's Region that texts name; empty when they name the
// member's own as well, or none.
func (c *comparison) pinned(i int, texts []string) string {
	region := ""
	for _, t := range texts {
		if strings.Contains(t, c.judged[i].Region) || strings.Contains(t, "*") {
			return ""
		}
		for _, m := range c.set.Members {
			if m.Region != c.judged[i].Region && strings.Contains(t, m.Region) {
				region = m.Region
			}
		}
		if region == "" {
			return ""
		}
	}
	return region
}

// deadCondition looks for conditions that never hold, or always, in the
// member's Region.
func (c *comparison) deadCondition(i int, s policy.Statement, x policy.Condition, say sayer) {
	unless := strings.Contains(x.Operator, "Not")
	grave := func(*Finding) {}
	if s.Deny && unless {
		grave = severity(Critical)
	}
	switch key := strings.ToLower(x.Key); key {
	case "kms:viaservice", "aws:requestedregion":
		if r := c.pinned(i, x.Values); r != "" && (s.Deny || !unless) {
			say("MRK401", x.Key, fmt.Sprintf("%s names %s and not %s", x.Key, r, c.judged[i].Region), grave)
		}
	case "aws:sourcearn":
		if r := c.pinned(i, x.Values); r != "" {
			say("MRK401", x.Key, fmt.Sprintf("%s is in %s; some services do call with their home Region's", x.Key, r), severity(Medium))
		}
	case "aws:sourcevpce", "aws:sourcevpc":
		for _, id := range x.Values {
			if r := c.networkOf(i, id); r != "" {
				say("MRK404", id, fmt.Sprintf("%s belongs to %s, or to neither", id, r), grave)
			}
		}
	case "kms:replicaregion", "kms:primaryregion":
		if unless || s.Deny {
			return
		}
		for _, m := range c.set.Members {
			if key == "kms:replicaregion" && m.Region == c.set.Primary {
				continue // the primary is not replicated to
			}
			if !slices.ContainsFunc(x.Values, func(v string) bool { return policy.Matches(v, m.Region) }) {
				say("MRK408", x.Key+" "+m.Region, x.Key+" leaves out "+m.Region)
			}
		}
	case "kms:multiregionkeytype":
		say("MRK409", x.Key, "it goes by kms:MultiRegionKeyType, which changes with a promotion")
	}
}

// networkOf is the other Region to which a VPC or endpoint belongs by the rule
// file, or whose policy names it too; empty when there is none.
func (c *comparison) networkOf(i int, id string) string {
	own := c.Names.Regions[c.judged[i].Region]
	if slices.Contains(own.Endpoints, id) || slices.Contains(own.Networks, id) {
		return ""
	}
	for region, t := range c.Names.Regions {
		if slices.Contains(t.Endpoints, id) || slices.Contains(t.Networks, id) {
			return region
		}
	}
	for k, doc := range c.docs {
		if k == i {
			continue
		}
		for _, s := range doc.Statements {
			for _, x := range s.Conditions {
				if strings.HasPrefix(strings.ToLower(x.Key), "aws:sourcevpc") && slices.Contains(x.Values, id) {
					return c.judged[k].Region
				}
			}
		}
	}
	return ""
}

// style tells how two policies that let the same through are written otherwise.
func (c *comparison) style(a, b int) {
	text := c.judge.SameText(a, b) && len(c.docs[a].Statements) == len(c.docs[b].Statements)
	if text && c.judge.SameWords(a, b) {
		return
	}
	here, there := c.judged[b].Region, c.judged[a].Region
	if here == c.primary.Region {
		here, there = there, here
	}
	if !c.judge.SameWords(a, b) {
		c.find("MRK902", here, "actions are written by wildcard here or in "+there+", and one by one in the other", principal(there))
		if text {
			return
		}
	}
	c.find("MRK901", here, "written otherwise than in "+there+", with the same effect", principal(there))
}
