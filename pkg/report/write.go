package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A Writing is one form in which a report is written.
type Writing string

// The writings of a report.
const (
	WriteMarkdown Writing = "md"
	WriteJSON     Writing = "json"
	WriteHTML     Writing = "html"
	WriteJUnit    Writing = "junit"
)

// Writings lists the forms of a report.
func Writings() []Writing { return []Writing{WriteMarkdown, WriteJSON, WriteHTML, WriteJUnit} }

// ParseWritings reads a list of forms, such as --format takes. An empty list
// means all of them.
func ParseWritings(names []string) ([]Writing, error) {
	if len(names) == 0 {
		return Writings(), nil
	}
	aliases := map[string]Writing{"markdown": WriteMarkdown, "junit.xml": WriteJUnit, "xml": WriteJUnit}
	var all []Writing
	for _, name := range names {
		w := Writing(name)
		if alias, ok := aliases[name]; ok {
			w = alias
		}
		if !slices.Contains(Writings(), w) {
			return nil, fmt.Errorf("report format %q is not known: use md, json, html or junit", name)
		}
		if !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all, nil
}

// File is the name of the file that holds this form in the folder of a run.
func (w Writing) File() string {
	if w == WriteJUnit {
		return "junit.xml"
	}
	return "report." + string(w)
}

// Render returns the report in one form.
func (m *Model) Render(w Writing) ([]byte, error) {
	switch w {
	case WriteMarkdown:
		return m.Markdown(CommentLimit), nil
	case WriteJSON:
		return m.JSON()
	case WriteHTML:
		return m.HTML()
	case WriteJUnit:
		return m.JUnit()
	default:
		return nil, fmt.Errorf("report format %q is not known", w)
	}
}

// Write writes the report into dir, which exists, and returns the paths of the
// files. All forms are worked out first and each file is put in place whole,
// by renaming: an error leaves no half-written report, though perhaps some of
// the forms new and others old.
func Write(dir string, m *Model, writings []Writing) ([]string, error) {
	texts := make([][]byte, len(writings))
	for i, w := range writings {
		text, err := m.Render(w)
		if err != nil {
			return nil, err
		}
		texts[i] = text
	}
	var paths []string
	for i, w := range writings {
		path := filepath.Join(dir, w.File())
		if err := writeWhole(path, texts[i]); err != nil {
			return paths, fmt.Errorf("write the report: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// writeWhole writes a file so that path holds either what it held before or
// all of the new text, also after a crash.
func writeWhole(path string, text []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(text)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
