package sim

import (
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/datadriven"
)

// worldCommands are those about the world itself: faults, trails, repetition.
func worldCommands() map[string]command {
	return map[string]command{
		"fault": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			f := Fault{Name: o.at(0), Kind: FaultKind(o.at(1)), Looks: o.named["looks"], AtMost: time.Hour}
			if v := o.named["in"]; v != "" {
				f.In = strings.Split(v, ",")
			}
			for _, p := range strings.Split(o.named["planes"], ",") {
				if p != "" {
					f.Planes = append(f.Planes, Plane(p))
				}
			}
			if v := o.named["at-most"]; v != "" {
				f.AtMost, _ = time.ParseDuration(v)
			}
			if v := o.named["by"]; v != "" {
				f.By, _ = time.ParseDuration(v)
			}
			if o.named["key"] != "" {
				f.Key = *o.key(s)
			}
			return "", s.w.StartFault(f)
		},
		"role": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			r, err := s.w.ServiceRole(s.call(o.at(0)), ServiceRoleName)
			if err != nil {
				return "", err
			}
			return r.ARN + " of " + s.in(&r.Created), nil
		},
		"delete-role": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			task, err := s.w.DeleteServiceRole(s.call(o.at(0)), ServiceRoleName)
			s.tokens["task"] = task
			return "", err
		},
		"role-deletion": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			d, err := s.w.ServiceRoleDeletion(s.call(o.at(0)), s.tokens["task"])
			if err != nil {
				return "", err
			}
			return fmt.Sprint(d.Status, " ", d.Reason, d.Usage), nil
		},
		"stop-fault": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			return "", s.w.StopFault(o.at(0))
		},
		"faults": func(s *story, _ options, _ *datadriven.TestData) (string, error) {
			var names []string
			for _, f := range s.w.Faults() {
				names = append(names, f.Name)
			}
			return "active: " + strings.Join(names, " "), nil
		},
		"trail": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			var lines []string
			for _, e := range s.w.Trail(o.at(0), time.Time{}, time.Time{}) {
				if o.at(1) != "" && !strings.Contains(o.at(1), e.Op) {
					continue
				}
				lines = append(lines, strings.TrimRight(fmt.Sprintf("%s %s from %q by %s %s", e.Op, e.Key, e.CallerRegion, e.Principal, e.Code), " "))
			}
			return strings.Join(lines, "\n"), nil
		},
		"times": func(s *story, o options, d *datadriven.TestData) (string, error) {
			// times N: how often a command succeeds, and what it fails with.
			n := int(*o.number("n"))
			line := strings.Fields(d.Input)
			inner := &datadriven.TestData{Cmd: line[0]}
			for _, word := range line[1:] {
				k, v, ok := strings.Cut(word, "=")
				arg := datadriven.CmdArg{Key: k}
				if ok {
					arg.Vals = []string{v}
				}
				inner.CmdArgs = append(inner.CmdArgs, arg)
			}
			for i := range n {
				if _, err := commands()[inner.Cmd](s, optionsOf(inner), inner); err != nil {
					return fmt.Sprintf("%d times, then %s", i, err), nil
				}
			}
			return fmt.Sprintf("%d times", n), nil
		},
	}
}
