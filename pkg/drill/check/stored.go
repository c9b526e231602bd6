package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Stored are the checks of a run made again from its files, beside what the run
// itself had said.
type Stored struct {
	Run        *Run
	Objectives []journal.Objective
	Checks     []journal.Check
	Steps      Steps
	// Stopped is why the run did not pass, in its own words, where neither a step
	// nor an objective nor a check tells: a guard, an interrupt, an undo that
	// failed. Empty otherwise.
	Stopped string
	// Complete says that the drill came to its end. The files of one that did
	// not are looked at as far as they go.
	Complete bool
	// Differs names the checks and objectives whose verdict is not the one in
	// the journal, and what the journal tells otherwise than the history does.
	Differs []string
}

// Again makes the checks and objectives of a stored run once more. It first
// holds both files against their seals: on a file that was changed it answers
// with an error that names the line, and judges nothing.
func Again(journalPath, historyPath string) (*Stored, error) {
	events, err := journal.Tail(journalPath)
	if err != nil {
		return nil, err
	}
	s := &Stored{}
	var seals []journal.Seal
	var ended journal.Ended
	said := map[string]journal.Verdict{}
	wanted := map[string]string{}
	both := newAccounts()
	started, resumed := false, false
	for _, e := range events {
		switch e.Kind {
		case journal.DrillPlanned:
			if err := sourceIntact(e); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", journalPath, e.N, err)
			}
		case journal.HistorySealed:
			seal, err := journal.Payload[journal.Seal](e)
			if err != nil {
				return nil, fmt.Errorf("journal line %d: %w", e.N, err)
			}
			seals = append(seals, seal)
		case journal.CheckVerdict:
			c, err := journal.Payload[journal.Check](e)
			if err != nil {
				return nil, fmt.Errorf("journal line %d: %w", e.N, err)
			}
			said[c.Name] = c.Verdict
		case journal.ObjectiveMet:
			o, err := journal.Payload[journal.Objective](e)
			if err != nil {
				return nil, fmt.Errorf("journal line %d: %w", e.N, err)
			}
			said[o.Name], wanted[o.Name] = o.Verdict, o.Target
		case journal.DrillEnded:
			s.Complete = true
			if ended, err = journal.Payload[journal.Ended](e); err != nil {
				return nil, fmt.Errorf("journal line %d: %w", e.N, err)
			}
		case journal.CallEnded:
			if err := both.journal(e); err != nil {
				return nil, err
			}
		case journal.DrillStarted:
			started = true
		case journal.DrillResumed:
			resumed = true
		default: // Gather looks at the rest
		}
	}
	read := history.Tail
	if s.Complete {
		read = history.Read
		if err := history.Verify(historyPath, seals...); err != nil {
			return nil, err
		}
	}
	s.Run, err = Gather(events, func(do func(history.Record) error) error {
		return read(historyPath, func(r history.Record) error {
			both.history(r)
			return do(r)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", journalPath, err)
	}
	s.Objectives, s.Checks, s.Steps = Measure(s.Run), Evaluate(s.Run), s.Run.Steps()
	if failed := len(s.Steps.Failed) > 0 || slices.Contains(slices.Collect(maps.Values(said)), journal.Fail); ended.Verdict == journal.Fail && (!failed || ended.Exit != 1) {
		s.Stopped = ended.Headline
	}
	differs := func(name string, now journal.Verdict) {
		switch was, ok := said[name]; {
		case ok && was != now:
			s.Differs = append(s.Differs, fmt.Sprintf("%s: the run said %s, now it is %s", name, was, now))
		case !ok && started && s.Complete:
			s.Differs = append(s.Differs, fmt.Sprintf("%s: the run came to its end and said nothing of it, now it is %s", name, now))
		}
	}
	for _, o := range s.Objectives {
		differs(o.Name, o.Verdict)
		if was, ok := wanted[o.Name]; ok && was != o.Target {
			s.Differs = append(s.Differs, fmt.Sprintf("%s: the run wanted %s, and its runbook wants %s", o.Name, was, o.Target))
		}
	}
	for _, c := range s.Checks {
		differs(c.Name, c.Verdict)
	}
	if now := s.Verdict(); s.Complete && now != ended.Verdict {
		s.Differs = append(s.Differs, fmt.Sprintf("verdict: the run said %s, now it is %s", ended.Verdict, now))
	}
	if s.Complete {
		s.Differs = append(s.Differs, both.differ(ended, resumed)...)
	}
	return s, nil
}

// Verdict is what all of it adds up to, as the run itself adds it up: fail when
// anything failed, else unknown when anything is, when nothing was promised, or
// when the drill did not come to its end.
func (s *Stored) Verdict() journal.Verdict {
	all := s.StepsVerdict()
	worse := func(v journal.Verdict) {
		if v == journal.Fail || v == journal.Unknown && all == journal.Pass {
			all = v
		}
	}
	if s.Stopped != "" {
		worse(journal.Fail)
	}
	for _, o := range s.Objectives {
		worse(o.Verdict)
	}
	for _, c := range s.Checks {
		worse(c.Verdict)
	}
	return all
}

// StepsVerdict is what the steps add up to. Where nothing else was promised and
// none of them says what it expects, nobody knows what was proved.
func (s *Stored) StepsVerdict() journal.Verdict {
	switch {
	case len(s.Steps.Failed) > 0, s.Complete && len(s.Steps.Missed) > 0:
		return journal.Fail
	case !s.Complete, !Judged(s.Objectives, s.Checks) && s.Steps.Kept == 0:
		return journal.Unknown
	}
	return journal.Pass
}
