package mrk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// onDemandLimit is how often a key can be rotated on demand in its life (AWS
// KMS resource quotas; not adjustable).
const onDemandLimit = 25

// justRotated is how fresh a rotation on demand must be for a repeated command
// to take it for its own.
const justRotated = time.Hour

// RotationsLeft is how many rotations on demand a key has left.
func (m Member) RotationsLeft() int {
	left := onDemandLimit
	for _, v := range m.Materials {
		if v.RotatedBy == "ON_DEMAND" {
			left--
		}
	}
	return max(left, 0)
}

// RotationsLeft is how many rotations on demand a key has left, by the list of
// any member: every member has all of them (recorded). It is not known when no
// member's list could be read.
func (k KeySet) RotationsLeft() (left int, known bool) {
	for _, m := range k.Members {
		if !m.Reached() || !m.has(MaterialPart) || slices.ContainsFunc(m.Problems, func(p Problem) bool { return p.What == "ListKeyRotations" }) {
			continue
		}
		if n := m.RotationsLeft(); !known || n < left { // one may lag behind
			left, known = n, true
		}
	}
	return left, known
}

// Rotates tells whether the key is of a kind whose material can be rotated.
// Nobody knows of a set of which no member was reached.
func (k KeySet) Rotates() bool {
	return slices.ContainsFunc(k.Members, func(m Member) bool { return m.Reached() && m.has(RotationPart) })
}

// PlanRotate plans new key material now. A rotation that is under way, or that
// was asked for within the last hour, is waited for and not repeated, unless
// again says so.
func PlanRotate(ctx context.Context, c Cloud, ref string, again, noWait bool) (Plan, error) {
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	p := newPlan(c, set, "rotate "+set.called())
	p.askedOf(ref, set)
	primary, err := set.rotatable("rotate")
	if err != nil {
		return Plan{}, err
	}
	wait := Step{Do: DoWaitMaterial, Regions: set.reachedRegions(), Material: primary.Material, Say: "wait until every member uses the new key material"}
	if !primary.Rotation.RunningSince.IsZero() {
		p.Notes = append(p.Notes, fmt.Sprintf("a rotation has been under way since %s; another request would be the same rotation", primary.Rotation.RunningSince.Format(time.RFC3339)))
		if !noWait {
			p.Steps = append(p.Steps, wait)
		}
		return p, nil
	}
	if n := len(primary.Materials); n > 0 && !again {
		last := primary.Materials[n-1]
		if last.RotatedBy == "ON_DEMAND" && c.Clock.Now().Sub(last.RotatedAt) < justRotated {
			p.Notes = append(p.Notes, fmt.Sprintf("the key was rotated on demand at %s; --again rotates it once more", last.RotatedAt.Format(time.RFC3339)))
			return p, nil
		}
	}
	if primary.State != "Enabled" {
		return Plan{}, fmt.Errorf("the primary of %s in %s is %s, and only an Enabled key can be rotated; %s", set.ID, primary.Region, primary.State, mend(set.ID, primary))
	}
	left := primary.RotationsLeft()
	if left == 0 {
		return Plan{}, fmt.Errorf("%s has used all %d rotations on demand that a key has in its life; automatic rotation still works: `mrkctl key rotation enable %s`", set.ID, onDemandLimit, set.ID)
	}
	if primary.Origin == "EXTERNAL" {
		if err := set.pendingEverywhere(primary); err != nil {
			return Plan{}, err
		}
	}
	p.Seen = append(set.memberFacts(factMember), Fact{Region: primary.Region, What: factRotation, Was: primary.fact(factRotation)})
	p.Steps = append(p.Steps, Step{Do: DoRotate, In: primary.Region, Say: "ask the primary in " + primary.Region + " for new key material"})
	if !noWait {
		p.Steps = append(p.Steps, wait)
	}
	p.Final = append(p.Final, fmt.Sprintf("a rotation can't be taken back; it is number %d of the %d on demand in the life of the key", onDemandLimit-left+1, onDemandLimit))
	p.Cost = append(p.Cost, "the first and the second rotation each add 1 USD a month for each member, later ones nothing")
	if set.Primary != "" && len(set.Members) > 1 {
		p.Notes = append(p.Notes, "no member uses the new material before all of them have it; with two replicas this was seen to take 8 minutes")
	}
	for _, m := range set.Members {
		if !m.Reached() {
			p.Notes = append(p.Notes, fmt.Sprintf("the member in %s is not reached (%s): the new material is not used until it has it too", m.Region, m.Words()))
		}
	}
	return p, nil
}

