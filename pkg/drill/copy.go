package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// Copied is a key set that was made again elsewhere.
type Copied struct {
	Name    string
	Alias   string
	From    mrk.KeySet // as it was read
	Without []string   // what the copy lacks, each with its reason
}

// Originals reads the key sets of a runbook where they are, for [Copy]. A key
// set that is not there is left to the runbook, which may make it.
func Originals(ctx context.Context, from mrk.Cloud, book *runbook.Runbook) ([]Copied, error) {
	var found []Copied
	for _, k := range book.Keys {
		live := from
		live.Regions = book.Regions
		set, err := mrk.Read(ctx, live, k.Alias, mrk.EveryPart()...)
		if mrk.IsNotFound(err) {
			continue
		}
		if err != nil {
			return found, fmt.Errorf("read key set %s: %w", k.Name, err)
		}
		found = append(found, Copied{Name: k.Name, Alias: k.Alias, From: set})
	}
	return found, nil
}

// Copy makes key sets that were read in one world again in another: members,
// states, policies, aliases, tags, grants, rotation. What a copy can't have,
// such as the key material, is said in it. Reading is a function of its own
// because each world may keep a time of its own.
func Copy(ctx context.Context, to mrk.Cloud, originals []Copied) error {
	for i := range originals {
		if err := originals[i].make(ctx, to); err != nil {
			return fmt.Errorf("copy key set %s: %w", originals[i].Name, err)
		}
	}
	return nil
}

// make builds the copy: the primary first, then the replicas, then what each
// member has of its own.
func (c *Copied) make(ctx context.Context, to mrk.Cloud) error {
	primary, ok := c.From.Member(c.From.Primary)
	if !ok || !primary.Reached() {
		return errors.New("its primary did not answer, so nobody can say what it is like")
	}
	if primary.Spec != "SYMMETRIC_DEFAULT" {
		c.Without = append(c.Without, "the public key: the copy has a key of its own")
	}
	origin := primary.Origin
	if origin != "AWS_KMS" {
		c.Without = append(c.Without, "imported key material: the copy's is made by KMS")
		origin = ""
	}
	made, err := mrk.Create(ctx, to, mrk.NewKey{
		Region: primary.Region, Spec: primary.Spec, Usage: primary.Usage, Origin: origin, Description: primary.Description,
		Policy: primary.Policy, Tags: primary.Tags, SingleRegion: !primary.MultiRegion, BypassLockout: true,
	})
	if err != nil {
		return err
	}
	if primary.Rotation.Enabled {
		_, err := mrk.SetRotation(ctx, to, mrk.RotationChange{OneMember: mrk.OneMember{Key: made.KeyID, In: primary.Region}, On: true, PeriodDays: primary.Rotation.PeriodDays})
		if err != nil {
			return err
		}
	}
	live := []string{primary.Region}
	for _, m := range c.From.Members {
		if m.Region == primary.Region {
			continue
		}
		if !m.Reached() {
			c.Without = append(c.Without, "the member in "+m.Region+", which did not answer")
			continue
		}
		_, err := mrk.Replicate(ctx, to, mrk.Replication{
			Key: made.KeyID, To: m.Region, At: primary.Region, Policy: m.Policy, Description: m.Description, Tags: m.Tags, BypassLockout: true,
		})
		if err != nil {
			return err
		}
		live = append(live, m.Region)
	}
	if _, err := mrk.WaitState(ctx, to, made.KeyID, live, "Enabled", mrk.Patience{Within: 10 * time.Minute}); err != nil {
		return err
	}
	for _, m := range c.From.Members {
		if slices.Contains(live, m.Region) {
			if err := c.own(ctx, to, made.KeyID, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// own gives one member of the copy what is its own.
func (c *Copied) own(ctx context.Context, to mrk.Cloud, id string, m mrk.Member) error {
	one := mrk.OneMember{Key: id, In: m.Region}
	for _, alias := range m.Aliases {
		if _, err := mrk.SetAlias(ctx, to, mrk.AliasChange{Alias: alias, OneMember: one}); err != nil {
			return err
		}
	}
	for _, g := range m.Grants {
		if _, err := mrk.CreateGrant(ctx, to, mrk.GrantChange{OneMember: one, Grant: g}); err != nil {
			c.Without = append(c.Without, fmt.Sprintf("grant %s in %s: %v", g.ID, m.Region, err))
		}
	}
	switch m.State {
	case "Disabled":
		_, err := mrk.Disable(ctx, to, one)
		return err
	case "PendingDeletion", "PendingReplicaDeletion":
		_, err := mrk.ScheduleDeletion(ctx, to, mrk.Deletion{OneMember: one, Days: 7})
		return err
	}
	return nil
}
