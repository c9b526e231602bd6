package sim

import (
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// CreateCustomKeyStore makes a custom key store, not yet connected. A proxy at
// a public endpoint is asked for its health first.
func (w *World) CreateCustomKeyStore(c *Call, in *kms.CreateCustomKeyStoreInput) (out *kms.CreateCustomKeyStoreOutput, err error) {
	t, err := w.begin(c, opCreateCustomKeyStore, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if in.CustomKeyStoreName == nil {
		return nil, missing("customKeyStoreName")
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	s, err := t.newStore(in)
	if err != nil {
		return nil, err
	}
	if err := t.storeAllowed(s); err != nil {
		return nil, err
	}
	if s.external() {
		if err := t.reachable(s); err != nil {
			return nil, err
		}
		if err := t.storeAllowed(s); err != nil {
			return nil, err // others may have made stores meanwhile
		}
	}
	var id [9]byte
	if w.keys.read(id[:]) != nil {
		return nil, broken(codeInternal)
	}
	s.ID = "cks-" + hex.EncodeToString(id[:])[:17]
	t.r.stores[s.ID] = s
	w.touchStore(t.r, s)
	out = &kms.CreateCustomKeyStoreOutput{CustomKeyStoreId: &s.ID}
	t.out = out
	return out, nil
}

// newStore is the store that a request describes, with what its type needs and
// nothing of the other's.
func (t *task) newStore(in *kms.CreateCustomKeyStoreInput) (*keyStore, error) {
	s := &keyStore{
		Account: t.c.Principal.Account, Name: *in.CustomKeyStoreName, Created: t.w.nowMillis(),
		Type: in.CustomKeyStoreType, State: types.ConnectionStateTypeDisconnected,
		Cluster: text(in.CloudHsmClusterId), Anchor: text(in.TrustAnchorCertificate),
		Connectivity: in.XksProxyConnectivity, Endpoint: text(in.XksProxyUriEndpoint), Path: text(in.XksProxyUriPath),
		Service: text(in.XksProxyVpcEndpointServiceName), Owner: text(in.XksProxyVpcEndpointServiceOwner),
	}
	if s.Type == "" {
		s.Type = types.CustomKeyStoreTypeAwsCloudhsm
	}
	if in.KeyStorePassword != nil {
		s.Password = hashed(in.KeyStorePassword)
	}
	if cred := in.XksProxyAuthenticationCredential; cred != nil {
		s.Credential = xks.Credential{AccessKeyID: text(cred.AccessKeyId), Secret: text(cred.RawSecretAccessKey)}
	}
	needed := []struct {
		name, value string
		external    bool
	}{
		{"cloudHsmClusterId", s.Cluster, false},
		{"trustAnchorCertificate", s.Anchor, false},
		{"keyStorePassword", s.Password, false},
		{"xksProxyConnectivity", string(s.Connectivity), true},
		{"xksProxyUriEndpoint", s.Endpoint, true},
		{"xksProxyUriPath", s.Path, true},
		{"xksProxyAuthenticationCredential", s.Credential.AccessKeyID, true},
	}
	for _, n := range needed {
		if n.external == s.external() && n.value == "" {
			return nil, missing(n.name)
		}
		if n.external != s.external() && n.value != "" {
			return nil, fail(codeValidation, "%s is not valid for a custom key store of type %s.", n.name, s.Type) // assumed
		}
	}
	return s, nil
}

// storeAllowed checks a new store against the others and against what it is
// to stand for.
//
// Rules: MRK-STORE-05, MRK-STORE-07.
func (t *task) storeAllowed(s *keyStore) error {
	w, r, count := t.w, t.r, 0
	for _, o := range r.stores {
		if o.Account == s.Account {
			count++
		}
	}
	if count >= w.options.Limits.CustomKeyStores {
		return fail(codeLimitExceeded, "")
	}
	if r.storeNamed(s.Account, s.Name) != nil {
		return fail("CustomKeyStoreNameInUseException", "")
	}
	if !s.external() {
		return w.checkCluster(r, s)
	}
	return t.checkProxy(s)
}

// storeNamed finds a store by its name.
func (r *region) storeNamed(account, name string) *keyStore {
	for _, s := range r.stores {
		if s.Account == account && s.Name == name {
			return s
		}
	}
	return nil
}

// UpdateCustomKeyStore changes a store's settings. A name may change at any
// time, a proxy's path and credential too; everything else only while the
// store is disconnected.
//
// Rules: MRK-STORE-02.
func (w *World) UpdateCustomKeyStore(c *Call, in *kms.UpdateCustomKeyStoreInput) (out *kms.UpdateCustomKeyStoreOutput, err error) {
	t, err := w.begin(c, opUpdateCustomKeyStore, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	s, err := t.store(in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	clusterToo := in.CloudHsmClusterId != nil || in.KeyStorePassword != nil
	addressToo := in.XksProxyUriEndpoint != nil || in.XksProxyConnectivity != "" ||
		in.XksProxyVpcEndpointServiceName != nil || in.XksProxyVpcEndpointServiceOwner != nil
	proxyToo := addressToo || in.XksProxyUriPath != nil || in.XksProxyAuthenticationCredential != nil
	switch {
	case clusterToo && s.external(), proxyToo && !s.external():
		return nil, fail(codeValidation, "A property is not valid for a custom key store of type %s.", s.Type) // assumed
	case (clusterToo || addressToo) && s.State != types.ConnectionStateTypeDisconnected,
		proxyToo && s.State != types.ConnectionStateTypeDisconnected && s.State != types.ConnectionStateTypeConnected:
		return nil, storeInvalidState()
	}
	was := *s
	next, err := t.changedStore(s, in)
	if err != nil {
		return nil, err
	}
	if t.r.stores[s.ID] != s || *s != was {
		return nil, storeInvalidState() // others have changed it meanwhile
	}
	*s = next
	w.touchStore(t.r, s)
	return &kms.UpdateCustomKeyStoreOutput{}, nil
}

// changedStore is a store as an update wants it.
func (t *task) changedStore(s *keyStore, in *kms.UpdateCustomKeyStoreInput) (keyStore, error) {
	next := *s
	if in.NewCustomKeyStoreName != nil {
		if o := t.r.storeNamed(s.Account, *in.NewCustomKeyStoreName); o != nil && o != s {
			return next, fail("CustomKeyStoreNameInUseException", "")
		}
		next.Name = *in.NewCustomKeyStoreName
	}
	if in.KeyStorePassword != nil {
		next.Password = hashed(in.KeyStorePassword)
	}
	if in.CloudHsmClusterId != nil && *in.CloudHsmClusterId != s.Cluster {
		next.Cluster = *in.CloudHsmClusterId
		if err := t.w.clusterServes(t.r, &next, 2); err != nil {
			return next, err
		}
		// A related cluster has the certificate of the first.
		if c, _ := t.r.cluster(next.Cluster); c.Certificate != "" && c.Certificate != s.Anchor {
			return next, fail("CloudHsmClusterNotRelatedException", "")
		}
	}
	if !s.external() {
		return next, nil
	}
	for _, change := range []struct {
		to   *string
		from *string
	}{
		{&next.Endpoint, in.XksProxyUriEndpoint},
		{&next.Path, in.XksProxyUriPath},
		{&next.Service, in.XksProxyVpcEndpointServiceName},
		{&next.Owner, in.XksProxyVpcEndpointServiceOwner},
	} {
		if change.from != nil {
			*change.to = *change.from
		}
	}
	if in.XksProxyConnectivity != "" {
		next.Connectivity = in.XksProxyConnectivity
	}
	if cred := in.XksProxyAuthenticationCredential; cred != nil {
		next.Credential = xks.Credential{AccessKeyID: text(cred.AccessKeyId), Secret: text(cred.RawSecretAccessKey)}
	}
	if next.Endpoint != s.Endpoint || next.Path != s.Path || next.Connectivity != s.Connectivity ||
		next.Service != s.Service || next.Credential != s.Credential {
		if err := t.checkProxy(&next); err != nil {
			return next, err
		}
		return next, t.reachable(&next)
	}
	return next, nil
}
