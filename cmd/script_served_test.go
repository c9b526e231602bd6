package cmd_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/wire/wiremodel"
)

// standIn serves a simulated world that the commands of a script take for AWS:
// the SDK's own configuration, signatures and sockets are on the way, and every
// request is held against AWS's wire model.
//
//	stand-in [SPEED]
//
// The world's clock runs SPEED times as fast as ours. $STANDIN is its address.
func standIn(t *testing.T, m *wiremodel.Model) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) > 1 {
			ts.Fatalf("usage: stand-in [SPEED]")
		}
		speed := 1.0
		if len(args) == 1 {
			var err error
			speed, err = strconv.ParseFloat(args[0], 64)
			ts.Check(err)
		}
		w, err := sim.New(sim.Options{Start: time.Now(), NoRateLimits: true})
		ts.Check(err)
		h := awsjson.New(w, clock.NewReal(speed)).Handler(awsjson.HandlerOptions{})
		s := httptest.NewServer(m.WatchHandler(h, func(fault string) { t.Errorf("%s: a request breaks AWS's wire model: %s", ts.Name(), fault) }))
		ts.Defer(s.Close)
		ts.Setenv("STANDIN", s.URL)
		for name, value := range map[string]string{
			"MRKCTL_TARGET": "aws", "MRKCTL_ENDPOINT_URL": s.URL,
			"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
		} {
			ts.Setenv(name, value)
		}
	}
}

// serves starts a program in the background, waits for the first line of its
// output, which is its address, and stops it at the end of the script, with an
// interrupt as its user would.
//
//	serves VARIABLE PROGRAM ARGS...
func serves(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: serves VARIABLE PROGRAM ARGS...")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	c := exec.Command(path, args[2:]...)
	c.Dir = ts.MkAbs(".")
	c.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "PATH="+ts.Getenv("PATH"))
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	ts.Defer(func() {
		ts.Check(c.Process.Signal(os.Interrupt))
		if err := c.Wait(); err != nil {
			ts.Fatalf("%s ended with %v\n%s", strings.Join(args[1:], " "), err, errs.String())
		}
	})
	if err != nil {
		ts.Fatalf("%s gave no address: %v\n%s", strings.Join(args[1:], " "), err, errs.String())
	}
	ts.Setenv(args[0], strings.TrimSpace(line))
}

// cutAfter cuts a file after the first line that holds a text, as a process
// leaves it that was killed there.
//
//	cutafter TEXT FILE
func cutAfter(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cutafter TEXT FILE")
	}
	var kept strings.Builder
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		kept.WriteString(line)
		if strings.Contains(line, args[0]) {
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(kept.String()), 0o600))
			return
		}
	}
	ts.Fatalf("%s has no line with %s", args[1], args[0])
}

// answersIn runs a program and demands that its whole output is one JSON document
// of the contract: schema, kind and data, and nothing else. Bad news of a
// verdict (3, 4) is an answer too.
//
//	answers KIND PROGRAM ARGS...
func answersIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: answers KIND PROGRAM ARGS...")
	}
	if err := ts.Exec(args[1], args[2:]...); err != nil && err.Error() != "exit status 3" && err.Error() != "exit status 4" {
		ts.Fatalf("%s: %v", strings.Join(args[1:], " "), err)
	}
	var doc map[string]json.RawMessage
	out := ts.ReadFile("stdout")
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		ts.Fatalf("%s does not answer in JSON: %v\n%s", strings.Join(args[1:], " "), err, out)
	}
	if len(doc) != 3 || string(doc["schema"]) != `"mrkctl/v1"` || string(doc["kind"]) != strconv.Quote(args[0]) || len(doc["data"]) == 0 {
		ts.Fatalf("%s answers with %d members, schema %s, kind %s", strings.Join(args[1:], " "), len(doc), doc["schema"], doc["kind"])
	}
}
