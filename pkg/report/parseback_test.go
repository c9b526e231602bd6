package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

func TestJUnitReadsBack(t *testing.T) {
	for name, f := range drills(t) {
		m := f.model()
		text, err := m.JUnit()
		if err != nil {
			t.Fatal(err)
		}
		var back junitSuites
		if err := xml.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		suite := back.Suites[0]
		if want := 1 + len(m.Objectives) + len(m.Checks) + len(m.Steps); len(suite.Cases) != want || suite.Tests != want || back.Tests != want {
			t.Errorf("%s: %d cases, want %d", name, len(suite.Cases), want)
		}
		red := suite.Failures + suite.Errors
		if (m.Verdict.Status == "passed") != (red == 0) {
			t.Errorf("%s: verdict %s with %d red cases", name, m.Verdict.Status, red)
		}
	}
}

// hostile is text that tries to get out of wherever it is put.
const hostile = "</title><script>alert(1)</script>\"'--><img src=x onerror=alert(1)>|`*_\\\x1b[31m\u202e{{.}}]]>\x00\x0b"

func TestHostileTextStaysText(t *testing.T) {
	p := planned()
	p.Hypothesis, p.Owner, p.Runbook = hostile, hostile, "name"+hostile
	p.Steps[0].Say, p.Probes[0].Name, p.Faults[0].Name = hostile, hostile, hostile
	p.Vars = map[string]string{hostile: hostile}
	f := &fixture{t: t, zero: passing(t).zero}
	f.at(0, "", journal.DrillPlanned, p)
	f.before()
	f.outage()
	f.at(30*m, "", journal.CheckVerdict, journal.Check{Name: hostile, Claim: hostile, Detail: hostile, Verdict: journal.Fail, Evidence: []string{hostile}})
	f.at(30*m, "", journal.DrillEnded, journal.Ended{Verdict: journal.Fail, Exit: 1, Headline: hostile, Left: []string{hostile}})
	f.load(4 * m)
	model := f.model()

	page, err := model.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte("<img")) || bytes.Contains(page, []byte("ZgotmplZ")) {
		t.Error("the page has markup that came from the journal")
	}
	text := string(model.Markdown(0))
	if strings.Contains(text, "<script") || strings.Contains(text, "<img") || strings.ContainsAny(text, "\x1b\x00\u202e") {
		t.Error("the Markdown has markup that came from the journal")
	}
	if comment := strings.SplitN(text, "\n", 2)[0]; strings.Count(comment, "-->") != 1 || !strings.HasSuffix(comment, "-->") {
		t.Errorf("the marker %q", comment)
	}
	junit, err := model.JUnit()
	if err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal(junit, &back); err != nil {
		t.Errorf("JUnit: %v", err)
	}
}

