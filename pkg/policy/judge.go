package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Subject is the key policy of one member, and what goes with it.
type Subject struct {
	Region   string
	Account  string // that owns the key
	Document *Document
	// Grants are what grants let through, as statements that allow.
	Grants []Statement
	// Facts are condition keys, in lower case, of which every request to this
	// member says the same.
	Facts map[string][]string
}

// Judgement holds the policies of a key set in words common to all members,
// so that they can be compared by the access that results. It is for one
// goroutine at a time.
type Judgement struct {
	subjects []Subject
	regions  []string
	names    Names
	access   []access
	classes  []Class
	worked   map[string]worked // by class, key and conditions
	read     reading
	// Strangers are principals that belong to one member's Region and are named
	// in another's policy.
	Strangers []Stranger
	// Unmapped are principals whose names hold a word for a Region and that have
	// no counterpart in another member's policy.
	Unmapped []Stranger
}

// Stranger is a principal in the policy of a member.
type Stranger struct {
	Region    string // of the member
	Principal string // ARN as it is written
	Of        string // Region that it belongs to by its name
}

// worked are the choices on a key, worked out.
type worked struct {
	list []choice
	all  bool
}

// access is what one policy says, in common words.
type access struct {
	rules []rule
	canon string // the same for policies that say the same in other order
}

// rule is a statement or a grant.
type rule struct {
	at            int // statement, from 0; -1 for a grant
	deny          bool
	names, except []Principal
	actions       map[string]bool
	terms         []Condition
	canon         string // its conditions
	vague         bool   // a condition can't be decided from a request alone
}

// Judge reads the policies of a key set's members side by side. There must be
// at least one.
func Judge(subjects []Subject, names Names) *Judgement {
	j := &Judgement{subjects: subjects, names: names, access: make([]access, len(subjects)), worked: map[string]worked{}}
	for _, s := range subjects {
		j.regions = append(j.regions, s.Region)
	}
	j.read = j.readNames()
	for i, s := range subjects {
		for k := range s.Document.Statements {
			j.access[i].rules = append(j.access[i].rules, j.rule(i, k, &s.Document.Statements[k]))
		}
		for k := range s.Grants {
			j.access[i].rules = append(j.access[i].rules, j.rule(i, -1, &s.Grants[k]))
		}
		var lines []string
		for _, r := range j.access[i].rules {
			lines = append(lines, fmt.Sprint(r.deny, sortedPrincipals(r.names), sortedPrincipals(r.except), slices.Sorted(maps.Keys(r.actions)), r.canon))
		}
		slices.Sort(lines)
		j.access[i].canon = strings.Join(slices.Compact(lines), "\n")
	}
	j.findClasses()
	return j
}

// Classes lists the classes of principals: the own account first, everybody
// else last.
func (j *Judgement) Classes() []Class { return j.classes }

// Instance is the name of a class in a member's own words: the ARN in its
// policy where it names one.
func (j *Judgement) Instance(i int, class Class) string {
	for _, name := range slices.Sorted(maps.Keys(j.read[i])) {
		if j.read[i][name] == class.Name {
			return name
		}
	}
	return strings.ReplaceAll(class.Name, ownRegion, j.subjects[i].Region)
}

// Names says whether a member's policy or grants name a class by itself.
func (j *Judgement) Names(i int, class Class) bool {
	return slices.ContainsFunc(j.access[i].rules, func(r rule) bool {
		return slices.ContainsFunc(r.names, func(p Principal) bool { return p.Name != "*" && p.of(class) == Allowed })
	})
}

// Concrete writes a text in common words as a member would.
func (j *Judgement) Concrete(i int, text string) string {
	text = strings.ReplaceAll(text, ownRegion, j.subjects[i].Region)
	for _, r := range j.regions {
		text = strings.ReplaceAll(text, siblingPrefix+r+">", r)
	}
	return text
}

// Covered says which statements of a member's policy another one makes
// superfluous: it names at least the same principals and actions under the same
// conditions or none. Of two that are the same the second is.
func (j *Judgement) Covered(i int) []int {
	var out []int
	rules := j.access[i].rules
	for k, r := range rules {
		if r.at < 0 || len(r.except) > 0 || len(r.actions) == 0 {
			continue
		}
		if slices.ContainsFunc(rules, func(o rule) bool {
			return o.at >= 0 && o.at != r.at && o.covers(rules[k]) && (!r.covers(o) || o.at < r.at)
		}) {
			out = append(out, r.at)
		}
	}
	return out
}

func (r rule) covers(o rule) bool {
	if r.deny != o.deny || len(r.except) > 0 || r.canon != "" && r.canon != o.canon {
		return false
	}
	for a := range o.actions {
		if !r.actions[a] {
			return false
		}
	}
	return !slices.ContainsFunc(o.names, func(p Principal) bool {
		return !slices.ContainsFunc(r.names, func(q Principal) bool { return q == p || q.Name == "*" && p.Kind == "AWS" })
	})
}

// SameText says whether two members' policies are the same in common words but
// for the order of their statements.
func (j *Judgement) SameText(a, b int) bool { return j.access[a].canon == j.access[b].canon }

