package sim

import (
	"bytes"
	"encoding/json"
	"strings"
)

// printPolicy puts a policy document into the print in which KMS returns
// it: two spaces of indent, a space on both sides of each colon, arrays of objects opened by "[ {" and arrays of strings on one line.
// Members keep their order. It is false when the document is not one JSON
// object.
//
// Rules: MRK-POLICY-02.
func printPolicy(doc string) (string, bool) {
	dec := json.NewDecoder(strings.NewReader(doc))
	dec.UseNumber()
	tok, err := dec.Token()
	if err != nil || tok != json.Delim('{') {
		return "", false
	}
	var out strings.Builder
	if !printObject(dec, &out, 0) {
		return "", false
	}
	if _, err := dec.Token(); err == nil || err.Error() != "EOF" {
		return "", false
	}
	return out.String(), true
}

// deepest is how deep a policy may nest: more is no policy.
const deepest = 32

func printObject(dec *json.Decoder, out *strings.Builder, depth int) bool {
	if depth > deepest {
		return false
	}
	if !dec.More() {
		_, err := dec.Token()
		out.WriteString("{ }")
		return err == nil
	}
	out.WriteString("{")
	for first := true; dec.More(); first = false {
		if !first {
			out.WriteString(",")
		}
		name, err := dec.Token()
		if err != nil {
			return false
		}
		out.WriteString("\n" + strings.Repeat("  ", depth+1))
		printScalar(out, name)
		out.WriteString(" : ")
		if !printValue(dec, out, depth+1) {
			return false
		}
	}
	_, err := dec.Token()
	out.WriteString("\n" + strings.Repeat("  ", depth) + "}")
	return err == nil
}

func printValue(dec *json.Decoder, out *strings.Builder, depth int) bool {
	tok, err := dec.Token()
	if err != nil {
		return false
	}
	switch tok {
	case json.Delim('{'):
		return printObject(dec, out, depth)
	case json.Delim('['):
		return printArray(dec, out, depth)
	}
	printScalar(out, tok)
	return true
}

func printArray(dec *json.Decoder, out *strings.Builder, depth int) bool {
	if depth > deepest {
		return false
	}
	out.WriteString("[ ")
	for first := true; dec.More(); first = false {
		if !first {
			out.WriteString(", ")
		}
		if !printValue(dec, out, depth) {
			return false
		}
	}
	if _, err := dec.Token(); err != nil {
		return false
	}
	if s := out.String(); !strings.HasSuffix(s, "[ ") {
		out.WriteString(" ")
	}
	out.WriteString("]")
	return true
}

func printScalar(out *strings.Builder, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) == nil {
		out.Write(bytes.TrimRight(b.Bytes(), "\n"))
	}
}
