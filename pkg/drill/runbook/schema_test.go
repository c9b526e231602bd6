package runbook

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	generate "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the generated schema and goldens instead of comparing with them")

const schemaFile = "../../../configs/runbook.v1.schema.json"

// TestSchemaIsGeneratedFromTheTypes compares the published schema with what
// the types say now.
func TestSchemaIsGeneratedFromTheTypes(t *testing.T) {
	got := generateSchema(t)
	if *update {
		if err := os.WriteFile(schemaFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, committed) {
		t.Errorf("%s is stale; write it anew with: go test ./pkg/drill/runbook -run Schema -update", schemaFile)
	}
}

func generateSchema(t *testing.T) []byte {
	t.Helper()
	r := &generate.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Anonymous: true, ExpandedStruct: true}
	root := r.Reflect(&Runbook{})
	root.ID = "https://mrkctl.dev/schema/runbook.v1.json"
	root.Title = "mrkctl runbook, version 1"
	types := map[string]reflect.Type{}
	collectTypes(reflect.TypeFor[Runbook](), types)
	defs := generate.Definitions{}
	for name, typ := range types {
		if name == "Runbook" {
			describe(root, typ)
			continue
		}
		s := root.Definitions[name]
		if s == nil {
			t.Fatalf("no definition of %s", name)
		}
		describe(s, typ)
		defs[lower(name)] = s
	}
	addScalars(defs)
	defs["check"], defs["checkWith"] = checkSchema(), &generate.Schema{}
	describe(defs["checkWith"], reflect.TypeFor[CheckWith]())
	defs["step"].AllOf = verbRules()
	root.Definitions = defs
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

// collectTypes finds every struct type that a runbook is made of.
func collectTypes(t reflect.Type, into map[string]reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || isText(t) || t == reflect.TypeFor[Check]() || into[t.Name()] != nil {
		return
	}
	into[t.Name()] = t
	_, index := fields(t)
	for _, i := range index {
		collectTypes(t.Field(i).Type, into)
	}
}

func isText(t reflect.Type) bool {
	_, ok := reflect.PointerTo(t).MethodByName("UnmarshalText")
	return ok
}

// describe gives the schema of a struct what its tags say.
func describe(s *generate.Schema, t reflect.Type) {
	s.Required = nil
	s.Properties = generate.NewProperties()
	list, index := fields(t)
	for i, f := range list {
		p := property(t.Field(index[i]).Type, f)
		if p.Ref != "" {
			p = &generate.Schema{AllOf: []*generate.Schema{p}}
		}
		p.Description = f.doc
		if f.standard != "" && p.Type != "array" && len(p.AnyOf) == 0 {
			p.Default = f.standard
		}
		s.Properties.Set(f.name, p)
		if f.need {
			s.Required = append(s.Required, f.name)
		}
	}
	s.Type = "object"
	s.AdditionalProperties = generate.FalseSchema
}

func ref(name string) *generate.Schema { return &generate.Schema{Ref: "#/$defs/" + name} }

func property(t reflect.Type, f field) *generate.Schema {
	if t.Kind() == reflect.Pointer {
		return property(t.Elem(), f)
	}
	switch {
	case t == reflect.TypeFor[Check]():
		return ref("check")
	case t == reflect.TypeFor[time.Duration]():
		return ref("duration")
	case isText(t):
		return ref(lower(t.Name()))
	case t.Kind() == reflect.Slice && f.kind == "named":
		return &generate.Schema{Type: "object", PropertyNames: ref("name"), AdditionalProperties: property(t.Elem(), field{})}
	case t.Kind() == reflect.Slice:
		item := f
		item.one = false
		list := &generate.Schema{Type: "array", Items: property(t.Elem(), item), UniqueItems: f.unique}
		if f.one {
			return &generate.Schema{AnyOf: []*generate.Schema{property(t.Elem(), item), list}}
		}
		return list
	case t.Kind() == reflect.Map:
		return &generate.Schema{Type: "object", AdditionalProperties: ref("scalar")}
	case t.Kind() == reflect.Struct:
		return ref(lower(t.Name()))
	}
	return scalar(t, f)
}

func scalar(t reflect.Type, f field) *generate.Schema {
	zero, one, most := json.Number("0"), json.Number("1"), json.Number("1000000")
	switch t.Kind() {
	case reflect.Int:
		s := &generate.Schema{Type: "integer", Minimum: zero}
		switch f.kind {
		case "count":
			s.Minimum, s.Maximum = one, most
		case "days":
			s.Minimum, s.Maximum = json.Number("7"), json.Number("30")
		}
		return s
	case reflect.Float64:
		return &generate.Schema{Type: "number", Minimum: zero}
	case reflect.Bool:
		return &generate.Schema{Type: "boolean"}
	default: // text, below
	}
	if len(f.enum) > 0 {
		s := &generate.Schema{Type: "string"}
		for _, e := range f.enum {
			s.Enum = append(s.Enum, e)
		}
		return s
	}
	switch f.kind {
	case "name", "region", "alias", "account", "error", "operation", "event", "verb", "ciphertexts":
		return ref(f.kind)
	case "about":
		n := uint64(20)
		return &generate.Schema{Type: "string", MinLength: &n}
	case "count":
		return &generate.Schema{Type: "integer", Minimum: one}
	}
	return &generate.Schema{Type: "string"}
}

// addScalars defines the texts that are more than texts.
func addScalars(defs generate.Definitions) {
	text := func(pattern, description string) *generate.Schema {
		return &generate.Schema{Type: "string", Pattern: pattern, Description: description}
	}
	orVar := func(s *generate.Schema) *generate.Schema {
		return &generate.Schema{AnyOf: []*generate.Schema{ref("ref"), s}}
	}
	defs["ref"] = text(`^\$[a-z][a-z0-9_-]*$`, "The value of one of vars.")
	defs["scalar"] = &generate.Schema{AnyOf: []*generate.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}}
	defs["name"] = text(namePattern().String(), "Lower case letters, digits and hyphens.")
	defs["region"] = orVar(text(regionPattern().String(), "A Region such as us-east-1."))
	alias, longest := text(aliasPattern().String(), "An alias such as alias/payments."), uint64(longestAlias)
	alias.MaxLength = &longest
	defs["alias"] = orVar(alias)
	defs["account"] = orVar(text(accountPattern().String(), "Twelve digits."))
	defs["duration"] = orVar(text(durationPattern().String(), "Such as 30s, 5m, 1h30m or 7d."))
	defs["rate"] = orVar(text(`^[0-9]+/(s|m|h|d)$`, "Such as 20/s, 90/m or 4/h."))
	defs["percent"] = orVar(text(`^[0-9]+(\.[0-9]+)?%$`, "Such as 99.9%."))
	defs["sLO"] = text(sloPattern().String(), sloShape)
	defs["count"] = &generate.Schema{AnyOf: []*generate.Schema{{Type: "integer", Minimum: json.Number("0")}, text(countPattern().String(), "Such as 0, >= 1 or < 10.")}}
	defs["window"] = text(windowPattern().String(), "Such as "+windowShape+".")
	defs["date"] = text(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`, "Such as 2026-12-24.")
	defs["ciphertexts"] = text(`^(all|sample|\$[a-z0-9][a-z0-9-]*)$`, "all, sample, or $name of a step that kept its ciphertexts.")
	defs["operation"] = words(operations())
	defs["event"] = words(slices.Concat(operations(), serviceEvents()))
	defs["error"] = words(append([]string{Unreachable}, errorCodes()...))
	defs["verb"] = words(append(allVerbNames(), "nothing"))
}

func words(list []string) *generate.Schema {
	s := &generate.Schema{Type: "string"}
	for _, w := range list {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// allVerbNames lists the verbs and the older names of verbs.
func allVerbNames() []string {
	var out []string
	for _, v := range Verbs() {
		out = append(append(out, v.Name), v.Was...)
	}
	return out
}

// verbRules say for each verb which words it takes after with.
func verbRules() []*generate.Schema {
	var rules []*generate.Schema
	for _, v := range Verbs() {
		takes := words(append(slices.Clone(v.Needs), v.Takes...))
		if len(takes.Enum) == 0 {
			takes = generate.FalseSchema
		}
		is, then := generate.NewProperties(), generate.NewProperties()
		is.Set("do", words(append([]string{v.Name}, v.Was...)))
		with := &generate.Schema{PropertyNames: takes}
		for _, need := range v.Needs {
			if need != "key" { // the only key of a runbook need not be named
				with.Required = append(with.Required, need)
			}
		}
		then.Set("with", with)
		rule := &generate.Schema{If: &generate.Schema{Properties: is}, Then: &generate.Schema{Properties: then, Description: v.Says}}
		if len(with.Required) > 0 {
			rule.Then.Required = append(rule.Then.Required, "with")
		}
		if v.In == OnePlace || v.In == SomePlaces {
			rule.Then.Required = append(rule.Then.Required, "in")
		}
		if v.Time != "" {
			rule.Then.Required = append(rule.Then.Required, v.Time)
		}
		rules = append(rules, rule)
	}
	return rules
}

func checkSchema() *generate.Schema {
	name := &generate.Schema{Type: "string"}
	narrowed := generate.NewProperties()
	with := ref("checkWith")
	for _, c := range Claims() {
		name.Enum = append(name.Enum, c.Name)
		narrowed.Set(c.Name, &generate.Schema{AllOf: []*generate.Schema{with}, Description: c.Says})
	}
	one := uint64(1)
	return &generate.Schema{AnyOf: []*generate.Schema{name, {
		Type: "object", Properties: narrowed, AdditionalProperties: generate.FalseSchema, MinProperties: &one, MaxProperties: &one,
	}}}
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// compiled is the published schema, ready to validate.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("runbook.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("runbook.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds YAML against the schema, as an editor does.
func validate(t *testing.T, s *jsonschema.Schema, src []byte) error {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestEveryRunbookIsValidBySchema(t *testing.T) {
	s := compiled(t)
	shipped, _ := filepath.Glob(filepath.Join(library, "*.yaml"))
	examples, _ := filepath.Glob("testdata/examples/*.yaml")
	if len(shipped) == 0 || len(examples) < 2 {
		t.Fatalf("%d shipped runbooks, %d examples", len(shipped), len(examples))
	}
	for _, path := range append(shipped, examples...) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(t, s, src); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := Parse(path, src, nil); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestSchemaRefusesMutants(t *testing.T) {
	s := compiled(t)
	src, err := os.ReadFile(filepath.Join(library, "region-outage.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range map[string][2]string{
		"a typo in a field":            {"    say: us-east-1 goes dark", "    sya: us-east-1 goes dark"},
		"an unknown verb":              {"do: key.rotate\n", "do: key.rotat\n"},
		"a Region that is none":        {"regions: [$home, $standby, $third]", "regions: [$home, US West]"},
		"a limit that is none":         {"slo: [success >= 99.9%, p99 < 250ms]", "slo: [success => 99.9%]"},
		"another version":              {"runbook: v1", "runbook: v2"},
		"an unknown check":             {"- one-primary-at-a-time", "- one-primary-at-a-tim"},
		"a duration without a unit":    {"for: 5m", "for: 5"},
		"a fault without an end":       {", at-most: 30m", ""},
		"a key state that is none":     {"state: PendingDeletion", "state: Deleted"},
		"a kind of fault that is none": {"kind: region-outage", "kind: earthquake"},
		"an unknown plane":             {"planes: [control]", "planes: [controls]"},
		"an unknown probe verb":        {"do: decrypt-backlog", "do: decrypt-all"},
		"a rate without time":          {"rate: $writes", "rate: 48"},
		"an unknown error code":        {"error: KMSInvalidStateException", "error: KMSInvalidState"},
		"words that a verb ignores":    {"with: { fault: home-control-dark }", "with: { fault: home-control-dark, to: us-east-1 }"},
		"an outcome that is none":      {"otherwise: stop", "otherwise: panic"},
		"a negative budget":            {"promotions: 2", "promotions: -2"},
		"too few waiting days":         {"days: 7 }\n    expect", "days: 6 }\n    expect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mutant := bytes.Replace(src, []byte(m[0]), []byte(m[1]), 1)
			if bytes.Equal(mutant, src) {
				t.Fatalf("%q is not in the runbook", m[0])
			}
			if validate(t, s, mutant) == nil {
				t.Error("the schema accepts it")
			}
			if _, err := Parse("mutant.yaml", mutant, nil); err == nil {
				t.Error("the reader accepts it")
			}
		})
	}
	if validate(t, s, src[:bytes.Index(src, []byte("\nsteps:"))]) == nil {
		t.Error("the schema accepts a runbook without steps")
	}
}