func sortedPrincipals(list []Principal) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Kind+" "+p.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// rule reads a statement in common words. A statement without an action or a
// resource is accepted by KMS and has no effect; one about another resource
// has none either.
func (j *Judgement) rule(i, at int, s *Statement) rule {
	r := rule{at: at, deny: s.Deny, actions: map[string]bool{}}
	principals := func(list []Principal) []Principal {
		var out []Principal
		for _, p := range list {
			switch p.Kind {
			case "Service":
				p.Name = regionText(strings.ToLower(p.Name), j.subjects[i].Region, j.regions)
			case "AWS":
				if account, whole := p.account(); whole {
					p.Name = account // an id and an ARN of the root are the same
				} else {
					p.Name = j.read.principal(i, p.Name)
				}
			}
			out = append(out, p)
		}
		return out
	}
	r.names, r.except = principals(s.Principals), principals(s.NotPrincipals)
	if s.ConcernsKey(j.subjects[i].arn()) {
		for _, action := range Actions() {
			if s.aboutAction(action) {
				r.actions[action] = true
			}
		}
	}
	for _, c := range s.Conditions {
		r.terms = append(r.terms, j.term(i, c))
		r.vague = r.vague || c.vague(j.subjects[i].Document.Version)
	}
	r.canon = canonical(r.terms)
	return r
}

func (s Subject) arn() string { return strings.Join(s.Facts[FactARN], "") }

// FactARN is the fact that holds the member's own ARN, with which Resource is
// compared. Without it every resource is the key.
const FactARN = "arn"

// ConcernsKey says whether a statement of a key policy is about the key with
// an ARN; in a key policy * is that key and no other. An empty ARN is any key.
func (s *Statement) ConcernsKey(arn string) bool {
	if len(s.Resources)+len(s.NotResources) == 0 || len(s.Actions)+len(s.NotActions) == 0 {
		return false
	}
	if arn == "" {
		return true
	}
	if len(s.NotResources) > 0 {
		return !anyMatches(s.NotResources, arn, false)
	}
	return anyMatches(s.Resources, arn, false)
}

// term is a condition in common words: the key in lower case, operators that
// mean the same under one name, and Regions as each kind of key needs it.
func (j *Judgement) term(i int, c Condition) Condition {
	key := strings.ToLower(c.Key)
	switch key {
	case "kms:customermasterkeyspec":
		key = "kms:keyspec"
	case "kms:customermasterkeyusage":
		key = "kms:keyusage"
	}
	own := j.subjects[i].Region
	word := func(v string) string { return v }
	switch {
	case key == "kms:viaservice", key == "aws:requestedregion", key == "aws:principalservicename":
		word = func(v string) string { return regionText(v, own, j.regions) }
	case key == "aws:sourcearn", key == "kms:grantconstraintsourcearn", strings.HasPrefix(key, "kms:encryptioncontext:"):
		word = func(v string) string { return arnRegion(v, own, j.regions) }
	case key == "aws:sourcevpce", key == "aws:sourcevpc":
		word = func(v string) string { return j.names.networkText(v, own) }
	case key == "aws:principalarn", key == "kms:granteeprincipal", key == "kms:retiringprincipal":
		word = func(v string) string { return j.read.principal(i, v) }
	}
	out := Condition{Operator: strings.NewReplacer("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike").Replace(c.Operator), Key: key}
	for _, v := range c.Values {
		v = word(v)
		if strings.Contains(c.Operator, "Bool") || strings.HasPrefix(c.Operator, "Null") {
			v = strings.ToLower(v)
		}
		out.Values = append(out.Values, v)
	}
	slices.Sort(out.Values)
	out.Values = slices.Compact(out.Values)
	return out
}

// vague says whether a condition compares with a policy variable, whose value
// only the request knows. The variables for the letters *, ? and $ are plain
// text in the end, and still not read here.
func (c Condition) vague(version string) bool {
	return version == "2012-10-17" && slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(v, "${") })
}

// canonical spells conditions so that what means the same reads the same.
func canonical(conditions []Condition) string {
	var lines []string
	for _, c := range conditions {
		lines = append(lines, c.String())
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), " and ")
}

// String is the condition in a line.
func (c Condition) String() string {
	return fmt.Sprintf("%s %s %s", c.Operator, c.Key, strings.Join(c.Values, "|"))
}

// SameWords says whether two members' policies write their actions alike: with
// a wildcard where the other has one.
func (j *Judgement) SameWords(a, b int) bool {
	words := func(i int) string {
		var out []string
		for _, s := range j.subjects[i].Document.Statements {
			for _, w := range append(slices.Clone(s.Actions), s.NotActions...) {
				if strings.ContainsAny(w, "*?") {
					out = append(out, strings.ToLower(w))
				}
			}
		}
		slices.Sort(out)
		return strings.Join(slices.Compact(out), " ")
	}
	return words(a) == words(b)
}

// With is the class of a principal whom no policy has to name.
func (j *Judgement) With(arn string) Class {
	return Class{Name: arn, Account: arnAccount(arn), named: true}
}
