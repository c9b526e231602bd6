package mrk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Part is a part of a member that is read by a call of its own.
type Part string

// The parts of a member beyond its metadata.
const (
	PolicyPart   Part = "policy"
	AliasPart    Part = "aliases"
	TagPart      Part = "tags"
	GrantPart    Part = "grants"
	RotationPart Part = "rotation"
	MaterialPart Part = "material" // the history of key material
	UsagePart    Part = "usage"    // when the member was last used
)

// action is the operation that reads a part.
func (p Part) action() string {
	switch p {
	case PolicyPart:
		return "GetKeyPolicy"
	case AliasPart:
		return "ListAliases"
	case TagPart:
		return "ListResourceTags"
	case GrantPart:
		return "ListGrants"
	case RotationPart:
		return "GetKeyRotationStatus"
	case MaterialPart:
		return "ListKeyRotations"
	default:
		return "GetKeyLastUsage"
	}
}

// EveryPart returns all parts.
func EveryPart() []Part {
	return []Part{PolicyPart, AliasPart, TagPart, GrantPart, RotationPart, MaterialPart, UsagePart}
}

// Read reads a key set, every member from its own Region, side by side. The
// reference is a key id, an ARN or an alias. Without parts it reads all but
// UsagePart.
//
// A member that can't be reached, and a part that can't be read, are data of
// the result; an error means that the set itself could not be found.
func Read(ctx context.Context, c Cloud, ref string, parts ...Part) (KeySet, error) {
	if len(parts) == 0 {
		parts = slices.DeleteFunc(EveryPart(), func(p Part) bool { return p == UsagePart })
	}
	place, err := Find(ctx, c, ref)
	if err != nil {
		return KeySet{}, err
	}
	return ReadPlace(ctx, c, place, parts...), nil
}

// ReadPlace reads the members of a key that was found before.
func ReadPlace(ctx context.Context, c Cloud, place Place, parts ...Part) KeySet {
	set := KeySet{ID: place.ID, Primary: place.Primary, Silent: place.Silent, alias: place.alias, Members: make([]Member, len(place.Regions))}
	c.inEach(place.Regions, func(i int, region string) {
		m, known := place.members[region]
		if !known {
			m = look(ctx, c, region, place.ID)
		}
		if m.Reached() {
			readParts(ctx, c, &m, parts)
		}
		set.Members[i] = m
	})
	return set
}

// Metadata reads only what DescribeKey tells of the named Regions' members.
func Metadata(ctx context.Context, c Cloud, id string, regions []string) []Member {
	members := make([]Member, len(regions))
	c.inEach(regions, func(i int, region string) { members[i] = look(ctx, c, region, id) })
	return members
}

// look describes a member; that it can't be reached is part of the answer.
func look(ctx context.Context, c Cloud, region, id string) Member {
	m, err := describe(ctx, c, region, id)
	switch {
	case is(err, "NotFoundException"):
		m.Missing = true
	case err != nil:
		p := problem(region, err)
		m.Unreachable = &p
	}
	return m
}

// readParts fills in the parts of a member. What fails is noted and passed over.
func readParts(ctx context.Context, c Cloud, m *Member, parts []Part) {
	for _, part := range parts {
		if !m.has(part) {
			continue
		}
		if err := readPart(ctx, c, m, part); err != nil {
			m.Problems = append(m.Problems, problem(m.Region, err))
		}
	}
}

// has tells whether a member of this kind can have a part. Only symmetric
// encryption keys rotate; KMS refuses the question for others (recorded for
// HMAC and asymmetric keys).
func (m Member) has(part Part) bool {
	switch part {
	case RotationPart, MaterialPart:
		return m.Spec == string(types.KeySpecSymmetricDefault) &&
			(m.Origin == string(types.OriginTypeAwsKms) || m.Origin == string(types.OriginTypeExternal))
	default:
		return true
	}
}

