package report

import (
	"encoding/json"
	"os"
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

func TestDumpHTML(t *testing.T) {
	for name, f := range map[string]*fixture{"passing": passing(t), "failing": failing(t), "cut": cut(t)} {
		b, err := f.model().HTML()
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/report-"+name+".html", b, 0o644)
	}
}
