package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// What the drill's prices are: US dollars, list prices of AWS KMS in most
// Regions, 2026: 10,000 requests, and a key or replica for a month of 730 hours.
const (
	dollarsPerCall  = 0.03 / 10_000
	dollarsPerMonth = 1.0
	month           = 730 * time.Hour
)

// setupStep is under which the journal keeps the calls that make the keys that
// are not there. In a simulated world they are no spending: it is furnished so.
const setupStep = "setup"

// spendWithin: no more was used up than safety.spend allows. A call whose
// answer never came counts as spent.
func spendWithin(r *Run, _ runbook.CheckWith) answer {
	budget := r.Book.Safety.Spend
	spent := map[string]int{}
	dollars := float64(r.seen.calls) * dollarsPerCall
	for _, c := range r.calls {
		if c.step == setupStep && r.Planned.Target.Kind != "aws" || !r.happened(c) {
			continue
		}
		switch c.Op {
		case "RotateKeyOnDemand":
			spent["rotations"]++
		case "UpdatePrimaryRegion":
			spent["promotions"]++
		case "CreateKey", "ReplicateKey":
			spent["new keys"]++
			dollars += dollarsPerMonth * float64(r.Ended.Sub(c.at)) / float64(month)
		}
	}
	var said, over []string
	for _, item := range []struct {
		name  string
		limit *int
	}{{"rotations", budget.Rotations}, {"promotions", budget.Promotions}, {"new keys", budget.NewKeys}} {
		if item.limit == nil {
			continue
		}
		text := fmt.Sprintf("%s %d of %d", item.name, spent[item.name], *item.limit)
		said = append(said, text)
		if spent[item.name] > *item.limit {
			over = append(over, text)
		}
	}
	if budget.Dollars != nil {
		text := fmt.Sprintf("dollars %.2f of %.2f, by list prices", dollars, *budget.Dollars)
		said = append(said, text)
		if dollars > *budget.Dollars {
			over = append(over, text)
		}
	}
	switch {
	case len(said) == 0:
		return unknown("the runbook sets no budget")
	case r.seen.calls == 0:
		return unknown("no call was made")
	case len(over) > 0:
		return fail(over, "over budget: %s", strings.Join(over, ", "))
	}
	return pass("%s", strings.Join(said, ", "))
}
