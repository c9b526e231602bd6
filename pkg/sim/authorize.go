package sim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// authorize checks that the caller may do what it asks on a key it manages.
func (t *task) authorize(m *member) error {
	t.m = m
	if t.plainlyAllowed(m) {
		return nil
	}
	return t.decide(m, nil)
}

// authorizeUse is authorize for what grants can allow too.
func (t *task) authorizeUse(m *member, tokens []string) error {
	if len(tokens) > 0 {
		if err := t.w.checkTokens(tokens); err != nil {
			return err
		}
	}
	t.m = m
	if t.plainlyAllowed(m) {
		return nil
	}
	return t.decide(m, t.byGrant(m))
}

// plainlyAllowed is the case of most calls: the default policy leaves the key
// to its account, and the caller is an administrator of that account.
func (t *task) plainlyAllowed(m *member) bool {
	p := t.c.Principal
	return m.policy == "" && m.denied == 0 && p.Account == m.set.Account && p.Policies == nil && p.Boundary == "" && p.Session == ""
}

// action is the permission that the task needs: that of its operation, but
// that ReEncrypt has one for each side.
func (t *task) action() string {
	if t.side != "" {
		return t.side
	}
	return t.op.String()
}

// opinions is what each kind of policy says about a request.
type opinions struct {
	key, identity, boundary, session policy.Decision
}

// unlimited says whether neither boundary nor session policy holds the caller back.
func (o opinions) unlimited() bool {
	return o.boundary == policy.Allowed && o.session == policy.Allowed
}

// decide evaluates everything that has a say, in AWS's order: explicit denials,
// then grants, then the key policy together with what the account allows.
//
// Rules: MRK-POLICY-05, MRK-POLICY-06, MRK-POLICY-07, MRK-GRANT-13, MRK-GRANT-14.
func (t *task) decide(m *member, granted []*grant) error {
	if m.denied > 0 && !t.c.Principal.Operator {
		return t.denied(m, "with an explicit deny in a resource-based policy")
	}
	o := t.opinions(m)
	switch policy.Denied {
	case o.key:
		return t.denied(m, "with an explicit deny in a resource-based policy")
	case o.identity:
		return t.denied(m, "with an explicit deny in an identity-based policy")
	case o.boundary:
		return t.denied(m, "with an explicit deny in a permissions boundary")
	case o.session:
		return t.denied(m, "with an explicit deny in a session policy")
	default:
	}
	own := t.c.Principal.Account == m.set.Account
	limited, waiting := false, false
	for _, g := range granted {
		if !own && g.Issuer != t.c.Principal.Account {
			// The owner's grant to another account counts with that account's
			// leave. One to a role shows the session policy before it shows that.
			limited = limited || o.identity == policy.Allowed
			waiting = waiting || !t.toSession(g)
		} else if t.toSession(g) {
			return nil // not even cut by what the session policy leaves out
		} else {
			limited = true
		}
	}
	byPolicy := o.key == policy.Allowed && own || o.key >= policy.Delegated && o.identity == policy.Allowed
	switch {
	case (byPolicy || limited) && o.unlimited():
		return nil
	case (byPolicy || limited) && o.boundary != policy.Allowed:
		return t.denied(m, "because no permissions boundary allows")
	case byPolicy || limited || waiting && o.session != policy.Allowed:
		return t.denied(m, "because no session policy allows")
	case o.identity != policy.Allowed:
		return t.denied(m, "because no identity-based policy allows")
	}
	return t.denied(m, "because no resource-based policy allows")
}

// opinions asks every policy. An identity without policies is an administrator;
// a boundary or a session policy that is not there does not limit.
func (t *task) opinions(m *member) opinions {
	p := t.c.Principal
	r := t.request(m, p)
	o := opinions{key: m.keyPolicy().OfResource(r), identity: policy.Allowed, boundary: policy.Allowed, session: policy.Allowed}
	if p.Policies != nil {
		o.identity = t.w.identityOpinion(r, p.Policies...)
	}
	if p.Boundary != "" {
		o.boundary = t.w.identityOpinion(r, p.Boundary)
	}
	if p.Session != "" {
		o.session = t.w.identityOpinion(r, p.Session)
	}
	return o
}

