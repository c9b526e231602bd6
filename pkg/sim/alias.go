package sim

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// alias is a name for a key in one Region. Related keys do not share them.
type alias struct {
	Account string
	Name    string // begins with alias/
	Target  string // key id
	Created int64
	Updated int64
}

// CreateAlias gives a key a name.
//
// Rules: MRK-ALIAS-01, MRK-ALIAS-02, MRK-ALIAS-05.
func (w *World) CreateAlias(c *Call, in *kms.CreateAliasInput) (out *kms.CreateAliasOutput, err error) {
	t, err := w.begin(c, opCreateAlias, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	name, m, err := t.naming(in.AliasName, in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	if t.r.aliases[c.Principal.Account+"/"+name] != nil {
		return nil, fail(codeAlreadyExists, "An alias with the name %s already exists", t.r.aliasARN(c.Principal.Account, name))
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if len(m.names) >= w.options.Limits.AliasesPerKey {
		return nil, fail(codeLimitExceeded, "")
	}
	w.addAlias(m, name)
	return &kms.CreateAliasOutput{}, nil
}

// naming reads which key is to have which alias.
func (t *task) naming(alias, key *string) (string, *member, error) {
	name, err := aliasName(alias, true)
	if err != nil {
		return "", nil, err
	}
	if key == nil {
		return "", nil, missing("targetKeyId")
	}
	m, err := t.target(key)
	return name, m, err
}

// target finds the key an alias is to name: the caller's own, by id or ARN.
func (t *task) target(name *string) (*member, error) {
	if strings.HasPrefix(*name, "alias/") || strings.Contains(*name, ":alias/") {
		return nil, fail(codeValidation, "Aliases must refer to keys. Not aliases")
	}
	return t.key(name)
}

// aliasName checks the name of an alias that is to be made or changed.
//
// Rules: MRK-ALIAS-03.
func aliasName(name *string, create bool) (string, error) {
	switch {
	case name == nil:
		return "", missing("aliasName")
	case !strings.HasPrefix(*name, "alias/"):
		return "", fail(codeValidation, "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
	case *name == "alias/", strings.Contains(*name, ":"):
		return "", fail(codeInvalidAlias, "")
	case create && strings.HasPrefix(*name, "alias/aws/"):
		return "", fail("NotAuthorizedException", "")
	}
	return *name, nil
}

func (w *World) addAlias(m *member, name string) {
	r, account := m.region, m.set.Account
	a := &alias{Account: account, Name: name, Target: m.set.ID, Created: w.nowMillis(), Updated: w.nowMillis()}
	full := account + "/" + name
	r.aliases[full] = a
	at, _ := slices.BinarySearch(r.names, full)
	r.names = slices.Insert(r.names, at, full)
	m.names = with(m.names, name)
	w.touchAlias(r, a)
}

func (w *World) removeAlias(r *region, a *alias) {
	full := a.Account + "/" + a.Name
	delete(r.aliases, full)
	if at, ok := slices.BinarySearch(r.names, full); ok {
		r.names = slices.Delete(r.names, at, at+1)
	}
	if m := r.members[a.Target]; m != nil {
		m.names = without(m.names, a.Name)
	}
	w.touchGone(aliasID(r, a))
}

// UpdateAlias points an alias at another key of the same kind.
//
// Rules: MRK-ALIAS-04.
func (w *World) UpdateAlias(c *Call, in *kms.UpdateAliasInput) (out *kms.UpdateAliasOutput, err error) {
	t, err := w.begin(c, opUpdateAlias, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	name, m, err := t.naming(in.AliasName, in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	a := t.r.aliases[c.Principal.Account+"/"+name]
	if a == nil {
		return nil, fail(codeNotFound, "Alias %s is not found.", t.r.aliasARN(c.Principal.Account, name))
	}
	if err := t.ready(m); err != nil {
		return nil, err
	}
	if old := t.r.members[a.Target]; old != nil && (old.set.Usage != m.set.Usage || family(old.set.Spec) != family(m.set.Spec)) {
		return nil, fail(codeValidation, "Alias %s cannot be changed from key %s to key %s, which is of another type or usage.", name, a.Target, m.set.ID)
	}
	if len(m.names) >= w.options.Limits.AliasesPerKey && a.Target != m.set.ID {
		return nil, fail(codeLimitExceeded, "")
	}
	if old := t.r.members[a.Target]; old != nil {
		old.names = without(old.names, name)
	}
	a.Target, a.Updated = m.set.ID, w.nowMillis()
	m.names = with(m.names, name)
	w.touchAlias(t.r, a)
	return &kms.UpdateAliasOutput{}, nil
}

// family is the kind of key an alias may be moved within.
func family(spec types.KeySpec) string {
	switch {
	case spec == types.KeySpecSymmetricDefault:
		return "symmetric"
	case strings.HasPrefix(string(spec), "HMAC_"):
		return "hmac"
	}
	return "asymmetric"
}

// DeleteAlias takes a name away from a key, whatever the key's state.
func (w *World) DeleteAlias(c *Call, in *kms.DeleteAliasInput) (out *kms.DeleteAliasOutput, err error) {
	t, err := w.begin(c, opDeleteAlias, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	name, err := aliasName(in.AliasName, true)
	if err != nil {
		return nil, err
	}
	a := t.r.aliases[c.Principal.Account+"/"+name]
	if a == nil {
		return nil, fail(codeNotFound, "Alias %s is not found.", t.r.aliasARN(c.Principal.Account, name))
	}
	if m := t.r.members[a.Target]; m != nil {
		if err := t.authorize(m); err != nil {
			return nil, err
		}
	}
	w.removeAlias(t.r, a)
	return &kms.DeleteAliasOutput{}, nil
}

// ListAliases lists the aliases of the account here, or those of one key, by name.
//
// Rules: MRK-ALIAS-06.
func (w *World) ListAliases(c *Call, in *kms.ListAliasesInput) (out *kms.ListAliasesOutput, err error) {
	t, err := w.begin(c, opListAliases, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	prefix := c.Principal.Account + "/"
	var names []string
	if in.KeyId != nil {
		m, err := t.key(in.KeyId)
		if err != nil {
			return nil, err
		}
		for _, name := range m.names {
			names = append(names, prefix+name)
		}
	} else {
		from, _ := slices.BinarySearch(t.r.names, prefix)
		to, _ := slices.BinarySearch(t.r.names, c.Principal.Account+"0") // the character after the slash
		names = t.r.names[from:to]
	}
	cut, next, err := page(names, in.Limit, in.Marker, 50, 100, func(i int) string { return names[i] })
	if err != nil {
		return nil, err
	}
	out = &kms.ListAliasesOutput{Aliases: []types.AliasListEntry{}, NextMarker: next, Truncated: next != nil}
	for _, full := range cut {
		a := t.r.aliases[full]
		arn := t.r.aliasARN(a.Account, a.Name)
		out.Aliases = append(out.Aliases, types.AliasListEntry{
			AliasName: &a.Name, AliasArn: &arn, TargetKeyId: &a.Target,
			CreationDate: moment(a.Created), LastUpdatedDate: moment(a.Updated),
		})
	}
	return out, nil
}
