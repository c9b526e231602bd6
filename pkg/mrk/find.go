package mrk

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Place says where the members of a key are, as far as they could be asked.
type Place struct {
	ID      string
	Primary string   // Region of the primary; empty when nobody could tell
	Regions []string // of all members, sorted
	Silent  []Problem
	alias   string            // the alias that was asked for; empty otherwise
	members map[string]Member // Region to what DescribeKey said there
}

// Find looks a key up in every Region of the Cloud. A Region that does not
// answer is reported in the result, not as an error; it is an error when no
// Region knows the key or when an alias names different keys.
//
// The primary is the member that says so of itself. When that Region is silent
// the replicas' word is taken; AWS lets every member list the others.
func Find(ctx context.Context, c Cloud, ref string) (Place, error) {
	r, err := ParseRef(ref)
	if err != nil {
		return Place{}, err
	}
	regions := slices.Clone(c.Regions)
	if r.Region != "" && !slices.Contains(regions, r.Region) {
		regions = append([]string{r.Region}, regions...)
	}
	// An ARN is good in its own Region only; elsewhere the id is.
	name := r.ID
	if r.Alias != "" {
		name = r.Alias
	}
	found := make([]Member, len(regions))
	errs := make([]error, len(regions))
	c.inEach(regions, func(i int, region string) {
		found[i], errs[i] = describe(ctx, c, region, name)
	})
	p := Place{members: map[string]Member{}, alias: r.Alias}
	ids := map[string]string{}
	var asked []string
	for i, region := range regions {
		switch {
		case errs[i] == nil:
			asked = append(asked, region)
			ids[region] = found[i].KeyID
			p.members[region] = found[i]
			if p.ID == "" || region == r.Region {
				p.ID = found[i].KeyID
			}
		case is(errs[i], "NotFoundException"):
			asked = append(asked, region)
		default:
			p.Silent = append(p.Silent, problem(region, errs[i]))
		}
	}
	if p.ID == "" {
		if len(asked) == 0 && len(errs) > 0 {
			return Place{}, errs[0]
		}
		return Place{}, &NotFoundError{Ref: ref, Asked: asked, Silent: silentRegions(p.Silent)}
	}
	for _, id := range ids {
		if id == p.ID || r.Alias == "" {
			continue
		}
		if r.Region == "" {
			return Place{}, &AmbiguousError{Alias: r.Alias, Keys: ids}
		}
	}
	for region, m := range p.members {
		if m.KeyID != p.ID {
			delete(p.members, region)
		}
	}
	p.settle()
	return p, nil
}

// settle works out from what the members say where all of them are.
func (p *Place) settle() {
	claims := map[string]int{}
	for region, m := range p.members {
		p.Regions = append(p.Regions, region)
		p.Regions = append(p.Regions, m.ReplicaRegions...)
		if m.PrimaryRegion != "" {
			p.Regions = append(p.Regions, m.PrimaryRegion)
			claims[m.PrimaryRegion]++
		}
		if !m.MultiRegion || m.Role == RolePrimary {
			p.Primary = region
		}
	}
	slices.Sort(p.Regions)
	p.Regions = slices.Compact(p.Regions)
	if p.Primary == "" {
		best := 0
		for _, region := range p.Regions { // in order, so that a tie is always settled alike
			if claims[region] > best {
				p.Primary, best = region, claims[region]
			}
		}
	}
	p.Silent = slices.DeleteFunc(p.Silent, func(s Problem) bool { return slices.Contains(p.Regions, s.Region) })
}

func silentRegions(silent []Problem) []string {
	var regions []string
	for _, s := range silent {
		regions = append(regions, s.Region)
	}
	return regions
}

// problem is an error of a call as data.
func problem(region string, err error) Problem {
	p := Problem{Region: region, Message: err.Error()}
	if e, ok := err.(*CallError); ok { //nolint:errorlint // translate's own, never wrapped here
		p.What, p.Code, p.Look, p.Message = e.Op, e.Code, e.Look, e.Message
	}
	return p
}

// describe reads a member's metadata.
func describe(ctx context.Context, c Cloud, region, name string) (Member, error) {
	out, err := call(ctx, c, region, c.Client(region).DescribeKey, &kms.DescribeKeyInput{KeyId: aws.String(name)})
	if err != nil {
		return Member{Region: region}, err
	}
	return memberOf(region, out.KeyMetadata), nil
}

// memberOf turns AWS's metadata into a Member.
func memberOf(region string, md *types.KeyMetadata) Member {
	if md == nil {
		return Member{Region: region}
	}
	m := Member{
		Region:          region,
		KeyID:           aws.ToString(md.KeyId),
		ARN:             aws.ToString(md.Arn),
		MultiRegion:     aws.ToBool(md.MultiRegion),
		State:           string(md.KeyState),
		Spec:            string(md.KeySpec),
		Usage:           string(md.KeyUsage),
		Origin:          string(md.Origin),
		Manager:         string(md.KeyManager),
		Description:     aws.ToString(md.Description),
		Created:         utc(md.CreationDate),
		Material:        aws.ToString(md.CurrentKeyMaterialId),
		DeletionDate:    utc(md.DeletionDate),
		WindowDays:      int(aws.ToInt32(md.PendingDeletionWindowInDays)),
		ValidTo:         utc(md.ValidTo),
		ExpirationModel: string(md.ExpirationModel),
	}
	if mr := md.MultiRegionConfiguration; mr != nil {
		m.Role = string(mr.MultiRegionKeyType)
		if mr.PrimaryKey != nil {
			m.PrimaryRegion = aws.ToString(mr.PrimaryKey.Region)
		}
		for _, r := range mr.ReplicaKeys {
			m.ReplicaRegions = append(m.ReplicaRegions, aws.ToString(r.Region))
		}
		slices.Sort(m.ReplicaRegions)
	}
	return m
}
