package mrk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// planVersion is the version of the plan file. Readers refuse any other.
const planVersion = 1

// Plan is a change that was worked out and has not been made: what would be
// done, in which order, on the strength of what was seen. A plan without steps
// says that there is nothing to do.
type Plan struct {
	Version int       `json:"version"`
	Title   string    `json:"title"`
	Made    time.Time `json:"made"`
	// World is which world the plan is for, as kind and account, such as
	// "aws 111122223333". It is applied in no other.
	World string `json:"world,omitempty"`
	Key   string `json:"key,omitempty"` // key id; empty when the plan creates the key
	// Steps are made in this order.
	Steps []Step `json:"steps"`
	// Seen is what the plan rests on. When any of it has changed, the plan is
	// refused.
	Seen []Fact `json:"seen"`
	// Cost is what the change costs, in words; Final is what can't be taken
	// back; Notes is what else the operator should know.
	Cost  []string `json:"cost,omitempty"`
	Final []string `json:"final,omitempty"`
	Notes []string `json:"notes,omitempty"`
	// Again is the command that works the plan out anew, and so goes on after
	// an interruption.
	Again string `json:"again,omitempty"`
}

// Verb is what a step does. Runbooks use the same names.
type Verb string

// The verbs of steps.
const (
	DoCreate       Verb = "key.create"
	DoReplicate    Verb = "key.replicate"
	DoPromote      Verb = "key.promote"
	DoRotate       Verb = "key.rotate"
	DoRotationOn   Verb = "key.rotation-on"
	DoRotationOff  Verb = "key.rotation-off"
	DoEnable       Verb = "key.enable"
	DoDisable      Verb = "key.disable"
	DoDelete       Verb = "key.delete"
	DoUndelete     Verb = "key.cancel-deletion"
	DoDescribe     Verb = "key.describe"
	DoImport       Verb = "key.import"
	DoAlias        Verb = "alias.set"
	DoAliasDelete  Verb = "alias.delete"
	DoPolicy       Verb = "policy.put"
	DoTags         Verb = "tag.set"
	DoUntag        Verb = "tag.remove"
	DoGrant        Verb = "grant.create"
	DoGrantRevoke  Verb = "grant.revoke"
	DoWaitState    Verb = "wait.state"
	DoWaitPrimary  Verb = "wait.primary"
	DoWaitMaterial Verb = "wait.material"
	DoWaitImported Verb = "wait.imported"
)

// Step is one step of a plan: one change of one member, or one wait. Which
// fields count depends on Do.
type Step struct {
	Do Verb   `json:"do"`
	In string `json:"in,omitempty"` // Region whose endpoint is asked; empty for waits
	// Say is the step in words.
	Say string `json:"say"`

	To       string            `json:"to,omitempty"`     // replicate, promote, wait.primary
	Alias    string            `json:"alias,omitempty"`  // alias.*
	Steal    bool              `json:"steal,omitempty"`  // alias.set
	Policy   string            `json:"policy,omitempty"` // create, replicate, policy.put
	Bypass   bool              `json:"bypass_lockout_safety_check,omitempty"`
	Text     string            `json:"text,omitempty"`     // description: create, replicate, describe
	Tags     map[string]string `json:"tags,omitempty"`     // create, replicate, tag.set
	TagKeys  []string          `json:"tag_keys,omitempty"` // tag.remove
	Spec     string            `json:"spec,omitempty"`     // create, wait.imported
	Usage    string            `json:"usage,omitempty"`    // create
	Origin   string            `json:"origin,omitempty"`   // create
	Single   bool              `json:"single_region,omitempty"`
	Days     int               `json:"days,omitempty"`     // delete: waiting days; rotation-on: period
	Grant    *Grant            `json:"grant,omitempty"`    // grant.*
	Import   *ImportStep       `json:"import,omitempty"`   // import
	Regions  []string          `json:"regions,omitempty"`  // waits
	State    string            `json:"state,omitempty"`    // wait.state
	Material string            `json:"material,omitempty"` // wait.material: the one to be left behind
}

// Fact is something that was seen when a plan was made, as a short text that
// can be compared.
type Fact struct {
	Region string `json:"region"`
	What   string `json:"what"` // member, policy, aliases, tags, grants, rotation, or alias/NAME
	Was    string `json:"was"`
}

// Empty tells whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Steps) == 0 }

// Changes returns the steps that change something, without the waits.
func (p Plan) Changes() []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.waits() })
}

func (s Step) waits() bool { return strings.HasPrefix(string(s.Do), "wait.") }

// Write writes the plan as a file for `mrkctl apply`.
func (p Plan) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(p)
}

