package sim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// proxies is the way from a world to external key store proxies.
type proxies struct {
	send xks.Send
	now  func() time.Time
}

// ReachProxies sets how external key store proxies are reached. Without it they
// are unreachable: a world has no network of its own. Calls go out while an
// operation is being handled. They are signed for the moment that now gives,
// since a real proxy does not live in simulated time; nil means the world's own.
func (w *World) ReachProxies(send xks.Send, now func() time.Time) {
	w.proxies = proxies{send, now}
}

// Adopt takes over from another world what is not saved with one: the way to
// proxies, and what was put into its Regions of other services.
func (w *World) Adopt(from *World) {
	w.proxies = from.proxies
	for _, r := range from.regions {
		if own := w.region(r.Name); own != nil {
			own.clusters, own.services = maps.Clone(r.clusters), maps.Clone(r.services)
		}
	}
}

// proxy is the client of a store's proxy.
func (t *task) proxy(s *keyStore) xks.Client {
	c := xks.Client{
		Endpoint: s.Endpoint, Path: s.Path, Region: t.r.Name, Credential: s.Credential, Send: t.w.proxies.send, Now: t.w.Now(),
	}
	if t.w.proxies.now != nil {
		c.Now = t.w.proxies.now()
	}
	return c
}

// behalf says on whose behalf KMS calls a proxy.
func (t *task) behalf(keyARN string) xks.Call {
	return xks.Call{
		Principal: t.c.Principal.ARN, KeyARN: keyARN, Operation: t.op.String(),
		RequestID: t.c.RequestID.String(), ViaService: t.c.ViaService,
	}
}

// health asks a store's proxy how it is.
func (t *task) health(s *keyStore) (err error) {
	proxy, call := t.proxy(s), xks.Call{Operation: t.op.String(), RequestID: t.c.RequestID.String()}
	t.c.aside(func() { _, err = proxy.Health(call) })
	return err
}

// reachable asks the proxy of a store at a public endpoint for its health. In a
// VPC the proxy is called when the store is connected.
//
// Rules: MRK-XKS-01.
func (t *task) reachable(s *keyStore) error {
	if s.Connectivity == types.XksProxyConnectivityTypeVpcEndpointService {
		return nil
	}
	return proxyError(t.health(s), forStore)
}

// checkProxy checks the settings of an external key store against the other
// stores of the Region.
//
// Rules: MRK-STORE-05.
func (t *task) checkProxy(s *keyStore) error {
	inVPC := s.Connectivity == types.XksProxyConnectivityTypeVpcEndpointService
	switch {
	case inVPC && s.Service == "":
		return missing("xksProxyVpcEndpointServiceName")
	case !inVPC && s.Service != "":
		return fail(codeValidation, "XksProxyVpcEndpointServiceName can only be specified with XksProxyConnectivity VPC_ENDPOINT_SERVICE.") // assumed
	}
	for _, o := range t.r.stores {
		if o.ID == s.ID || o.Account != s.Account || !o.external() {
			continue
		}
		switch {
		case o.Endpoint == s.Endpoint && (inVPC || o.Connectivity != s.Connectivity):
			return fail("XksProxyUriEndpointInUseException", "")
		case o.Endpoint == s.Endpoint && o.Path == s.Path:
			return fail("XksProxyUriInUseException", "")
		case inVPC && o.Service == s.Service:
			return fail("XksProxyVpcEndpointServiceInUseException", "")
		}
	}
	switch t.r.serviceProblem(s) {
	case types.ConnectionErrorCodeTypeXksVpcEndpointServiceNotFound:
		return fail("XksProxyVpcEndpointServiceNotFoundException", "")
	case types.ConnectionErrorCodeTypeXksVpcEndpointServiceInvalidConfiguration:
		return fail("XksProxyVpcEndpointServiceInvalidConfigurationException", "")
	default:
		return nil
	}
}

// PutEndpointService makes a VPC endpoint service exist in a Region, usable for
// external key stores or not. A Region where none was put takes every
// well-formed name for a usable one. Like clusters they belong to another
// service and are not saved. It fails when there is no such Region.
func (w *World) PutEndpointService(regionName, service string, usable bool) error {
	r := w.region(regionName)
	if r == nil {
		return fmt.Errorf("put VPC endpoint service %s: no Region %q in this world", service, regionName)
	}
	if r.services == nil {
		r.services = map[string]bool{}
	}
	r.services[service] = usable
	return nil
}

// serviceProblem is what is wrong with the endpoint service of a store in a VPC.
//
// Rules: MRK-XKS-07.
func (r *region) serviceProblem(s *keyStore) types.ConnectionErrorCodeType {
	if s.Connectivity != types.XksProxyConnectivityTypeVpcEndpointService || r.services == nil {
		return ""
	}
	usable, ok := r.services[s.Service]
	switch {
	case !ok:
		return types.ConnectionErrorCodeTypeXksVpcEndpointServiceNotFound
	case !usable:
		return types.ConnectionErrorCodeTypeXksVpcEndpointServiceInvalidConfiguration
	}
	return ""
}

