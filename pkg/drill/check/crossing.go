package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// noCrossing: no application called KMS outside its own Region while a Region
// was dark. The history says what the drill did, the trails what the services
// saw; the trails prove nothing unless they hold every call of the history.
func noCrossing(r *Run, with runbook.CheckWith) answer {
	outages := r.outages()
	if len(outages) == 0 {
		return unknown("no Region was dark in this run")
	}
	var lines []string
	var crossed int64
	for _, op := range sortedKeys(r.seen.crossings) {
		if slices.Contains(with.Allow, op) {
			continue
		}
		f := r.seen.crossings[op]
		crossed += f.count
		lines = append(lines, f.first...)
	}
	records := int64(0)
	for _, t := range r.trails {
		if !slices.ContainsFunc(outages, func(f fault) bool { return !t.From.Before(f.from) && !t.To.After(f.to) }) {
			continue
		}
		for _, row := range t.Rows {
			records += int64(row.Count)
			if row.Caller != "" && row.Caller != t.Region && r.application(row) && !slices.Contains(with.Allow, row.Op) {
				crossed += int64(row.Count)
				lines = append(lines, fmt.Sprintf("trail of %s: %s %s by %s from %s, the first at %s", t.Region, count(row.Count, "call"), row.Op, row.Principal, row.Caller, row.First.Format(time.RFC3339Nano)))
			}
		}
	}
	missing, why := r.missing()
	switch {
	case crossed > 0:
		return fail(lines, "%s crossed Regions during %s, by history or trail", count(crossed, "call"), count(len(outages), "outage"))
	case r.seen.inOutage == 0:
		return unknown("no call was made during the outage")
	case why != "":
		return unknown("none of %s in the history crossed Regions, but the trails prove nothing: %s", count(r.seen.inOutage, "call"), why)
	case missing > 0:
		return unknown("none of %s in the history crossed Regions, but %s of this run are missing from the trails", count(r.seen.inOutage, "call"), count(missing, "call"))
	}
	return pass("during %s %s in the history and %s in the trails, none across Regions; every call of the run is in its trail",
		count(len(outages), "outage"), count(r.seen.inOutage, "call"), count(records, "record"))
}

// application says whether a record is of an application: one of a role other
// than the drill's own, or anybody's use of a key. What AWS does by itself is
// not.
func (r *Run) application(row journal.TrailRow) bool {
	if !strings.HasPrefix(row.Principal, "arn:") {
		return false
	}
	return wire.PlaneOf(row.Op) == wire.Data || roleOf(row.Principal) != roleOf(r.Planned.Target.Caller)
}

// roleOf is an ARN without the session name, which differs from Region to Region.
func roleOf(arn string) string {
	if at := strings.LastIndexByte(arn, '/'); at >= 0 && strings.Contains(arn, ":assumed-role/") {
		return arn[:at]
	}
	return arn
}

// trailComplete: every call that the drill made is in the audit trail of the
// Region it went to.
func trailComplete(r *Run, _ runbook.CheckWith) answer {
	missing, why := r.missing()
	switch {
	case missing > 0 && why == "":
		return fail(r.gaps(), "%d of %s that were answered are missing from the trails", missing, count(r.answered(), "call"))
	case why != "":
		return unknown("%s", why)
	case r.answered() == 0:
		return unknown("no call was answered")
	}
	return pass("each of %s that were answered is in the trail of its Region", count(r.answered(), "call"))
}

// answered is how many calls of the history the service said yes to.
func (r *Run) answered() (n int64) {
	for _, o := range r.seen.routes {
		n += o.ok
	}
	return n
}

// missing counts the answered calls that the trails do not hold, call for call
// by Region, caller's Region and operation. It says why nothing can be said
// when a trail was not read, or may still grow.
func (r *Run) missing() (n int64, why string) {
	read := map[string]bool{}
	for _, t := range r.trails {
		if t.Unread != "" {
			return 0, fmt.Sprintf("the trail of %s could not be read: %s", t.Region, t.Unread)
		}
		read[t.Region] = true
	}
	for _, at := range sortedRoutes(r.seen.routes) {
		if r.seen.routes[at].ok > 0 && !read[at.to] {
			return 0, fmt.Sprintf("the trail of %s was not read", at.to)
		}
	}
	for _, g := range r.missingBy() {
		n += g.missing
	}
	if n > 0 {
		for _, t := range r.trails {
			if !t.Settled {
				return n, fmt.Sprintf("%s not in the trails yet, which may still grow", count(n, "call"))
			}
		}
	}
	return n, ""
}

type gap struct {
	route
	missing int64
}

// missingBy holds history and trails against one another.
func (r *Run) missingBy() (gaps []gap) {
	told, untold := map[route]int64{}, map[route]int64{}
	for _, t := range r.trails {
		for _, row := range t.Rows {
			if row.Caller == "" {
				untold[route{to: t.Region, op: row.Op}] += int64(row.Count - row.Failed)
			} else {
				told[route{row.Caller, t.Region, row.Op}] += int64(row.Count - row.Failed)
			}
		}
	}
	for _, at := range sortedRoutes(r.seen.routes) {
		short := r.seen.routes[at].ok - told[at]
		rest := route{to: at.to, op: at.op} // records that do not tell where the caller was
		used := min(max(short, 0), untold[rest])
		untold[rest] -= used
		if short -= used; short > 0 {
			gaps = append(gaps, gap{at, short})
		}
	}
	return gaps
}

func (r *Run) gaps() (lines []string) {
	for _, g := range r.missingBy() {
		lines = append(lines, fmt.Sprintf("trail of %s: %s from %s is missing %s", g.to, g.op, g.from, count(g.missing, "record")))
	}
	return lines
}