func readPart(ctx context.Context, c Cloud, m *Member, part Part) error {
	client, id := c.Client(m.Region), aws.String(m.KeyID)
	switch part {
	case PolicyPart:
		out, err := call(ctx, c, m.Region, client.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: id, PolicyName: aws.String("default")})
		if err != nil {
			return err
		}
		m.Policy = aws.ToString(out.Policy)
		m.PolicySHA = DocumentSHA(m.Policy)
	case AliasPart:
		names, err := aliasesOf(ctx, c, m.Region, m.KeyID)
		if err != nil {
			return err
		}
		m.Aliases = names
	case TagPart:
		tags, err := tagsOf(ctx, c, m.Region, m.KeyID)
		if err != nil {
			return err
		}
		m.Tags = tags
	case GrantPart:
		grants, err := grantsOf(ctx, c, m.Region, m.KeyID)
		if err != nil {
			return err
		}
		m.Grants = grants
	case RotationPart:
		out, err := call(ctx, c, m.Region, client.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: id})
		if err != nil {
			return err
		}
		m.Rotation = Rotation{
			Known: true, Enabled: out.KeyRotationEnabled, PeriodDays: int(aws.ToInt32(out.RotationPeriodInDays)),
			Next: utc(out.NextRotationDate), RunningSince: utc(out.OnDemandRotationStartDate),
		}
	case MaterialPart:
		materials, err := Materials(ctx, c, m.KeyID, m.Region)
		if err != nil {
			return err
		}
		m.Materials = materials
	case UsagePart:
		out, err := call(ctx, c, m.Region, client.GetKeyLastUsage, &kms.GetKeyLastUsageInput{KeyId: id})
		if err != nil {
			return err
		}
		m.UsedSince = utc(out.TrackingStartDate)
		if u := out.KeyLastUsage; u != nil {
			m.LastUsed, m.LastUsedFor = utc(u.Timestamp), string(u.Operation)
		}
	}
	return nil
}

// Materials returns every version of the key material that a member knows of,
// oldest first.
func Materials(ctx context.Context, c Cloud, id, region string) ([]Material, error) {
	var all []Material
	in := &kms.ListKeyRotationsInput{KeyId: aws.String(id), IncludeKeyMaterial: types.IncludeKeyMaterialAllKeyMaterial}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListKeyRotations, in)
		if err != nil {
			return nil, err
		}
		for _, r := range out.Rotations {
			all = append(all, Material{
				ID: aws.ToString(r.KeyMaterialId), State: string(r.KeyMaterialState), ImportState: string(r.ImportState),
				ExpirationModel: string(r.ExpirationModel), ValidTo: utc(r.ValidTo), Description: aws.ToString(r.KeyMaterialDescription),
				RotatedAt: utc(r.RotationDate), RotatedBy: string(r.RotationType),
			})
		}
		if !out.Truncated || out.NextMarker == nil {
			return all, nil
		}
		in.Marker = out.NextMarker
	}
}

func aliasesOf(ctx context.Context, c Cloud, region, id string) ([]string, error) {
	var names []string
	in := &kms.ListAliasesInput{KeyId: aws.String(id)}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListAliases, in)
		if err != nil {
			return nil, err
		}
		for _, a := range out.Aliases {
			names = append(names, aws.ToString(a.AliasName))
		}
		if !out.Truncated || out.NextMarker == nil {
			slices.Sort(names)
			return names, nil
		}
		in.Marker = out.NextMarker
	}
}

func tagsOf(ctx context.Context, c Cloud, region, id string) (map[string]string, error) {
	tags := map[string]string{}
	in := &kms.ListResourceTagsInput{KeyId: aws.String(id)}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListResourceTags, in)
		if err != nil {
			return nil, err
		}
		for _, t := range out.Tags {
			tags[aws.ToString(t.TagKey)] = aws.ToString(t.TagValue)
		}
		if !out.Truncated || out.NextMarker == nil {
			return tags, nil
		}
		in.Marker = out.NextMarker
	}
}

func grantsOf(ctx context.Context, c Cloud, region, id string) ([]Grant, error) {
	var grants []Grant
	in := &kms.ListGrantsInput{KeyId: aws.String(id)}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListGrants, in)
		if err != nil {
			return nil, err
		}
		for _, g := range out.Grants {
			grants = append(grants, grantOf(g))
		}
		if !out.Truncated || out.NextMarker == nil {
			slices.SortFunc(grants, func(a, b Grant) int { return cmp.Compare(a.ID, b.ID) })
			return grants, nil
		}
		in.Marker = out.NextMarker
	}
}

func grantOf(g types.GrantListEntry) Grant {
	out := Grant{
		ID: aws.ToString(g.GrantId), Name: aws.ToString(g.Name), Created: utc(g.CreationDate), Issuer: aws.ToString(g.IssuingAccount),
		Grantee: first(g.GranteePrincipal, g.GranteeServicePrincipal), Retiring: first(g.RetiringPrincipal, g.RetiringServicePrincipal),
	}
	for _, op := range g.Operations {
		out.Operations = append(out.Operations, string(op))
	}
	slices.Sort(out.Operations)
	if g.Constraints != nil {
		out.Equals = maps.Clone(g.Constraints.EncryptionContextEquals)
		out.Subset = maps.Clone(g.Constraints.EncryptionContextSubset)
	}
	return out
}

func first(texts ...*string) string {
	for _, t := range texts {
		if t != nil {
			return *t
		}
	}
	return ""
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// FleetParts are the parts to read of every key of a fleet: all but when each
// was last used, which KMS tells five times a second, and aliases, which a
// listing knows.
func FleetParts() []Part {
	return slices.DeleteFunc(EveryPart(), func(p Part) bool { return p == UsagePart || p == AliasPart })
}
