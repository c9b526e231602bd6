package report

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
)

func TestCompareWithItselfIsAlike(t *testing.T) {
	m := passing(t).model()
	c := Compare(m, m)
	if len(c.Warnings) != 0 || c.Worse() || len(c.Differences) == 0 {
		t.Errorf("%+v", c)
	}
	for _, d := range c.Differences {
		if d.Judged != diffSame {
			t.Errorf("%+v", d)
		}
	}
}

func TestCompareFindsWhatIsWorse(t *testing.T) {
	a, b := passing(t), failing(t)
	for i := range b.calls { // half as slow again, for every call that succeeds
		b.calls[i].Took += b.calls[i].Took / 2
	}
	c := Compare(a.model(), b.model())
	judged := map[string]Difference{}
	for _, d := range c.Differences {
		judged[d.Metric] = d
	}
	for _, metric := range []string{"verdict", "check every-ciphertext-decrypts-everywhere", "p50 eu-west-1, whole run", "p99 eu-west-1, before"} {
		if judged[metric].Judged != diffWorse {
			t.Errorf("%s: %+v", metric, judged[metric])
		}
	}
	if d := judged["p50 eu-west-1, whole run"]; !strings.HasPrefix(d.Delta, "+") || !strings.Contains(d.Note, "Mann-Whitney p<0.001") {
		t.Errorf("%+v", d)
	}
	if judged["availability eu-west-1, whole run"].Judged != diffSame {
		t.Errorf("%+v", judged["availability eu-west-1, whole run"])
	}
	if len(c.Warnings) == 0 || !c.Worse() {
		t.Errorf("warnings %v, worse %v", c.Warnings, c.Worse())
	}
	var out bytes.Buffer
	if err := c.Document(false).Write(&out, FormatTable, Style{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "compare.txt", out.Bytes())
}

func TestRankTest(t *testing.T) {
	sample := func(seed uint64, shift time.Duration) *tally {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // made-up latencies
		s := newTally("")
		for range 2000 {
			s.add(history.OK, shift+10*time.Millisecond+time.Duration(random.NormFloat64()*float64(time.Millisecond)))
		}
		return s
	}
	if note, same := ranks(sample(1, 0).took, sample(2, 0).took); !same {
		t.Errorf("two samples of one distribution: %s", note)
	}
	if note, same := ranks(sample(1, 0).took, sample(2, 300*time.Microsecond).took); same {
		t.Errorf("a shift of a third of the deviation: %s", note)
	}
	if note, same := ranks(nil, sample(1, 0).took); note != "" || same {
		t.Errorf("without calls: %q %v", note, same)
	}
	constant := newTally("")
	for range 100 {
		constant.add(history.OK, time.Millisecond)
	}
	if note, same := ranks(constant.took, constant.took); !same {
		t.Errorf("a constant against itself: %s", note)
	}
}
