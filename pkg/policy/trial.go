package policy

import (
	"maps"
	"slices"
	"strings"
)

// speaker is a rule that speaks of a class and an action.
type speaker struct {
	rule *rule
	how  Decision // Allowed or Delegated
	// doubt is what has to be guessed to know that the rule applies; empty when
	// nothing has.
	doubt string
}

// speaking lists the rules of a member's policy that speak of a class and action.
func (j *Judgement) speaking(i int, class Class, action string) []speaker {
	var list []speaker
	for k := range j.access[i].rules {
		r := &j.access[i].rules[k]
		if !r.actions[action] {
			continue
		}
		if how, doubt := r.speaksOf(class); how != Silent {
			list = append(list, speaker{r, how, doubt})
		}
	}
	return list
}

// speaksOf says how a rule names a class. A deny for all but some may hit those
// too, unless their account is listed besides (IAM user guide, NotPrincipal);
// whether it does, and what an account alone spares, has to be guessed.
func (r *rule) speaksOf(class Class) (how Decision, doubt string) {
	if len(r.except) > 0 {
		listed, account, others := false, false, false
		for _, p := range r.except {
			listed = listed || p.of(class) == Allowed
			of, whole := p.account()
			account = account || whole && p.of(class) == Delegated
			others = others || !whole && of == class.Account
		}
		words := "NotPrincipal " + strings.Join(sortedPrincipals(r.except), " ") + " for " + class.Name
		switch {
		case listed && (account || !r.deny):
			return Silent, ""
		case listed, account && !others:
			return Allowed, words
		}
		return Allowed, ""
	}
	for _, p := range r.names {
		how = max(how, p.of(class))
	}
	if r.deny && how == Delegated {
		how = Allowed // a deny for an account denies everybody in it
	}
	return how, ""
}

// trial is every kind of request that some conditions tell apart.
type trial struct {
	keys    []string
	options [][]choice // by key
	fixed   [2]func(key string) (values []string, present, known bool)
	vague   []string // what has to be guessed: each true and false
	all     bool     // nothing was left out
}

// maxTrials bounds how many requests are tried for one class and action.
const maxTrials = 20000

// maxVague bounds how much is guessed at a time.
const maxVague = 6

func (j *Judgement) trial(a, b int, class Class, action string, one, two []speaker) trial {
	t := trial{all: true}
	for side, i := range []int{a, b} {
		facts := j.subjects[i].Facts
		t.fixed[side] = func(key string) ([]string, bool, bool) {
			if values, present, known := class.fact(key); known {
				return values, present, true
			}
			if key == "aws:requestedregion" {
				return []string{ownRegion}, true, true
			}
			if actions, ok := onlyWith(key); ok && !slices.Contains(actions, action) {
				return nil, false, true
			}
			values, known := facts[key]
			return values, known && values != nil, known
		}
	}
	conditions, vague := map[string][]Condition{}, map[string]bool{}
	for _, s := range append(slices.Clone(one), two...) {
		if s.doubt != "" {
			vague[s.doubt] = true
		}
		for _, c := range s.rule.terms {
			_, _, first := t.fixed[0](c.Key)
			_, _, second := t.fixed[1](c.Key)
			switch {
			case s.rule.vague && c.vague("2012-10-17"):
				vague[c.String()] = true
			case !first || !second:
				conditions[c.Key] = append(conditions[c.Key], c)
			}
		}
	}
	t.vague = slices.Sorted(maps.Keys(vague))
	if len(t.vague) > maxVague {
		t.vague, t.all = t.vague[:maxVague], false
	}
	size := 1 << len(t.vague)
	for _, key := range slices.Sorted(maps.Keys(conditions)) {
		t.keys = append(t.keys, key)
		options, all := j.choices(class, key, conditions[key])
		t.all = t.all && all
		if len(options) == 0 {
			options = []choice{{}} // nothing that a request of this class can say
		}
		if size*len(options) > maxTrials {
			options, t.all = options[:max(1, maxTrials/size)], false
		}
		size *= len(options)
		t.options = append(t.options, options)
	}
	return t
}

