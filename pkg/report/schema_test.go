package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	invopop "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

var schemaFile = filepath.Join("..", "..", "configs", "report.v1.schema.json")

// generated is the schema that the types describe.
func generated(t *testing.T) []byte {
	t.Helper()
	r := invopop.Reflector{
		ExpandedStruct: true,
		Anonymous:      true,
		Mapper: func(typ reflect.Type) *invopop.Schema {
			switch typ {
			case reflect.TypeFor[Millis]():
				return &invopop.Schema{Type: "number", Description: "milliseconds, at most three decimals"}
			case reflect.TypeFor[time.Duration]():
				return &invopop.Schema{Type: "integer", Description: "nanoseconds"}
			case reflect.TypeFor[journal.Verdict]():
				return &invopop.Schema{Type: "string", Enum: []any{"pass", "fail", "unknown"}}
			}
			return nil
		},
		AllowAdditionalProperties: true, // v1 may gain fields
	}
	s := r.Reflect(&Model{})
	s.ID, s.Title = SchemaID, "mrkctl drill report, version 1"
	s.Description = "Fields are only ever added within version 1. Times are RFC 3339 in UTC, durations milliseconds."
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := generated(t)
	if f := flag.Lookup("rewrite"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(schemaFile, want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale; run this test with -rewrite", schemaFile)
	}
}

func TestReportsFollowTheSchema(t *testing.T) {
	source, err := jsonschema.UnmarshalJSON(bytes.NewReader(generated(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(SchemaID, source); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range drills(t) {
		m := f.model()
		text, err := m.JSON()
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if bytes.Contains(text, []byte(": null")) {
			t.Errorf("%s: a null in the report", name)
		}
		back, err := ReadJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.JSON()
		if err != nil || !bytes.Equal(again, text) {
			t.Errorf("%s: read and written again it differs (%v)", name, err)
		}
	}
	wrong := map[string]any{"schema_version": "one"}
	if schema.Validate(wrong) == nil {
		t.Error("the schema accepts anything")
	}
	if _, err := ReadJSON([]byte(`{"$schema":"other"}`)); err == nil {
		t.Error("a report of another schema was read")
	}
}
