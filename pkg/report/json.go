package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// JSON writes the report as JSON that follows configs/report.v1.schema.json.
func (m *Model) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return nil, fmt.Errorf("write the report as JSON: %w", err)
	}
	return b.Bytes(), nil
}

// ReadJSON reads a report that JSON wrote.
func ReadJSON(b []byte) (*Model, error) {
	var m Model
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	if m.Schema != SchemaID || m.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("read the report: its schema is %q version %d, and this mrkctl reads %q version %d", m.Schema, m.SchemaVersion, SchemaID, SchemaVersion)
	}
	return &m, nil
}

// fillLists makes empty lists of the missing ones that JSON would show as
// null. A field that is left out when empty stays as it is.
func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillLists(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if f.Type.Kind() == reflect.Slice && v.Field(i).IsNil() && !strings.Contains(f.Tag.Get("json"), "omit") {
				v.Field(i).Set(reflect.MakeSlice(f.Type, 0, 0))
			}
			fillLists(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			fillLists(v.Index(i))
		}
	default: // no list in it
	}
}