func TestPageIsSelfContained(t *testing.T) {
	for name, f := range drills(t) {
		page, err := f.model().HTML()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(page, []byte("<script")) || bytes.Contains(page, []byte(" style=")) || bytes.Contains(page, []byte(" src=")) {
			t.Errorf("%s: the page has a script, a style attribute or a source", name)
		}
		for _, href := range regexp.MustCompile(`(?:href|url)[=(]"?([^")]*)`).FindAllSubmatch(page, -1) {
			if !bytes.HasPrefix(href[1], []byte("#")) {
				t.Errorf("%s: the page refers to %s", name, href[1])
			}
			if id := []byte(` id="` + string(href[1][1:]) + `"`); !bytes.Contains(page, id) {
				t.Errorf("%s: the page refers to %s, which it doesn't have", name, href[1])
			}
		}
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindSubmatch(page)[1]
		sum := sha256.Sum256(style)
		if !bytes.Contains(page, []byte("sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")) &&
			!bytes.Contains(page, []byte("sha256-"+strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;"))) {
			t.Errorf("%s: the policy forbids the page's own style sheet", name)
		}
		for _, svg := range regexp.MustCompile(`(?s)<svg [^>]*>.{0,400}`).FindAll(page, -1) {
			if !bytes.Contains(svg, []byte("aria-hidden")) && !(bytes.Contains(svg, []byte("<title")) && bytes.Contains(svg, []byte("<desc"))) {
				t.Errorf("%s: a drawing without title and description: %.80s", name, svg)
			}
		}
		ids := map[string]bool{}
		for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllSubmatch(page, -1) {
			if ids[string(id[1])] {
				t.Errorf("%s: the id %s stands twice", name, id[1])
			}
			ids[string(id[1])] = true
		}
	}
}

func TestMarkdownTablesAreWhole(t *testing.T) {
	for name, f := range drills(t) {
		columns := 0
		for i, line := range strings.Split(string(f.model().Markdown(0)), "\n") {
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if columns == 0 {
				columns = bars
			}
			if bars != columns {
				t.Errorf("%s line %d has %d bars where its table has %d: %s", name, i+1, bars, columns, line)
			}
		}
	}
}

func TestMarkdownKeepsItsBudget(t *testing.T) {
	m := passing(t).model()
	whole := m.Markdown(0)
	for _, limit := range []int{4000, 6000, len(whole) + 700} {
		got := m.Markdown(limit)
		if len(got) > limit {
			t.Errorf("limit %d: %d bytes", limit, len(got))
		}
		if !bytes.Contains(got[:200], []byte("PASSED")) {
			t.Errorf("limit %d: no verdict in the beginning", limit)
		}
		if dropped := bytes.Contains(got, []byte("Left out for want of room")); dropped == bytes.Equal(got, whole) {
			t.Errorf("limit %d: says what was left out: %v", limit, dropped)
		}
	}
}

func TestEscapedParagraphStartsNoBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-+=#>0-9.)| ]{1,6}[a-z@#<]*`)).Draw(t, "text")
		got := escapeParagraph(text)
		if regexp.MustCompile(`^(?:[-+=#>]|[0-9]+[.)])`).MatchString(got) {
			t.Fatalf("%q becomes %q, which starts a block", text, got)
		}
		if regexp.MustCompile(`<[^!]|@[a-zA-Z0-9]|#[0-9]`).MatchString(regexp.MustCompile(`&#[0-9]+;`).ReplaceAllString(got, "")) {
			t.Fatalf("%q becomes %q", text, got)
		}
	})
}

func TestRedaction(t *testing.T) {
	build := func(words ...string) string {
		m := passing(t).model()
		m.Origin.Endpoint = "https://kms.internal.example.com:8443/x"
		m.Keys[0].Members[0].Before.Tags = map[string]string{"runs-on": "db.internal.example.com"}
		if err := m.Redact(words...); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for word, secrets := range map[string][]string{
		"account": {"111122223333"}, "arn": {"arn:aws:kms", "arn:aws:iam"}, "principal": {"user/operator"}, "host": {"internal.example.com", "8443"},
	} {
		text, plain := build(word), build()
		for _, secret := range secrets {
			if !strings.Contains(plain, secret) {
				t.Errorf("the fixture has no %s", secret)
			}
			if strings.Contains(text, secret) {
				t.Errorf("redacting %s left %s", word, secret)
			}
		}
		if !strings.Contains(text, `"redacted":["`+word+`"]`) {
			t.Errorf("the report doesn't say that %s was left out", word)
		}
	}
	// However they are ordered: an account that is masked first must not hide an ARN.
	for _, words := range [][]string{{"account", "principal", "host", "arn"}, {"principal", "account"}} {
		if text := build(words...); strings.Contains(text, "arn:aws") == slices.Contains(words, "arn") || strings.Contains(text, "111122223333") || strings.Contains(text, "user/operator") {
			t.Errorf("redacting %q left something of an ARN", words)
		}
	}
	if err := passing(t).model().Redact("names"); err == nil {
		t.Error("an unknown redaction was accepted")
	}
}

func TestWriteIsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	paths, err := Write(dir, passing(t).model(), Writings())
	if err != nil || len(paths) != 4 {
		t.Fatalf("%v, %v", paths, err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	// A file that can't be put in place leaves nothing behind, old text included.
	if err := os.Remove(filepath.Join(dir, "report.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "report.json", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, failing(t).model(), []Writing{WriteJSON, WriteMarkdown}); err == nil {
		t.Error("a report was written over a folder")
	}
	after, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the old report was touched")
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := Write(filepath.Join(dir, "absent"), passing(t).model(), Writings()); err == nil {
		t.Error("a report was written into no folder")
	}
}
