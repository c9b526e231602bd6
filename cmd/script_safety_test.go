package cmd_test

import (
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// days sets the days that a script of windows and dates is about, in UTC, as they
// are when it runs: $TODAY and $TOMORROW, since midnight may fall into the script,
// $LATER, which is neither, and $LATERDAY, its day of the week.
func days(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: days")
	}
	now := time.Now().UTC()
	later := now.AddDate(0, 0, 4)
	ts.Setenv("TODAY", now.Format(time.DateOnly))
	ts.Setenv("TOMORROW", now.AddDate(0, 0, 1).Format(time.DateOnly))
	ts.Setenv("LATER", later.Format(time.DateOnly))
	ts.Setenv("LATERDAY", later.Format("Mon"))
}
