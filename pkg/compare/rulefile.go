package compare

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// ruleFile is the file in which an operator writes down what is meant to
// differ (mrk.yaml).
type ruleFile struct {
	Version    int                    `yaml:"version"`
	Regions    map[string]regionWords `yaml:"regions"`
	Principals []map[string]string    `yaml:"principals"`
	Trust      struct{ Accounts, Orgs []string }
	Residency  struct {
		Allow []string `yaml:"allow_regions"`
	} `yaml:"residency"`
	Expect struct {
		Aliases      Level
		Grants       Level
		Tags         struct{ Same, Ignore []string }
		PrimaryOnly  []string `yaml:"primary_only"`
		RotationDays int      `yaml:"rotation_days"`
	} `yaml:"expect"`
	Critical any        `yaml:"critical_actions"`
	Ignore   []Accepted `yaml:"ignore"`
}

type regionWords struct {
	Geo   string   `yaml:"geo"`
	Short string   `yaml:"short"`
	VPCE  []string `yaml:"vpce"`
	VPC   []string `yaml:"vpc"`
}

// RuleFileError says where a rule file is wrong.
type RuleFileError struct {
	Line  int    // from 1; 0 when there is none
	Field string // such as expect.aliases; empty for the file as a whole
	Err   error
}

func (e *RuleFileError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	return b.String() + e.Err.Error()
}

func (e *RuleFileError) Unwrap() error { return e.Err }

// ParseRuleFile reads a rule file strictly: an unknown member or a value that
// can't be is an error with line and field.
func ParseRuleFile(text []byte) (Settings, error) {
	var f ruleFile
	if err := yaml.UnmarshalWithOptions(text, &f, yaml.Strict()); err != nil {
		var wrong yaml.Error
		if errors.As(err, &wrong) {
			e := &RuleFileError{Err: errors.New(wrong.GetMessage())}
			if t := wrong.GetToken(); t != nil {
				e.Line = t.Position.Line
			}
			return Settings{}, e
		}
		return Settings{}, &RuleFileError{Err: err}
	}
	r := ruleReader{text: text}
	s := r.settings(f)
	return s, r.err
}

// ruleReader keeps the first mistake.
type ruleReader struct {
	text []byte
	err  error
}

// wrong notes a mistake; place is the path of the member in YAML's own words.
func (r *ruleReader) wrong(place, format string, args ...any) {
	if r.err != nil {
		return
	}
	e := &RuleFileError{Field: strings.ReplaceAll(strings.TrimPrefix(place, "$."), "'", ""), Err: fmt.Errorf(format, args...)}
	if p, err := yaml.PathString(place); err == nil {
		if file, err := parser.ParseBytes(r.text, 0); err == nil {
			if node, err := p.FilterFile(file); err == nil && node != nil && node.GetToken() != nil {
				e.Line = node.GetToken().Position.Line
			}
		}
	}
	r.err = e
}

var (
	regionForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`) })
	accountForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\d{12}$`) })
)

func (r *ruleReader) region(place, name string) {
	if !regionForm().MatchString(name) {
		r.wrong(place, "%q is not the name of a Region, such as eu-west-1", name)
	}
}

func (r *ruleReader) settings(f ruleFile) Settings {
	if f.Version != 1 {
		r.wrong("$.version", "%d is not 1", f.Version)
	}
	s := Settings{Residency: f.Residency.Allow, Trust: Trust{Accounts: f.Trust.Accounts, Orgs: f.Trust.Orgs}, Accepted: f.Ignore}
	s.Names.Regions = map[string]policy.Tokens{}
	for name, words := range f.Regions {
		r.region("$.regions.'"+name+"'", name)
		s.Names.Regions[name] = policy.Tokens{Geo: words.Geo, Short: words.Short, Endpoints: words.VPCE, Networks: words.VPC}
	}
	for i, p := range f.Principals {
		r.principal(&s, fmt.Sprintf("$.principals[%d]", i), p)
	}
	for i, a := range f.Trust.Accounts {
		if !accountForm().MatchString(a) {
			r.wrong(fmt.Sprintf("$.trust.accounts[%d]", i), "%q is not an account id of twelve digits; put it into quotes", a)
		}
	}
	for i, o := range f.Trust.Orgs {
		if !strings.HasPrefix(o, "o-") {
			r.wrong(fmt.Sprintf("$.trust.orgs[%d]", i), "%q is not the id of an organization, such as o-abc123", o)
		}
	}
	for i, name := range f.Residency.Allow {
		r.region(fmt.Sprintf("$.residency.allow_regions[%d]", i), name)
	}
	r.expect(&s, f)
	for i, a := range f.Ignore {
		if err := a.check(); err != nil {
			r.wrong(fmt.Sprintf("$.ignore[%d]", i), "%w", err)
		}
	}
	return s
}

