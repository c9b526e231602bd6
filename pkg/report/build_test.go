package report

import (
	"encoding/json"
	"testing"
)

func TestDump(t *testing.T) {
	m := passing(t).model()
	m.Traffic.Regions[0].Series = m.Traffic.Regions[0].Series[:3]
	m.Traffic.Regions[1].Series = nil
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(string(b))
}

func TestDumpMD(t *testing.T) {
	t.Log("\n" + string(failing(t).model().Markdown(CommentLimit)))
	b, err := failing(t).model().JUnit()
	t.Log(string(b), err)
}
