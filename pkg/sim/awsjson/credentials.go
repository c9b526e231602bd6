package awsjson

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// The credentials that every served world knows: an administrator of its own
// account.
const (
	DefaultAccessKey = "test"
	DefaultSecret    = "test"
)

// Credential lets a client sign as a principal.
type Credential struct {
	// AccessKey and Secret are the two halves of the access key.
	AccessKey, Secret string
	// Token is the session token that has to come along; empty for long-lived keys.
	Token string
	// Principal is who the key belongs to.
	Principal *sim.Principal
}

// keyring finds the principal of a signed request and checks the signature.
type keyring struct {
	account string
	known   map[string]Credential
	regions map[string]string // partitions of every Region of AWS; asked for with each request
	derived sync.Map          // of derivedID to []byte
	callers sync.Map          // of callerID to *sim.Principal
}

// callerID names a caller. Only those whose signature was right are kept, so
// their number is bounded by what clients with the secret make up.
type callerID struct{ accessKey, partition string }

// derivedID names a signing key. Only scopes that passed the checks get one, so
// their number is bounded by Regions, services, secrets and days.
type derivedID struct{ secret, date, region, service string }

func newKeyring(account string, more []Credential) *keyring {
	k := &keyring{account: account, known: map[string]Credential{}, regions: map[string]string{}}
	for _, r := range sim.AllRegions() {
		k.regions[r.Name] = r.Partition
	}
	k.known[DefaultAccessKey] = Credential{AccessKey: DefaultAccessKey, Secret: DefaultSecret, Principal: &sim.Principal{
		ARN: "arn:aws:iam::" + account + ":user/" + DefaultAccessKey, Account: account,
		ID: "AIDAMRKCTLSIMULATOR00", AccessKey: DefaultAccessKey, Operator: true,
	}}
	for _, c := range more {
		k.known[c.AccessKey] = c
	}
	return k
}

// credential finds an access key. Beside the known ones, test.ROLE.SESSION is
// the session of an assumed role of the world's account, with the same secret
// as test: so a caller can be several principals without asking first.
func (k *keyring) credential(accessKey string) (Credential, bool) {
	if c, ok := k.known[accessKey]; ok {
		return c, true
	}
	rest, ok := strings.CutPrefix(accessKey, DefaultAccessKey+".")
	role, session, two := strings.Cut(rest, ".")
	if !ok || !two || !plainName(role) || !plainName(session) {
		return Credential{}, false
	}
	accessKey = strings.Clone(accessKey) // not the whole header it is part of
	return Credential{AccessKey: accessKey, Secret: DefaultSecret, Principal: &sim.Principal{
		ARN:     "arn:aws:sts::" + k.account + ":assumed-role/" + role + "/" + session,
		Account: k.account, ID: "AROAMRKCTLSIMULATOR00:" + session, AccessKey: accessKey,
		Operator: role == "mrkctl-operator",
	}}, true
}

// signedBy is the principal of a credential whose signature was right, named as
// the partition of the signature's Region names it.
func (k *keyring) signedBy(c Credential, region string) *sim.Principal {
	id := callerID{c.AccessKey, k.regions[region]}
	if p, ok := k.callers.Load(id); ok {
		return p.(*sim.Principal)
	}
	p, _ := k.callers.LoadOrStore(id, c.Principal.In(id.partition))
	return p.(*sim.Principal)
}

// plainName says whether a name is one that IAM would take for a role or session.
func plainName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_+=,@-", c) >= 0) {
			return false
		}
	}
	return true
}

// signer is who signed a request, for which Region and service.
type signer struct {
	principal       *sim.Principal
	region, service string
}

// verify checks the signature of a request whose body is given. now is the
// server's wall clock: clients sign with theirs. scratch is room to work in,
// returned to be used again.
//
// Rules: MRK-SIGN-01, MRK-SIGN-02.
func (k *keyring) verify(r *http.Request, body []byte, now time.Time, scratch []byte) (signer, []byte, *sim.Error) {
	a, failed := parseAuthorization(r.Header.Get("Authorization"))
	if failed != nil {
		return signer{}, scratch, failed
	}
	c, ok := k.credential(a.accessKey)
	if token := r.Header.Get("X-Amz-Security-Token"); !ok || token != c.Token && (c.Token != "" || token != DefaultSecret) {
		return signer{}, scratch, refuse("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if failed := k.checkScope(a, r); failed != nil {
		return signer{}, scratch, failed
	}
	date, signed, failed := signedAt(r)
	if failed == nil {
		failed = checkTime(a, date, signed, now)
	}
	if failed != nil {
		return signer{}, scratch, failed
	}
	want, scratch := signatureOf(r, a, date, k.signingKey(c.Secret, a), body, scratch)
	if !rightSignature(want, a.signature) {
		return signer{}, scratch, refuse("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return signer{principal: k.signedBy(c, a.region), region: a.region, service: a.service}, scratch, nil
}

func (k *keyring) signingKey(secret string, a authorization) []byte {
	id := derivedID{secret, a.date, a.region, a.service}
	if key, ok := k.derived.Load(id); ok {
		return key.([]byte)
	}
	key := signingKey(secret, a.date, a.region, a.service)
	id.secret, id.date, id.region, id.service = strings.Clone(secret), strings.Clone(a.date), strings.Clone(a.region), strings.Clone(a.service)
	k.derived.Store(id, key)
	return key
}

// checkScope checks that a signature is meant for a Region and a service that
// are served here, and for the Region that the host names, where it names one.
func (k *keyring) checkScope(a authorization, r *http.Request) *sim.Error {
	switch a.service {
	case "kms", "sts", "cloudtrail", "iam":
	default:
		return refuse("InvalidSignatureException", "Credential should be scoped to correct service: 'kms'.")
	}
	if k.regions[a.region] == "" {
		return refuse("InvalidSignatureException", "Credential should be scoped to a valid Region.")
	}
	if host := k.hostRegion(r.Host); host != "" && host != a.region {
		return refuse("InvalidSignatureException", "Credential should be scoped to a valid Region, not '"+a.region+"'.")
	}
	return nil
}

// hostRegion is the Region in a host such as kms.eu-west-1.localhost:4599;
// empty when it has none.
func (k *keyring) hostRegion(host string) string {
	_, rest, ok := strings.Cut(host, ".")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, ".")
	if k.regions[name] != "" {
		return name
	}
	return ""
}

// caller is the Region that a principal calls from: that of its session, where
// the session is named for one.
func (k *keyring) caller(p *sim.Principal) string {
	session := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	if k.regions[session] != "" {
		return session
	}
	return ""
}
