package mrk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// NewKey says what key to create. The zero value of every field but Region is
// AWS's default.
type NewKey struct {
	Region       string            `json:"region"`
	SingleRegion bool              `json:"single_region,omitempty"` // by default the key is a multi-Region primary
	Spec         string            `json:"spec,omitempty"`          // SYMMETRIC_DEFAULT by default
	Usage        string            `json:"usage,omitempty"`         // ENCRYPT_DECRYPT by default
	Origin       string            `json:"origin,omitempty"`        // AWS_KMS by default; EXTERNAL for imported material
	Description  string            `json:"description,omitempty"`
	Policy       string            `json:"policy,omitempty"` // AWS's default policy when empty
	Tags         map[string]string `json:"tags,omitempty"`
	// BypassLockout sends BypassPolicyLockoutSafetyCheck.
	BypassLockout bool `json:"bypass_lockout,omitempty"`
}

// Create makes a key. CreateKey has no idempotency token: after an answer that
// never came, look for the key by its tags before creating another.
func Create(ctx context.Context, c Cloud, k NewKey) (Member, error) {
	in := &kms.CreateKeyInput{
		MultiRegion: aws.Bool(!k.SingleRegion), KeySpec: types.KeySpec(k.Spec), KeyUsage: types.KeyUsageType(k.Usage), Origin: types.OriginType(k.Origin),
		Description: optional(k.Description), Policy: optional(k.Policy), Tags: tagList(k.Tags), BypassPolicyLockoutSafetyCheck: k.BypassLockout,
	}
	out, err := call(ctx, c, k.Region, c.Client(k.Region).CreateKey, in)
	if err != nil {
		return Member{}, err
	}
	return memberOf(k.Region, out.KeyMetadata), nil
}

