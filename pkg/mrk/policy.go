package mrk

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// PolicyChange gives one member a new key policy.
type PolicyChange struct {
	OneMember
	Policy        string `json:"policy"`
	BypassLockout bool   `json:"bypass_lockout,omitempty"`
}

// PutPolicy replaces the key policy of one member; the others keep theirs.
func PutPolicy(ctx context.Context, c Cloud, p PolicyChange) (Asked, error) {
	return ask(ctx, c, p.OneMember, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{
			KeyId: id, PolicyName: aws.String("default"), Policy: aws.String(p.Policy), BypassPolicyLockoutSafetyCheck: p.BypassLockout,
		})
		return err
	})
}

// TagChange sets and removes tags of one member.
type TagChange struct {
	OneMember
	Set    map[string]string `json:"set,omitempty"`
	Remove []string          `json:"remove,omitempty"`
}

// SetTags sets, then removes, tags of one member.
func SetTags(ctx context.Context, c Cloud, t TagChange) (Asked, error) {
	return ask(ctx, c, t.OneMember, func(client *kms.Client, ctx context.Context, id *string) error {
		if len(t.Set) > 0 {
			if _, err := client.TagResource(ctx, &kms.TagResourceInput{KeyId: id, Tags: tagList(t.Set)}); err != nil {
				return err
			}
		}
		if len(t.Remove) > 0 {
			if _, err := client.UntagResource(ctx, &kms.UntagResourceInput{KeyId: id, TagKeys: slices.Sorted(slices.Values(t.Remove))}); err != nil {
				return err
			}
		}
		return nil
	})
}

// GrantChange gives one member a grant.
type GrantChange struct {
	OneMember
	Grant Grant `json:"grant"`
}

// CreateGrant makes a grant and returns its id. With a name the call can be
// repeated: KMS answers with the grant that exists (recorded). The grant's
// token is not returned, so that it can't end up in a log.
func CreateGrant(ctx context.Context, c Cloud, g GrantChange) (id string, err error) {
	_, err = ask(ctx, c, g.OneMember, func(client *kms.Client, ctx context.Context, key *string) error {
		in := &kms.CreateGrantInput{KeyId: key, GranteePrincipal: optional(g.Grant.Grantee), RetiringPrincipal: optional(g.Grant.Retiring), Name: optional(g.Grant.Name)}
		for _, op := range g.Grant.Operations {
			in.Operations = append(in.Operations, types.GrantOperation(op))
		}
		if len(g.Grant.Equals) > 0 || len(g.Grant.Subset) > 0 {
			in.Constraints = &types.GrantConstraints{
				EncryptionContextEquals: maps.Clone(g.Grant.Equals), EncryptionContextSubset: maps.Clone(g.Grant.Subset),
			}
		}
		out, err := client.CreateGrant(ctx, in)
		if err == nil {
			id = aws.ToString(out.GrantId)
		}
		return err
	})
	return id, err
}

// RevokeGrant takes a grant of one member back.
func RevokeGrant(ctx context.Context, c Cloud, m OneMember, grant string) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.RevokeGrant(ctx, &kms.RevokeGrantInput{KeyId: id, GrantId: aws.String(grant)})
		return err
	})
}
