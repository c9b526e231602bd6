package report

import (
	"fmt"
	"time"
)

// moveView is where the time of one accepted promotion went, as drawn.
type moveView struct {
	ID     string
	Label  string
	Width  float64
	Height float64
	Bars   []rect
	Total  string
	TotalX float64
	Desc   string
}

const moveHeight = 26

// drawPromotions draws the accepted promotions of which the end was seen, all
// to one scale: what people took, the call, and until every member was Enabled.
func (m *Model) drawPromotions() []moveView {
	parts := func(move Move) []struct {
		took        time.Duration
		name, class string
	} {
		var people time.Duration
		if move.Approval != nil {
			people = time.Duration(*move.Approval)
		}
		return []struct {
			took        time.Duration
			name, class string
		}{{people, "people agree", "part people"}, {time.Duration(move.Took), "call", "part call"}, {time.Duration(*move.Settled), "Updating", "part updating"}}
	}
	longest := time.Duration(1)
	var moves []Move
	for _, move := range m.Recovery.Moves {
		if move.Outcome != "ok" || move.Settled == nil {
			continue
		}
		moves = append(moves, move)
		total := time.Duration(0)
		for _, p := range parts(move) {
			total += p.took
		}
		longest = max(longest, total)
	}
	var views []moveView
	for i, move := range moves {
		v := moveView{ID: fmt.Sprintf("move-%d", i), Label: orDash(move.To), Width: drawWidth, Height: moveHeight + 4}
		x, total := float64(drawLeft), time.Duration(0)
		for _, p := range parts(move) {
			if p.took == 0 {
				continue
			}
			w := max(float64(drawWidth-drawLeft-80)*float64(p.took)/float64(longest), 2)
			bar := rect{X: x, Y: 2, W: w, H: moveHeight, Class: p.class, Text: p.name + " " + span(p.took), Title: p.name + " " + span(p.took)}
			if float64(len(bar.Text))*charWidth > w-8 {
				bar.Text = ""
			}
			v.Bars = append(v.Bars, bar)
			v.Desc += bar.Title + "; "
			x += w
			total += p.took
		}
		v.Total, v.TotalX = span(total), x+8
		v.Desc += "together " + v.Total
		views = append(views, v)
	}
	return views
}
