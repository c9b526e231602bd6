package compare

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// PolicyRelation is how permissive the policy of one member is against that of
// another: equivalent, less permissive, more permissive, incomparable or unknown.
type PolicyRelation struct {
	First    string          `json:"first"`
	Second   string          `json:"second"`
	Relation policy.Relation `json:"relation"`
}

// Failover says whether a member would let through what another does, for the
// actions without which the load can't move.
type Failover struct {
	From    string  `json:"from"`
	To      string  `json:"to"`
	Verdict Verdict `json:"verdict"` // same: it holds; drift: it breaks; unknown
	Lost    []Loss  `json:"lost,omitempty"`
}

// Loss is what a principal would lose.
type Loss struct {
	Principal string   `json:"principal"`
	Actions   []string `json:"actions"`
}

// critical lists the actions without which an application of a key stops.
func (c *comparison) critical() []string {
	if len(c.Critical) > 0 {
		return c.Critical
	}
	switch c.primary.Usage {
	case "SIGN_VERIFY":
		return []string{"Sign", "Verify", "GetPublicKey"}
	case "GENERATE_VERIFY_MAC":
		return []string{"GenerateMac", "VerifyMac"}
	case "KEY_AGREEMENT":
		return []string{"DeriveSharedSecret", "GetPublicKey"}
	case "ENCAPSULATE_DECAPSULATE":
		return []string{"Decapsulate", "Encapsulate", "GetPublicKey"}
	}
	return []string{"Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "DescribeKey", "CreateGrant"}
}

// gravest says whether losing some actions stops an application at once.
func (c *comparison) gravest(actions []string) bool {
	return c.primary.Usage != "ENCRYPT_DECRYPT" || slices.Contains(actions, "Decrypt")
}

// actions are those that the key has.
func (c *comparison) actions() []string {
	return policy.ActionsFor(c.primary.Spec, c.primary.Usage, c.primary.Origin)
}

// policies compares the key policies by what they let through.
func (c *comparison) policies() {
	for _, m := range c.members {
		if m.Policy == "" {
			continue
		}
		doc, err := policy.Parse(m.Policy)
		if err != nil {
			id := "MRK004"
			if strings.Contains(err.Error(), "unknown condition operator") || strings.Contains(err.Error(), "unknown kind of principal") {
				id = "MRK406"
			}
			c.unclear = true
			c.find(id, m.Region, err.Error())
			continue
		}
		c.judged, c.docs = append(c.judged, m), append(c.docs, doc)
	}
	if len(c.judged) == 0 {
		return
	}
	var subjects []policy.Subject
	for i, m := range c.judged {
		subjects = append(subjects, subjectOf(m, c.docs[i], c.docs))
	}
	c.judge = policy.Judge(subjects, c.Names)
	for i := range c.judged {
		c.exposure(i)
		c.deadText(i)
	}
	c.strangers()
	c.pairs()
	c.accessMatrix()
}

// pairs compares each member's policy with each other's.
func (c *comparison) pairs() {
	// By the member that lacks, the class and the kind of loss, so that several
	// members that have it make one finding.
	var losses []loss
	broken := map[[2]int][]Loss{}
	unknown := map[[2]int]bool{}
	for a := range c.judged {
		for b := a + 1; b < len(c.judged); b++ {
			relation, differences := c.judge.Relate(a, b, c.actions())
			differences = slices.DeleteFunc(differences, func(d policy.Difference) bool { return c.expected(a, b, d) })
			if relation != policy.Equivalent && len(differences) == 0 {
				relation = policy.Equivalent
			}
			c.result.Policies = append(c.result.Policies, PolicyRelation{c.judged[a].Region, c.judged[b].Region, relation})
			if relation == policy.Equivalent {
				c.style(a, b)
			}
			losses = c.collect(losses, a, b, differences)
			for _, d := range differences {
				for _, way := range []struct {
					from, to int
					lost     policy.Relation
				}{{a, b, policy.More}, {b, a, policy.Less}} {
					pair := [2]int{way.from, way.to}
					switch {
					case !slices.Contains(c.critical(), d.Action):
					case d.Relation == policy.Unclear:
						unknown[pair] = true
					case d.Relation == way.lost || d.Relation == policy.Incomparable:
						broken[pair] = addLoss(broken[pair], c.judge.Instance(way.to, d.Class), d.Action)
					}
				}
			}
		}
	}
	for _, l := range losses {
		c.report(l)
	}
	for a, from := range c.judged {
		for b, to := range c.judged {
			if a == b {
				continue
			}
			f := Failover{From: from.Region, To: to.Region, Verdict: Same, Lost: broken[[2]int{a, b}]}
			switch {
			case len(f.Lost) > 0:
				f.Verdict = Drift
			case unknown[[2]int{a, b}]:
				f.Verdict = Unknown
			}
			c.result.Failover = append(c.result.Failover, f)
		}
	}
	for _, m := range c.set.Members {
		if slices.ContainsFunc(c.judged, func(j mrk.Member) bool { return j.Region == m.Region }) {
			continue
		}
		for _, j := range c.judged {
			c.result.Failover = append(c.result.Failover, Failover{From: j.Region, To: m.Region, Verdict: Unknown}, Failover{From: m.Region, To: j.Region, Verdict: Unknown})
		}
	}
}

func addLoss(list []Loss, principal, action string) []Loss {
	for i := range list {
		if list[i].Principal == principal {
			list[i].Actions = append(list[i].Actions, action)
			return list
		}
	}
	return append(list, Loss{principal, []string{action}})
}

// expected says whether a difference is one on purpose.
func (c *comparison) expected(a, b int, d policy.Difference) bool {
	if !slices.Contains(c.Expect.PrimaryOnly, d.Action) {
		return false
	}
	return d.Relation == policy.More && c.judged[a].Region == c.set.Primary || d.Relation == policy.Less && c.judged[b].Region == c.set.Primary
}

// loss is what a class may do in some members and not in another.
type loss struct {
	rule    string
	here    int   // the member that lacks it
	there   []int // those that have it
	class   policy.Class
	actions []string
	keys    []string // condition keys it depends on
	why     string
	own     policy.Cell // of the first action, here
	other   policy.Cell // and there
}

// collect adds the differences of two members, both ways.
func (c *comparison) collect(losses []loss, a, b int, differences []policy.Difference) []loss {
	var found []loss
	add := func(l loss) {
		for i, o := range found {
			if o.rule == l.rule && o.here == l.here && o.class == l.class {
				found[i].actions = append(o.actions, l.actions...)
				return
			}
		}
		found = append(found, l)
	}
	whole := map[string]bool{} // actions of which IAM decides in one member only
	for _, d := range differences {
		if d.Class.Name == policy.OwnAccount && d.First.Best != d.Second.Best {
			whole[d.Action] = true
		}
	}
	for _, d := range differences {
		if named := d.Class.Named() && d.Class.Account == c.account(); named && whole[d.Action] && max(d.First.Best, d.Second.Best) == policy.Delegated {
			continue // told of the whole account
		}
		l := loss{class: d.Class, actions: []string{d.Action}, keys: d.Keys, why: d.Why}
		if d.Relation == policy.Unclear {
			l.rule, l.here, l.there, l.own, l.other = "MRK004", b, []int{a}, d.Second, d.First
			add(l)
			continue
		}
		if d.Relation != policy.Less { // the second lacks something
			m := l
			m.here, m.there, m.own, m.other = b, []int{a}, d.Second, d.First
			m.rule = c.kind(m)
			add(m)
		}
		if d.Relation != policy.More {
			m := l
			m.here, m.there, m.own, m.other = a, []int{b}, d.First, d.Second
			m.rule = c.kind(m)
			add(m)
		}
	}
	for i := range found {
		c.promote(&found[i])
		at := slices.IndexFunc(losses, func(o loss) bool {
			return o.rule == found[i].rule && o.here == found[i].here && o.class == found[i].class && slices.Equal(o.actions, found[i].actions)
		})
		if at >= 0 {
			losses[at].there = append(losses[at].there, found[i].there...)
			continue
		}
		losses = append(losses, found[i])
	}
	return losses
}

// plain is the kind of a loss that is nothing special; which rule it is depends
// on all actions of its class.
const plain = ""

// kind is the rule that a loss of one action falls under.
func (c *comparison) kind(l loss) string {
	switch {
	case l.class.Name == policy.OwnAccount && l.other.Best == policy.Delegated && l.own.Best == policy.Silent && !l.own.Deny:
		return "MRK205"
	case l.own.Deny && !l.other.Deny:
		return "MRK206"
	case l.class.Service:
		return "MRK207"
	case l.class.Foreign(c.account()):
		return "MRK208"
	case slices.Contains([]string{"CreateGrant", "ListGrants", "RevokeGrant"}, l.actions[0]) && l.own.Best < l.other.Best && slices.Contains(l.keys, "kms:grantisforawsresource"):
		return "MRK209"
	case l.own.Best == l.other.Best && slices.Contains(l.keys, "kms:viaservice"):
		return "MRK207"
	case l.own.Best == l.other.Best:
		return "MRK204"
	case l.class.Name == policy.OwnAccount && l.other.Best == policy.Allowed:
		return "MRK203" // everybody in the account, without IAM
	case l.class.Name == policy.OwnAccount:
		return "MRK205"
	}
	return plain
}

// promote decides on the rule of a plain loss.
func (c *comparison) promote(l *loss) {
	if l.rule != plain {
		return
	}
	switch {
	case slices.ContainsFunc(l.actions, func(a string) bool { return slices.Contains(c.critical(), a) }):
		l.rule = "MRK201"
	case !c.judge.Names(l.here, l.class) && c.judge.Names(l.there[0], l.class):
		l.rule = "MRK202"
	default:
		l.rule = "MRK203"
	}
}

func (c *comparison) account() string { return accountOf(c.primary) }

// report makes a finding of a loss.
func (c *comparison) report(l loss) {
	here := c.judged[l.here].Region
	var there []string
	for _, i := range l.there {
		there = append(there, c.judged[i].Region)
	}
	name := c.judge.Instance(l.here, l.class)
	who, what, where := c.short(name), brief(l.actions), strings.Join(there, " and ")
	region, say := here, ""
	change := func(*Finding) {}
	switch l.rule {
	case "MRK004":
		c.unclear = true
		say = fmt.Sprintf("whether %s may %s here as in %s can't be decided: %s", who, what, where, l.why)
	case "MRK205":
		say = fmt.Sprintf("IAM decides on %s in %s and not here", what, where)
	case "MRK206":
		say = fmt.Sprintf("%s is denied %s here and not in %s", who, what, where)
	case "MRK204":
		say = fmt.Sprintf("%s may %s here%s; in %s%s", who, what, c.when(l.here, l.own), where, c.when(l.there[0], l.other))
		if slices.ContainsFunc(l.actions, func(a string) bool { return slices.Contains(c.critical(), a) }) && c.gravest(l.actions) {
			change = severity(High)
		}
	case "MRK203":
		region = there[0]
		name = c.judge.Instance(l.there[0], l.class)
		say = fmt.Sprintf("%s may %s here and not in %s", c.short(name), what, here)
		if slices.Contains(l.actions, "PutKeyPolicy") || slices.Contains(l.actions, "CreateGrant") {
			change = severity(High)
		}
	case "MRK201":
		say = fmt.Sprintf("%s may %s in %s and not here", who, what, where)
		if l.own.Best == policy.Delegated {
			say = fmt.Sprintf("%s may %s in %s; here only if an IAM policy lets it", who, what, where)
		}
		if !c.gravest(l.actions) {
			change = severity(High)
		}
	default:
		say = fmt.Sprintf("%s may %s in %s and not here", who, what, where)
		if l.own.Best == policy.Delegated && l.class.Account == c.account() {
			say = fmt.Sprintf("%s may %s in %s; here only if an IAM policy lets it", who, what, where)
		}
	}
	values := map[string]string{here: l.own.String()}
	for _, r := range there {
		values[r] = l.other.String()
	}
	evidence := append(c.evidence(l.here, l.own.Statements...), c.evidence(l.there[0], l.other.Statements...)...)
	c.find(l.rule, region, say, func(f *Finding) {
		f.Principal, f.Class, f.Actions, f.Values, f.Evidence = name, l.class.Name, l.actions, values, evidence
	}, change)
}

// when writes the conditions of a cell.
func (c *comparison) when(i int, cell policy.Cell) string {
	if len(cell.Conditions) == 0 {
		return " always"
	}
	return " if " + c.judge.Concrete(i, strings.Join(cell.Conditions, ", or if "))
}

// short is a principal as people call it: the account is left out where it is
// the key's own.
func (c *comparison) short(name string) string {
	part := strings.SplitN(name, ":", 6)
	switch {
	case name == policy.OwnAccount:
		return "everybody in the account"
	case len(part) != 6:
		return name
	}
	if part[4] == c.account() {
		return part[5]
	}
	return part[4] + ":" + part[5]
}

// brief names a few actions of many.
func brief(actions []string) string {
	if len(actions) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(actions[:3], ", "), len(actions)-3)
	}
	return strings.Join(actions, ", ")
}

// evidence points to statements of a member's policy.
func (c *comparison) evidence(i int, statements ...int) []Evidence {
	var out []Evidence
	for _, k := range statements {
		s := c.docs[i].Statements[k]
		e := Evidence{Region: c.judged[i].Region, Pointer: fmt.Sprintf("/Statement/%d", k), SID: s.SID}
		e.Line, e.Column = s.At.Start(c.judged[i].Policy)
		e.EndLine, e.EndColumn = s.At.End(c.judged[i].Policy)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b Evidence) int { return cmp.Compare(a.Line, b.Line) })
	return out
}
