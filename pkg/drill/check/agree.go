package check

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// accounts are what a journal and a history both tell of the same calls. Their
// seals show that neither was changed alone; that the two tell one story shows
// more: somebody who seals a changed journal anew has to change both alike.
type accounts struct {
	told    map[toldCall][]int64 // lines of the journal of which the history has told nothing yet
	counted map[string]int       // calls of the history, by operation
}

// toldCall is a call of a step as both files know it.
type toldCall struct {
	step, op, to string
	ok           bool
	took         time.Duration
}

func newAccounts() *accounts {
	return &accounts{told: map[toldCall][]int64{}, counted: map[string]int{}}
}

// journal takes a call that has ended, as the journal has it.
func (a *accounts) journal(e journal.Event) error {
	c, err := journal.Payload[journal.Call](e)
	id := toldCall{e.Step, c.Op, c.To, c.Outcome == "ok", c.Took}
	a.told[id] = append(a.told[id], e.N)
	return err
}

// history takes a call as the history has it.
func (a *accounts) history(r history.Record) {
	a.counted[r.Op]++
	id := toldCall{r.Source, r.Op, r.To, r.Outcome == history.OK, r.Took}
	if lines := a.told[id]; len(lines) > 0 {
		a.told[id] = lines[1:]
	}
}

// differ says in what the two do not agree, and what the end of the journal
// counts otherwise. A run that was resumed may have lost the last call of its
// history with its process.
func (a *accounts) differ(ended journal.Ended, resumed bool) (list []string) {
	type line struct {
		n int64
		toldCall
	}
	var open []line
	for call, lines := range a.told {
		if resumed {
			break
		}
		for _, n := range lines {
			open = append(open, line{n, call})
		}
	}
	slices.SortFunc(open, func(a, b line) int { return int(a.n - b.n) })
	for _, l := range open {
		list = append(list, fmt.Sprintf("journal line %d: the history has no %s in %s of step %s that was %s after %v", l.n, l.op, l.to, l.step, map[bool]string{true: "ok", false: "not ok"}[l.ok], l.took))
	}
	if !maps.Equal(a.counted, ended.Calls) {
		ops := slices.Sorted(maps.Keys(a.counted))
		for _, op := range slices.Sorted(maps.Keys(ended.Calls)) {
			if !slices.Contains(ops, op) {
				ops = append(ops, op)
			}
		}
		for _, op := range ops {
			if a.counted[op] != ended.Calls[op] {
				list = append(list, fmt.Sprintf("calls of %s: the journal ends with %d, and the history has %d", op, ended.Calls[op], a.counted[op]))
			}
		}
	}
	return list
}

// sourceIntact holds the runbook in a journal against the hash that stands beside it.
func sourceIntact(e journal.Event) error {
	p, err := journal.Payload[journal.Planned](e)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256([]byte(p.Source)); p.SourceSHA != hex.EncodeToString(sum[:]) {
		return errors.New("the runbook in it does not have the hash that stands beside it")
	}
	return nil
}