// choices are those that a class can make. They are worked out once.
func (j *Judgement) choices(class Class, key string, conditions []Condition) ([]choice, bool) {
	id := class.Name + "\x00" + key + "\x00" + canonical(conditions)
	known, ok := j.worked[id]
	if !ok {
		known.list, known.all = j.workOut(class, key, conditions)
		j.worked[id] = known
	}
	return known.list, known.all
}

func (j *Judgement) workOut(class Class, key string, conditions []Condition) ([]choice, bool) {
	keep := func(choice) bool { return true }
	switch key {
	case "aws:principalarn":
		// Nobody that has a class of its own is in a class of many.
		var others []string
		for _, c := range j.classes {
			if c.named {
				others = append(others, c.Name)
			}
		}
		accounts := j.accounts()
		of := "arn:*:iam::" + class.Account + ":*"
		conditions = append(slices.Clone(conditions), Condition{Operator: "StringEquals", Values: others}, Condition{Operator: "ArnLike", Values: append([]string{of, "arn:*:iam::*:*"}, patternsOf(accounts)...)})
		keep = func(c choice) bool {
			if !c.present || slices.Contains(others, c.values[0]) || !arnMatches(c.values[0], "arn:*:iam::*:*") {
				return false
			}
			account := arnAccount(c.values[0])
			return account == class.Account || class.Account == "" && !slices.Contains(accounts, account)
		}
	case "kms:calleraccount", "aws:principalaccount":
		accounts := j.accounts()
		keep = func(c choice) bool { return c.present && !slices.Contains(accounts, c.values[0]) }
	case "kms:viaservice":
		keep = func(c choice) bool { return !c.present || !strings.Contains(c.values[0], siblingPrefix) }
	}
	list, all := choices(conditions)
	return slices.DeleteFunc(list, func(c choice) bool {
		empty := c.present && len(c.values) == 0
		return empty && single(key) || !empty && !keep(c)
	}), all
}

// single says whether a key always has one value where a request has it.
func single(key string) bool {
	switch key {
	case "aws:principalarn", "kms:calleraccount", "aws:principalaccount", "kms:viaservice":
		return true
	}
	return false
}

// accounts are those that have a class.
func (j *Judgement) accounts() []string {
	var out []string
	for _, c := range j.classes {
		if c.Account != "" {
			out = append(out, c.Account)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func patternsOf(accounts []string) []string {
	var out []string
	for _, a := range accounts {
		out = append(out, "arn:*:iam::"+a+":*")
	}
	return out
}

// trialRequest is one request as each of the two members would see it.
type trialRequest struct{ first, second *Request }

// each makes every request.
func (t trial) each(f func(trialRequest)) {
	at := make([]int, len(t.keys))
	for {
		f(trialRequest{t.request(0, at), t.request(1, at)})
		k := 0
		for ; k < len(at); k++ {
			if at[k]++; at[k] < len(t.options[k]) {
				break
			}
			at[k] = 0
		}
		if k == len(at) {
			return
		}
	}
}

func (t trial) request(side int, at []int) *Request {
	return &Request{Values: func(key string) ([]string, bool) {
		if values, present, known := t.fixed[side](key); known {
			return values, present
		}
		if k := slices.Index(t.keys, key); k >= 0 && len(t.options[k]) > 0 {
			c := t.options[k][at[k]]
			return c.values, c.present
		}
		return nil, false
	}}
}

// why says what could not be decided.
func (t trial) why() string {
	if len(t.vague) > 0 {
		return "it depends on " + strings.Join(t.vague, " and on ")
	}
	return "the conditions on " + strings.Join(t.keys, ", ") + " allow more combinations than can be tried"
}

// decide is what rules make of a request: nothing when one denies it, else the
// most that any gives.
func decide(list []speaker, r *Request, vague []string, guess int) Decision {
	guessed := func(what string) bool {
		k := slices.Index(vague, what)
		return k >= 0 && guess>>k&1 == 1
	}
	best := Silent
	for _, s := range list {
		applies := s.doubt == "" || guessed(s.doubt)
		for _, c := range s.rule.terms {
			if !applies {
				break
			}
			if s.rule.vague && c.vague("2012-10-17") {
				applies = guessed(c.String())
			} else {
				applies = c.holds(r)
			}
		}
		switch {
		case !applies:
		case s.rule.deny:
			return Silent
		default:
			best = max(best, s.how)
		}
	}
	return best
}
