package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// one is the only Region that a step names; empty when it names none, which
// means that of the primary.
func one(regions []string) string {
	if len(regions) == 0 {
		return ""
	}
	return regions[0]
}

// keyName is how a call names a key: by its id, by an alias, or by the ARN of
// the member in a Region, which need not be the Region that is called.
func (r *run) keyName(k *keySet, region, by, member string) string {
	switch {
	case member != "":
		return r.arn(k, member)
	case by == "alias":
		return k.Alias
	case by == "arn":
		return r.arn(k, region)
	}
	return k.id
}

func (r *run) arn(k *keySet, region string) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", partition(region), region, r.cloud.Origin.Account, k.id)
}

// asksPrimary says whether a step's call goes to the Region that holds the
// primary, as far as the drill has seen.
func (r *run) asksPrimary(s *runbook.Step) bool {
	k, err := r.key(s.With.Key)
	if err != nil {
		return false
	}
	at := one(s.In)
	return at == "" || at == r.primaryOf(k)
}

func (r *run) keyCreate(ctx context.Context, s *runbook.Step) (seen, error) {
	book, ok := r.book.Key(s.With.Key)
	if !ok {
		return seen{}, fmt.Errorf("no key set named %q", s.With.Key)
	}
	k, err := r.key(book.Name)
	if err == nil && r.looksFirst(s) {
		err = r.complete(ctx, k) // its making was under way when the process died
	} else {
		k, err = r.makeKey(ctx, book)
	}
	if err != nil {
		return seen{}, err
	}
	return seen{key: k, words: "made " + k.id}, nil
}

func (r *run) keyReplicate(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	if so, err := r.isSo(ctx, s, k, s.With.To); so || err != nil {
		if so {
			r.joined(k, s.With.To)
		}
		r.spentBefore(s, so, "new-keys")
		return seen{key: k, words: s.With.To + " has a replica already"}, err
	}
	if err := r.mayStillSpend(s, "new-keys"); err != nil {
		return seen{key: k}, err
	}
	at := one(s.In)
	if s.With.By == "alias" && at != "" {
		_, err := r.client(at, at).ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: aws.String(k.Alias), ReplicaRegion: aws.String(s.With.To)})
		return seen{key: k}, err
	}
	m, err := mrk.Replicate(ctx, r.operator(s.From), mrk.Replication{Key: k.id, To: s.With.To, At: at, Policy: r.policy(""), Tags: r.drillTags(k.Name)})
	if err != nil {
		return seen{key: k}, err
	}
	r.spend("new-keys")
	r.joined(k, s.With.To)
	return seen{key: k, words: s.With.To + " " + m.State}, nil
}

func (r *run) keyPromote(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	if so, err := r.isSo(ctx, s, k, s.With.To); so || err != nil {
		r.spentBefore(s, so, "promotions")
		return seen{key: k, words: s.With.To + " is primary already"}, err
	}
	if err := r.mayStillSpend(s, "promotions"); err != nil {
		return seen{key: k}, err
	}
	at := one(s.In)
	if s.With.By == "alias" && at != "" {
		_, err := r.client(at, at).UpdatePrimaryRegion(ctx, &kms.UpdatePrimaryRegionInput{KeyId: aws.String(k.Alias), PrimaryRegion: aws.String(s.With.To)})
		return seen{key: k}, err
	}
	p, err := mrk.Promote(ctx, r.operator(s.From), mrk.Promotion{Key: k.id, To: s.With.To, At: at})
	if err != nil {
		return seen{key: k}, err
	}
	r.spend("promotions")
	r.lookSoon()
	return seen{key: k, words: fmt.Sprintf("%s hands over to %s", p.At, p.To)}, nil
}

func (r *run) keyRotate(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	if err := r.mayStillSpend(s, "rotations"); err != nil {
		return seen{key: k}, err
	}
	r.lookNow(ctx, k)
	old := r.materialOf(k)
	asked, err := mrk.Rotate(ctx, r.operator(s.From), mrk.OneMember{Key: k.id, In: one(s.In)})
	if err != nil {
		return seen{key: k}, err
	}
	r.mu.Lock()
	k.old = old
	r.mu.Unlock()
	r.spend("rotations")
	r.lookSoon()
	return seen{key: k, words: "accepted by " + asked.In}, nil
}

func (r *run) keyRotation(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	on := s.With.Enabled == nil || *s.With.Enabled
	r.lookNow(ctx, k)
	old := r.materialOf(k)
	asked, err := mrk.SetRotation(ctx, r.operator(s.From), mrk.RotationChange{
		OneMember: mrk.OneMember{Key: k.id, In: one(s.In)}, On: on, PeriodDays: int(s.With.Every / (24 * time.Hour)),
	})
	if err != nil {
		return seen{key: k}, err
	}
	r.mu.Lock()
	k.old = old
	r.mu.Unlock()
	return seen{key: k, words: fmt.Sprintf("automatic rotation %s, by %s", map[bool]string{true: "on", false: "off"}[on], asked.In)}, nil
}

func enableMember(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := mrk.Enable(ctx, r.operator(s.From), mrk.OneMember{Key: k.id, In: region})
	r.lookSoon()
	return err
}

func disableMember(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := mrk.Disable(ctx, r.operator(s.From), mrk.OneMember{Key: k.id, In: region})
	r.lookSoon()
	return err
}

func deleteMember(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := mrk.ScheduleDeletion(ctx, r.operator(s.From), mrk.Deletion{OneMember: mrk.OneMember{Key: k.id, In: region}, Days: s.With.Days})
	r.lookSoon()
	return err
}

func cancelDeletion(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := mrk.CancelDeletion(ctx, r.operator(s.From), mrk.OneMember{Key: k.id, In: region})
	r.lookSoon()
	return err
}

// keyShow only looks; what is expected decides.
func (r *run) keyShow(_ context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	return seen{key: k}, err
}

// regionsWith returns the Regions that hold a member, and one more.
func (k *keySet) regionsWith(region string) []string {
	in := slices.Clone(k.live)
	if region != "" && !slices.Contains(in, region) {
		in = append(in, region)
	}
	return in
}

// joined notes that a Region holds a member now.
func (r *run) joined(k *keySet, region string) {
	r.mu.Lock()
	known := slices.Contains(k.live, region)
	if !known {
		k.live = append(k.live, region)
	}
	r.mu.Unlock()
	if !known {
		r.watchMember(k, region)
	}
	r.lookSoon()
}

// spend counts something that can't be given back.
func (r *run) spend(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spent[what]++
}

// spentBefore counts what a step had used up before the process died, when no
// answer to its call was written down any more.
func (r *run) spentBefore(s *runbook.Step, so bool, what string) {
	if so && !r.answered[s.ID] && !strings.HasPrefix(s.ID, undoPrefix) {
		r.spend(what)
	}
}

// partition is the AWS partition of a Region, by the prefix of its name.
func partition(region string) string {
	switch {
	case len(region) > 3 && region[:3] == "cn-":
		return "aws-cn"
	case len(region) > 7 && region[:7] == "us-gov-":
		return "aws-us-gov"
	}
	return "aws"
}
