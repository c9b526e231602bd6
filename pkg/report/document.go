package report

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Schema names the contract of the JSON that commands print. Within v1 fields
// are only ever added.
const Schema = "mrkctl/v1"

// Format is a way to print a document: what the flag -o takes.
type Format string

// The formats.
const (
	FormatTable    Format = "table"
	FormatJSON     Format = "json"
	FormatNDJSON   Format = "ndjson"
	FormatMarkdown Format = "markdown"
	FormatSARIF    Format = "sarif" // of findings only
)

// Formats lists the formats in the order in which the help names them.
func Formats() []Format {
	return []Format{FormatTable, FormatJSON, FormatNDJSON, FormatMarkdown, FormatSARIF}
}

// ParseFormat reads the value of -o. The empty string is a table.
func ParseFormat(s string) (Format, error) {
	if s == "" {
		return FormatTable, nil
	}
	for _, f := range Formats() {
		if s == string(f) {
			return f, nil
		}
	}
	return "", fmt.Errorf("output format %q is not known: use table, json, ndjson, markdown or, for findings, sarif", s)
}

// Document is the answer of a command before it has a shape. The human formats
// show the tables and notes, the machine formats show Data; both say the same.
type Document struct {
	// Kind names what the answer is, as noun or noun-verb: "key", "key-list",
	// "compare". A reader of the JSON tells answers apart by it.
	Kind string
	// Title is a line above the first table; none when empty.
	Title string
	// Columns and Rows are the first table. A row shorter than Columns is
	// filled up with empty cells.
	Columns []Column
	Rows    [][]string
	// More are further tables below the first.
	More []Table
	// Notes are lines below the tables: totals, what to do next.
	Notes []string
	// Data is the value that the machine formats encode. NDJSON prints one line
	// for each element of a slice. When nil, the rows of the first table stand
	// in for it, as objects keyed by the column's names in snake_case.
	Data any
	// SARIF is the log of an answer that is made of findings; nil for any other.
	SARIF []byte
}

// Table is a titled table of a document.
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]string
}

// Column is the head of a column.
type Column struct {
	Name  string
	Right bool // numbers stand on the right
	Wrap  bool // sentences are broken rather than cut on a narrow terminal
}

// Columns makes left-aligned columns. A name that starts with '>' makes a
// right-aligned one, one that starts with '~' a column of sentences:
// Columns("REGION", ">CALLS", "~WHAT").
func Columns(names ...string) []Column {
	columns := make([]Column, 0, len(names))
	for _, name := range names {
		trimmed, right := strings.CutPrefix(name, ">")
		trimmed, wrap := strings.CutPrefix(trimmed, "~")
		columns = append(columns, Column{Name: trimmed, Right: right, Wrap: wrap})
	}
	return columns
}

// Style says where a table is going. The zero value is a pipe or a file:
// borderless, of any width.
type Style struct {
	Terminal bool // draw borders
	Width    int  // of the terminal in columns; 0 is unknown and cuts nothing
	ASCII    bool // the terminal shows ASCII only
}

// Write prints the document.
func (d Document) Write(w io.Writer, f Format, s Style) error {
	switch f {
	case FormatJSON:
		return d.writeJSON(w)
	case FormatNDJSON:
		return d.writeNDJSON(w)
	case FormatMarkdown:
		return d.writeMarkdown(w)
	case FormatSARIF:
		if d.SARIF == nil {
			return fmt.Errorf("%s has no findings to write as SARIF: use table, json, ndjson or markdown", d.Kind)
		}
		_, err := w.Write(d.SARIF)
		return err
	case FormatTable, "":
		return d.writeTables(w, s)
	default:
		_, err := ParseFormat(string(f))
		return err
	}
}

// tables returns the first table and the further ones as one list.
func (d Document) tables() []Table {
	var all []Table
	if len(d.Columns) > 0 || d.Title != "" {
		all = append(all, Table{Title: d.Title, Columns: d.Columns, Rows: d.Rows})
	}
	return append(all, d.More...)
}

// envelope is what every JSON answer is wrapped in.
type envelope struct {
	Schema string `json:"schema"`
	Kind   string `json:"kind"`
	Data   any    `json:"data"`
}

func (d Document) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(envelope{Schema, d.Kind, d.data()}); err != nil {
		return fmt.Errorf("write %s as JSON: %w", d.Kind, err)
	}
	return nil
}

func (d Document) writeNDJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	data := d.data()
	v := reflect.ValueOf(data)
	if v.Kind() != reflect.Slice || v.Type().Elem().Kind() == reflect.Uint8 {
		if err := e.Encode(envelope{Schema, d.Kind, data}); err != nil {
			return fmt.Errorf("write %s as NDJSON: %w", d.Kind, err)
		}
		return nil
	}
	for i := range v.Len() {
		if err := e.Encode(envelope{Schema, d.Kind, v.Index(i).Interface()}); err != nil {
			return fmt.Errorf("write line %d of %s as NDJSON: %w", i+1, d.Kind, err)
		}
	}
	return nil
}

// data returns what the machine formats show. A nil slice becomes an empty
// list: null is no answer to "which".
func (d Document) data() any {
	if d.Data != nil {
		if v := reflect.ValueOf(d.Data); v.Kind() == reflect.Slice && v.IsNil() {
			return []any{}
		}
		return d.Data
	}
	rows := make([]map[string]string, 0, len(d.Rows))
	for _, row := range d.Rows {
		object := make(map[string]string, len(d.Columns))
		for i, c := range d.Columns {
			object[snake(c.Name)] = cell(row, i)
		}
		rows = append(rows, object)
	}
	return rows
}

// snake makes a field name of a column's name.
func snake(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "_")
}

// cell returns a cell of a row that may be too short.
func cell(row []string, i int) string {
	if i < len(row) {
		return row[i]
	}
	return ""
}
