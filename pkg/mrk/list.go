package mrk

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// Listing says which keys to list.
type Listing struct {
	// All lists single-Region keys too; without it only multi-Region ones.
	All bool
	// AWSManaged lists the keys that AWS keeps for its services too.
	AWSManaged bool
	// Each, if set, is told of every member as soon as it is known, in no
	// particular order. It is called by one Region's listing at a time.
	Each func(Member)
	// Workers is how many keys of a Region are described at once; zero means 32.
	Workers int
}

// Fleet is every key that was found.
type Fleet struct {
	Sets []KeySet `json:"keys"`
	// Failed are the Regions that could not be listed. Keys there are missing
	// from the sets, or listed only because a sibling names them.
	Failed []Problem `json:"failed,omitempty"`
}

// List finds the keys of every Region side by side, at the pace that AWS's
// quotas allow. Members have their metadata and aliases.
func List(ctx context.Context, c Cloud, l Listing) (Fleet, error) {
	if l.Workers <= 0 {
		l.Workers = 32
	}
	pace := &Pace{Clock: c.Clock}
	found := make([][]Member, len(c.Regions))
	failed := make([]error, len(c.Regions))
	var telling sync.Mutex // Each is called by one at a time on real time too; it must not wait on the clock
	if each := l.Each; each != nil {
		l.Each = func(m Member) {
			telling.Lock()
			defer telling.Unlock()
			each(m)
		}
	}
	c.inEach(c.Regions, func(i int, region string) {
		found[i], failed[i] = listRegion(ctx, c, region, l, pace)
	})
	fleet := Fleet{}
	sets := map[string]*KeySet{}
	for i, region := range c.Regions {
		if failed[i] != nil {
			fleet.Failed = append(fleet.Failed, problem(region, failed[i]))
		}
		for _, m := range found[i] {
			k := sets[m.KeyID]
			if k == nil {
				k = &KeySet{ID: m.KeyID}
				sets[m.KeyID] = k
			}
			k.Members = append(k.Members, m)
			if !m.MultiRegion || m.Role == RolePrimary {
				k.Primary = m.Region
			} else if k.Primary == "" {
				k.Primary = m.PrimaryRegion
			}
		}
	}
	for _, k := range sets {
		slices.SortFunc(k.Members, func(a, b Member) int { return strings.Compare(a.Region, b.Region) })
		fleet.Sets = append(fleet.Sets, *k)
	}
	slices.SortFunc(fleet.Sets, func(a, b KeySet) int {
		if d := strings.Compare(a.FirstAlias(), b.FirstAlias()); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	if err := ctx.Err(); err != nil {
		return fleet, err
	}
	return fleet, nil
}

// FirstAlias is the alias to call a set by: the primary's first, else anyone's.
// A set without any sorts last.
func (k KeySet) FirstAlias() string {
	if m, ok := k.Member(k.Primary); ok && len(m.Aliases) > 0 {
		return m.Aliases[0]
	}
	for _, m := range k.Members {
		if len(m.Aliases) > 0 {
			return m.Aliases[0]
		}
	}
	return ""
}

// listRegion lists one Region. Keys that vanish meanwhile are passed over.
func listRegion(ctx context.Context, c Cloud, region string, l Listing, pace *Pace) ([]Member, error) {
	aliases, err := regionAliases(ctx, c, region, pace)
	if err != nil {
		return nil, err
	}
	ids, err := regionKeys(ctx, c, region, pace)
	if err != nil {
		return nil, err
	}
	if !l.All {
		ids = slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, "mrk-") })
	}
	members := make([]Member, len(ids))
	errs := make([]error, len(ids))
	workers := min(l.Workers, max(len(ids), 1))
	g := c.Clock.Group()
	for w := range workers {
		g.Go(func() {
			for i := w; i < len(ids); i += workers {
				if errs[i] = pace.Take(ctx, region, "DescribeKey"); errs[i] != nil {
					return
				}
				if members[i], errs[i] = describe(ctx, c, region, ids[i]); errs[i] != nil {
					continue
				}
				members[i].Aliases = aliases[ids[i]]
				if l.Each != nil && l.wants(members[i]) {
					l.Each(members[i])
				}
			}
		})
	}
	g.Wait()
	var out []Member
	for i, m := range members {
		switch {
		case is(errs[i], "NotFoundException"):
		case errs[i] != nil && err == nil:
			err = errs[i]
		case errs[i] == nil && l.wants(m):
			out = append(out, m)
		}
	}
	return out, err
}

func (l Listing) wants(m Member) bool {
	return (l.All || m.MultiRegion) && (l.AWSManaged || m.Manager != "AWS")
}

// regionAliases returns the aliases of every key of a Region, by key id.
func regionAliases(ctx context.Context, c Cloud, region string, pace *Pace) (map[string][]string, error) {
	aliases := map[string][]string{}
	in := &kms.ListAliasesInput{Limit: aws.Int32(100)}
	for {
		if err := pace.Take(ctx, region, "ListAliases"); err != nil {
			return nil, err
		}
		out, err := call(ctx, c, region, c.Client(region).ListAliases, in)
		if err != nil {
			return nil, err
		}
		for _, a := range out.Aliases {
			id := aws.ToString(a.TargetKeyId)
			aliases[id] = append(aliases[id], aws.ToString(a.AliasName))
		}
		if !out.Truncated || out.NextMarker == nil {
			return aliases, nil
		}
		in.Marker = out.NextMarker
	}
}

// regionKeys returns the ids of every key of a Region.
func regionKeys(ctx context.Context, c Cloud, region string, pace *Pace) ([]string, error) {
	var ids []string
	in := &kms.ListKeysInput{Limit: aws.Int32(1000)}
	for {
		if err := pace.Take(ctx, region, "ListKeys"); err != nil {
			return nil, err
		}
		out, err := call(ctx, c, region, c.Client(region).ListKeys, in)
		if err != nil {
			return nil, err
		}
		for _, k := range out.Keys {
			ids = append(ids, aws.ToString(k.KeyId))
		}
		if !out.Truncated || out.NextMarker == nil {
			return ids, nil
		}
		in.Marker = out.NextMarker
	}
}
