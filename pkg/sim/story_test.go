package sim

import (
	"encoding/hex"
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestStories runs the files of testdata: each is a story of one world, told in
// commands such as "replicate us-east-1 eu-west-1" and "advance 5s".
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := &story{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			return s.run(d)
		})
	})
}

// story is a world and the names that its commands use.
type story struct {
	t       *testing.T
	w       *World
	keys    map[string]string // name to id
	blobs   map[string][]byte
	tokens  map[string]string
	who     *Principal
	imports map[string]parameters
}

func admin() *Principal {
	return &Principal{ARN: "arn:aws:iam::111122223333:user/admin", Account: "111122223333", ID: "AIDAEXAMPLEADMIN", Operator: true}
}

func (s *story) call(region string) *Call {
	return &Call{Region: region, From: region, Principal: s.who}
}

// options of a command: words in order, and name=value pairs.
type options struct {
	words []string
	named map[string]string
}

func optionsOf(d *datadriven.TestData) options {
	o := options{named: map[string]string{}}
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			o.words = append(o.words, a.Key)
		} else {
			o.named[a.Key] = strings.Join(a.Vals, ",")
		}
	}
	return o
}

func (o options) key(s *story) *string {
	name := o.named["key"]
	if name == "" {
		name = "k"
	}
	if region, rest, ok := strings.Cut(name, ":"); ok && s.keys[rest] != "" {
		arn := s.w.region(region).keyARN("111122223333", s.keys[rest])
		return &arn
	}
	if id, ok := s.keys[name]; ok {
		return &id
	}
	return &name
}

func (o options) flag(name string) bool {
	for _, w := range o.words {
		if w == name {
			return true
		}
	}
	return false
}

func (o options) text(name string) *string {
	if v, ok := o.named[name]; ok {
		return &v
	}
	return nil
}

func (o options) number(name string) *int32 {
	if v, ok := o.named[name]; ok {
		n, err := strconv.Atoi(v)
		if err != nil {
			panic(err)
		}
		i := int32(n)
		return &i
	}
	return nil
}

func (o options) at(i int) string {
	if i < len(o.words) {
		return o.words[i]
	}
	return ""
}

func (s *story) run(d *datadriven.TestData) string {
	o := optionsOf(d)
	if d.Cmd == "world" {
		return s.begin(o)
	}
	if d.Cmd == "advance" {
		dur, err := time.ParseDuration(o.at(0))
		if err != nil {
			s.t.Fatal(err)
		}
		s.w.Advance(s.w.Now().Add(dur))
		return ""
	}
	f := commands()[d.Cmd]
	if f == nil {
		s.t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	}
	// A call takes no time; a hundred milliseconds pass between two of them.
	s.w.Advance(s.w.Now().Add(100 * time.Millisecond))
	out, err := f(s, o, d)
	if err != nil {
		out = s.shorten(err.Error())
		var e *Error
		if !errors.As(err, &e) {
			out = "not an AWS error: " + out
		}
	}
	if out == "" {
		return "ok\n"
	}
	return strings.TrimRight(s.shorten(out), "\n") + "\n"
}

// shorten puts names in the place of ids and of the account.
func (s *story) shorten(text string) string {
	for name, id := range s.keys {
		for _, r := range s.w.regions {
			text = strings.ReplaceAll(text, r.keyARN("111122223333", id), "<"+r.Name+" "+name+">")
		}
		text = strings.ReplaceAll(text, id, "<"+name+">")
	}
	for name, id := range s.tokens {
		if letter, ok := strings.CutPrefix(name, "material "); ok {
			text = strings.ReplaceAll(text, id, letter)
		}
	}
	n := 0
	for _, region := range s.w.regions {
		for _, m := range region.order {
			for _, mat := range m.view.Materials {
				n++
				text = strings.ReplaceAll(text, mat.ID.String(), s.material(m, mat.ID))
			}
		}
	}
	return text
}

// material names a key material by its place among its set's.
func (s *story) material(m *member, id materialID) string {
	for i, mat := range m.view.Materials {
		if mat.ID == id {
			return "M" + strconv.Itoa(i+1)
		}
	}
	return hex.EncodeToString(id[:4])
}

func (s *story) begin(o options) string {
	opts := Options{Seed: 1}
	if r := o.named["regions"]; r != "" {
		opts.Regions = strings.Split(r, ",")
	}
	if r := o.named["closed"]; r != "" {
		opts.NotOptedIn = strings.Split(r, ",")
	}
	if r := o.named["sabotage"]; r != "" {
		opts.Sabotage = strings.Split(r, ",")
	}
	opts.NoRateLimits = !o.flag("quotas")
	if o.flag("small") {
		opts.Limits = Limits{Keys: 2, AliasesPerKey: 2, GrantsPerKey: 2, CustomKeyStores: 2, OnDemandRotations: 2, TagsPerKey: 2, PolicyBytes: 400}
	}
	if v := o.named["read-lag"]; v != "" {
		opts.ReadLag.Min, _ = time.ParseDuration(v)
		opts.ReadLag.Max = opts.ReadLag.Min + 1
	}
	if v := o.named["no-primary"]; v != "" {
		opts.Timing = DefaultTiming()
		opts.Timing.NoPrimary.Min, _ = time.ParseDuration(v)
		opts.Timing.NoPrimary.Max = opts.Timing.NoPrimary.Min
	}
	w, err := New(opts)
	if err != nil {
		return err.Error() + "\n"
	}
	s.w, s.keys, s.blobs, s.tokens, s.who, s.imports = w, map[string]string{}, map[string][]byte{}, map[string]string{}, admin(), map[string]parameters{}
	return ""
}

type command func(*story, options, *datadriven.TestData) (string, error)

// commands are what a story can say.
func commands() map[string]command {
	all := map[string]command{}
	for _, some := range []map[string]command{lifeCommands(), useCommands(), rotationCommands(), belongingCommands(), grantCommands(), worldCommands()} {
		maps.Copy(all, some)
	}
	return all
}

func ptr[T any](v T) *T { return &v }

// in spells a moment as its distance from now.
func (s *story) in(t *time.Time) string {
	d := t.Sub(s.w.Now())
	if d < 0 {
		return (-d).String() + " ago"
	}
	return "in " + d.String()
}
