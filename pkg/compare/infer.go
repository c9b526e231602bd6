package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// Inferred is a class of principals that were taken to stand for each other.
type Inferred struct {
	policy.NameClass
	Why string // the evidence, in words
}

// Regions are those in which the class has an instance, sorted.
func (i Inferred) Regions() []string { return slices.Sorted(maps.Keys(i.In)) }

// Infer lists the principals of a key set that are read as counterparts because
// of their names, for an operator to review and write down.
func Infer(set mrk.KeySet, s Settings) []Inferred {
	s.Matrix = MatrixNone
	c := begin(set, set.Members[0].Created, s)
	c.run()
	var out []Inferred
	if c.judge == nil {
		return out
	}
	for _, class := range c.judge.Classes() {
		if !class.Named() || class.Service || !strings.Contains(class.Name, "<") {
			continue
		}
		i := Inferred{NameClass: policy.NameClass{Name: className(class.Name), In: map[string]string{}}}
		for k, m := range c.judged {
			if c.judge.Names(k, class) {
				i.In[m.Region] = c.judge.Instance(k, class)
			}
		}
		if len(i.In) < 2 {
			continue
		}
		i.Why = fmt.Sprintf("the names differ by the Region's alone: %s", class.Name[strings.LastIndexByte(class.Name, '/')+1:])
		out = append(out, i)
	}
	return out
}

// className is a class's name without what stands for the Region.
func className(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	for {
		open, end := strings.IndexByte(name, '<'), strings.IndexByte(name, '>')
		if open < 0 || end < open {
			return strings.Trim(strings.ReplaceAll(name, "--", "-"), "-_.")
		}
		name = name[:open] + name[end+1:]
	}
}