// proxyProblem is why a connection to a proxy is going to fail.
//
// Rules: MRK-XKS-06.
func (t *task) proxyProblem(s *keyStore) types.ConnectionErrorCodeType {
	if problem := t.r.serviceProblem(s); problem != "" {
		return problem
	}
	var f *xks.ProxyError
	if !errors.As(t.health(s), &f) {
		return ""
	}
	switch f.Reason {
	case xks.AuthenticationFailed:
		return types.ConnectionErrorCodeTypeInvalidCredentials
	case xks.AccessDenied:
		return types.ConnectionErrorCodeTypeXksProxyAccessDenied
	case xks.InvalidURIPath:
		return types.ConnectionErrorCodeTypeXksProxyInvalidConfiguration
	case xks.TLSFailed:
		return types.ConnectionErrorCodeTypeXksProxyInvalidTlsConfiguration
	case xks.TimedOut, xks.DependencyTimeout:
		return types.ConnectionErrorCodeTypeXksProxyTimedOut
	case xks.Unreachable, xks.Throttled:
		return types.ConnectionErrorCodeTypeXksProxyNotReachable
	}
	return types.ConnectionErrorCodeTypeXksProxyInvalidResponse
}

// checkExternalKey checks that a proxy knows the external key that a new key is
// to stand for, and that KMS can use it.
func (t *task) checkExternalKey(set *keySet) (err error) {
	if set.XksKey == "" {
		return nil
	}
	var m xks.KeyMetadata
	proxy, call := t.proxy(t.r.stores[set.Store]), t.behalf("")
	t.c.aside(func() { m, err = proxy.Metadata(set.XksKey, call) })
	if err != nil {
		return proxyError(err, forKey)
	}
	if m.Spec != "AES_256" || m.Status != "ENABLED" || !slices.Contains(m.Usage, "ENCRYPT") || !slices.Contains(m.Usage, "DECRYPT") {
		return fail("XksKeyInvalidConfigurationException", "")
	}
	return nil
}

// seal encrypts under a key material of a member, and for a key in an external
// key store once more outside.
func (t *task) seal(m *member, h *held, madeBy byte, plaintext, context []byte) ([]byte, error) {
	blob, err := t.w.seal(h, m.set, madeBy, plaintext, context)
	if err != nil || m.set.XksKey == "" {
		return blob, err
	}
	return t.sealOutside(m, blob, context)
}

// sealOutside has the external key manager encrypt what KMS has encrypted: so
// neither sees what only both can open. The result names the key material in
// clear, as every symmetric ciphertext does.
//
// Rules: MRK-XKS-03.
func (t *task) sealOutside(m *member, inner, context []byte) ([]byte, error) {
	s := t.r.stores[m.set.Store]
	if s == nil {
		return nil, storeMissing()
	}
	var sealed xks.Sealed
	var err error
	proxy, key, call := t.proxy(s), m.set.XksKey, t.behalf(m.arn)
	t.c.aside(func() { sealed, err = proxy.Encrypt(key, call, inner, context) })
	if err != nil {
		return nil, proxyError(err, forUse)
	}
	blob := append(make([]byte, 0, outsideHead+len(sealed.Metadata)+len(sealed.IV)+len(sealed.Ciphertext)+20), inner[:outsideHead]...)
	blob[1] = outsideKind
	for _, part := range [][]byte{sealed.Metadata, sealed.IV, sealed.Tag} {
		blob = append(append(blob, byte(len(part))), part...)
	}
	blob = binary.BigEndian.AppendUint16(blob, uint16(len(sealed.Ciphertext)))
	return append(blob, sealed.Ciphertext...), nil
}

const (
	// outsideHead is the beginning that the two kinds of ciphertext share.
	outsideHead = 37
	// outsideKind is the second byte of those that an external key manager made.
	outsideKind = 3
)

// parseOutside takes apart what sealOutside made.
func parseOutside(b []byte) (parts, bool) {
	var p parts
	if len(b) < outsideHead || b[0] != 1 || b[1] != outsideKind || b[3] != 0 || b[4] != 0x78 {
		return p, false
	}
	copy(p.material[:], b[5:outsideHead])
	rest := b[outsideHead:]
	short := func() []byte {
		if len(rest) == 0 || int(rest[0]) > len(rest)-1 {
			rest = nil
			return nil
		}
		end := 1 + int(rest[0])
		part := rest[1:end]
		rest = rest[end:]
		return part
	}
	s := &xks.Sealed{Metadata: short(), IV: short(), Tag: short()}
	if len(rest) < 2 || int(binary.BigEndian.Uint16(rest)) != len(rest)-2 {
		return p, false
	}
	s.Ciphertext = rest[2:]
	p.outside = s
	return p, len(s.IV) > 0 && len(s.Tag) > 0 && len(s.Ciphertext) > 0
}

// openOutside has the external key manager decrypt its part, and takes apart
// what KMS had encrypted.
func (t *task) openOutside(m *member, p parts, context []byte) (parts, error) {
	s := t.r.stores[m.set.Store]
	if s == nil || m.set.XksKey == "" {
		return p, fail(codeInvalidCiphertext, "")
	}
	var inner []byte
	var err error
	proxy, key, call := t.proxy(s), m.set.XksKey, t.behalf(m.arn)
	t.c.aside(func() { inner, err = proxy.Decrypt(key, call, *p.outside, context) })
	if err != nil {
		return p, proxyError(err, forUse)
	}
	q, ok := parseBlob(inner)
	if !ok || q.outside != nil || q.material != p.material {
		return p, fail(codeInvalidCiphertext, "")
	}
	return q, nil
}