// identityOpinion is what policies of an identity say together.
func (w *World) identityOpinion(r *policy.Request, texts ...string) policy.Decision {
	decision := policy.Silent
	for _, text := range texts {
		d, ok := w.documents.Load(text)
		if !ok {
			parsed, err := policy.Parse(text)
			if err != nil {
				parsed = &policy.Document{} // what nobody can read allows nothing
			}
			d, _ = w.documents.LoadOrStore(text, parsed)
		}
		if doc, isDoc := d.(*policy.Document); isDoc {
			decision = max(decision, doc.OfIdentity(r))
		}
	}
	return decision
}

// keyPolicy is the key's policy, parsed once.
func (m *member) keyPolicy() *policy.Document {
	if d := m.parsedPolicy.Load(); d != nil {
		return d
	}
	d, err := policy.Parse(m.effectivePolicy())
	if err != nil {
		d = &policy.Document{} // cannot be: it was parsed when it was put
	}
	m.parsedPolicy.Store(d)
	return d
}

// setPolicy replaces a member's policy.
func (m *member) setPolicy(text string) {
	m.policy = text
	m.parsedPolicy.Store(nil)
}

// byGrant lists the grants that allow the caller what it asks.
func (t *task) byGrant(m *member) []*grant {
	if m.grantsGone > 0 {
		return nil
	}
	var list []*grant
	for _, g := range m.grants.list() {
		if g.permits(t.w.identities, t.c.Principal, types.GrantOperation(t.action()), contextPairs(t.known)) {
			list = append(list, g)
		}
	}
	return list
}

// toSession says whether a grant is to the caller's session itself rather than
// to its role.
func (t *task) toSession(g *grant) bool {
	p := t.c.Principal
	if mine, ok, _ := t.w.identities.known(p.ARN); ok && mine == g.Grantee {
		return true
	}
	return g.Grantee == p.ARN || g.Grantee == p.ID
}

// authorizeGrant checks that the caller may make a grant: by the key's policy,
// or by a grant to itself that is at least as wide.
func (t *task) authorizeGrant(m *member, g *grant, tokens []string) error {
	if err := t.w.checkTokens(tokens); err != nil {
		return err
	}
	t.m = m
	if t.plainlyAllowed(m) {
		return nil
	}
	wide := slices.DeleteFunc(t.byGrant(m), func(parent *grant) bool { return !parent.includes(g) })
	return t.decide(m, wide)
}

// includes says whether a grant's operations and constraints leave room for another.
//
// Rules: MRK-GRANT-15.
func (g *grant) includes(o *grant) bool {
	for _, op := range o.Operations {
		if !g.allows(op) {
			return false
		}
	}
	for k, v := range g.Subset {
		if o.Subset[k] != v && o.Equals[k] != v {
			return false
		}
	}
	for k, v := range g.Equals {
		if o.Equals[k] != v {
			return false
		}
	}
	return g.Equals == nil || len(o.Equals) == len(g.Equals)
}

// authorizeAccount checks that the caller may do what concerns no key: make
// one, list them, draw random bytes. Only its own policies count there.
func (t *task) authorizeAccount() error {
	p := t.c.Principal
	if p.Policies == nil && p.Boundary == "" && p.Session == "" {
		return nil
	}
	r := t.request(nil, p)
	for _, by := range []struct {
		texts  []string
		kind   string
		inWord string
	}{{p.Policies, "identity-based policy", "an identity-based policy"}, {one(p.Boundary), "permissions boundary", "a permissions boundary"}, {one(p.Session), "session policy", "a session policy"}} {
		if by.texts == nil {
			continue
		}
		switch t.w.identityOpinion(r, by.texts...) {
		case policy.Denied:
			return t.denied(nil, "with an explicit deny in "+by.inWord)
		case policy.Silent:
			return t.denied(nil, "because no "+by.kind+" allows")
		default:
		}
	}
	return nil
}

func one(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// denied is AccessDenied in AWS's words. The reason is one of the known
// endings; those that begin with "because" name the action again.
//
// Rules: MRK-POLICY-05.
func (t *task) denied(m *member, reason string) error {
	action := "kms:" + t.action()
	where := "on this resource"
	switch {
	case m == nil && t.m == nil && !t.named:
		where = "on resource: *"
	case m != nil && m.set.Account == t.c.Principal.Account:
		where = "on resource: " + m.arn
	}
	if strings.HasPrefix(reason, "because") {
		reason += " the " + action + " action"
	}
	return fail(codeAccessDenied, "User: %s is not authorized to perform: %s %s %s", t.c.Principal.ARN, action, where, reason)
}
