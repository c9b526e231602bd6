package policy

import (
	"maps"
	"slices"
	"strings"
)

// Class is a set of principals that no policy of a key set tells apart: one
// that is named, or all that are not.
type Class struct {
	// Name is a principal's ARN in words common to all members, a service as
	// "service NAME", or one of the constants.
	Name string
	// Account is the principals' account; empty for services and everybody else.
	Account string
	// Service says that the principal is an AWS service.
	Service bool
	named   bool // Name is an ARN
}

// The classes that stand for many.
const (
	OwnAccount = "own account"  // whoever the account's IAM policies let in and no policy names
	Anyone     = "anybody else" // in an account that no policy names
)

// Foreign says whether a class belongs to another account than one, services
// aside.
func (c Class) Foreign(account string) bool { return !c.Service && c.Account != account }

// Named says whether the class is a single principal that some policy names.
func (c Class) Named() bool { return c.named || c.Service }

// externals are the classes of unnamed principals of other accounts.
func externalClass(account string) Class { return Class{Name: "account " + account, Account: account} }

// classes lists every class that the members' policies and grants speak of.
func (j *Judgement) findClasses() {
	own := j.subjects[0].Account
	arns, services, accounts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range j.access {
		for _, r := range a.rules {
			for _, p := range append(slices.Clone(r.names), r.except...) {
				switch account, whole := p.account(); {
				case p.Kind == "Service":
					services[p.Name] = true
				case p.Kind != "AWS" || p.Name == "*" || Orphan(p.Name):
				case whole && account != own:
					accounts[account] = true
				case !whole:
					arns[p.Name] = true
					if account != own {
						accounts[account] = true
					}
				}
			}
			for _, c := range r.terms {
				switch key := strings.ToLower(c.Key); key {
				case "aws:principalarn":
					for _, v := range c.Values {
						if !strings.ContainsAny(v, "*?$") && strings.Count(v, ":") >= 5 && !strings.HasSuffix(v, ":root") {
							arns[v] = true
						}
					}
				case "kms:calleraccount", "aws:principalaccount":
					for _, v := range c.Values {
						if v != own && len(v) == 12 {
							accounts[v] = true
						}
					}
				}
			}
		}
	}
	j.classes = []Class{{Name: OwnAccount, Account: own}}
	for _, arn := range slices.Sorted(maps.Keys(arns)) {
		j.classes = append(j.classes, Class{Name: arn, Account: arnAccount(arn), named: true})
	}
	for _, s := range slices.Sorted(maps.Keys(services)) {
		if !strings.Contains(s, siblingPrefix) { // a sibling's service never calls here
			j.classes = append(j.classes, Class{Name: "service " + s, Service: true})
		}
	}
	for _, a := range slices.Sorted(maps.Keys(accounts)) {
		j.classes = append(j.classes, externalClass(a))
	}
	j.classes = append(j.classes, Class{Name: Anyone})
}

// Orphan says whether a principal is the id of a user or role that is gone: IAM
// shows it where the ARN stood. A new one of the same name has another id.
func Orphan(name string) bool {
	return len(name) > 16 && !strings.Contains(name, ":") && (strings.HasPrefix(name, "AIDA") || strings.HasPrefix(name, "AROA"))
}

func arnAccount(arn string) string {
	if part := strings.SplitN(arn, ":", 6); len(part) == 6 {
		return part[4]
	}
	return ""
}

// account is the account of an AWS principal, and whether the account itself is
// named rather than somebody in it.
func (p Principal) account() (account string, whole bool) {
	if len(p.Name) == 12 && strings.Trim(p.Name, "0123456789") == "" {
		return p.Name, true
	}
	return arnAccount(p.Name), strings.HasSuffix(p.Name, ":root")
}

// of says how a principal of a statement names a class: itself (Allowed), by
// its account (Delegated), or not at all (Silent).
func (p Principal) of(c Class) Decision {
	switch p.Kind {
	case "Service":
		if c.Service && c.Name == "service "+p.Name {
			return Allowed
		}
	case "AWS":
		if p.Name == "*" || c.named && p.Name == c.Name {
			return Allowed
		}
		account, whole := p.account()
		if whole && account == c.Account && !c.Service {
			return Delegated
		}
		if c.named && sessionOf(c.Name, p.Name) {
			return Allowed
		}
	}
	return Silent
}

// sessionOf says whether an ARN is a session of a role.
func sessionOf(session, role string) bool {
	_, name, ok := strings.Cut(session, ":assumed-role/")
	_, path, isRole := strings.Cut(role, ":role/")
	name, _, _ = strings.Cut(name, "/")
	return ok && isRole && arnAccount(session) == arnAccount(role) && (path == name || strings.HasSuffix(path, "/"+name))
}

// fact is what every request of a class says of a condition key.
func (c Class) fact(key string) (values []string, present, known bool) {
	switch key {
	case "aws:principalisawsservice":
		if c.Service {
			return []string{"true"}, true, true
		}
		return []string{"false"}, true, true
	case "aws:principalservicename":
		return []string{strings.TrimPrefix(c.Name, "service ")}, c.Service, true
	case "aws:principalarn":
		if c.Service {
			return nil, false, true
		}
		name := c.Name
		if before, rest, ok := strings.Cut(name, ":assumed-role/"); ok {
			role, _, _ := strings.Cut(rest, "/")
			name = strings.Replace(before, ":sts:", ":iam:", 1) + ":role/" + role
		}
		return []string{name}, true, c.named
	case "kms:calleraccount", "aws:principalaccount":
		return []string{c.Account}, true, c.Account != ""
	}
	return nil, false, false
}