// rotatable returns the primary of a key whose material can be rotated.
func (k KeySet) rotatable(what string) (Member, error) {
	m, err := k.reachablePrimary(what)
	if err != nil {
		return Member{}, err
	}
	if !m.has(RotationPart) {
		return Member{}, fmt.Errorf("%s is of spec %s and origin %s; only symmetric encryption keys can be rotated", k.ID, m.Spec, m.Origin)
	}
	return m, nil
}

// pendingEverywhere tells whether imported material waits to be rotated in at
// every member. KMS refuses the rotation otherwise (recorded).
func (k KeySet) pendingEverywhere(primary Member) error {
	for _, v := range primary.Materials {
		switch v.State {
		case "PENDING_ROTATION":
			return nil
		case "PENDING_MULTI_REGION_IMPORT_AND_ROTATION":
			var lack []string
			for _, m := range k.Members {
				for _, mine := range m.Materials {
					if mine.ID == v.ID && mine.ImportState != "IMPORTED" {
						lack = append(lack, m.Region)
					}
				}
			}
			return fmt.Errorf("the new key material of %s is not imported everywhere yet: %s lacks it; `mrkctl key import %s --material FILE` completes it", k.ID, orDefault(strings.Join(lack, ", "), "a replica"), k.ID)
		}
	}
	return fmt.Errorf("%s has imported key material and none waits to be rotated in; import some with `mrkctl key import %s --new --material FILE`", k.ID, k.ID)
}

// PlanRotation plans turning automatic rotation on or off.
func PlanRotation(ctx context.Context, c Cloud, ref string, on bool, days int) (Plan, error) {
	if on && days != 0 && (days < 90 || days > 2560) {
		return Plan{}, badInput("a period of %d days is not possible: KMS takes 90 to 2560", days)
	}
	set, err := Read(ctx, c, ref)
	if err != nil {
		return Plan{}, err
	}
	primary, err := set.rotatable("change the rotation of")
	if err != nil {
		return Plan{}, err
	}
	title := "turn automatic rotation of " + set.called() + " off"
	if on {
		title = "turn automatic rotation of " + set.called() + " on"
	}
	p := newPlan(c, set, title)
	p.askedOf(ref, set)
	if primary.Origin == "EXTERNAL" {
		return Plan{}, fmt.Errorf("%s has imported key material, which KMS can't rotate by itself; import new material and use `mrkctl key rotate`", set.ID)
	}
	now := primary.Rotation
	if !now.Known {
		return Plan{}, fmt.Errorf("the rotation setting of %s could not be read in %s", set.ID, primary.Region)
	}
	if on == now.Enabled && (!on || days == 0 || days == now.PeriodDays) {
		return p, nil
	}
	p.Seen = []Fact{{Region: primary.Region, What: factRotation, Was: primary.fact(factRotation)}} // the others follow by themselves
	if on {
		if days == 0 {
			days = 365
		}
		p.Steps = append(p.Steps, rotationOn(primary.Region, days))
		p.Cost = append(p.Cost, "the first and the second rotation each add 1 USD a month for each member, later ones nothing")
	} else {
		p.Steps = append(p.Steps, Step{Do: DoRotationOff, In: primary.Region, Say: "stop rotating the key material"})
	}
	return p, nil
}