// principal reads a class of principals, one a Region, or one that is global.
func (r *ruleReader) principal(s *Settings, place string, p map[string]string) {
	if global, ok := p["global"]; ok {
		if len(p) > 1 {
			r.wrong(place, "global stands alone")
		}
		s.Names.Global = append(s.Names.Global, global)
		return
	}
	class := policy.NameClass{Name: p["class"], In: map[string]string{}}
	if class.Name == "" {
		r.wrong(place, "it needs a class with an ARN for each Region, or global with an ARN")
	}
	for region, arn := range p {
		if region == "class" {
			continue
		}
		r.region(place+".'"+region+"'", region)
		if strings.Count(arn, ":") < 5 || strings.ContainsAny(arn, "*?") {
			r.wrong(place+".'"+region+"'", "%q is not an ARN without wildcards", arn)
		}
		class.In[region] = arn
	}
	s.Names.Classes = append(s.Names.Classes, class)
}

func (r *ruleReader) expect(s *Settings, f ruleFile) {
	oneOf := func(place string, got Level, allowed ...Level) {
		if got != "" && !slices.Contains(allowed, got) {
			r.wrong(place, "%q is neither %s nor %s", got, allowed[0], allowed[1])
		}
	}
	oneOf("$.expect.aliases", f.Expect.Aliases, SameEverywhere, Ignore)
	oneOf("$.expect.grants", f.Expect.Grants, Classes, Ignore)
	s.Expect = Expect{Aliases: f.Expect.Aliases, Grants: f.Expect.Grants, Tags: TagRules(f.Expect.Tags), RotationDays: f.Expect.RotationDays}
	if d := f.Expect.RotationDays; d != 0 && (d < 90 || d > 2560) {
		r.wrong("$.expect.rotation_days", "%d is not between 90 and 2560, which KMS takes", d)
	}
	for _, list := range []struct {
		name string
		of   []string
	}{{"same", f.Expect.Tags.Same}, {"ignore", f.Expect.Tags.Ignore}} {
		for i, p := range list.of {
			if _, err := path.Match(p, ""); err != nil {
				r.wrong(fmt.Sprintf("$.expect.tags.%s[%d]", list.name, i), "pattern %q: %w", p, err)
			}
		}
	}
	s.Expect.PrimaryOnly = r.actions("$.expect.primary_only", f.Expect.PrimaryOnly)
	switch critical := f.Critical.(type) {
	case nil:
	case string:
		if critical != "auto" {
			r.wrong("$.critical_actions", "%q is neither auto nor a list of actions", critical)
		}
	case []any:
		var names []string
		for _, c := range critical {
			names = append(names, fmt.Sprint(c))
		}
		s.Critical = r.actions("$.critical_actions", names)
	default:
		r.wrong("$.critical_actions", "it is neither auto nor a list of actions")
	}
}

// actions reads names such as kms:Decrypt, without wildcards.
func (r *ruleReader) actions(place string, names []string) []string {
	var out []string
	for i, name := range names {
		bare := strings.TrimPrefix(name, "kms:")
		if !slices.Contains(policy.Actions(), bare) {
			r.wrong(fmt.Sprintf("%s[%d]", place, i), "%q is no action of a KMS key, such as kms:Decrypt", name)
		}
		out = append(out, bare)
	}
	return out
}

// check says what is wrong with an accepted finding.
func (a Accepted) check() error {
	if _, ok := RuleOf(a.Rule); !ok {
		return fmt.Errorf("no rule %q", a.Rule)
	}
	if a.Reason == "" {
		return fmt.Errorf("reason is missing; say why %s is accepted", a.Rule)
	}
	if _, err := time.Parse(time.DateOnly, a.Expires); err != nil {
		return fmt.Errorf("expires %q is not a date such as 2027-03-31", a.Expires)
	}
	for _, pattern := range []string{a.Key, a.Region, a.Principal, a.Action} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	return nil
}
