package runbook

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// reference is the one template form of a runbook. $$ stands for a dollar. A
// name is as long as it can be: in $home-data that is home-data if there is such
// a var, else home.
var reference = pattern(`\$(\$|[a-z][a-z0-9_-]*)`)

// varName is a name that a reference can carry.
var varName = pattern(`^[a-z][a-z0-9_-]*$`)

// readVars reads vars before all else, since everything may refer to them. A
// var may refer to those above it.
func (r *reader) readVars(root *ast.MappingNode, override map[string]string) {
	r.vars, r.varFrom = map[string]string{}, map[string]string{}
	at := Position{1, 1}
	for _, entry := range root.Values {
		if key, ok := scalarKey(entry); !ok || key != "vars" {
			continue
		}
		at = position(entry.Key)
		m, ok := mapping(entry.Value)
		if !ok {
			continue // reported when the field itself is read
		}
		for _, v := range m.Values {
			name, ok := scalarKey(v)
			if !ok {
				continue
			}
			if !varName().MatchString(name) || slices.Contains(r.late, name) {
				r.problem(position(v.Key), fmt.Sprintf("%q cannot name a var", name), "a lower case letter, then letters, digits, - and _; $run and $account are given by the run", "")
				r.spoilt = append(r.spoilt, name)
				continue
			}
			text, ok := scalarText(v.Value)
			if !ok {
				r.spoilt = append(r.spoilt, name) // reported once, where it is
				continue
			}
			r.varFrom[name] = fmt.Sprintf("line %d", position(v.Value).Line)
			if o, has := override[name]; has {
				text, r.varFrom[name] = o, "--set"
			} else {
				text, _ = r.replace(text, position(v.Value))
			}
			r.vars[name] = text
		}
	}
	known := slices.Sorted(maps.Keys(r.vars))
	for _, name := range slices.Sorted(maps.Keys(override)) {
		if !slices.Contains(known, name) {
			r.problem(at, fmt.Sprintf("--set %s: the runbook has no var of that name", name), wantedVars(known), nearest(name, known))
		}
	}
}

func scalarKey(entry *ast.MappingValueNode) (string, bool) {
	if k, ok := entry.Key.(*ast.StringNode); ok {
		return k.Value, true
	}
	return "", false
}

func wantedVars(known []string) string {
	if len(known) == 0 {
		return "no --set: it has no vars"
	}
	return oneOf(known)
}

// collectKeeps notes the names under which steps keep results: a $name of
// theirs is replaced while the drill runs.
func (r *reader) collectKeeps(root *ast.MappingNode) {
	var steps func(ast.Node)
	steps = func(n ast.Node) {
		list, ok := n.(*ast.SequenceNode)
		if !ok {
			return
		}
		for _, one := range list.Values {
			m, ok := mapping(one)
			if !ok {
				continue
			}
			for _, entry := range m.Values {
				switch key, _ := scalarKey(entry); key {
				case "keep":
					if text, ok := scalarText(entry.Value); ok {
						r.late = append(r.late, text)
					}
				case "together":
					steps(entry.Value)
				}
			}
		}
	}
	for _, entry := range root.Values {
		if key, _ := scalarKey(entry); key == "steps" || key == "finally" {
			steps(entry.Value)
		}
	}
}

// replace puts the values of vars in the place of their names. It is not ok
// when a name has no value.
func (r *reader) replace(text string, at Position) (out string, ok bool) {
	if !strings.Contains(text, "$") {
		return text, true
	}
	ok = true
	out = reference().ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[1:]
		if name == "$" {
			return "$"
		}
		for cut := len(name); cut > 0; cut = strings.LastIndexAny(name[:cut], "-_") {
			if value, ok := r.vars[name[:cut]]; ok {
				return value + name[cut:]
			}
			if slices.Contains(r.late, name[:cut]) {
				return ref
			}
		}
		ok = false
		if slices.Contains(r.spoilt, name) {
			return ref
		}
		known := slices.Sorted(maps.Keys(r.vars))
		meant := nearest(name, known)
		if meant != "" {
			meant = "$" + meant
		}
		want := "a name from vars, or $run"
		if len(known) > 0 {
			want = "one of $" + strings.Join(known, ", $") + ", or $run"
		}
		r.problem(at, fmt.Sprintf("unknown name %s", ref), want, meant)
		return ref
	})
	return out, ok
}

// Late puts into a text what only a run can know: the id of the run, the
// account. Names that values does not have stay as they are.
func Late(text string, values map[string]string) string {
	return reference().ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[1:]
		for cut := len(name); cut > 0; cut = strings.LastIndexAny(name[:cut], "-_") {
			if v, ok := values[name[:cut]]; ok {
				return v + name[cut:]
			}
		}
		return ref
	})
}

// origin says where a text comes from that is nothing but the name of a var.
func (r *reader) origin(text string) string {
	m := reference().FindStringSubmatch(text)
	if m == nil || m[0] != text {
		return ""
	}
	from, ok := r.varFrom[m[1]]
	if !ok {
		return ""
	}
	return fmt.Sprintf(", which is $%s of %s", m[1], from)
}

// blame adds to the problems from index first on that the value came from a
// var, and keeps only the first of those that say the same: a bad var is one
// mistake, however often it is used.
func (r *reader) blame(first int, origin string) {
	if origin == "" {
		return
	}
	for i := first; i < len(r.problems); i++ {
		what := r.problems[i].What + origin
		if slices.ContainsFunc(r.problems[:i], func(p Problem) bool { return p.What == what }) {
			r.problems = slices.Delete(r.problems, i, i+1)
			i--
			continue
		}
		r.problems[i].What = what
	}
}
