package sim

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// grants are the grants on one member, in the order in which they were made.
type grants struct {
	all []*grant
}

// grant lets a principal use a key in one Region. It never changes.
type grant struct {
	ID              string
	Name            string `json:",omitempty"`
	Created         int64
	Grantee         string `json:",omitempty"` // as identities.known spells it
	GranteeService  string `json:",omitempty"`
	Retiring        string `json:",omitempty"`
	RetiringService string `json:",omitempty"`
	Issuer          string // account
	Operations      []types.GrantOperation
	Subset          map[string]string `json:",omitempty"` // constraint: at least these pairs
	Equals          map[string]string `json:",omitempty"` // constraint: exactly these pairs
	SourceARN       string            `json:",omitempty"`
}

func (g *grants) list() []*grant {
	if g == nil {
		return nil
	}
	return g.all
}

func loadGrants(list []*grant) *grants {
	if len(list) == 0 {
		return nil
	}
	return &grants{all: list}
}

// find is the grant of an id; nil when there is none.
func (g *grants) find(id string) *grant {
	for _, x := range g.list() {
		if x.ID == id {
			return x
		}
	}
	return nil
}

// CreateGrant lets a principal use a key. The same request under the same name
// gives the grant that is there.
//
// Rules: MRK-GRANT-01, MRK-GRANT-04.
func (w *World) CreateGrant(c *Call, in *kms.CreateGrantInput) (out *kms.CreateGrantOutput, err error) {
	t, err := w.begin(c, opCreateGrant, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.find(in.KeyId, idOnly)
	if err != nil {
		return nil, err
	}
	g, err := w.asked(in)
	if err != nil {
		return nil, err
	}
	g.Issuer = c.Principal.Account
	if err := t.authorizeGrant(m, g, in.GrantTokens); err != nil {
		return nil, err
	}
	if err := grantSuits(m, g); err != nil {
		return nil, err
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if in.DryRun != nil && *in.DryRun {
		return nil, dryRun()
	}
	same := slices.IndexFunc(m.grants.list(), func(x *grant) bool { return g.Name != "" && x.same(g) })
	if same >= 0 {
		g = m.grants.all[same]
	} else if err := w.addGrant(m, g); err != nil {
		return nil, err
	}
	token, err := w.grantToken(m, g)
	if err != nil {
		return nil, err
	}
	out = &kms.CreateGrantOutput{GrantId: &g.ID, GrantToken: &token}
	t.out = out
	return out, nil
}

// asked is the grant a request asks for.
func (w *World) asked(in *kms.CreateGrantInput) (*grant, error) {
	if in.GranteePrincipal == nil && in.GranteeServicePrincipal == nil {
		return nil, missing("granteePrincipal")
	}
	if len(in.Operations) == 0 {
		return nil, missing("operations")
	}
	g := &grant{
		Name: text(in.Name), Created: w.nowNanos() / 1e9 * 1e9,
		GranteeService: text(in.GranteeServicePrincipal), RetiringService: text(in.RetiringServicePrincipal),
		Operations: slices.Clone(in.Operations),
	}
	var err error
	if g.Grantee, err = w.grantPrincipal(in.GranteePrincipal, "GranteePrincipal"); err != nil {
		return nil, err
	}
	if g.Retiring, err = w.grantPrincipal(in.RetiringPrincipal, "RetiringPrincipal"); err != nil {
		return nil, err
	}
	if k := in.Constraints; k != nil {
		g.Subset, g.Equals, g.SourceARN = maps.Clone(k.EncryptionContextSubset), maps.Clone(k.EncryptionContextEquals), text(k.SourceArn)
	}
	return g, nil
}

// grantPrincipal checks a principal that a grant is to name.
//
// Rules: MRK-GRANT-03.
func (w *World) grantPrincipal(spelling *string, member string) (string, error) {
	if spelling == nil {
		return "", nil
	}
	kept, exists, valid := w.identities.known(*spelling)
	switch {
	case !valid:
		return "", fail(codeInvalidArn, "ARN is not valid: %s", *spelling)
	case !exists && strings.HasPrefix(*spelling, "arn:"):
		return "", fail(codeInvalidArn, "ARN does not refer to a valid principal: %s", *spelling)
	case !exists:
		return "", fail(codeInvalidArn, "%s does not refer to a valid principal.", member)
	}
	return kept, nil
}

// grantSuits checks that a grant's operations and constraints are for this kind
// of key.
//
// Rules: MRK-GRANT-07, MRK-GRANT-08.
func grantSuits(m *member, g *grant) error {
	valid := grantable(m.set)
	var wrong []types.GrantOperation
	for _, op := range g.Operations {
		if !slices.Contains(valid, op) {
			wrong = append(wrong, op)
		}
	}
	if len(wrong) > 0 {
		kind := "an asymmetric"
		if family(m.set.Spec) != "asymmetric" {
			kind = "a symmetric"
		}
		return fail(codeValidation, "Operations %s are not supported when creating a grant for %s KMS key with key usage %s. Valid operations are %s",
			enumSet(wrong, ""), kind, m.set.Usage, enumSet(valid, ""))
	}
	if !m.set.symmetric() && (len(g.Subset) > 0 || len(g.Equals) > 0) {
		return fail(codeValidation, "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key.")
	}
	return nil
}

// grantable lists the operations that a grant on a key may allow.
func grantable(set *keySet) []types.GrantOperation {
	list := []types.GrantOperation{types.GrantOperationCreateGrant, types.GrantOperationRetireGrant, types.GrantOperationDescribeKey}
	switch set.Usage {
	case types.KeyUsageTypeGenerateVerifyMac:
		return append(list, types.GrantOperationGenerateMac, types.GrantOperationVerifyMac)
	case types.KeyUsageTypeSignVerify:
		return append(list, types.GrantOperationGetPublicKey, types.GrantOperationSign, types.GrantOperationVerify)
	case types.KeyUsageTypeKeyAgreement:
		return append(list, types.GrantOperationGetPublicKey, types.GrantOperationDeriveSharedSecret)
	case types.KeyUsageTypeEncapsulateDecapsulate:
		return append(list, types.GrantOperationGetPublicKey, "Encapsulate", "Decapsulate")
	default:
	}
	list = append(list, types.GrantOperationEncrypt, types.GrantOperationDecrypt, types.GrantOperationReEncryptFrom, types.GrantOperationReEncryptTo)
	if !set.symmetric() {
		return append(list, types.GrantOperationGetPublicKey)
	}
	return append(list, types.GrantOperationGenerateDataKey, types.GrantOperationGenerateDataKeyWithoutPlaintext,
		types.GrantOperationGenerateDataKeyPair, types.GrantOperationGenerateDataKeyPairWithoutPlaintext)
}

// same says whether two grants differ in nothing but id and date.
func (g *grant) same(o *grant) bool {
	a, b := slices.Sorted(slices.Values(g.Operations)), slices.Sorted(slices.Values(o.Operations))
	return g.Name == o.Name && g.Grantee == o.Grantee && g.GranteeService == o.GranteeService && g.Retiring == o.Retiring &&
		g.RetiringService == o.RetiringService && g.SourceARN == o.SourceARN && slices.Equal(a, b) &&
		maps.Equal(g.Subset, o.Subset) && maps.Equal(g.Equals, o.Equals)
}

// Rules: MRK-GRANT-12.
func (w *World) addGrant(m *member, g *grant) error {
	if len(m.grants.list()) >= w.options.Limits.GrantsPerKey {
		return fail(codeLimitExceeded, "")
	}
	id, err := w.makeMaterialID()
	if err != nil {
		return err
	}
	g.ID = id.String()
	if m.grants == nil {
		m.grants = &grants{}
	}
	m.grants.all = append(m.grants.all, g)
	w.touch(m)
	return nil
}