// Replication says which key to copy where.
type Replication struct {
	Key         string            `json:"key"`          // key id, ARN or alias
	To          string            `json:"to"`           // Region of the new member
	At          string            `json:"at,omitempty"` // Region to ask; the primary's when empty
	Policy      string            `json:"policy,omitempty"`
	Description string            `json:"description,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	// BypassLockout sends BypassPolicyLockoutSafetyCheck.
	BypassLockout bool `json:"bypass_lockout,omitempty"`
}

// Replicate asks for a new replica and returns it as KMS announced it, in
// state Creating. Without a policy the replica gets AWS's default policy, not
// the primary's: neither policy, description, tags nor aliases are copied.
func Replicate(ctx context.Context, c Cloud, r Replication) (Member, error) {
	id, at, err := c.resolve(ctx, r.Key, r.At)
	if err != nil {
		return Member{}, err
	}
	out, err := call(ctx, c, at, c.Client(at).ReplicateKey, &kms.ReplicateKeyInput{
		KeyId: aws.String(id), ReplicaRegion: aws.String(r.To), Policy: optional(r.Policy), Description: optional(r.Description),
		Tags: tagList(r.Tags), BypassPolicyLockoutSafetyCheck: r.BypassLockout,
	})
	if err != nil {
		return Member{}, err
	}
	return memberOf(r.To, out.ReplicaKeyMetadata), nil
}

// Promotion says which replica is to become the primary.
type Promotion struct {
	Key string `json:"key"`          // key id, ARN or alias
	To  string `json:"to"`           // Region of the replica
	At  string `json:"at,omitempty"` // Region to ask; the primary's when empty
}

// Promoted is what a promotion that was accepted changes.
type Promoted struct {
	ID   string `json:"id"`
	At   string `json:"at"` // Region that was asked
	From string `json:"from,omitempty"`
	To   string `json:"to"`
}

// Promote asks the primary to hand its role to a replica. KMS answers at once
// and both members then read Updating for some seconds (recorded: 3 to 8);
// WaitPrimary waits that out. Only the current primary can be asked, so a
// primary in a Region that does not answer can't be replaced.
func Promote(ctx context.Context, c Cloud, p Promotion) (Promoted, error) {
	id, at, err := c.resolve(ctx, p.Key, p.At)
	if err != nil {
		return Promoted{}, err
	}
	_, err = call(ctx, c, at, c.Client(at).UpdatePrimaryRegion, &kms.UpdatePrimaryRegionInput{KeyId: aws.String(id), PrimaryRegion: aws.String(p.To)})
	if err != nil {
		return Promoted{}, err
	}
	return Promoted{ID: id, At: at, From: at, To: p.To}, nil
}

// OneMember names a member of a key set.
type OneMember struct {
	Key string `json:"key"`          // key id, ARN or alias
	In  string `json:"in,omitempty"` // Region of the member; the primary's when empty
}

// Rotate asks for new key material now. KMS takes minutes over it (recorded:
// 460 seconds with two replicas) and allows 25 in the life of a key.
func Rotate(ctx context.Context, c Cloud, m OneMember) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: id})
		return err
	})
}

// RotationChange turns automatic rotation on or off.
type RotationChange struct {
	OneMember
	On bool `json:"on"`
	// PeriodDays is how often to rotate, 90 to 2560. Zero keeps the period of a
	// key that rotates already and means 365 otherwise.
	PeriodDays int `json:"period_days,omitempty"`
}

// SetRotation turns automatic rotation on or off, at the primary.
func SetRotation(ctx context.Context, c Cloud, r RotationChange) (Asked, error) {
	return ask(ctx, c, r.OneMember, func(client *kms.Client, ctx context.Context, id *string) error {
		if !r.On {
			_, err := client.DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: id})
			return err
		}
		in := &kms.EnableKeyRotationInput{KeyId: id}
		if r.PeriodDays != 0 {
			in.RotationPeriodInDays = aws.Int32(int32(min(max(r.PeriodDays, 0), 1<<20))) //nolint:gosec // bounded
		}
		_, err := client.EnableKeyRotation(ctx, in)
		return err
	})
}

// Enable makes a disabled member usable again. Members are enabled and
// disabled each for itself.
func Enable(ctx context.Context, c Cloud, m OneMember) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.EnableKey(ctx, &kms.EnableKeyInput{KeyId: id})
		return err
	})
}

// Disable makes a member refuse cryptographic calls, in its own Region only.
func Disable(ctx context.Context, c Cloud, m OneMember) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.DisableKey(ctx, &kms.DisableKeyInput{KeyId: id})
		return err
	})
}

// Describe sets a member's description.
func Describe(ctx context.Context, c Cloud, m OneMember, text string) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: id, Description: aws.String(text)})
		return err
	})
}

// Asked is a change that KMS accepted.
type Asked struct {
	ID string `json:"id"`
	In string `json:"in"` // Region that was asked
}

// ask makes one change of one member.
func ask(ctx context.Context, c Cloud, m OneMember, change func(*kms.Client, context.Context, *string) error) (Asked, error) {
	id, in, err := c.resolve(ctx, m.Key, m.In)
	if err != nil {
		return Asked{}, err
	}
	limited, cancel := c.limited(ctx)
	defer cancel()
	if err := change(c.Client(in), limited, aws.String(id)); err != nil {
		return Asked{}, translate(in, err)
	}
	return Asked{ID: id, In: in}, nil
}

// resolve finds a key's id and the Region to ask: the one that was named, or
// the primary's. A key id with a named Region needs no call at all, so that a
// change can be tried while every other Region is dark.
func (c Cloud) resolve(ctx context.Context, ref, at string) (id, region string, err error) {
	r, err := ParseRef(ref)
	if err != nil {
		return "", "", err
	}
	if r.ID != "" && at != "" {
		return r.ID, at, nil
	}
	p, err := Find(ctx, c, ref)
	if err != nil {
		return "", "", err
	}
	if at != "" {
		return p.ID, at, nil
	}
	if p.Primary == "" {
		return "", "", fmt.Errorf("no member of %s says which Region has its primary; wait some seconds and try again", p.ID)
	}
	return p.ID, p.Primary, nil
}

// tagList returns tags in the order of their keys, so that a request is the
// same each time it is built.
func tagList(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, k := range slices.SortedFunc(maps.Keys(tags), cmp.Compare[string]) {
		list = append(list, types.Tag{TagKey: aws.String(k), TagValue: aws.String(tags[k])})
	}
	return list
}

// optional is nil for an empty text: AWS tells an empty member from an absent one.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
