package sim

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// task is one call on its way through the world: it carries what the trail
// will say of it.
type task struct {
	w  *World
	c  *Call
	r  *region
	op Op
	m  *member // the key it is about, once known
	// known carries request parameters for the trail beyond the key: the
	// canonical encryption context of a cryptographic call.
	known string
	// in is the request: policies look at it, and a change's record shows it
	// together with out, the answer.
	in, out any
	// side is the permission of the side of a ReEncrypt that is at hand.
	side string
	// source is ReEncrypt's source key, and sealed its encryption context.
	source *member
	sealed string
	// named says that the request named a key that could not be shown to the caller.
	named bool
	// twin is the second record of calls that AWS logs in two Regions.
	twin *member
}

// begin admits a call: its Region must exist and its caller keep to the quota.
//
// Rules: MRK-NET-01, MRK-REPLICATE-05.
func (w *World) begin(c *Call, op Op, in any) (task, error) {
	t := task{w: w, c: c, op: op, r: w.region(c.Region), in: in}
	if t.r == nil {
		return t, fail("UnknownEndpoint", "no Region %s in this world", c.Region)
	}
	if c.RequestID == (RequestID{}) {
		c.RequestID = w.NewRequestID()
	}
	if t.r.closed {
		return t, &Error{Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid.", Status: 400}
	}
	if !w.admitCall(&t) {
		return t, throttled()
	}
	return t, nil
}

// end writes the trail's record of a call.
func (t *task) end(err *error) {
	if t.r == nil {
		return
	}
	var e *Error
	switch {
	case *err == nil:
		t.record("", "")
	case errors.As(*err, &e):
		t.record(e.Code, e.Message)
	default:
		t.record("InternalFailure", "")
	}
}

// forms are the ways in which an operation lets a key be named.
type forms uint8

const (
	idOnly  forms = iota // key id or key ARN
	anyName              // also alias name or alias ARN
)

// find resolves a key identifier in the endpoint's Region.
//
// Rules: MRK-NAME-01, MRK-NAME-03.
func (t *task) find(name *string, as forms) (*member, error) {
	if name == nil {
		return nil, missing("keyId")
	}
	id := *name
	account := t.c.Principal.Account
	// The ways most calls come: a bare id, or the ARN of a key here.
	if strings.HasPrefix(id, t.r.arnPrefix) {
		rest := id[len(t.r.arnPrefix):]
		if owner, key, ok := strings.Cut(rest, ":key/"); ok {
			return t.own(t.r.members[key], owner, key)
		}
		if owner, alias, ok := strings.Cut(rest, ":alias/"); ok {
			return t.byAlias(owner, "alias/"+alias, as)
		}
		return nil, fail(codeInvalidArn, "Invalid arn %s", id)
	}
	if m := t.r.members[id]; m != nil && m.set.Account == account {
		t.m = m
		return m, nil
	}
	switch {
	case strings.HasPrefix(id, "arn:"):
		return nil, t.foreignARN(id)
	case strings.HasPrefix(id, "alias/"):
		return t.byAlias(account, id, as)
	case !looksLikeKeyID(id):
		return nil, fail(codeNotFound, "Invalid keyId '%s'", id)
	}
	return nil, fail(codeNotFound, "Key '%s' does not exist", t.r.keyARN(account, id))
}

// own checks that a key found by its ARN belongs to the account the ARN names.
//
// Rules: MRK-NAME-07.
func (t *task) own(m *member, owner, id string) (*member, error) {
	if m != nil && m.set.Account == owner {
		t.m = m
		return m, nil
	}
	if owner != t.c.Principal.Account {
		t.named = true
		return nil, t.denied(nil, "because no resource-based policy allows")
	}
	if !looksLikeKeyID(id) {
		return nil, fail(codeNotFound, "Invalid keyId '%s'", id)
	}
	return nil, fail(codeNotFound, "Key '%s' does not exist", t.r.keyARN(owner, id))
}

// byAlias resolves an alias of this Region.
//
// Rules: MRK-NAME-04, MRK-NAME-05.
func (t *task) byAlias(account, name string, as forms) (*member, error) {
	if as == idOnly {
		return nil, fail(codeInvalidArn, "Key Aliases are not supported for this operation.")
	}
	a := t.r.aliases[account+"/"+name]
	if a == nil {
		return nil, fail(codeNotFound, "Alias %s is not found.", t.r.aliasARN(account, name))
	}
	if m := t.r.members[a.Target]; m != nil {
		t.m = m
		return m, nil
	}
	return nil, fail(codeNotFound, "Alias %s is not found.", t.r.aliasARN(account, name))
}

// foreignARN is what an ARN that is not of this Region gets: KMS never looks
// into another Region, not even for a related key (MRK-NAME-02).
//
// Rules: MRK-NAME-02.
func (t *task) foreignARN(arn string) error {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[2] != "kms" {
		return fail(codeInvalidArn, "Invalid arn %s", arn)
	}
	return fail(codeNotFound, "Invalid arn %s", parts[3])
}

// looksLikeKeyID says whether a name is a UUID or mrk- and 32 hexadecimal digits.
func looksLikeKeyID(id string) bool {
	if rest, ok := strings.CutPrefix(id, "mrk-"); ok {
		return len(rest) == 32 && isHex(rest)
	}
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (id[i] == '-') {
			return false
		}
	}
	return isHex(strings.ReplaceAll(id, "-", ""))
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// key finds a key for an operation that manages it, and checks that the caller
// may. States are the operation's own affair: see ready.
func (t *task) key(name *string) (*member, error) {
	m, err := t.find(name, idOnly)
	if err != nil {
		return nil, err
	}
	return m, t.authorize(m)
}

// use finds a key for an operation that uses it in cryptography, checks the
// caller's permission and grant tokens, the key's usage, its state, and the
// request quota: the path every cryptographic operation goes, in AWS's order.
func (t *task) use(name *string, usage types.KeyUsageType, tokens []string) (*member, error) {
	m, err := t.find(name, anyName)
	if err != nil {
		return nil, err
	}
	return m, t.useMember(m, usage, tokens)
}

// usePair is use for a key pair or a MAC key, whose one key material it returns.
func (t *task) usePair(name *string, usage types.KeyUsageType, tokens []string) (*member, *keymaterial.Key, error) {
	m, err := t.use(name, usage, tokens)
	if err != nil {
		return nil, nil, err
	}
	k, err := m.pair()
	return m, k, err
}

// useMember is use for a key that is already found.
//
// Rules: MRK-CRYPTO-14, MRK-KEY-11.
func (t *task) useMember(m *member, usage types.KeyUsageType, tokens []string) error {
	t.m = m
	if err := t.authorizeUse(m, tokens); err != nil {
		return err
	}
	if m.set.Usage != usage {
		return fail(codeInvalidKeyUsage, "%s key usage is %s which is not valid for %s.", m.arn, m.set.Usage, t.op)
	}
	if err := t.ready(m); err != nil {
		return err
	}
	if !t.w.admitCrypto(t, m) {
		return throttled()
	}
	return nil
}

// missing is the answer to a request without a member that it needs.
func missing(member string) error {
	return fail(codeValidation, "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

// outOfRange is the answer to a number outside what the model allows.
func outOfRange(member string, value, least, most int64) error {
	if value < least {
		return fail(codeValidation, "1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d", value, member, least)
	}
	if value > most {
		return fail(codeValidation, "1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", value, member, most)
	}
	return nil
}

// badLength is the answer to a sensitive value that is too short or too long.
//
// Rules: MRK-CRYPTO-12.
func badLength(member string, length, least, most int) error {
	if length < least {
		return fail(codeValidation, "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length greater than or equal to %d", member, least)
	}
	if length > most {
		return fail(codeValidation, "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", member, most)
	}
	return nil
}

// dryRun is how a call with DryRun ends that would have succeeded.
func dryRun() error {
	return fail(codeDryRun, "The request would have succeeded, but the DryRun option is set.")
}

// succeeds ends a cryptographic call: with the dry run's error, or by noting
// that the key was used.
//
// Rules: MRK-KEY-12, MRK-CRYPTO-13.
func (t *task) succeeds(dry *bool) error {
	if dry != nil && *dry {
		return dryRun()
	}
	m := t.m
	m.useMu.Lock()
	m.used = lastUse{At: t.w.nowNanos(), Op: t.op, Request: t.c.RequestID}
	m.useMu.Unlock()
	return nil
}
