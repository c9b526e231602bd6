package mrk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Importing says which key material to import, and where.
type Importing struct {
	In          []string // Regions; empty means every member
	New         bool     // a new version, for a rotation
	ID          string   // of the material; empty means the one that a member lacks
	Description string   // of a new version
	ValidTo     time.Time
	NoWait      bool
}

// PlanImport plans giving key material to every member that lacks it, the
// primary first, then the same bytes to each replica. Members that lack nothing
// are given theirs again only when its expiry is to be another.
//
// New material for a rotation is three steps on AWS: new at the primary, the
// same bytes at every replica, then the rotation. This plans the first two; a
// repeated plan goes on where an interrupted one stopped.
func PlanImport(ctx context.Context, c Cloud, ref string, i Importing) (Plan, error) {
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	primary, err := set.reachablePrimary("import into")
	if err != nil {
		return Plan{}, err
	}
	if err := i.suits(set, primary); err != nil {
		return Plan{}, err
	}
	members, err := set.chosen(i.In)
	if err != nil {
		return Plan{}, err
	}
	for _, m := range members {
		if !m.Reached() {
			return Plan{}, fmt.Errorf("the member of %s in %s can't be read (%s); until it has the material too, the set can't use it; leave it out with --in, or try again when it can", set.ID, m.Region, m.Words())
		}
	}
	slices.SortStableFunc(members, func(a, b Member) int { return primaryLast(b, set.Primary) - primaryLast(a, set.Primary) })
	p := newPlan(c, set, "import key material into "+set.called())
	pending := primary.pendingMaterial()
	if i.New && pending.ID != "" {
		p.Notes = append(p.Notes, fmt.Sprintf("%s waits to be rotated in already; it is completed where it is missing, and no other can be new before `mrkctl key rotate %s`", short(pending.ID), set.ID))
	}
	var given []string
	for _, m := range members {
		step, needed, err := i.stepFor(m, m.Region == set.Primary, primary, pending)
		if err != nil {
			return Plan{}, err
		}
		if !needed {
			continue
		}
		if m.State == "Disabled" {
			p.Final = append(p.Final, fmt.Sprintf("the member in %s is Disabled, and an import enables it", m.Region))
		}
		given = append(given, m.Region)
		p.Steps = append(p.Steps, Step{Do: DoImport, In: m.Region, Import: &step, Say: "import the key material in " + m.Region})
	}
	p.Seen = set.memberFacts(factMember)
	if p.Empty() {
		p.Notes = append(p.Notes, "every member has its key material")
		if pending.ID != "" {
			p.Notes = append(p.Notes, fmt.Sprintf("`mrkctl key rotate %s` begins to use the new one", set.ID))
		}
		return p, nil
	}
	if !i.NoWait {
		p.Steps = append(p.Steps, Step{
			Do: DoWaitImported, Regions: given, Spec: primary.Spec, Say: fmt.Sprintf("see that %s the same key material", haveWords(given)),
		})
	}
	if i.New && len(primary.Materials) > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf("the new material is not used before `mrkctl key rotate %s`", set.ID))
	}
	if !i.ValidTo.IsZero() {
		p.Notes = append(p.Notes, fmt.Sprintf("at %s the members forget the bytes and refuse to be used until they are imported again", i.ValidTo.UTC().Format(time.RFC3339)))
	}
	p.Notes = append(p.Notes, "keep the bytes: KMS never gives them back, and a member whose copy expires needs exactly the same ones again")
	return p, nil
}

func haveWords(regions []string) string {
	if len(regions) == 1 {
		return regions[0] + " has"
	}
	return strings.Join(regions, ", ") + " have"
}

