package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// critical lists the actions without which an application of a key stops.
func critical(usage string) []string {
	switch usage {
	case "SIGN_VERIFY":
		return []string{"Sign", "Verify", "GetPublicKey"}
	case "GENERATE_VERIFY_MAC":
		return []string{"GenerateMac", "VerifyMac"}
	case "KEY_AGREEMENT":
		return []string{"DeriveSharedSecret", "GetPublicKey"}
	case "ENCAPSULATE_DECAPSULATE":
		return []string{"Decapsulate", "Encapsulate", "GetPublicKey"}
	}
	return []string{"Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "DescribeKey", "CreateGrant"}
}

// access compares the key policies by what they let through.
func (c *comparison) access() {
	matrices := map[string]*policy.Matrix{}
	for _, m := range c.members {
		if m.Policy == "" {
			continue
		}
		doc, err := policy.Parse(m.Policy)
		if err != nil {
			c.find("MRK004", m.Region, err.Error())
			continue
		}
		at := c.place(m)
		matrix := doc.Matrix(at)
		matrices[m.Region] = matrix
		for _, why := range matrix.Unclear {
			c.find("MRK004", m.Region, why)
		}
		c.exposure(m, matrix)
	}
	for i, a := range c.members {
		for _, b := range c.members[i+1:] {
			if matrices[a.Region] != nil && matrices[b.Region] != nil {
				c.pair(a, b, matrices[a.Region], matrices[b.Region])
			}
		}
	}
}

func (c *comparison) place(m mrk.Member) policy.Place { return placeOf(m, c.set.Regions()) }

// exposure asks what one policy lets anybody do, on its own.
func (c *comparison) exposure(m mrk.Member, x *policy.Matrix) {
	var open []string
	admin, promotes, replicates := false, false, false
	for _, name := range x.Principals() {
		for _, action := range policy.Actions() {
			sometimes, always := x.Of(name, action).Allows()
			if name == policy.Anyone && always {
				open = append(open, action)
			}
			admin = admin || sometimes && action == "PutKeyPolicy"
			promotes = promotes || sometimes && action == "UpdatePrimaryRegion"
			replicates = replicates || sometimes && action == "ReplicateKey"
		}
		if strings.Contains(name, "<sibling ") {
			c.find("MRK401", m.Region, "a statement names "+name, func(f *Finding) { f.Principal = name })
		}
		if account, ok := otherAccount(name, c.place(m).Account); ok {
			c.find("MRK302", m.Region, "account "+account+" has access as "+name, func(f *Finding) { f.Principal = name })
		}
	}
	if len(open) > 0 {
		c.find("MRK301", m.Region, "everybody may "+strings.Join(open, ", "), func(f *Finding) { f.Principal, f.Actions = policy.Anyone, open })
	}
	if !admin {
		c.find("MRK304", m.Region, "no principal may call PutKeyPolicy")
	}
	if m.MultiRegion && !promotes {
		c.find("MRK601", m.Region, "no principal may call UpdatePrimaryRegion")
	}
	if m.MultiRegion && !replicates {
		c.find("MRK602", m.Region, "no principal may call ReplicateKey")
	}
}

// otherAccount says whether a principal belongs to another account.
func otherAccount(name, own string) (account string, other bool) {
	parts := strings.Split(name, ":")
	if len(parts) < 6 || parts[0] != "arn" || parts[4] == own || parts[4] == "" {
		return "", false
	}
	return parts[4], true
}

// pair reports the differences between two members, one finding for each
// principal and direction.
func (c *comparison) pair(a, b mrk.Member, x, y *policy.Matrix) {
	relation, differences := policy.Relate(x, y)
	if relation == policy.Equivalent && a.PolicySHA != b.PolicySHA && c.place(a).Abstract(a.Policy) != c.place(b).Abstract(b.Policy) {
		here, there := b, a
		if here.Region == c.primary.Region {
			here, there = a, b
		}
		c.find("MRK901", here.Region, "written otherwise than in "+there.Region+", with the same effect")
	}
	byPrincipal := map[string][]policy.Difference{}
	for _, d := range differences {
		byPrincipal[d.Principal] = append(byPrincipal[d.Principal], d)
	}
	for _, name := range slices.Sorted(maps.Keys(byPrincipal)) {
		for _, side := range []struct {
			here, there string
			lost        policy.Relation // of first to second, when here lacks something
			cells       func(policy.Difference) (here, there policy.Cell)
		}{
			{a.Region, b.Region, policy.Less, func(d policy.Difference) (policy.Cell, policy.Cell) { return d.First, d.Second }},
			{b.Region, a.Region, policy.More, func(d policy.Difference) (policy.Cell, policy.Cell) { return d.Second, d.First }},
		} {
			c.lacks(name, a.Usage, side.here, side.there, side.lost, side.cells, byPrincipal[name])
		}
	}
}

// lacks reports what a principal may do there and not here.
func (c *comparison) lacks(name, usage, here, there string, lost policy.Relation, cells func(policy.Difference) (policy.Cell, policy.Cell), ds []policy.Difference) {
	var actions, breaks []string
	denied, conditional := false, true
	for _, d := range ds {
		if d.Relation != lost && d.Relation != policy.Incomparable {
			continue
		}
		own, other := cells(d)
		actions = append(actions, d.Action)
		denied = denied || len(own.Deny) > len(other.Deny)
		conditional = conditional && own.Direct()
		if slices.Contains(critical(usage), d.Action) {
			breaks = append(breaks, d.Action)
		}
	}
	if len(actions) == 0 {
		return
	}
	what := fmt.Sprintf("%s may %s in %s and not here", name, brief(actions), there)
	about := func(f *Finding) {
		f.Principal, f.Actions, f.Values = name, actions, map[string]string{there: "allowed", here: "not allowed"}
	}
	switch {
	case name == policy.OwnAccount:
		c.find("MRK205", here, fmt.Sprintf("IAM decides on %s in %s and not here", brief(actions), there), about)
	case denied:
		c.find("MRK206", here, fmt.Sprintf("%s is denied %s here and not in %s", name, brief(actions), there), about)
	case conditional:
		c.find("MRK204", here, fmt.Sprintf("%s may %s here under other conditions than in %s", name, brief(actions), there), about)
	case len(breaks) == 0:
		c.find("MRK203", there, fmt.Sprintf("%s may %s here and not in %s", name, brief(actions), here), func(f *Finding) { f.Principal, f.Actions = name, actions })
	case slices.Contains(breaks, "Decrypt"), usage != "ENCRYPT_DECRYPT":
		c.find("MRK201", here, what, about)
	default:
		c.find("MRK201", here, what, about, severity(High))
	}
}

// brief names a few actions of many.
func brief(actions []string) string {
	if len(actions) > 6 {
		return fmt.Sprintf("%s and %d more", strings.Join(actions[:5], ", "), len(actions)-5)
	}
	return strings.Join(actions, ", ")
}
