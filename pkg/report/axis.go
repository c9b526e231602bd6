package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// axis maps time to the width of a drawing. A long stretch in which nothing
// happened, such as the waiting days of a deletion, is cut to a short one.
type axis struct {
	start  time.Time
	zero   time.Duration // from the moment that labels count from to the start
	pieces []axisPiece
}

// axisPiece is a stretch of an axis on which time runs evenly.
type axisPiece struct {
	from, to time.Duration // from the axis's start
	x0, x1   float64
	cut      bool
}

// axisCut is how wide a stretch is drawn that was cut.
const axisCut = 34

// newAxis makes an axis over x0 to x1 for the given moments, the first and last
// of which are its ends. Nothing is cut between the two moments of a busy span.
func newAxis(moments []time.Time, busy [][2]time.Time, x0, x1 float64) axis {
	moments = slices.Clone(moments)
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	a := axis{start: moments[0]}
	last := moments[len(moments)-1]
	if !last.After(a.start) {
		last = a.start.Add(time.Second)
	}
	cuts := quiet(moments, busy, last.Sub(a.start))
	rest := last.Sub(a.start)
	for _, c := range cuts {
		rest -= c[1] - c[0]
	}
	scale := (x1 - x0 - float64(len(cuts))*axisCut) / float64(rest)
	at, x := time.Duration(0), x0
	even := func(to time.Duration) {
		if to > at {
			next := x + float64(to-at)*scale
			a.pieces = append(a.pieces, axisPiece{at, to, x, next, false})
			at, x = to, next
		}
	}
	for _, c := range cuts {
		even(c[0])
		a.pieces = append(a.pieces, axisPiece{c[0], c[1], x, x + axisCut, true})
		at, x = c[1], x+axisCut
	}
	even(last.Sub(a.start))
	return a
}

// quiet finds the stretches to cut: each four times as long as all the rest
// together.
func quiet(moments []time.Time, busy [][2]time.Time, whole time.Duration) [][2]time.Duration {
	var gaps [][2]time.Duration
	for i := 1; i < len(moments); i++ {
		from, to := moments[i-1], moments[i]
		inBusy := slices.ContainsFunc(busy, func(b [2]time.Time) bool { return from.Before(b[1]) && b[0].Before(to) })
		if !inBusy && to.Sub(from) > 10*time.Minute {
			gaps = append(gaps, [2]time.Duration{from.Sub(moments[0]), to.Sub(moments[0])})
		}
	}
	length := func(g [2]time.Duration) time.Duration { return g[1] - g[0] }
	slices.SortFunc(gaps, func(a, b [2]time.Duration) int { return cmp.Compare(length(b), length(a)) })
	var cuts [][2]time.Duration
	for _, g := range gaps {
		whole -= length(g)
		if length(g) < 4*whole || whole < time.Second {
			break
		}
		cuts = append(cuts, g)
	}
	slices.SortFunc(cuts, func(a, b [2]time.Duration) int { return cmp.Compare(a[0], b[0]) })
	return cuts
}

// x is where a moment is drawn. One outside the axis is drawn at its end.
func (a axis) x(at time.Time) float64 {
	d := at.Sub(a.start)
	for _, p := range a.pieces {
		if d <= p.to {
			return p.x0 + (p.x1-p.x0)*float64(max(d-p.from, 0))/float64(p.to-p.from)
		}
	}
	return a.pieces[len(a.pieces)-1].x1
}

// tick is a mark on an axis.
type tick struct {
	X      float64
	Label  string
	Anchor string // middle, or end where the drawing ends
}

// mostTicks is about how many marks an axis has.
const mostTicks = 10

// ticks are marks at round distances from the moment that labels count from.
func (a axis) ticks() []tick {
	even := time.Duration(0)
	for _, p := range a.pieces {
		if !p.cut {
			even += p.to - p.from
		}
	}
	step := bucketLength(even, mostTicks)
	next := func(from time.Duration) time.Duration { // the next round distance from zero
		return (from+a.zero+step-1)/step*step - a.zero
	}
	var all []tick
	for i, p := range a.pieces {
		if p.cut {
			continue
		}
		first := next(p.from)
		if i > 0 { // after a cut: where it goes on
			all = append(all, a.tick(p.x0, p.from))
		}
		for i := range (p.to-first)/step + 1 {
			d := first + i*step
			if d > p.to {
				break
			}
			x := a.x(a.start.Add(d))
			next := a.tick(x, d)
			if n := len(all); n == 0 || next.left() > all[n-1].right()+8 {
				all = append(all, next)
			}
		}
	}
	return all
}

// tick is a mark whose label stays inside the drawing.
func (a axis) tick(x float64, d time.Duration) tick {
	t := tick{x, tickLabel(d + a.zero), "middle"}
	if end := a.pieces[len(a.pieces)-1].x1; x+float64(len(t.Label))*charWidth/2 > end {
		t.X, t.Anchor = end, "end"
	}
	return t
}

// left and right are where the label begins and ends.
func (t tick) left() float64 {
	if t.Anchor == "end" {
		return t.X - float64(len(t.Label))*charWidth
	}
	return t.X - float64(len(t.Label))*charWidth/2
}

func (t tick) right() float64 { return t.left() + float64(len(t.Label))*charWidth }

// cuts are the stretches that were cut.
func (a axis) cuts() []axisPiece {
	return slices.DeleteFunc(slices.Clone(a.pieces), func(p axisPiece) bool { return !p.cut })
}

func tickLabel(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d:%02d", d/time.Minute, d%time.Minute/time.Second)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d:%02d:%02d", d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	default:
		return fmt.Sprintf("%d d %d:%02d", d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute)
	}
}
