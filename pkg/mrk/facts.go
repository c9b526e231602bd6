package mrk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Facts that plans rest on. Each is a short text that is equal as long as the
// thing has not changed in a way that matters.
const (
	factMember   = "member"   // role, state, primary and key material
	factPolicy   = "policy"   // hash of the document
	factTags     = "tags"     // hash
	factGrants   = "grants"   // hash
	factRotation = "rotation" // on or off, and the period
)

// none is the fact that something is not there.
const none = "none"

// memberFacts are the facts of a set's members that were read; what selects them.
func (k KeySet) memberFacts(what ...string) []Fact {
	var facts []Fact
	for _, m := range k.Members {
		for _, w := range what {
			facts = append(facts, Fact{Region: m.Region, What: w, Was: m.fact(w)})
		}
	}
	return facts
}

// fact is one fact about a member. An alias is a fact of its Region instead.
func (m Member) fact(what string) string {
	switch {
	case m.Missing:
		return none
	case m.Unreachable != nil:
		return "unreachable"
	}
	switch what {
	case factMember:
		return strings.Join([]string{m.Words(), "primary", m.PrimaryRegion, "material", short(m.Material)}, " ")
	case factPolicy:
		return m.PolicySHA
	case factTags:
		return digest(m.Tags)
	case factGrants:
		return digest(m.Grants)
	case factRotation:
		if !m.Rotation.Enabled {
			return "off"
		}
		return fmt.Sprintf("every %d days", m.Rotation.PeriodDays)
	default:
		return ""
	}
}

// digest is a short hash of a value. Maps are written in order of their keys.
func digest(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// short is the beginning of an identifier, enough to tell two apart.
func short(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}

// partsOf are the parts that have to be read to know some facts.
func partsOf(facts []Fact) []Part {
	var parts []Part
	for _, f := range facts {
		switch f.What {
		case factPolicy:
			parts = append(parts, PolicyPart)
		case factTags:
			parts = append(parts, TagPart)
		case factGrants:
			parts = append(parts, GrantPart)
		case factRotation:
			parts = append(parts, RotationPart)
		}
	}
	slices.Sort(parts)
	return slices.Compact(parts)
}

// MovedError says that a plan rests on something that is no longer so.
type MovedError struct {
	Title string
	Was   Fact
	Is    string
	Again string
}

func (e *MovedError) Error() string {
	text := fmt.Sprintf("%s: the plan no longer fits: %s in %s was %q when it was made and is %q now; nothing was changed", e.Title, e.Was.What, e.Was.Region, e.Was.Was, e.Is)
	return text
}

// ExitCode is that of a refusal for safety.
func (e *MovedError) ExitCode() int { return 6 }

// Hint is the command that makes a new plan.
func (e *MovedError) Hint() string { return e.Again }

// verify reads again what a plan rests on.
func (p Plan) verify(ctx context.Context, c Cloud) error {
	var regions []string
	for _, f := range p.Seen {
		if !strings.HasPrefix(f.What, "alias/") && !slices.Contains(regions, f.Region) {
			regions = append(regions, f.Region)
		}
	}
	members := make([]Member, len(regions))
	c.inEach(regions, func(i int, region string) {
		m := look(ctx, c, region, p.Key)
		if m.Reached() {
			var mine []Fact
			for _, f := range p.Seen {
				if f.Region == region {
					mine = append(mine, f)
				}
			}
			readParts(ctx, c, &m, partsOf(mine))
		}
		members[i] = m
	})
	for _, f := range p.Seen {
		is := ""
		if strings.HasPrefix(f.What, "alias/") {
			var err error
			if is, err = aliasFact(ctx, c, f.Region, f.What); err != nil {
				return err
			}
		} else {
			m := members[slices.Index(regions, f.Region)]
			if len(m.Problems) > 0 {
				return fmt.Errorf("%s: what the plan rests on can't be read again: %s in %s: %s", p.Title, m.Problems[0].What, f.Region, m.Problems[0].Code)
			}
			is = m.fact(f.What)
		}
		if is != f.Was {
			return &MovedError{Title: p.Title, Was: f, Is: is, Again: p.Again}
		}
	}
	return nil
}

// aliasFact is which key an alias names in a Region.
func aliasFact(ctx context.Context, c Cloud, region, alias string) (string, error) {
	m, err := describe(ctx, c, region, alias)
	switch {
	case is(err, "NotFoundException"):
		return none, nil
	case err != nil:
		return "", err
	default:
		return m.KeyID, nil
	}
}
