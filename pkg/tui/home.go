package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
)

// HomeData is what the first screen offers.
type HomeData struct {
	Where   string // which world this is, in words
	Version string
	Live    bool // it is AWS
	Drills  []HomeDrill
	Runs    []HomeRun // newest first
	// Keys lists the key sets; it is called once, beside the screen.
	Keys func(context.Context) ([]HomeKey, error)
}

// HomeDrill is a runbook to choose.
type HomeDrill struct {
	Name, About string
	Steps       int
}

// HomeRun is a run that can be watched again.
type HomeRun struct {
	Dir, Runbook, Headline string
	Verdict                journal.Verdict // empty when it did not end
	When                   time.Time
}

// HomeKey is a key set.
type HomeKey struct {
	Name, ID, Primary, State string
	Regions                  []string
}

// Choice is what the user chose on the first screen.
type Choice struct {
	Do   ChoiceKind
	Name string // of the drill, the run's folder or the key's id
}

// ChoiceKind is a kind of choice.
type ChoiceKind int

// The choices.
const (
	ChooseLeave ChoiceKind = iota
	ChooseRun
	ChoosePlan
	ChooseReplay
	ChooseKey
)

// Home shows the first screen and returns what was chosen there.
func Home(ctx context.Context, o Options, d HomeData) (Choice, error) {
	h, err := newHome(ctx, o, d)
	if err != nil {
		return Choice{}, err
	}
	p := tea.NewProgram(h, tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithAltScreen(), tea.WithFPS(15), tea.WithoutSignalHandler())
	stop := context.AfterFunc(ctx, p.Quit)
	defer stop()
	final, err := p.Run()
	if err != nil {
		return Choice{}, leaveError(err)
	}
	if h, ok := final.(home); ok {
		return h.choice, nil
	}
	return Choice{}, nil
}

// home is the model of the first screen: three lists, one of them in use.
type home struct {
	ctx   context.Context //nolint:containedctx // a tea.Cmd has no other way to it
	data  HomeData
	keys  KeyMap
	theme theme

	loaded        bool
	found         []HomeKey
	failed        error
	pane          int
	at            [3]int
	width, height int
	choice        Choice
	helping       bool
	left          bool
}

func newHome(ctx context.Context, o Options, d HomeData) (home, error) {
	keys, err := NewKeyMap(o.Keys)
	if err != nil {
		return home{}, err
	}
	return home{ctx: ctx, data: d, keys: keys, theme: newTheme(o.Out, o.NoColor, o.ASCII), width: 80, height: 24, pane: 1}, nil
}

type keysMsg struct {
	keys []HomeKey
	err  error
}

// Init asks for the keys, which may take a while.
func (h home) Init() tea.Cmd {
	return func() tea.Msg {
		if h.data.Keys == nil {
			return keysMsg{}
		}
		keys, err := h.data.Keys(h.ctx)
		return keysMsg{keys, err}
	}
}

// Update routes a message.
func (h home) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		h.width, h.height = msg.Width, msg.Height
	case keysMsg:
		h.loaded, h.found, h.failed = true, msg.keys, msg.err
	case tea.KeyMsg:
		return h.press(msg)
	}
	return h, nil
}

func (h home) press(k tea.KeyMsg) (tea.Model, tea.Cmd) {
	if h.helping {
		h.helping = false
		return h, nil
	}
	switch {
	case key.Matches(k, h.keys.Leave), key.Matches(k, h.keys.Stop):
		return h.choose(Choice{})
	case key.Matches(k, h.keys.Help):
		h.helping = true
	case key.Matches(k, h.keys.Next, h.keys.Forward):
		h.pane = (h.pane + 1) % 3
	case key.Matches(k, h.keys.Previous, h.keys.Backward):
		h.pane = (h.pane + 2) % 3
	case k.String() == "1", k.String() == "2", k.String() == "3":
		h.pane = int(k.String()[0] - '1')
	case key.Matches(k, h.keys.Up):
		h.at[h.pane] = max(h.at[h.pane]-1, 0)
	case key.Matches(k, h.keys.Down):
		h.at[h.pane] = min(h.at[h.pane]+1, max(h.length(h.pane)-1, 0))
	case key.Matches(k, h.keys.Play) && h.pane == 1 && h.length(1) > 0:
		return h.choose(Choice{ChoosePlan, h.data.Drills[h.at[1]].Name})
	case key.Matches(k, h.keys.Inspect), key.Matches(k, h.keys.Result):
		return h.open()
	}
	return h, nil
}

func (h home) choose(c Choice) (tea.Model, tea.Cmd) {
	h.choice, h.left = c, true
	return h, tea.Quit
}

