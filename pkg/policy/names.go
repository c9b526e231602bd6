package policy

import (
	"maps"
	"slices"
	"strings"
)

// Names says how values that belong to a Region are read. The zero value knows
// the Regions' own names and their usual short forms.
type Names struct {
	// Regions adds to what is known of Regions.
	Regions map[string]Tokens
	// Classes are principals that stand for each other, one a Region. They win
	// over what the names look like.
	Classes []NameClass
	// Global are ARNs, with wildcards, of principals that are the same
	// everywhere whatever their names look like.
	Global []string
}

// Tokens are the words by which names tell of a Region.
type Tokens struct {
	Geo       string   // such as eu
	Short     string   // such as euw1
	Endpoints []string // ids of VPC endpoints there, such as vpce-0aa
	Networks  []string // ids of VPCs there
}

// NameClass is a principal that has another ARN in each Region.
type NameClass struct {
	Name string
	In   map[string]string // Region to ARN
}

// The words that stand for a member's own Region, and how a sibling's is written.
const (
	ownRegion     = "<region>"
	siblingPrefix = "<member "
)

// regionText replaces whole Region names in a text that is about Regions by
// its syntax: the member's own, and those of its siblings.
func regionText(text, own string, all []string) string {
	for _, r := range all {
		word := siblingPrefix + r + ">"
		if r == own {
			word = ownRegion
		}
		text = replaceToken(text, r, word)
	}
	return text
}

// arnRegion replaces the Region of an ARN and leaves the rest.
func arnRegion(text, own string, all []string) string {
	part := strings.SplitN(text, ":", 6)
	if len(part) != 6 || part[0] != "arn" {
		return text
	}
	part[3] = regionText(part[3], own, all)
	return strings.Join(part, ":")
}

// replaceToken replaces a word where it stands between characters that are
// neither letters nor digits.
func replaceToken(text, word, by string) string {
	if word == "" || !strings.Contains(text, word) {
		return text
	}
	var b strings.Builder
	for {
		at := strings.Index(text, word)
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := at + len(word)
		bounded := (at == 0 || !alphanumeric(text[at-1])) && (end == len(text) || !alphanumeric(text[end]))
		b.WriteString(text[:at])
		if bounded {
			b.WriteString(by)
		} else {
			b.WriteString(word)
		}
		text = text[end:]
	}
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// vocabulary lists the words for a Region in names of principals, with what
// they stand for, the longest first.
func (n Names) vocabulary(region string) [][2]string {
	words := map[string]string{region: ownRegion, strings.ReplaceAll(region, "-", ""): "<regionname>"}
	parts := strings.Split(region, "-")
	if len(parts) >= 3 {
		geo, direction, number := strings.Join(parts[:len(parts)-2], ""), parts[len(parts)-2], parts[len(parts)-1]
		initials := ""
		for _, d := range []string{"north", "south", "east", "west", "central"} {
			if strings.Contains(direction, d) {
				initials += d[:1]
			}
		}
		words[geo+initials+number] = "<short>"
		words[geo[:1]+initials+number] = "<shorter>"
	}
	t := n.Regions[region]
	if t.Short != "" {
		words[t.Short] = "<short>"
	}
	if t.Geo != "" {
		words[t.Geo] = "<geo>"
	}
	list := make([][2]string, 0, len(words))
	for _, w := range slices.Sorted(maps.Keys(words)) {
		list = append(list, [2]string{w, words[w]})
	}
	slices.SortStableFunc(list, func(a, b [2]string) int { return len(b[0]) - len(a[0]) })
	return list
}

// classText is a principal's ARN with a Region's words replaced by what they
// stand for; the same text when it has none. Only the name of a role or user is
// looked at: neither the path of a role of IAM Identity Center, which names that
// service's home Region, nor a service-linked role.
func (n Names) classText(arn, region string) string {
	kind := strings.Index(arn, ":role/")
	if user := strings.Index(arn, ":user/"); kind < 0 {
		kind = user
	}
	if kind < 0 || strings.Contains(arn, "/aws-service-role/") {
		return arn
	}
	from := kind
	if strings.Contains(arn, "/aws-reserved/") {
		from = strings.LastIndexByte(arn, '/')
	}
	name := arn[from:]
	for _, w := range n.vocabulary(region) {
		name = replaceToken(name, w[0], w[1])
	}
	return arn[:from] + name
}

// regionLike says whether a principal's name holds a word for one of some Regions.
func (n Names) regionLike(arn string, regions []string) bool {
	return slices.ContainsFunc(regions, func(r string) bool { return n.classText(arn, r) != arn })
}

func (n Names) global(arn string) bool {
	return slices.ContainsFunc(n.Global, func(p string) bool { return Matches(p, arn) })
}

// networkText is the common word for a network or endpoint of a Region.
func (n Names) networkText(id, region string) string {
	t := n.Regions[region]
	switch {
	case slices.Contains(t.Endpoints, id):
		return "<endpoint of the Region>"
	case slices.Contains(t.Networks, id):
		return "<network of the Region>"
	}
	return id
}
