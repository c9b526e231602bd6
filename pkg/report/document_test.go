package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"
)

// testDocument has what goes wrong in tables: empty cells, a short row, bars,
// escape sequences, text that pretends to be markup, wide characters.
func testDocument() Document {
	return Document{
		Kind:    "member-list",
		Title:   "alias/payments",
		Columns: Columns("REGION", "ROLE", "DESCRIPTION", ">p99"),
		Rows: [][]string{
			{"us-east-1", "PRIMARY", "payments | data key", "23ms"},
			{"eu-west-1", "REPLICA", "", "101ms"},
			{"ap-northeast-1", "REPLICA", "支払い \x1b[31mred\x1b[0m \u202egnp.exe"},
			{"us-west-2", "REPLICA", "<b>@team see #12</b>\nand http://example.com www.example.com a_b _c_", "9ms"},
		},
		More:  []Table{{Title: "Aliases", Columns: Columns("ALIAS", "REGION"), Rows: [][]string{{"alias/payments", "us-east-1"}}}},
		Notes: []string{"- 2 members differ", "next: mrkctl compare alias/payments"},
	}
}

func TestDocumentFormats(t *testing.T) {
	styles := map[string]Style{
		"pipe":     {},
		"terminal": {Terminal: true, Width: 120},
		"ascii":    {Terminal: true, ASCII: true, Width: 120},
		"narrow":   {Terminal: true, Width: 50},
	}
	datadriven.RunTest(t, filepath.Join("testdata", "document.txt"), func(t *testing.T, d *datadriven.TestData) string {
		format, style := Format(d.Cmd), Style{}
		if len(d.CmdArgs) > 0 {
			style = styles[d.CmdArgs[0].Key]
		}
		var b bytes.Buffer
		if err := testDocument().Write(&b, format, style); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}

func TestDocumentWithoutRowsIsAnEmptyListNotNull(t *testing.T) {
	type member struct{ Region string }
	for name, d := range map[string]Document{
		"rows": {Kind: "x", Columns: Columns("A")},
		"data": {Kind: "x", Columns: Columns("A"), Data: []member(nil)},
	} {
		var b bytes.Buffer
		if err := d.Write(&b, FormatJSON, Style{}); err != nil {
			t.Fatal(err)
		}
		var e struct{ Data []any }
		if err := json.Unmarshal(b.Bytes(), &e); err != nil || e.Data == nil {
			t.Errorf("%s: %s is not an empty list (%v)", name, b.String(), err)
		}
		b.Reset()
		if err := d.Write(&b, FormatNDJSON, Style{}); err != nil || b.Len() != 0 {
			t.Errorf("%s: NDJSON of nothing is %q, %v", name, b.String(), err)
		}
	}
}

func TestParseFormatNamesTheChoices(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	if _, err := ParseFormat("yaml"); err == nil || !strings.Contains(err.Error(), "ndjson") {
		t.Errorf("ParseFormat(yaml): %v", err)
	}
	if err := (Document{}).Write(&bytes.Buffer{}, "yaml", Style{}); err == nil {
		t.Error("an unknown format was written")
	}
}

func TestAnyCellStaysOneCell(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "cell")
		d := Document{Kind: "x", Columns: Columns("A", "B"), Rows: [][]string{{text, "end"}}}
		var b bytes.Buffer
		if err := d.Write(&b, FormatTable, Style{}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\n"); n != 2 {
			t.Fatalf("a header and a row became %d lines: %q", n, b.String())
		}
		if i := strings.IndexFunc(b.String(), func(r rune) bool { return r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 }); i >= 0 {
			t.Fatalf("control character in %q", b.String())
		}
		b.Reset()
		if err := d.Write(&b, FormatMarkdown, Style{}); err != nil {
			t.Fatal(err)
		}
		cells := strings.Count(strings.NewReplacer(`\\`, "", `\|`, "").Replace(b.String()), "|")
		if cells != 9 {
			t.Fatalf("three lines of two cells have %d bars: %q", cells, b.String())
		}
	})
}
