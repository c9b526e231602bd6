package safety

import (
	"fmt"
	"math"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// What is used up and cannot be given back. The names are those of
// runbook.Spend.
const (
	Rotations  = "rotations"
	Promotions = "promotions"
	NewKeys    = "new-keys"
)

// BudgetError says that a call would use up more than the runbook allows.
type BudgetError struct {
	What         string
	Spent, Limit int
}

// Error says what would be used up.
func (o BudgetError) Error() string {
	return fmt.Sprintf("safety.spend: this would use up %s number %d, and the runbook allows %d; nothing was called; raise safety.spend.%s, or do less in one drill", o.What, o.Spent+1, o.Limit, o.What)
}

// ExitCode is that of a safety rule.
func (BudgetError) ExitCode() int { return 6 }

// Afford says whether one more of what may be used up, after what was spent so
// far. It is asked before the call that would use it up.
func Afford(budget runbook.Spend, spent map[string]int, what string) error {
	limit := map[string]*int{Rotations: budget.Rotations, Promotions: budget.Promotions, NewKeys: budget.NewKeys}[what]
	if limit != nil && spent[what] >= *limit {
		return BudgetError{what, spent[what], *limit}
	}
	return nil
}

// What KMS costs, in US dollars, by AWS's price list of 2026: a key or a
// replica by the month, prorated by the hour and free while it waits for its
// deletion; the first and the second rotation of a key as much again; ten
// thousand requests.
const (
	dollarsPerKeyMonth    = 1.00
	dollarsPer10kRequests = 0.03
	hoursPerMonth         = 730
)

// Dollars is about what a drill costs on AWS: the keys that it makes, for as
// long as it may last; a month of what its rotations add; its requests. It is
// an upper bound, since requests are counted as if the loads ran to the end.
func Dollars(book *runbook.Runbook) float64 {
	spend := book.Spending()
	keys := spend.NewKeys
	rotations := min(spend.Rotations, 2)
	lasts := lasting(book)
	cost := float64(keys)*dollarsPerKeyMonth*lasts.Hours()/hoursPerMonth + float64(rotations)*dollarsPerKeyMonth
	requests := 0.0
	for _, p := range book.Probes {
		if every := p.Rate.Every(); every > 0 {
			requests += float64(len(p.In)) * float64(lasts) / float64(every)
		}
	}
	return math.Round((cost+requests/10_000*dollarsPer10kRequests)*100) / 100
}

// lasting is how long the steps of a drill take, as far as the runbook says,
// and not longer than it may last.
func lasting(book *runbook.Runbook) time.Duration {
	var total time.Duration
	if book.Steady != nil {
		total = book.Steady.For
	}
	book.EachStep(func(s *runbook.Step) {
		if s.Do != "time.pass" { // a load is ended before days are let pass
			total += s.For + s.Within
		}
	})
	if longest := book.Safety.Longest; longest > 0 && total > longest {
		return longest
	}
	return total
}
