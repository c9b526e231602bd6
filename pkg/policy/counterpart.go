package policy

import (
	"maps"
	"slices"
	"strings"
)

// IAM is global, so that a Region in the name of a role is a convention and no
// more. A name is read as "the one of this Region" only when another member's
// policy names its counterpart; then a name of the wrong Region is a stranger.

// reading is how the names of principals are read, member by member.
type reading []map[string]string

func (r reading) principal(i int, name string) string {
	if word, ok := r[i][name]; ok {
		return word
	}
	return name
}

// readNames decides how every principal that is named is read.
func (j *Judgement) readNames() reading {
	named := make([]map[string]bool, len(j.subjects))
	for i, s := range j.subjects {
		named[i] = map[string]bool{}
		for _, st := range append(slices.Clone(s.Document.Statements), s.Grants...) {
			for _, name := range st.arns() {
				named[i][name] = true
			}
		}
	}
	read := make(reading, len(j.subjects))
	members := j.counterparts(named)
	for i := range j.subjects {
		read[i] = map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(named[i])) {
			read[i][name] = j.wordFor(i, name, members)
		}
	}
	j.strangers(named, members)
	return read
}

// arns are the principals that a statement names, in its conditions too.
func (s *Statement) arns() []string {
	var out []string
	for _, p := range append(slices.Clone(s.Principals), s.NotPrincipals...) {
		if p.Kind == "AWS" {
			out = append(out, p.Name)
		}
	}
	for _, c := range s.Conditions {
		switch strings.ToLower(c.Key) {
		case "aws:principalarn", "kms:granteeprincipal", "kms:retiringprincipal":
			out = append(out, c.Values...)
		}
	}
	return out
}

// counterparts maps the text of each class of names to the members of which
// the policy names their own instance.
func (j *Judgement) counterparts(named []map[string]bool) map[string]map[int]bool {
	classes := map[string]map[int]bool{}
	for i, s := range j.subjects {
		for name := range named[i] {
			if text := j.names.classText(name, s.Region); text != name && !j.names.global(name) {
				if classes[text] == nil {
					classes[text] = map[int]bool{}
				}
				classes[text][i] = true
			}
		}
	}
	// Where every member names every instance, the names need no translation:
	// each is one principal with the same rights everywhere.
	for text := range classes {
		if j.allNameAll(named, text) {
			delete(classes, text)
		}
	}
	return classes
}

func (j *Judgement) allNameAll(named []map[string]bool, text string) bool {
	instances := make([][]string, len(j.subjects))
	for i := range j.subjects {
		for name := range named[i] {
			if slices.ContainsFunc(j.regions, func(r string) bool { return j.names.classText(name, r) == text }) {
				instances[i] = append(instances[i], name)
			}
		}
		slices.Sort(instances[i])
	}
	return len(instances) > 1 && !slices.ContainsFunc(instances, func(some []string) bool { return !slices.Equal(some, instances[0]) })
}

// wordFor is how a name reads in a member's policy: as its class when it is the
// member's own instance of one, else as it is.
func (j *Judgement) wordFor(i int, name string, classes map[string]map[int]bool) string {
	for _, c := range j.names.Classes {
		if c.In[j.subjects[i].Region] == name {
			head, _, ok := strings.Cut(name, "/")
			if !ok {
				return "<" + c.Name + ">"
			}
			return head + "/<" + c.Name + ">"
		}
	}
	if j.names.global(name) {
		return name
	}
	if text := j.names.classText(name, j.subjects[i].Region); text != name && len(classes[text]) > 1 {
		return text
	}
	return name
}

// strangers notes the names that belong to another Region, and those that look
// as if they belonged to one and have no counterpart.
func (j *Judgement) strangers(named []map[string]bool, classes map[string]map[int]bool) {
	for i, s := range j.subjects {
		for _, name := range slices.Sorted(maps.Keys(named[i])) {
			if j.names.global(name) || strings.ContainsAny(name, "*?$") {
				continue
			}
			of, known := j.home(i, name, classes)
			switch {
			case of != "" && of != s.Region:
				j.Strangers = append(j.Strangers, Stranger{s.Region, name, of})
			case !known && len(j.subjects) > 1 && j.names.regionLike(name, j.regions) && !j.everywhere(named, name):
				j.Unmapped = append(j.Unmapped, Stranger{Region: s.Region, Principal: name})
			}
		}
	}
}

// home is the Region whose instance of a class a name is, and whether it is
// any's.
func (j *Judgement) home(i int, name string, classes map[string]map[int]bool) (region string, known bool) {
	for _, c := range j.names.Classes {
		if c.In[j.subjects[i].Region] == name {
			return j.subjects[i].Region, true
		}
		for _, r := range slices.Sorted(maps.Keys(c.In)) {
			if c.In[r] == name {
				return r, true
			}
		}
	}
	if text := j.names.classText(name, j.subjects[i].Region); text != name && len(classes[text]) > 1 {
		return j.subjects[i].Region, true
	}
	for k, r := range j.regions {
		if text := j.names.classText(name, r); text != name && len(classes[text]) > 1 && classes[text][k] {
			return r, true
		}
	}
	return "", false
}

func (j *Judgement) everywhere(named []map[string]bool, name string) bool {
	return !slices.ContainsFunc(named, func(names map[string]bool) bool { return !names[name] })
}

// Counterpart is the name that another member's policy has for the class of a
// name; the name itself where it has none.
func (j *Judgement) Counterpart(from, to int, name string) string {
	word := j.read.principal(from, name)
	if word == name {
		return name
	}
	for _, other := range slices.Sorted(maps.Keys(j.read[to])) {
		if j.read[to][other] == word {
			return other
		}
	}
	return name
}
