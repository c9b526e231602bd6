package drill

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// policy returns the key policy of that name: the one that drills give their
// keys, which lets the account manage the key and the application use it, or
// one without the application, or a document with $account filled in.
func (r *run) policy(name string) string {
	account := r.cloud.Origin.Account
	root := fmt.Sprintf("arn:%s:iam::%s:root", partition(r.book.Regions[0]), account)
	admin := fmt.Sprintf(`{"Sid":"Account","Effect":"Allow","Principal":{"AWS":%q},"Action":"kms:*","Resource":"*"}`, root)
	switch name {
	case "", "default":
		return `{"Version":"2012-10-17","Id":"mrkctl-drill","Statement":[` + admin + `]}`
	case "without-applications":
		deny := fmt.Sprintf(`{"Sid":"NoApplications","Effect":"Deny","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Sign","kms:Verify","kms:GenerateMac","kms:VerifyMac"],"Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:*:*::%s:*%s*"}}}`, account, rolePrefix)
		return `{"Version":"2012-10-17","Id":"mrkctl-drill","Statement":[` + admin + `,` + deny + `]}`
	}
	return strings.ReplaceAll(name, "$account", account)
}

// rolePrefix begins the names of the roles that a drill's applications play.
const rolePrefix = "drill-"

func putPolicy(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := mrk.PutPolicy(ctx, r.operator(s.From), mrk.PolicyChange{OneMember: mrk.OneMember{Key: k.id, In: region}, Policy: r.policy(s.With.Policy)})
	return err
}

func aliasOf(s *runbook.Step, k *keySet) string {
	if s.With.Alias != "" {
		return s.With.Alias
	}
	return k.Alias
}

func setAlias(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := mrk.SetAlias(ctx, r.operator(s.From), mrk.AliasChange{Alias: aliasOf(s, k), OneMember: mrk.OneMember{Key: k.id, In: region}})
	return err
}

func deleteAlias(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	return mrk.RemoveAlias(ctx, r.operator(s.From), aliasOf(s, k), region)
}

func grantName(s *runbook.Step) string {
	if s.With.Grantee != "" {
		return s.With.Grantee
	}
	return "app"
}

func createGrant(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	return r.grant(ctx, s.From, k, region, grantName(s), s.With.Operations)
}

// grant gives a role of the drill leave to use a member.
func (r *run) grant(ctx context.Context, from string, k *keySet, region, role string, operations []string) error {
	if len(operations) == 0 {
		operations = []string{"Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"}
	}
	_, err := mrk.CreateGrant(ctx, r.operator(from), mrk.GrantChange{OneMember: mrk.OneMember{Key: k.id, In: region}, Grant: mrk.Grant{
		Name: rolePrefix + role, Grantee: r.roleARN(role), Operations: operations,
	}})
	return err
}

func (r *run) roleARN(role string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s%s", partition(r.book.Regions[0]), r.cloud.Origin.Account, rolePrefix, role)
}

func revokeGrants(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	set, err := mrk.Read(ctx, r.operator(s.From), k.id, mrk.GrantPart)
	if err != nil {
		return err
	}
	m, _ := set.Member(region)
	for _, g := range m.Grants {
		if g.Name != rolePrefix+grantName(s) {
			continue
		}
		if _, err := mrk.RevokeGrant(ctx, r.operator(s.From), mrk.OneMember{Key: k.id, In: region}, g.ID); err != nil {
			return err
		}
	}
	return nil
}

// syncAliases gives every member the aliases of the primary.
func (r *run) syncAliases(ctx context.Context, s *runbook.Step) (seen, error) {
	k, set, err := r.readWhole(ctx, s)
	if err != nil {
		return seen{key: k}, err
	}
	primary, _ := set.Member(set.Primary)
	for _, m := range set.Members {
		for _, alias := range primary.Aliases {
			if _, err := mrk.SetAlias(ctx, r.operator(s.From), mrk.AliasChange{Alias: alias, OneMember: mrk.OneMember{Key: k.id, In: m.Region}}); err != nil {
				return seen{key: k}, err
			}
		}
	}
	return seen{key: k, words: fmt.Sprintf("%s in %s", list(primary.Aliases), list(set.Regions()))}, nil
}

// syncGrants gives every member the named grants of the primary.
func (r *run) syncGrants(ctx context.Context, s *runbook.Step) (seen, error) {
	k, set, err := r.readWhole(ctx, s)
	if err != nil {
		return seen{key: k}, err
	}
	primary, _ := set.Member(set.Primary)
	for _, m := range set.Members {
		for _, g := range primary.Grants {
			if m.Region == set.Primary || g.Name == "" {
				continue
			}
			if _, err := mrk.CreateGrant(ctx, r.operator(s.From), mrk.GrantChange{OneMember: mrk.OneMember{Key: k.id, In: m.Region}, Grant: g}); err != nil {
				return seen{key: k}, err
			}
		}
	}
	return seen{key: k, words: fmt.Sprintf("%d grants in %s", len(primary.Grants), list(set.Regions()))}, nil
}

// syncTags gives every member the tags of the primary; those that a member has
// besides are left to it.
func (r *run) syncTags(ctx context.Context, s *runbook.Step) (seen, error) {
	k, set, err := r.readWhole(ctx, s)
	if err != nil {
		return seen{key: k}, err
	}
	primary, _ := set.Member(set.Primary)
	tags := maps.Clone(primary.Tags)
	maps.DeleteFunc(tags, func(name, _ string) bool { return mrk.ReservedTag(name) })
	for _, m := range set.Members {
		if m.Region == set.Primary || len(tags) == 0 {
			continue
		}
		if _, err := mrk.SetTags(ctx, r.operator(s.From), mrk.TagChange{OneMember: mrk.OneMember{Key: k.id, In: m.Region}, Set: tags}); err != nil {
			return seen{key: k}, err
		}
	}
	return seen{key: k, words: fmt.Sprintf("%d tags in %s", len(tags), list(set.Regions()))}, nil
}

func (r *run) readWhole(ctx context.Context, s *runbook.Step) (*keySet, mrk.KeySet, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return nil, mrk.KeySet{}, err
	}
	c := r.operator(s.From)
	c.Regions = k.regionsWith("")
	set, err := mrk.Read(ctx, c, k.id, mrk.AliasPart, mrk.GrantPart, mrk.TagPart)
	return k, set, err
}
