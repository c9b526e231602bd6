package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// exposure asks what one policy lets anybody do, on its own.
func (c *comparison) exposure(i int) {
	m := c.judged[i]
	var admins []string
	for _, class := range c.judge.Classes() {
		if c.judge.Cell(i, class, "PutKeyPolicy").Best != policy.Silent && !class.Service {
			admins = append(admins, class.Name)
		}
		if class.Foreign(c.account()) {
			c.outside(i, class)
		}
	}
	switch {
	case len(admins) == 0:
		c.find("MRK304", m.Region, "no principal may call PutKeyPolicy")
	case len(admins) == 1 && admins[0] != policy.OwnAccount:
		c.find("MRK305", m.Region, c.short(admins[0])+" alone may call PutKeyPolicy, and the account's IAM policies don't count", principal(admins[0]))
	}
	for k, s := range c.docs[i].Statements {
		with := func(f *Finding) { f.Evidence = c.evidence(i, k) }
		for _, p := range append(slices.Clone(s.Principals), s.NotPrincipals...) {
			if policy.Orphan(p.Name) {
				change := func(*Finding) {}
				if len(admins) == 0 {
					change = severity(High)
				}
				c.find("MRK303", m.Region, p.Name+" is gone"+c.wasProbably(i), principal(p.Name), with, change)
			}
			if c.Existing != nil && p.Kind == "AWS" && strings.Count(p.Name, ":") == 5 && !strings.HasSuffix(p.Name, ":root") &&
				strings.Contains(p.Name, ":iam::"+c.account()+":") && !c.Existing[p.Name] {
				c.find("MRK308", m.Region, c.short(p.Name)+" is not among the account's principals", principal(p.Name), with)
			}
		}
		for _, x := range s.Conditions {
			if !s.Deny && strings.HasPrefix(x.Operator, "ForAllValues:") && !demandsPresence(s, x.Key) {
				c.find("MRK306", m.Region, fmt.Sprintf("statement %d allows what has no %s at all", k+1, x.Key), principal(x.Key), with)
			}
		}
		if len(s.NotPrincipals) > 0 {
			change := func(*Finding) {}
			if s.Deny {
				change = severity(Medium)
			}
			c.find("MRK307", m.Region, fmt.Sprintf("statement %d is for everybody but %s", k+1, c.short(s.NotPrincipals[0].Name)), principal(s.NotPrincipals[0].Name), with, change)
		}
	}
}

// demandsPresence says whether a statement asks besides that a request has a key.
func demandsPresence(s policy.Statement, key string) bool {
	return slices.ContainsFunc(s.Conditions, func(x policy.Condition) bool {
		return x.Operator == "Null" && strings.EqualFold(x.Key, key) && slices.Equal(x.Values, []string{"false"})
	})
}

// outside judges what a class of another account may do.
func (c *comparison) outside(i int, class policy.Class) {
	region := c.judged[i].Region
	var open, somehow []string
	var conditions []string
	var statements []int
	for _, action := range c.actions() {
		cell := c.judge.Cell(i, class, action)
		switch {
		case cell.Best == policy.Silent:
			continue
		case class.Name == policy.Anyone && cell.Worst != policy.Silent:
			open = append(open, action)
		default:
			somehow = append(somehow, action)
		}
		for _, k := range cell.Statements {
			if !slices.Contains(statements, k) {
				statements = append(statements, k)
			}
		}
		conditions = append(conditions, cell.Conditions...)
	}
	about := func(actions []string) func(*Finding) {
		return func(f *Finding) {
			f.Principal, f.Class, f.Actions, f.Evidence = c.judge.Instance(i, class), class.Name, actions, c.evidence(i, statements...)
		}
	}
	if len(open) > 0 {
		c.find("MRK301", region, "everybody may "+brief(open), about(open))
	}
	if len(somehow) == 0 || slices.Contains(c.Trust.Accounts, class.Account) && class.Account != "" || c.trusted(conditions) {
		return
	}
	who := "account " + class.Account
	if class.Name == policy.Anyone {
		who = "any account, under conditions,"
	}
	c.find("MRK302", region, fmt.Sprintf("%s may %s", who, brief(somehow)), about(somehow))
}

// trusted says whether conditions keep an access within a trusted organization.
func (c *comparison) trusted(conditions []string) bool {
	return len(conditions) > 0 && !slices.ContainsFunc(conditions, func(line string) bool {
		return !slices.ContainsFunc(c.Trust.Orgs, func(org string) bool {
			return strings.Contains(line, "StringEquals aws:principalorgid "+org)
		})
	})
}

// wasProbably names whom another member's policy names and this one does not:
// the likely owner of an orphaned id.
func (c *comparison) wasProbably(i int) string {
	var missing []string
	for _, class := range c.judge.Classes() {
		if !class.Named() || class.Service || c.judge.Names(i, class) {
			continue
		}
		for k := range c.judged {
			if k != i && c.judge.Names(k, class) {
				missing = append(missing, c.short(c.judge.Instance(i, class)))
				break
			}
		}
	}
	if len(missing) != 1 {
		return ""
	}
	return "; it was probably " + missing[0] + ", which the other members name"
}

// strangers reports principals that belong to another Region by their names.
func (c *comparison) strangers() {
	for _, s := range c.judge.Strangers {
		c.find("MRK210", s.Region, fmt.Sprintf("%s belongs to %s", c.short(s.Principal), s.Of), principal(s.Principal))
	}
	for _, s := range c.judge.Unmapped {
		c.find("MRK211", s.Region, c.short(s.Principal)+" has no counterpart in another member", principal(s.Principal))
	}
}
