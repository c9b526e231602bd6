package sim

import (
	"cmp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// store finds the custom key store that a request names and checks that the
// caller may do that.
func (t *task) store(id *string) (*keyStore, error) {
	if id == nil {
		return nil, missing("customKeyStoreId")
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	s := t.r.stores[*id]
	if s == nil || s.Account != t.c.Principal.Account {
		return nil, storeMissing()
	}
	return s, nil
}

// connecting is how long it takes to connect a store: up to 20 minutes for a
// cluster, about five for a proxy in a VPC (documented), moments for one at a
// public endpoint (assumed).
func (s *keyStore) connecting() Span {
	switch {
	case !s.external():
		return Span{10 * time.Minute, 20 * time.Minute}
	case s.Connectivity == types.XksProxyConnectivityTypeVpcEndpointService:
		return Span{3 * time.Minute, 5 * time.Minute}
	}
	return Span{2 * time.Second, 10 * time.Second}
}

// ConnectCustomKeyStore begins to connect a store. Whether it works shows in
// the connection state, later.
func (w *World) ConnectCustomKeyStore(c *Call, in *kms.ConnectCustomKeyStoreInput) (out *kms.ConnectCustomKeyStoreOutput, err error) {
	t, err := w.begin(c, opConnectCustomKeyStore, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	s, err := t.store(in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	out = &kms.ConnectCustomKeyStoreOutput{}
	switch s.State {
	case types.ConnectionStateTypeFailed, types.ConnectionStateTypeDisconnecting:
		return nil, storeInvalidState()
	case types.ConnectionStateTypeConnected, types.ConnectionStateTypeConnecting:
		return out, nil
	case types.ConnectionStateTypeDisconnected:
	}
	if s.external() {
		problem := t.proxyProblem(s)
		if t.r.stores[s.ID] != s || s.State != types.ConnectionStateTypeDisconnected {
			return nil, storeInvalidState() // others have changed it meanwhile
		}
		s.Problem = problem
	} else {
		if s.Problem = t.r.clusterProblem(s); s.Problem == "" {
			if err := w.clusterServes(t.r, s, 1); err != nil {
				return nil, err
			}
		}
	}
	s.State = types.ConnectionStateTypeConnecting
	w.touchStore(t.r, s)
	w.after(w.times.within(s.connecting()), event{Kind: evStore, Region: t.r.Name, Arg: s.ID})
	return out, nil
}

// DisconnectCustomKeyStore disconnects a store: its keys are Unavailable then.
func (w *World) DisconnectCustomKeyStore(c *Call, in *kms.DisconnectCustomKeyStoreInput) (out *kms.DisconnectCustomKeyStoreOutput, err error) {
	t, err := w.begin(c, opDisconnectCustomKeyStore, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	s, err := t.store(in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	if s.State == types.ConnectionStateTypeDisconnected || s.State == types.ConnectionStateTypeDisconnecting {
		return nil, storeInvalidState()
	}
	s.State = types.ConnectionStateTypeDisconnecting
	w.touchStore(t.r, s)
	w.after(w.times.within(Span{time.Second, 5 * time.Second}), event{Kind: evStore, Region: t.r.Name, Arg: s.ID})
	return &kms.DisconnectCustomKeyStoreOutput{}, nil
}

// DeleteCustomKeyStore deletes a disconnected store without keys. What it stood
// for, cluster or proxy, stays.
//
// Rules: MRK-STORE-04.
func (w *World) DeleteCustomKeyStore(c *Call, in *kms.DeleteCustomKeyStoreInput) (out *kms.DeleteCustomKeyStoreOutput, err error) {
	t, err := w.begin(c, opDeleteCustomKeyStore, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	s, err := t.store(in.CustomKeyStoreId)
	if err != nil {
		return nil, err
	}
	for _, m := range t.r.members {
		if m.set.Store == s.ID {
			return nil, fail("CustomKeyStoreHasCMKsException", "")
		}
	}
	if s.State != types.ConnectionStateTypeDisconnected {
		return nil, storeInvalidState()
	}
	delete(t.r.stores, s.ID)
	w.touchGone(storeID(t.r, s))
	return &kms.DeleteCustomKeyStoreOutput{}, nil
}

// DescribeCustomKeyStores lists the account's custom key stores in a Region.
// Passwords and secret keys are never shown.
func (w *World) DescribeCustomKeyStores(c *Call, in *kms.DescribeCustomKeyStoresInput) (out *kms.DescribeCustomKeyStoresOutput, err error) {
	t, err := w.begin(c, opDescribeCustomKeyStores, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != nil && in.CustomKeyStoreName != nil {
		return nil, fail(codeValidation, "Specify either CustomKeyStoreId or CustomKeyStoreName.") // assumed
	}
	var list []types.CustomKeyStoresListEntry
	for _, id := range sortedKeys(t.r.stores) {
		s := t.r.stores[id]
		if s.Account == c.Principal.Account && (in.CustomKeyStoreId == nil || *in.CustomKeyStoreId == s.ID) &&
			(in.CustomKeyStoreName == nil || *in.CustomKeyStoreName == s.Name) {
			list = append(list, s.entry())
		}
	}
	if len(list) == 0 && (in.CustomKeyStoreId != nil || in.CustomKeyStoreName != nil) {
		return nil, storeMissing()
	}
	slices.SortStableFunc(list, func(a, b types.CustomKeyStoresListEntry) int {
		return cmp.Compare(a.CreationDate.UnixNano(), b.CreationDate.UnixNano())
	})
	page, next, err := page(list, in.Limit, in.Marker, 50, 1000, func(i int) string { return *list[i].CustomKeyStoreId })
	if err != nil {
		return nil, err
	}
	return &kms.DescribeCustomKeyStoresOutput{CustomKeyStores: page, NextMarker: next, Truncated: next != nil}, nil
}

// entry is what a list shows of a store.
//
// Rules: MRK-STORE-08.
func (s *keyStore) entry() types.CustomKeyStoresListEntry {
	e := types.CustomKeyStoresListEntry{
		CustomKeyStoreId: &s.ID, CustomKeyStoreName: &s.Name, CustomKeyStoreType: s.Type,
		ConnectionState: s.State, CreationDate: moment(s.Created),
	}
	if s.State == types.ConnectionStateTypeFailed {
		e.ConnectionErrorCode = s.Problem
	}
	if !s.external() {
		e.CloudHsmClusterId, e.TrustAnchorCertificate = &s.Cluster, &s.Anchor
		return e
	}
	e.XksProxyConfiguration = &types.XksProxyConfigurationType{
		AccessKeyId: &s.Credential.AccessKeyID, Connectivity: s.Connectivity, UriEndpoint: &s.Endpoint, UriPath: &s.Path,
	}
	if s.Service != "" {
		e.XksProxyConfiguration.VpcEndpointServiceName = &s.Service
	}
	if s.Owner != "" {
		e.XksProxyConfiguration.VpcEndpointServiceOwner = &s.Owner
	}
	return e
}
