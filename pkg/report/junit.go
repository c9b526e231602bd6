package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/terminal"
)

// The elements of JUnit XML that CI systems read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Timestamp  string          `xml:"timestamp,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Time    string       `xml:"time,attr"`
		Failure *junitResult `xml:"failure"`
		Error   *junitResult `xml:"error"`
		Skipped *junitResult `xml:"skipped"`
		Out     string       `xml:"system-out,omitempty"`
	}
	junitResult struct {
		Type    string `xml:"type,attr,omitempty"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the report as JUnit XML: a test case for the verdict, each
// objective, each check and each step. An answer of unknown is an error, not a
// failure: the drill could not tell.
func (m *Model) JUnit() ([]byte, error) {
	suite := junitSuite{
		Name: m.Run.Runbook, Time: seconds(m.Run.Took), Timestamp: m.Run.StartedAt.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"run", m.Run.ID},
			{"origin", m.Origin.Stamp},
			{"target", m.Origin.Kind},
			{"seed", strconv.FormatUint(m.Run.Seed, 10)},
			{"mrkctl", m.Run.Version},
			{"runbook_sha256", m.Evidence.SourceSHA},
			{"journal_head_sha256", m.Evidence.JournalHead},
			{"verdict", m.Verdict.Status},
			{"headline", terminal.Safe(m.Verdict.Headline)},
		},
	}
	class := "mrkctl." + m.Run.Runbook
	suite.add(m.junitVerdict(class))
	for _, o := range m.Objectives {
		suite.add(judged(junitCase{Class: class + ".objectives", Name: o.Name + ": " + o.Target, Time: "0"}, o.Verdict, "objective", "measured "+orDash(o.Measured), o.Why))
	}
	for _, c := range m.Checks {
		detail := strings.Join(append([]string{c.Claim, c.Detail}, c.Evidence...), "\n")
		suite.add(judged(junitCase{Class: class + ".checks", Name: c.Name, Time: "0"}, c.Verdict, "check", c.Detail, detail))
	}
	for _, s := range m.Steps {
		suite.add(junitStep(class, s))
	}
	all := junitSuites{
		Name: "mrkctl", Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Skipped: suite.Skipped,
		Time: suite.Time, Suites: []junitSuite{suite},
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return nil, fmt.Errorf("write the report as JUnit XML: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// junitVerdict is the case that fails whenever the drill did not pass, so that
// no CI system can show a green run for a drill that was stopped.
func (m *Model) junitVerdict(class string) junitCase {
	c := junitCase{Class: class, Name: "verdict", Time: seconds(m.Run.Took), Out: terminal.Safe(m.Origin.Stamp)}
	why := terminal.Safe(strings.Join(m.Verdict.Why, "\n"))
	switch m.Verdict.Status {
	case statusPassed:
		c.Out = terminal.Safe(m.Verdict.Headline) + "\n" + c.Out
	case statusFailed:
		c.Failure = &junitResult{"verdict", terminal.Safe(m.Verdict.Headline), why}
	default:
		c.Error = &junitResult{m.Verdict.Status, terminal.Safe(m.Verdict.Headline), why}
	}
	return c
}

func judged(c junitCase, v journal.Verdict, kind, message, text string) junitCase {
	c.Name, message, text = terminal.Safe(c.Name), terminal.Safe(message), terminal.Safe(text)
	switch v {
	case journal.Pass:
		c.Out = message
	case journal.Fail:
		c.Failure = &junitResult{kind, message, text}
	default:
		c.Error = &junitResult{"unknown", message, text}
	}
	return c
}

func junitStep(class string, s Step) junitCase {
	c := junitCase{Class: class + ".steps", Name: s.Number + " " + terminal.Safe(s.ID), Time: seconds(s.Took)}
	message := terminal.Safe(strings.TrimSpace(s.Code + " " + orDash(s.Observed)))
	text := terminal.Safe(strings.Join([]string{"say: " + orDash(s.Say), "expected: " + orDash(s.Expected), s.Message, s.Why}, "\n"))
	switch s.Outcome {
	case "ok":
		c.Out = terminal.Safe(strings.TrimSpace(s.Say + "\n" + s.Why))
	case "failed":
		c.Failure = &junitResult{"step", message, text}
	case "skipped", "refused", stepNotReached:
		c.Skipped = &junitResult{Message: s.Outcome, Text: text}
	default:
		c.Error = &junitResult{s.Outcome, message, text}
	}
	return c
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func seconds(m Millis) string {
	return strconv.FormatFloat(time.Duration(m).Round(time.Millisecond).Seconds(), 'f', -1, 64)
}
