package policy

import (
	"slices"
	"strings"
)

// Decision is what a policy says about a request.
type Decision uint8

// The decisions. A policy that says nothing leaves the request to others.
const (
	Silent Decision = iota
	// Delegated: allowed to the caller's account, which has to allow it to the
	// caller by identity policies. Only resource policies delegate.
	Delegated
	Allowed
	Denied
)

// Caller is who makes a request.
type Caller struct {
	// ARN is the caller's own ARN: a user, an account's root, an assumed role's
	// session.
	ARN string
	// Role is the ARN of the role behind a session; empty for others. A role's
	// path is not in its session's ARN, so that a Role ending in /name matches
	// whatever the path.
	Role string
	// Account is the caller's account.
	Account string
	// Service is the service principal when AWS itself calls.
	Service string
}

// Request is what a policy is asked about.
type Request struct {
	// Action is the action, such as kms:Decrypt.
	Action string
	// Resource is the ARN of the resource; empty when there is none.
	Resource string
	// Caller makes the request.
	Caller Caller
	// Values returns the values of a condition key, whose name it gets in lower
	// case, and whether the request has that key. Nil means no keys.
	Values func(key string) ([]string, bool)
}

// OfResource evaluates a resource policy, such as a key policy: its statements
// name principals.
func (d *Document) OfResource(r *Request) Decision {
	decision := Silent
	for i := range d.Statements {
		s := &d.Statements[i]
		how := s.principal(&r.Caller)
		if how == Silent || !s.applies(r) {
			continue
		}
		if s.Deny {
			return Denied
		}
		decision = max(decision, how)
	}
	return decision
}

// OfIdentity evaluates an identity policy, a permissions boundary or a session
// policy: it is about whoever has it.
func (d *Document) OfIdentity(r *Request) Decision {
	decision := Silent
	for i := range d.Statements {
		s := &d.Statements[i]
		if !s.applies(r) {
			continue
		}
		if s.Deny {
			return Denied
		}
		decision = Allowed
	}
	return decision
}

// principal says how a statement names a caller: itself (Allowed), by its
// account (Delegated), or not at all (Silent).
func (s *Statement) principal(c *Caller) Decision {
	if len(s.NotPrincipals) > 0 {
		for _, p := range s.NotPrincipals {
			if p.names(c) == Allowed {
				return Silent
			}
		}
		return Allowed
	}
	how := Silent
	for _, p := range s.Principals {
		how = max(how, p.names(c))
	}
	if s.Deny && how == Delegated {
		return Allowed // a deny for an account denies everybody in it
	}
	return how
}

func (p Principal) names(c *Caller) Decision {
	if p.Kind == "Service" {
		if c.Service != "" && (p.Name == c.Service || p.Name == "*") {
			return Allowed
		}
		return Silent
	}
	if p.Kind != "AWS" {
		return Silent
	}
	switch {
	case p.Name == "*", p.Name == c.ARN:
		return Allowed
	case c.Account != "" && (p.Name == c.Account || strings.HasPrefix(p.Name, "arn:") && strings.HasSuffix(p.Name, "::"+c.Account+":root")):
		if strings.HasSuffix(c.ARN, ":root") {
			return Allowed
		}
		return Delegated
	case c.Role != "" && sameRole(p.Name, c.Role):
		return Allowed
	}
	return Silent
}

// sameRole compares the ARNs of two roles, of which the second may lack its path.
func sameRole(full, short string) bool {
	if full == short {
		return true
	}
	head, path, ok := strings.Cut(full, ":role/")
	shortHead, name, shortOK := strings.Cut(short, ":role/")
	return ok && shortOK && head == shortHead && strings.HasSuffix(path, "/"+name)
}

// applies says whether a statement is about a request's action and resource
// and its conditions hold.
func (s *Statement) applies(r *Request) bool {
	if len(s.Actions) > 0 && !anyMatches(s.Actions, r.Action, true) || len(s.NotActions) > 0 && anyMatches(s.NotActions, r.Action, true) {
		return false
	}
	if len(s.Actions)+len(s.NotActions) == 0 || len(s.Resources)+len(s.NotResources) == 0 {
		return false // accepted, and without effect
	}
	if len(s.Resources) > 0 && !s.about(s.Resources, r.Resource) || len(s.NotResources) > 0 && s.about(s.NotResources, r.Resource) {
		return false
	}
	return !slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !c.holds(r) })
}

// about matches resources; one request may have none, and then only * matches.
func (s *Statement) about(patterns []string, resource string) bool {
	return anyMatches(patterns, resource, false)
}

func anyMatches(patterns []string, text string, fold bool) bool {
	for _, p := range patterns {
		if fold && Matches(strings.ToLower(p), strings.ToLower(text)) || !fold && Matches(p, text) {
			return true
		}
	}
	return false
}

// Matches says whether text matches a pattern in which * stands for any
// characters and ? for one.
func Matches(pattern, text string) bool {
	star, from := -1, 0
	i, j := 0, 0
	for j < len(text) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, from = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == text[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}

// String is the decision in a word.
func (d Decision) String() string {
	switch d {
	case Delegated:
		return "delegated"
	case Allowed:
		return "allowed"
	case Denied:
		return "denied"
	default:
		return "silent"
	}
}
