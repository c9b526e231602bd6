package sim

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ListGrants lists the grants on a key here, oldest first.
//
// Rules: MRK-GRANT-06.
func (w *World) ListGrants(c *Call, in *kms.ListGrantsInput) (out *kms.ListGrantsOutput, err error) {
	t, err := w.begin(c, opListGrants, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	if in.GrantId != nil && !looksLikeGrantID(*in.GrantId) {
		return nil, noGrant(*in.GrantId)
	}
	grantee := ""
	if in.GranteePrincipal != nil {
		kept, exists, valid := w.identities.known(*in.GranteePrincipal)
		switch {
		case !valid:
			return nil, fail(codeInvalidArn, "ARN is not valid: %s", *in.GranteePrincipal)
		case !exists && strings.HasPrefix(*in.GranteePrincipal, "arn:"):
			return nil, fail(codeInvalidArn, "ARN does not refer to a valid principal: %s", *in.GranteePrincipal)
		case !exists:
			return nil, fail(codeInvalidArn, "Input does not refer to a valid principal")
		}
		grantee = kept
	}
	var list []*grant
	for _, g := range m.grants.list() {
		if m.grantsGone > 0 {
			break // a fault has taken them away: nobody sees what nobody can use
		}
		if (in.GrantId == nil || g.ID == *in.GrantId) && (grantee == "" || g.Grantee == grantee) &&
			(in.GranteeServicePrincipal == nil || g.GranteeService == *in.GranteeServicePrincipal) {
			list = append(list, g)
		}
	}
	cut, next, err := page(list, in.Limit, in.Marker, 50, 100, func(i int) string { return list[i].ID })
	if err != nil {
		return nil, err
	}
	out = &kms.ListGrantsOutput{Grants: []types.GrantListEntry{}, NextMarker: next, Truncated: next != nil}
	for _, g := range cut {
		out.Grants = append(out.Grants, w.grantEntry(m, g))
	}
	return out, nil
}

// ListRetirableGrants lists the grants in the caller's Region that a principal
// may retire.
//
// Rules: MRK-GRANT-06.
func (w *World) ListRetirableGrants(c *Call, in *kms.ListRetirableGrantsInput) (out *kms.ListRetirableGrantsOutput, err error) {
	t, err := w.begin(c, opListRetirableGrants, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.RetiringPrincipal == nil && in.RetiringServicePrincipal == nil {
		return nil, missing("retiringPrincipal")
	}
	retiring := ""
	if in.RetiringPrincipal != nil {
		kept, exists, valid := w.identities.known(*in.RetiringPrincipal)
		switch {
		case !valid:
			return nil, fail(codeInvalidArn, "ARN is not valid: %s", *in.RetiringPrincipal)
		case !exists && strings.HasPrefix(*in.RetiringPrincipal, "arn:"):
			return nil, fail(codeInvalidArn, "ARN does not refer to a valid principal: %s", *in.RetiringPrincipal)
		case !exists:
			return nil, fail(codeNotFound, "Retiring principal %s could not be found", *in.RetiringPrincipal)
		}
		retiring = kept
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	var entries []types.GrantListEntry
	for _, m := range t.r.order {
		for _, g := range m.grants.list() {
			if retiring != "" && g.Retiring == retiring || in.RetiringServicePrincipal != nil && g.RetiringService == *in.RetiringServicePrincipal {
				entries = append(entries, w.grantEntry(m, g))
			}
		}
	}
	cut, next, err := page(entries, in.Limit, in.Marker, 50, 100, func(i int) string { return *entries[i].GrantId })
	if err != nil {
		return nil, err
	}
	return &kms.ListRetirableGrantsOutput{Grants: cut, NextMarker: next, Truncated: next != nil}, nil
}

// grantEntry shows a grant.
//
// Rules: MRK-GRANT-02, MRK-GRANT-05.
func (w *World) grantEntry(m *member, g *grant) types.GrantListEntry {
	issuer := "arn:" + m.region.Partition + ":iam::" + g.Issuer + ":root"
	e := types.GrantListEntry{
		KeyId: &m.arn, GrantId: &g.ID, CreationDate: moment(g.Created), IssuingAccount: &issuer, Operations: g.Operations,
	}
	for _, f := range []struct {
		to    **string
		value string
	}{
		{&e.Name, g.Name},
		{&e.GranteePrincipal, w.identities.shown(g.Grantee)},
		{&e.GranteeServicePrincipal, g.GranteeService},
		{&e.RetiringPrincipal, w.identities.shown(g.Retiring)},
		{&e.RetiringServicePrincipal, g.RetiringService},
	} {
		if f.value != "" {
			*f.to = &f.value
		}
	}
	if len(g.Subset) > 0 || len(g.Equals) > 0 || g.SourceARN != "" {
		e.Constraints = &types.GrantConstraints{EncryptionContextSubset: g.Subset, EncryptionContextEquals: g.Equals}
		if g.SourceARN != "" {
			e.Constraints.SourceArn = &g.SourceARN
		}
	}
	return e
}
