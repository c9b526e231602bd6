package sim

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// grantToken makes the token that stands for a grant until everybody knows of
// it: the grant's place, sealed against invention.
func (w *World) grantToken(m *member, g *grant) (string, error) {
	var fresh [8]byte
	if err := w.keys.read(fresh[:]); err != nil {
		return "", broken(codeInternal)
	}
	body := string(fresh[:]) + m.region.Name + "/" + m.set.ID + "/" + g.ID
	return base64.RawURLEncoding.EncodeToString(append(w.tokenSum(body), body...)), nil
}

func (w *World) tokenSum(body string) []byte {
	sum := sha256.Sum256(append(slices.Clone(w.sealing), body...))
	return sum[:16]
}

// tokenGrant is the grant that a token stands for. It fails for what is no
// token; the grant is nil when it has ended since.
//
// Rules: MRK-GRANT-10.
func (w *World) tokenGrant(token string) (*member, *grant, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 24 || string(w.tokenSum(string(b[16:]))) != string(b[:16]) {
		return nil, nil, fail("InvalidGrantTokenException", "")
	}
	parts := strings.SplitN(string(b[24:]), "/", 3)
	r := w.region(parts[0])
	if r == nil || len(parts) != 3 || r.members[parts[1]] == nil {
		return nil, nil, nil
	}
	m := r.members[parts[1]]
	return m, m.grants.find(parts[2]), nil
}

// checkTokens checks grant tokens that come with a request.
func (w *World) checkTokens(tokens []string) error {
	for _, token := range tokens {
		if _, _, err := w.tokenGrant(token); err != nil {
			return err
		}
	}
	return nil
}

// RetireGrant ends a grant at the wish of who may retire it: the principal it
// names for that, a grantee who was granted it, or the key's account.
//
// Rules: MRK-GRANT-11.
func (w *World) RetireGrant(c *Call, in *kms.RetireGrantInput) (out *kms.RetireGrantOutput, err error) {
	t, err := w.begin(c, opRetireGrant, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	var m *member
	var g *grant
	switch {
	case in.GrantToken != nil:
		if m, g, err = w.tokenGrant(*in.GrantToken); err != nil {
			return nil, err
		}
	case in.KeyId == nil || in.GrantId == nil:
		return nil, fail(codeValidation, "Either grant token or key ID and grant ID must be specified.")
	default:
		if m, err = t.find(in.KeyId, idOnly); err != nil {
			return nil, err
		}
		g = m.grants.find(*in.GrantId)
	}
	if g == nil {
		return nil, noGrant(text(in.GrantId))
	}
	if err := t.mayRetire(m, g); err != nil {
		return nil, err
	}
	if in.DryRun != nil && *in.DryRun {
		return nil, dryRun()
	}
	w.endGrant(m, g)
	return &kms.RetireGrantOutput{}, nil
}

// mayRetire checks that the caller may retire a grant: as its retiring
// principal, as a grantee who was granted that, or by permission. Naming a
// principal works like granting it the retirement.
//
// Rules: MRK-GRANT-16.
func (t *task) mayRetire(m *member, g *grant) error {
	var granted []*grant
	named := []string{g.Retiring}
	if g.allows(types.GrantOperationRetireGrant) {
		named = append(named, g.Grantee)
	}
	for _, who := range named {
		if who != "" && t.w.identities.covers(who, t.c.Principal) {
			granted = append(granted, &grant{Grantee: who, Issuer: g.Issuer})
		}
	}
	t.m = m
	if t.plainlyAllowed(m) {
		return nil
	}
	return t.decide(m, granted)
}

// RevokeGrant ends a grant at the wish of who manages the key.
func (w *World) RevokeGrant(c *Call, in *kms.RevokeGrantInput) (out *kms.RevokeGrantOutput, err error) {
	t, err := w.begin(c, opRevokeGrant, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.GrantId == nil {
		return nil, missing("grantId")
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	g := m.grants.find(*in.GrantId)
	if g == nil {
		return nil, noGrant(*in.GrantId)
	}
	if in.DryRun != nil && *in.DryRun {
		return nil, dryRun()
	}
	w.endGrant(m, g)
	return &kms.RevokeGrantOutput{}, nil
}

// noGrant is the answer to the id of a grant that is not there: not found when
// it could be one, invalid when it could not (texts assumed).
//
// Rules: MRK-GRANT-11.
func noGrant(id string) error {
	if !looksLikeGrantID(id) {
		return fail("InvalidGrantIdException", "")
	}
	return fail(codeNotFound, "Grant ID %s not found", id)
}

func looksLikeGrantID(id string) bool { return len(id) == 64 && isHex(id) }

func (w *World) endGrant(m *member, g *grant) {
	m.grants.all = slices.DeleteFunc(slices.Clone(m.grants.all), func(x *grant) bool { return x == g })
	w.touch(m)
}

// allows says whether a grant is for an operation.
func (g *grant) allows(op types.GrantOperation) bool { return slices.Contains(g.Operations, op) }

// permits says whether a grant lets a caller do an operation with an
// encryption context.
func (g *grant) permits(ids identities, p *Principal, op types.GrantOperation, context map[string]string) bool {
	if !g.allows(op) || !(g.Grantee != "" && ids.covers(g.Grantee, p) || g.GranteeService != "" && g.GranteeService == p.Service) {
		return false
	}
	switch op {
	case types.GrantOperationCreateGrant, types.GrantOperationDescribeKey, types.GrantOperationRetireGrant, types.GrantOperationGetPublicKey:
		return true // without encryption context, so not constrained by it
	default:
	}
	for k, v := range g.Subset {
		if got, ok := context[k]; !ok || got != v {
			return false
		}
	}
	if g.Equals == nil {
		return true
	}
	if len(context) != len(g.Equals) {
		return false
	}
	for k, v := range g.Equals {
		if got, ok := context[k]; !ok || got != v {
			return false
		}
	}
	return true
}
