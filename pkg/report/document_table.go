package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// narrowest is how far a column is cut to fit a terminal: enough to tell the
// identifiers of keys apart.
const narrowest = 12

func (d Document) writeTables(w io.Writer, s Style) error {
	var b bytes.Buffer
	for i, t := range d.tables() {
		if i > 0 {
			b.WriteByte('\n')
		}
		if t.Title != "" {
			for _, line := range strings.Split(t.Title, "\n") {
				fmt.Fprintln(&b, oneLine(line))
			}
		}
		if err := t.write(&b, s); err != nil {
			return fmt.Errorf("write %s as a table: %w", d.Kind, err)
		}
	}
	if len(d.Notes) > 0 && b.Len() > 0 {
		b.WriteByte('\n')
	}
	for _, note := range d.Notes {
		fmt.Fprintln(&b, terminal.Safe(note))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// write draws one table: with borders on a terminal that is wide enough for
// them, else borderless. A column is cut only when even that doesn't fit.
func (t Table) write(b *bytes.Buffer, s Style) error {
	if len(t.Columns) == 0 {
		return nil
	}
	names, rows := t.cells()
	widths := columnWidths(names, rows)
	drawn := s.Terminal && (s.Width == 0 || sum(widths)+3*len(widths)+1 <= s.Width)
	if s.Terminal && s.Width > 0 && !drawn {
		t.shrink(widths, s.Width-2*(len(widths)-1))
	}
	cut := "…"
	if s.ASCII {
		cut = "..."
	}
	fit(names, widths, cut)
	rows = t.wrap(rows, widths)
	for _, row := range rows {
		fit(row, widths, cut)
	}

	var out bytes.Buffer
	table := tablewriter.NewTable(&out, t.options(drawn, s.ASCII)...)
	table.Header(names)
	if err := table.Bulk(rows); err != nil {
		return err
	}
	if err := table.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(out.String()) {
		b.WriteString(strings.TrimRight(line, " \n"))
		b.WriteByte('\n')
	}
	return nil
}

// wrap breaks the cells of the columns that may be broken into as many rows as
// their width needs.
func (t Table) wrap(rows [][]string, widths []int) [][]string {
	var out [][]string
	for _, row := range rows {
		lines := make([][]string, len(row))
		n := 1
		for i, text := range row {
			lines[i] = []string{text}
			if t.Columns[i].Wrap && ansi.StringWidth(text) > widths[i] {
				lines[i] = strings.Split(ansi.Wrap(text, widths[i], ""), "\n")
			}
			n = max(n, len(lines[i]))
		}
		for k := range n {
			next := make([]string, len(row))
			for i := range row {
				next[i] = cell(lines[i], k)
			}
			out = append(out, next)
		}
	}
	return out
}

// cells returns the text of the table, safe and on one line each. An empty
// cell becomes a dash: a gap in a borderless table would shift its columns.
func (t Table) cells() (names []string, rows [][]string) {
	for _, c := range t.Columns {
		names = append(names, oneLine(c.Name))
	}
	for _, row := range t.Rows {
		cells := make([]string, len(t.Columns))
		for i := range cells {
			cells[i] = oneLine(cell(row, i))
			if cells[i] == "" {
				cells[i] = "-"
			}
		}
		rows = append(rows, cells)
	}
	return names, rows
}

func (t Table) options(drawn, ascii bool) []tablewriter.Option {
	align := make(tw.Alignment, len(t.Columns))
	for i, c := range t.Columns {
		align[i] = tw.AlignLeft
		if c.Right {
			align[i] = tw.AlignRight
		}
	}
	symbols, rendition, padding := tw.StyleRounded, tw.Rendition{}, tw.Padding{Left: " ", Right: " "}
	switch {
	case !drawn:
		rendition = tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
		}
		padding = tw.Padding{Right: "  "}
	case ascii:
		symbols = tw.StyleASCII
	}
	padding.Overwrite = true
	rendition.Symbols = tw.NewSymbols(symbols)
	return []tablewriter.Option{
		tablewriter.WithRenderer(renderer.NewBlueprint(rendition)),
		tablewriter.WithHeaderAutoFormat(tw.Off), // or p99 becomes P 99
		tablewriter.WithAlignment(align),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(padding),
	}
}

// oneLine makes text fit for a cell: safe, and without line breaks or tabs.
func oneLine(s string) string {
	return strings.Join(strings.Fields(terminal.Safe(s)), " ")
}

func columnWidths(names []string, rows [][]string) []int {
	widths := make([]int, len(names))
	for i, name := range names {
		widths[i] = ansi.StringWidth(name)
	}
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], ansi.StringWidth(c))
		}
	}
	return widths
}

// shrink takes from the columns that may be broken first, as long as they keep
// a width that reads well, and then from all.
func (t Table) shrink(widths []int, room int) {
	for i, c := range t.Columns {
		if over := sum(widths) - room; c.Wrap && over > 0 {
			widths[i] = max(min(widths[i], readable), widths[i]-over)
		}
	}
	shrink(widths, room)
}

// readable is how narrow a column of sentences becomes before others are cut.
const readable = 28

// shrink takes from the widest column until all fit, or all are narrow.
func shrink(widths []int, room int) {
	for sum(widths) > room {
		widest := 0
		for i := range widths {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return
		}
		widths[widest]--
	}
}

func fit(cells []string, widths []int, cut string) {
	for i := range cells {
		cells[i] = ansi.Truncate(cells[i], widths[i], cut)
	}
}

func sum(widths []int) int {
	total := 0
	for _, w := range widths {
		total += w
	}
	return total
}
