package sim

import (
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// checkPolicy checks a new key policy: that it can be read, that its principals
// can exist, and that it does not lock its author out.
//
// Rules: MRK-POLICY-04, MRK-POLICY-08, MRK-POLICY-09.
func (t *task) checkPolicy(text string, bypass bool, set *keySet, at *region) error {
	d, err := policy.Parse(text)
	if err != nil {
		return fail(codeMalformedPolicy, "")
	}
	for _, s := range d.Statements {
		if len(s.Principals)+len(s.NotPrincipals) == 0 {
			return fail(codeMalformedPolicy, "")
		}
		for _, p := range append(s.Principals[:len(s.Principals):len(s.Principals)], s.NotPrincipals...) {
			if p.Kind == "AWS" && !t.w.identities.couldBe(p.Name) {
				return fail(codeMalformedPolicy, "Policy contains a statement with one or more invalid principals.")
			}
		}
	}
	if bypass {
		return nil
	}
	p := t.c.Principal
	r := t.request(nil, p)
	r.Action, r.Resource = "kms:PutKeyPolicy", at.keyARN(set.Account, set.ID)
	said := d.OfResource(r)
	own := policy.Allowed
	if p.Policies != nil {
		own = t.w.identityOpinion(r, p.Policies...)
	}
	if said == policy.Allowed || said == policy.Delegated && own == policy.Allowed {
		return nil
	}
	return fail(codeMalformedPolicy, "The new key policy will not allow you to update the key policy in the future.")
}

// couldBe says whether a policy may name a principal: everybody, an account, a
// unique id, or an ARN of the right form that somebody is behind.
func (ids identities) couldBe(name string) bool {
	if name == "*" || len(name) == 12 && isDigits(name) {
		return true
	}
	if len(name) > 4 && (name[:4] == "AIDA" || name[:4] == "AROA") {
		return true
	}
	_, exists, valid := ids.known(name)
	if valid && !exists && len(name) > 5 && name[len(name)-5:] == ":root" {
		return true // other accounts exist, known or not
	}
	return valid && exists && name[:4] == "arn:"
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