// maxPlan bounds a plan file; policies are at most 32 KiB each.
const maxPlan = 16 << 20

// ReadPlan reads a plan file. It is strict: a member it does not know, a verb
// it does not know or a step without its fields is an error.
func ReadPlan(r io.Reader) (Plan, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPlan+1))
	if err != nil {
		return Plan{}, fmt.Errorf("read the plan: %w", err)
	}
	if len(raw) > maxPlan {
		return Plan{}, badInput("the plan is larger than %d bytes, which no plan is", maxPlan)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var p Plan
	if err := dec.Decode(&p); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return Plan{}, badInput("this is not a plan: %v%s", err, lineOf(raw, syntax.Offset))
		}
		return Plan{}, badInput("this is not a plan: %v%s", err, lineOf(raw, dec.InputOffset()))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Plan{}, badInput("the plan goes on after its end%s", lineOf(raw, dec.InputOffset()))
	}
	if p.Version != planVersion {
		return Plan{}, badInput("the plan is of version %d, and this mrkctl reads version %d; make it again", p.Version, planVersion)
	}
	for i, s := range p.Steps {
		if err := s.check(i == 0 || p.Key != "" || p.Steps[0].Do == DoCreate); err != nil {
			return Plan{}, badInput("step %d of the plan: %v", i+1, err)
		}
	}
	if p.Key != "" {
		if r, err := ParseRef(p.Key); err != nil || r.ID != p.Key {
			return Plan{}, badInput("the plan's key %q is not a key id", p.Key)
		}
	}
	return p, nil
}

// lineOf says where in a text an offset in bytes is, as people count.
func lineOf(raw []byte, offset int64) string {
	before := raw[:min(max(offset, 0), int64(len(raw)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf(" (line %d, column %d)", 1+bytes.Count(before, []byte("\n")), max(1, utf8.RuneCount(before[start:])))
}

// check tells what is wrong with a step, whoever wrote it.
func (s Step) check(keyed bool) error {
	need := func(ok bool, what string) error {
		if ok {
			return nil
		}
		return fmt.Errorf("%s needs %s", s.Do, what)
	}
	if !s.waits() {
		if err := CheckRegion(s.In); err != nil {
			return fmt.Errorf("%s: %w", s.Do, err)
		}
	}
	if !keyed && s.Do != DoCreate {
		return fmt.Errorf("%s has no key to work on: the plan names none and creates none", s.Do)
	}
	switch s.Do {
	case DoCreate, DoRotate, DoRotationOff, DoEnable, DoDisable, DoDelete, DoUndelete, DoDescribe, DoRotationOn:
		return nil
	case DoReplicate, DoPromote:
		return CheckRegion(s.To)
	case DoAlias, DoAliasDelete:
		return CheckAlias(s.Alias)
	case DoPolicy:
		return need(s.Policy != "", "a policy")
	case DoTags:
		return need(len(s.Tags) > 0, "tags")
	case DoUntag:
		return need(len(s.TagKeys) > 0, "tag_keys")
	case DoGrant:
		return need(s.Grant != nil && s.Grant.Grantee != "" && len(s.Grant.Operations) > 0, "a grant with a grantee and operations")
	case DoGrantRevoke:
		return need(s.Grant != nil && s.Grant.ID != "", "a grant with its id")
	case DoImport:
		return need(s.Import != nil, "import")
	case DoWaitState:
		return need(len(s.Regions) > 0 && s.State != "", "regions and a state")
	case DoWaitPrimary:
		return need(len(s.Regions) > 0 && s.To != "", "regions and to")
	case DoWaitMaterial, DoWaitImported:
		return need(len(s.Regions) > 0, "regions")
	default:
		return fmt.Errorf("unknown verb %q", s.Do)
	}
}

// Regions are those that a plan changes something in, sorted.
func (p Plan) Regions() []string {
	var regions []string
	for _, s := range p.Changes() {
		regions = append(regions, s.In)
		if s.To != "" {
			regions = append(regions, s.To)
		}
	}
	slices.Sort(regions)
	return slices.Compact(regions)
}

// Where is the Region that a step concerns, or several for a wait.
func (s Step) Where() string {
	switch {
	case s.Do == DoReplicate:
		return s.To
	case s.In != "":
		return s.In
	default:
		return strings.Join(s.Regions, ",")
	}
}

// ReservedTag tells whether a tag can't be copied from key to key: those that
// AWS sets itself, and the marker of a key in the making.
func ReservedTag(name string) bool {
	return strings.HasPrefix(name, "aws:") || name == markerTag
}
