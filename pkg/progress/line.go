package progress

import (
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// Line is one line of a drill's log: at a moment, about a subject, what
// happened, in words.
type Line struct {
	At      time.Time
	Mark    Mark
	Subject string // drill, step 4/7, probe, fault, key …
	Event   string // start, ok, failed, DOWN …
	Text    string
	Region  string // when it is about one
	Step    string
}

// Mark says whether a line is good news.
type Mark int

// The marks.
const (
	Info Mark = iota
	Good
	Bad
	Doubt // unknown: too little was seen to say
)

func markOf(v journal.Verdict) Mark {
	switch v {
	case journal.Pass:
		return Good
	case journal.Fail:
		return Bad
	case journal.Unknown:
		return Doubt
	default:
		return Info
	}
}

// maxLog is how many lines a story keeps. A drill of a day writes a few
// thousand; what is older stays in the journal.
const maxLog = 20_000

func (s *Story) log(e journal.Event, m Mark, subject, event, text string) {
	s.logAt(e, m, subject, event, text, "")
}

func (s *Story) logAt(e journal.Event, m Mark, subject, event, text, region string) {
	if len(s.Log) >= maxLog {
		s.Log = append(s.Log[:0], s.Log[maxLog/4:]...)
	}
	line := Line{e.At, m, subject, event, text, region, e.Step}
	s.Log = append(s.Log, line)
	s.Fresh = append(s.Fresh, line)
}

// joined puts the parts that are not empty in a row.
func joined(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" && p != ":" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " ")
}
