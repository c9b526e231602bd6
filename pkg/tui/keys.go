package tui

import (
	"fmt"
	"maps"
	"slices"

	"github.com/charmbracelet/bubbles/key"
)

// KeyMap holds the keys of the terminal interface. The footer and the help are
// made from it, so they can't name a key that does something else.
type KeyMap struct {
	Help, Leave, Stop, Freeze, Back             key.Binding
	Lanes, Plan, Steps, Traffic, Events         key.Binding
	Calls, Members, Map, Result                 key.Binding
	Up, Down, Top, Bottom, PageUp, PageDown     key.Binding
	Next, Previous, Inspect, Filter             key.Binding
	FilterNext, Clock, Privacy, Faster, Slower  key.Binding
	Play, Forward, Backward, NextEvent, Restart key.Binding
	Approve, Refuse                             key.Binding
}

// action is a key with the name by which the configuration rebinds it.
type action struct {
	name string
	key  *key.Binding
	keys []string
	help string
}

// actions lists the keys in the order in which the help shows them.
func (k *KeyMap) actions() []action {
	return []action{
		{"help", &k.Help, []string{"?"}, "help"},
		{"leave", &k.Leave, []string{"q", "d"}, "leave the picture; a drill goes on"},
		{"stop", &k.Stop, []string{"x", "ctrl+c"}, "stop the drill"},
		{"freeze", &k.Freeze, []string{" "}, "freeze the picture; the drill goes on"},
		{"back", &k.Back, []string{"esc"}, "back"},
		{"lanes", &k.Lanes, []string{"1"}, "Regions, steps and events"},
		{"plan", &k.Plan, []string{"2"}, "plan"},
		{"steps", &k.Steps, []string{"3", "s"}, "steps in time"},
		{"traffic", &k.Traffic, []string{"4", "t"}, "traffic and latency"},
		{"events", &k.Events, []string{"5", "e"}, "events"},
		{"calls", &k.Calls, []string{"6", "a"}, "API calls of the steps"},
		{"members", &k.Members, []string{"7", "i"}, "members side by side"},
		{"map", &k.Map, []string{"8", "m"}, "map"},
		{"result", &k.Result, []string{"9", "r"}, "objectives and checks"},
		{"next", &k.Next, []string{"tab"}, "next screen"},
		{"previous", &k.Previous, []string{"shift+tab"}, "previous screen"},
		{"up", &k.Up, []string{"up", "k"}, "up"},
		{"down", &k.Down, []string{"down", "j"}, "down"},
		{"page-up", &k.PageUp, []string{"pgup", "ctrl+u"}, "page up"},
		{"page-down", &k.PageDown, []string{"pgdown", "ctrl+d"}, "page down"},
		{"top", &k.Top, []string{"g", "home"}, "to the first"},
		{"bottom", &k.Bottom, []string{"G", "end"}, "to the latest"},
		{"inspect", &k.Inspect, []string{"enter"}, "look closer"},
		{"filter", &k.Filter, []string{"/"}, "filter (!x leaves out, region:x)"},
		{"clock", &k.Clock, []string{"T"}, "time since the start, or UTC"},
		{"privacy", &k.Privacy, []string{"P"}, "hide account numbers"},
		{"faster", &k.Faster, []string{"+"}, "faster"},
		{"slower", &k.Slower, []string{"-"}, "slower"},
		{"play", &k.Play, []string{"p"}, "replay: play or pause"},
		{"forward", &k.Forward, []string{"right", "l"}, "replay: ten seconds on"},
		{"backward", &k.Backward, []string{"left", "h"}, "replay: ten seconds back"},
		{"next-event", &k.NextEvent, []string{"]"}, "replay: to the next event"},
		{"restart", &k.Restart, []string{"0"}, "replay: from the start"},
		{"approve", &k.Approve, []string{"y"}, "approve (simulator)"},
		{"refuse", &k.Refuse, []string{"ctrl+r"}, "refuse an approval"},
	}
}

// NewKeyMap returns the keys, those changed that the settings rebind by action.
// An action that does not exist and a key that would do two things are errors.
func NewKeyMap(rebind map[string]string) (KeyMap, error) {
	var k KeyMap
	taken := map[string]string{}
	known := map[string]bool{}
	for _, a := range k.actions() {
		keys := a.keys
		if own, ok := rebind[a.name]; ok {
			keys = []string{own}
		}
		known[a.name] = true
		label := keys[0]
		if label == " " {
			label = "space"
		}
		for i, name := range keys {
			if name == "space" {
				keys[i] = " "
			}
			if other, ok := taken[keys[i]]; ok {
				return k, fmt.Errorf("key %q is bound to %s and to %s", name, other, a.name)
			}
			taken[keys[i]] = a.name
		}
		*a.key = key.NewBinding(key.WithKeys(keys...), key.WithHelp(label, a.help))
	}
	for _, name := range slices.Sorted(maps.Keys(rebind)) {
		if !known[name] {
			return k, fmt.Errorf("no action of the terminal interface is called %q", name)
		}
	}
	return k, nil
}
