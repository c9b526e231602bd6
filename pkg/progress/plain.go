package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// Style is a way to write progress.
type Style string

// The styles.
const (
	Plain     Style = "plain"     // one line an event, in columns
	Sentences Style = "sentences" // whole sentences, for screen readers
	JSON      Style = "json"      // the journal's own events, one a line
	Quiet     Style = "quiet"     // nothing
)

// Writer writes the lines of a drill as its events come. It never draws over
// what it wrote and never writes an escape sequence.
type Writer struct {
	out    io.Writer
	style  Style
	github bool
	story  Story
	beat   time.Duration // age of the running step at the next sign of life
	broken bool          // the reader has gone; the drill goes on without it
	held   bool          // follows the drill in silence
	mu     sync.Mutex    // guards all of the above
}

// NewWriter returns a writer of that style.
func NewWriter(out io.Writer, style Style) *Writer { return &Writer{out: out, style: style} }

// ForGitHub makes the plain style also mark failures in the way that GitHub's
// runner turns into annotations.
func (w *Writer) ForGitHub() *Writer {
	w.github = true
	return w
}

// Hold makes the writer follow the drill in silence, while something else shows
// it. Release makes it write again. Both may be called while it observes.
func (w *Writer) Hold() { w.hold(true) }

// Release ends a Hold.
func (w *Writer) Release() { w.hold(false) }

func (w *Writer) hold(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = on
}

// firstBeat is the age of a running step at its first sign of life. Each
// further one comes at twice the age, so that a wait of a week stays readable.
const firstBeat = 10 * time.Second

// Recall takes note of an event that was told before, in a run that is gone on
// with, and says nothing of it.
func (w *Writer) Recall(e journal.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.story.Apply(e)
}

// Observe takes the next event of the journal.
func (w *Writer) Observe(e journal.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.style == Quiet || w.broken {
		return
	}
	if w.style == JSON {
		line, err := json.Marshal(e)
		if err != nil { // an event that was just read from JSON always marshals
			return
		}
		w.write(string(line))
		return
	}
	before := w.story.Now
	if err := w.story.Apply(e); err != nil {
		w.write(terminal.Safe(err.Error()))
		return
	}
	if e.Kind == journal.StepStarted {
		w.beat = firstBeat
	}
	if e.Kind == journal.DrillPlanned {
		w.opening()
	}
	for _, line := range w.story.Fresh {
		w.line(line)
	}
	w.signOfLife(before)
}

// opening says what is about to run, where, on what.
func (w *Writer) opening() {
	p := w.story.Planned
	keys := make([]string, 0, len(p.Keys))
	for _, k := range p.Keys {
		keys = append(keys, k.Alias)
	}
	w.line(Line{
		At: w.story.Now, Subject: "drill", Event: "plan",
		Text: fmt.Sprintf("%s  target=%s seed=%d key=%s regions=%s",
			p.Runbook, p.Target.Kind, p.Seed, strings.Join(keys, ","), strings.Join(p.Regions, ",")),
	})
}

// signOfLife says that a step still runs once it is old enough, with what the
// Regions look like.
func (w *Writer) signOfLife(before time.Time) {
	i, step := w.story.Current()
	if i < 0 || w.beat == 0 {
		return
	}
	age := w.story.Now.Sub(step.Started)
	if age < w.beat || before.Sub(step.Started) >= w.beat {
		return
	}
	for w.beat <= age {
		w.beat *= 2
	}
	w.line(Line{
		At: w.story.Now, Subject: w.story.stepName(i), Event: "still",
		Text: fmt.Sprintf("%s, %s", w.story.Regions(), Span(age)),
	})
}

// Regions is the state of every Region in a few words.
func (s *Story) Regions() string {
	words := make([]string, 0, len(s.Lanes))
	for _, l := range s.Lanes {
		if share, any := l.Recent(s.Now).Availability(); any {
			words = append(words, fmt.Sprintf("%s %s", l.Region, Percent(share)))
		}
	}
	if len(words) == 0 {
		return "no calls yet"
	}
	return strings.Join(words, ", ")
}

// Percent is a share for people. Only a whole is 100 %, however many nines.
func Percent(share float64) string {
	s := fmt.Sprintf("%.2f%%", share*100)
	if share < 1 && s == "100.00%" {
		return "99.99%"
	}
	return s
}

func (w *Writer) line(l Line) {
	elapsed := time.Duration(0)
	if !w.story.Start.IsZero() {
		elapsed = l.At.Sub(w.story.Start)
	}
	text := strings.ReplaceAll(terminal.Safe(l.Text), "\n", " ")
	if w.style == Sentences {
		w.write(sentence(l, text))
		return
	}
	w.write(strings.TrimRight(fmt.Sprintf("t+%s  %-10s %-8s %s", Elapsed(elapsed), l.Subject, l.Event, text), " "))
	if w.github && l.Mark == Bad && (l.Subject == "check" || l.Subject == "objective") {
		w.write("::error title=mrkctl " + l.Subject + "::" + escapeGitHub(text))
	}
}

// sentence says a line in words, for ears. It repeats nothing and has no columns.
func sentence(l Line, text string) string {
	subject := strings.ToUpper(l.Subject[:1]) + strings.Replace(l.Subject[1:], "/", " of ", 1)
	words := map[string]string{
		"start": "Started", "ok": "Done", "failed": "Failed", "still": "Still running", "wait": "Waiting",
		"on": "Began", "off": "Ended", "pass": "Passed", "fail": "Failed", "end": "Ended", "why": "Note",
		"DOWN": "No call succeeds any more", "UP": "Calls succeed again", "seen": "Changed", "plan": "Planned",
	}
	event, ok := words[l.Event]
	if !ok {
		event = strings.ToUpper(l.Event[:1]) + strings.ToLower(l.Event[1:])
	}
	if text == "" {
		return subject + ". " + event + "."
	}
	return subject + ". " + event + ". " + strings.TrimRight(text, ".") + "."
}

// escapeGitHub makes text the message of a command to GitHub's runner. A line
// break is what would let it become a command of its own.
func escapeGitHub(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func (w *Writer) write(line string) {
	if w.held {
		return
	}
	if _, err := io.WriteString(w.out, line+"\n"); err != nil {
		w.broken = true
	}
}