// open chooses what the cursor is on.
func (h home) open() (tea.Model, tea.Cmd) {
	at := h.at[h.pane]
	if at >= h.length(h.pane) {
		return h, nil
	}
	switch h.pane {
	case 0:
		return h.choose(Choice{ChooseKey, h.found[at].ID})
	case 1:
		return h.choose(Choice{ChooseRun, h.data.Drills[at].Name})
	default:
		return h.choose(Choice{ChooseReplay, h.data.Runs[at].Dir})
	}
}

func (h home) length(pane int) int {
	return [3]int{len(h.found), len(h.data.Drills), len(h.data.Runs)}[pane]
}

// View draws the three lists, beside one another where there is room.
func (h home) View() string {
	t := h.theme
	if h.left {
		return ""
	}
	if h.width < tinyColumns || h.height < tinyRows {
		return t.fit("terminal too small", h.width)
	}
	where := h.data.Where
	if h.data.Live {
		where = t.alarm.Render(" " + clean(where) + " ")
	}
	rows := []string{t.spread(" "+t.strong.Render("mrkctl")+" "+t.cursor+" home", where+"   "+clean(h.data.Version)+" ", h.width)}
	rows = append(rows, h.body(h.height-2)...)
	for len(rows) < h.height-1 {
		rows = append(rows, "")
	}
	for i := range rows {
		rows[i] = t.fit(rows[i], h.width)
	}
	return strings.Join(append(rows[:h.height-1], h.footer()), "\n")
}

func (h home) body(height int) []string {
	if h.helping {
		return h.theme.box("Keys", []string{
			"enter  run the drill, watch the run again, look at the key", "p      show the plan of a drill",
			"tab    next list; 1 2 3 go straight to one", "up down j k   move", "q      leave",
		}, h.width, min(8, height))
	}
	if h.width < narrowBelow {
		return h.list(h.pane, h.width, height)
	}
	left := h.width / 2
	upper := height / 2
	column := append(h.list(0, left, upper), h.list(2, left, height-upper)...)
	return beside(column, h.list(1, h.width-left, height))
}

// list draws one of the lists with its cursor in sight.
func (h home) list(pane, width, height int) []string {
	t := h.theme
	names := [3]string{"1 Keys", "2 Drills", "3 Recent runs"}
	title := names[pane]
	if pane == h.pane {
		title = t.strong.Render(t.cursor + " " + title)
	}
	rows := make([]string, 0, h.length(pane))
	for i := range h.length(pane) {
		pointer := "  "
		if i == h.at[pane] && pane == h.pane {
			pointer = t.cursor + " "
		}
		rows = append(rows, pointer+h.row(pane, i, width-6))
	}
	if len(rows) == 0 {
		rows = []string{"  " + t.faint.Render(h.nothing(pane))}
	}
	room := height - 2
	var about []string
	if pane == 1 && h.length(1) > 0 && room > 10 {
		about = t.wrap(h.data.Drills[h.at[1]].About, width-6)
		about = about[:min(len(about), 5)]
		room -= 6
	}
	rows = around(rows, h.at[pane], room)
	if len(about) > 0 {
		for len(rows) <= room {
			rows = append(rows, "")
		}
		for _, line := range about {
			rows = append(rows, "  "+t.faint.Render(line))
		}
	}
	return t.box(title, rows, width, height)
}

func (h home) row(pane, i, width int) string {
	t := h.theme
	switch pane {
	case 0:
		k := h.found[i]
		symbol, look := t.enabled, t.good
		if k.State != "Enabled" {
			symbol, look = t.warn, t.doubt
		}
		return t.spread(clean(orElse(k.Name, k.ID)), fmt.Sprintf("%d Regions ", len(k.Regions))+look.Render(symbol+" "+clean(k.State)), width)
	case 1:
		d := h.data.Drills[i]
		return t.spread(clean(d.Name), fmt.Sprintf("%d steps", d.Steps), width)
	default:
		r := h.data.Runs[i]
		symbol, look := t.verdict(r.Verdict)
		return t.spread(look.Render(symbol+" "+verdictWord(r.Verdict))+"  "+clean(r.Runbook), r.When.Format("2006-01-02 15:04"), width)
	}
}

// nothing says why a list is empty.
func (h home) nothing(pane int) string {
	switch {
	case pane == 0 && !h.loaded:
		return "looking ..."
	case pane == 0 && h.failed != nil:
		return clean(h.failed.Error())
	case pane == 0:
		return "none yet; mrkctl key create makes one"
	case pane == 2:
		return "none yet; enter on a drill runs it"
	}
	return "none"
}

func (h home) footer() string {
	t := h.theme
	open := [3]string{"look at it", "run it", "watch it again"}[h.pane]
	line := ""
	for _, item := range [][2]string{{"enter", open}, {"tab", "next list"}, {"p", "plan"}, {"?", "help"}, {"q", "leave"}} {
		if item[0] == "p" && h.pane != 1 {
			continue
		}
		line += " " + t.strong.Render(item[0]) + " " + item[1] + " "
	}
	return t.fit(line, h.width)
}
