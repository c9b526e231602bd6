package sim

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed texts.txt
var texts string

// Text is one text of an error, with %s where it names something.
type Text struct {
	// Text is the text.
	Text string `json:"text"`
	// Confidence is whether AWS was seen to answer with it, documents it, or
	// neither.
	Confidence Confidence `json:"confidence"`
	// Source is the recorded row that has it, or where else it is known from.
	Source string `json:"source"`
}

// Texts lists the texts of all errors that the simulator answers with. It
// fails when the list in this program is not well-formed.
func Texts() ([]Text, error) {
	var list []Text
	for i, line := range strings.Split(texts, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " | ", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("list of texts, line %d: not confidence, source and text", i+1)
		}
		list = append(list, Text{Text: parts[2], Confidence: Confidence(parts[0]), Source: parts[1]})
	}
	return list, nil
}
