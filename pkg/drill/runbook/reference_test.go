package runbook

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

const referenceFile = "../../../docs/runbook.md"

// TestReferenceIsGeneratedFromTheTypes compares the published reference of the
// format with what the types say now.
func TestReferenceIsGeneratedFromTheTypes(t *testing.T) {
	got := referencePage()
	if *update {
		if err := os.WriteFile(referenceFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, committed) {
		t.Errorf("%s is stale; write it anew with: go test ./pkg/drill/runbook -run Reference -update", referenceFile)
	}
}

const referenceHead = `# Runbooks, version 1

A runbook is the text file that describes a drill. This page is generated from
the types that read it; editors get the same from ` + "`configs/runbook.v1.schema.json`" + `.

    mrkctl drill new game-day         write one, with a comment on every part
    mrkctl drill lint game-day.yaml   check it and read it aloud
    mrkctl drill run game-day.yaml    run it

It is YAML, strictly read: an unknown field, verb, name or Region is an error,
with its line, a caret and what was expected, and all mistakes come at once.
Anchors, aliases and tags are not part of it. ` + "`$name`" + ` stands for one of its
vars anywhere in a text, ` + "`$$`" + ` for a dollar; ` + "`$run` and `$account`" + ` are filled
in by the run, and ` + "`$kept`" + ` names what a step kept. Durations are written 30s,
5m, 1h30m or 7d, rates 20/s, 90/m or 4/h, shares 99.9%, and limits
` + "`success >= 99.9%`, `errors < 3`, `p99 < 250ms`, `max < 2s`" + `, each with ` + "`over 30s`" + `
where it looks at a stretch of time. Fields in bold must be there.
`

// referencePage is the reference as Markdown.
func referencePage() []byte {
	var b bytes.Buffer
	b.WriteString(referenceHead)
	done := map[reflect.Type]bool{}
	section(&b, "The runbook", reflect.TypeFor[Runbook](), done)
	b.WriteString("\n## Verbs\n\nWhat a step can do. A word in brackets may be left out; `key` may be left out where there is only one.\n\n")
	b.WriteString("| verb | what it does | in | with |\n|---|---|---|---|\n")
	places := map[Places]string{NoPlace: "", AnyPlaces: "[Regions]", OnePlace: "a Region", MaybeOne: "[a Region]", SomePlaces: "Regions"}
	for _, v := range Verbs() {
		words := append([]string{}, v.Needs...)
		for _, w := range v.Takes {
			words = append(words, "["+w+"]")
		}
		if v.Time != "" {
			words = append(words, "and "+v.Time)
		}
		says := v.Says
		if len(v.Was) > 0 {
			says += " (also `" + strings.Join(v.Was, "`, `") + "`)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.Name, says, places[v.In], strings.Join(words, ", "))
	}
	b.WriteString("\n## Checks\n\nClaims about the whole run. Each can be narrowed by some of: allow, during, in, except.\n\n| check | what it claims | narrowed by |\n|---|---|---|\n")
	for _, c := range Claims() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.Says, strings.Join(checkTakes(c.Name), ", "))
	}
	return b.Bytes()
}

// section writes a table of a type's fields, and then of those it is made of.
func section(b *bytes.Buffer, title string, t reflect.Type, done map[reflect.Type]bool) {
	if done[t] {
		return
	}
	done[t] = true
	fmt.Fprintf(b, "\n## %s\n\n| field | takes | meaning |\n|---|---|---|\n", title)
	list, index := fields(t)
	type sub struct {
		title string
		t     reflect.Type
	}
	var parts []sub
	for i, f := range list {
		ft := t.Field(index[i]).Type
		elem, many := ft, false
		for elem.Kind() == reflect.Pointer || elem.Kind() == reflect.Slice {
			many = many || elem.Kind() == reflect.Slice
			elem = elem.Elem()
		}
		takes := takenBy(elem, f, many)
		if elem.Kind() == reflect.Struct && !isText(elem) && elem != reflect.TypeFor[Check]() {
			parts = append(parts, sub{"`" + f.name + "`", elem})
		}
		name := "`" + f.name + "`"
		if f.need {
			name = "**" + name + "**"
		}
		meaning := f.doc
		if f.standard != "" {
			meaning += " Default: `" + f.standard + "`."
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, strings.ReplaceAll(takes, "|", "\\|"), strings.ReplaceAll(meaning, "|", "\\|"))
	}
	for _, p := range parts {
		section(b, p.title, p.t, done)
	}
}

// takenBy says in a few words what a field takes.
func takenBy(t reflect.Type, f field, many bool) string {
	words := map[reflect.Type]string{
		reflect.TypeFor[time.Duration](): "duration", reflect.TypeFor[Rate](): "rate", reflect.TypeFor[Percent](): "share", reflect.TypeFor[SLO](): "limit",
		reflect.TypeFor[Count](): "count", reflect.TypeFor[Window](): "window", reflect.TypeFor[Date](): "date", reflect.TypeFor[Check](): "check",
	}
	what, ok := words[t]
	switch {
	case ok:
	case len(f.enum) > 0:
		what = "`" + strings.Join(f.enum, "` `") + "`"
	case t.Kind() == reflect.Struct:
		what = "fields below"
	case t.Kind() == reflect.Map:
		what = "names and texts"
	case f.kind != "" && f.kind != "about" && f.kind != "count" && f.kind != "days":
		what = f.kind
	case t.Kind() == reflect.String:
		what = "text"
	case t.Kind() == reflect.Bool:
		what = "true or false"
	default:
		what = "number"
	}
	switch {
	case f.kind == "named":
		return "by name: " + what
	case many && f.one:
		return what + ", one or a list"
	case many && what == "fields below":
		return "list, each with the fields below"
	case many:
		return "list of " + what
	}
	return what
}