// suits tells whether a key can be given material as it is asked for.
func (i Importing) suits(set KeySet, primary Member) error {
	symmetric := primary.Spec == string(types.KeySpecSymmetricDefault)
	switch {
	case primary.Origin != "EXTERNAL":
		return fmt.Errorf("%s is of origin %s; key material can be imported only into keys made with --origin EXTERNAL", set.ID, primary.Origin)
	case !symmetric && i.New:
		return badInput("%s is of spec %s, which has one key material for life; only symmetric keys take a new version", set.ID, primary.Spec)
	case !symmetric && (i.ID != "" || i.Description != ""):
		return badInput("%s is of spec %s, whose key material has neither an id nor a description", set.ID, primary.Spec)
	case i.New && i.ID != "":
		return badInput("a new version of key material has no id yet: give --new or --material-id, not both")
	case i.New && len(i.In) > 0 && !slices.Contains(i.In, set.Primary):
		if primary.pendingMaterial().ID == "" {
			return badInput("new key material goes to the primary first, which is in %s", set.Primary)
		}
	}
	return nil
}

// pendingMaterial is the version that waits to be rotated in; zero for none.
func (m Member) pendingMaterial() Material {
	for _, v := range m.Materials {
		if strings.HasPrefix(v.State, "PENDING_") {
			return v
		}
	}
	return Material{}
}

// lackedMaterials are the ids of the versions whose bytes a member has not.
func (m Member) lackedMaterials() []string {
	var ids []string
	for _, v := range m.Materials {
		if v.ImportState == string(types.ImportStatePendingImport) {
			ids = append(ids, v.ID)
		}
	}
	if len(ids) == 0 && m.State == "PendingImport" && m.Material != "" {
		ids = append(ids, m.Material) // the list lags behind an expiry (recorded)
	}
	return ids
}

// stepFor is the import that one member needs, if it needs one.
func (i Importing) stepFor(m Member, isPrimary bool, primary Member, pending Material) (ImportStep, bool, error) {
	s := ImportStep{Spec: m.Spec, ValidTo: i.ValidTo, ID: i.ID}
	lacks := m.lackedMaterials()
	switch {
	case !s.symmetric():
		return s, m.State == "PendingImport" || i.otherExpiry(m), nil
	case i.New && pending.ID == "" && isPrimary, isPrimary && len(m.Materials) == 0:
		s.New, s.Description = true, i.Description
		return s, true, nil
	case i.New && pending.ID == "":
		return s, true, nil // the version that the primary is about to be given
	case i.New:
		s.ID = pending.ID
		return s, slices.Contains(lacks, pending.ID), nil
	case len(m.Materials) == 0 && len(primary.Materials) == 0:
		return s, true, nil // the first material of a set with replicas
	case i.ID != "":
		return s, slices.Contains(lacks, i.ID) || i.otherExpiry(m), nil
	case len(lacks) > 1:
		return s, false, badInput("the member in %s lacks %d versions of its key material: say which one the file holds with --material-id, one of %s", m.Region, len(lacks), strings.Join(lacks, ", "))
	case len(lacks) == 1:
		s.ID = lacks[0]
		return s, true, nil
	}
	return s, i.otherExpiry(m), nil
}

// otherExpiry tells whether the expiry that is asked for differs from the one
// that a member's material has.
func (i Importing) otherExpiry(m Member) bool { return !i.ValidTo.Equal(m.ValidTo) }

// WaitImported waits until no member in the given Regions lacks key material
// and all of them have the same. For key pairs it compares the public keys.
// What an HMAC key holds can't be compared without using it; Verify does that.
func WaitImported(ctx context.Context, c Cloud, id string, in []string, p Patience) ([]Member, error) {
	seen, err := Until(ctx, c, id, in, p, fmt.Sprintf("key material of %s being in place in %s", id, strings.Join(in, ", ")), func(ms []Member) bool {
		return every(ms, func(m Member) bool {
			return m.Reached() && m.State != "PendingImport" && m.Material == ms[0].Material
		})
	})
	if err != nil || len(seen) == 0 || !pair(seen[0].Spec) {
		return seen, err
	}
	return seen, samePublicKey(ctx, c, id, in)
}
