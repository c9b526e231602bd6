package mrk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/wire"
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
	// Parts are read of every member besides its metadata and aliases.
	Parts []Part
	// Complete, if set, is given every set as soon as all of its members were
	// read, in no particular order and one at a time; it must not wait on the
	// clock. The result has no sets then, so that a large fleet need not be held
	// in memory.
	Complete func(KeySet)
	// Tell, if set, is told how many members were read and how many are known of
	// so far. It must not wait on the clock.
	Tell func(done, known int)
	// Workers is how many keys of a page are described at once; zero means 128;
	// pages overlap, so that the quota is used up at a tenth of a second a call.
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
		l.Workers = 128
	}
	if c.Pace == nil {
		c.Pace = &Pace{Clock: c.Clock}
	}
	a := newAssembly(c, l)
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
		failed[i] = listRegion(ctx, c, region, l, a)
	})
	if err := nobodyAnswered(failed); err != nil {
		return Fleet{}, err
	}
	fleet := Fleet{}
	for i, region := range c.Regions {
		if failed[i] != nil {
			fleet.Failed = append(fleet.Failed, problem(region, failed[i]))
		}
	}
	if l.Complete == nil {
		fleet.Sets = Gather(a.members())
	} else {
		a.rest(ctx, fleet.Failed)
	}
	if err := ctx.Err(); err != nil {
		return fleet, err
	}
	return fleet, nil
}

// Gather puts members together into sets, sorted by alias and then by key id.
// A set without any alias comes last.
func Gather(members []Member) []KeySet {
	sets := map[string]*KeySet{}
	for _, m := range members {
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
	all := make([]KeySet, 0, len(sets))
	for _, k := range sets {
		slices.SortFunc(k.Members, func(a, b Member) int { return strings.Compare(a.Region, b.Region) })
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b KeySet) int {
		last := func(k KeySet) string { return orDefault(k.FirstAlias(), "b") } // after every "alias/…"
		return cmp.Or(strings.Compare(last(a), last(b)), strings.Compare(a.ID, b.ID))
	})
	return all
}

// nobodyAnswered is the reason why no Region at all can be listed when that is
// not the Regions' doing: no credentials, or those of nobody. Regions that are
// silent are data.
func nobodyAnswered(failed []error) error {
	for _, err := range failed {
		switch Code(err) {
		case "", wire.Unreachable, wire.Canceled, "ThrottlingException", "KMSInternalException", "DependencyTimeoutException":
			return nil
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return failed[0]
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

// regionListing is the listing of one Region under way. Aliases, pages of keys
// and descriptions of keys come side by side.
type regionListing struct {
	Listing
	c        Cloud
	region   string
	assembly *assembly

	mu      sync.Mutex          // guards what follows; never held across a call
	aliases map[string][]string // nil until all are known
	waiting []Member            // that were read before the aliases were
	err     error
}

// listRegion lists one Region. Keys that vanish meanwhile are passed over.
func listRegion(ctx context.Context, c Cloud, region string, l Listing, a *assembly) error {
	r := &regionListing{Listing: l, c: c, region: region, assembly: a}
	g := c.Clock.Group()
	g.Go(func() {
		aliases, err := regionAliases(ctx, c, region)
		a.aliases(region, aliases)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.fail(err)
		if r.aliases = aliases; aliases == nil {
			r.aliases = map[string][]string{}
		}
		for _, m := range r.waiting {
			r.done(m)
		}
		r.waiting = nil
	})
	err := eachPage(ctx, c, region, func(ids []string) {
		if !l.All {
			ids = slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, "mrk-") })
		}
		a.known(len(ids))
		workers := min(l.Workers, len(ids))
		for w := range workers {
			g.Go(func() {
				for i := w; i < len(ids); i += workers {
					r.describe(ctx, ids[i])
				}
			})
		}
	})
	g.Wait()
	r.fail(err)
	return r.err
}

// fail keeps the first error.
func (r *regionListing) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// describe adds one key to the listing.
func (r *regionListing) describe(ctx context.Context, id string) {
	m, err := describe(ctx, r.c, r.region, id)
	wanted := err == nil && r.wants(m)
	if wanted {
		readParts(ctx, r.c, &m, r.Parts)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case is(err, "NotFoundException"), err == nil && !wanted:
		r.assembly.known(-1)
	case err != nil:
		r.fail(err)
	case r.aliases == nil:
		r.waiting = append(r.waiting, m)
	default:
		r.done(m)
	}
}

// done passes on a member that is complete, aliases included.
func (r *regionListing) done(m Member) {
	m.Aliases = r.aliases[m.KeyID]
	if r.Each != nil {
		r.Each(m)
	}
	r.assembly.add(m)
}

func (l Listing) wants(m Member) bool {
	return (l.All || m.MultiRegion) && (l.AWSManaged || m.Manager != "AWS")
}

// regionAliases returns the aliases of every key of a Region, by key id.
func regionAliases(ctx context.Context, c Cloud, region string) (map[string][]string, error) {
	aliases := map[string][]string{}
	in := &kms.ListAliasesInput{Limit: aws.Int32(100)}
	for {
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

// eachPage gives f the ids of a Region's keys, page by page.
func eachPage(ctx context.Context, c Cloud, region string, f func(ids []string)) error {
	in := &kms.ListKeysInput{Limit: aws.Int32(1000)}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListKeys, in)
		if err != nil {
			return err
		}
		ids := make([]string, len(out.Keys))
		for i, k := range out.Keys {
			ids[i] = aws.ToString(k.KeyId)
		}
		f(ids)
		if !out.Truncated || out.NextMarker == nil {
			return nil
		}
		in.Marker = out.NextMarker
	}
}
