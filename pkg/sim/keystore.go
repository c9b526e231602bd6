package sim

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// keyStore is a custom key store of one Region: a CloudHSM cluster, or a proxy
// with an external key manager behind it.
type keyStore struct {
	ID      string
	Account string
	Name    string
	Created int64
	Type    types.CustomKeyStoreType
	State   types.ConnectionStateType
	// Problem is why connecting failed; while connecting, why it is going to.
	Problem types.ConnectionErrorCodeType `json:",omitempty"`

	// Of a CloudHSM key store. The password is kept as a hash.
	Cluster  string `json:",omitempty"`
	Anchor   string `json:",omitempty"`
	Password string `json:",omitempty"`

	// Of an external key store.
	Connectivity types.XksProxyConnectivityType `json:",omitempty"`
	Endpoint     string                         `json:",omitempty"`
	Path         string                         `json:",omitempty"`
	Service      string                         `json:",omitempty"`
	Owner        string                         `json:",omitempty"`
	Credential   xks.Credential                 `json:",omitzero"`
}

func (s *keyStore) external() bool { return s.Type == types.CustomKeyStoreTypeExternalKeyStore }

// hashed is how a kmsuser password is kept.
func hashed(password *string) string {
	sum := sha256.Sum256([]byte(text(password)))
	return hex.EncodeToString(sum[:])
}

// The errors about key stores. AWS's texts for them are not recorded, so they
// have none here.
func storeMissing() error      { return fail("CustomKeyStoreNotFoundException", "") }
func storeInvalidState() error { return fail("CustomKeyStoreInvalidStateException", "") }

// storeReady says whether a key store answers.
//
// Rules: MRK-STORE-03.
func (r *region) storeReady(id string) bool {
	s := r.stores[id]
	return s != nil && s.State == types.ConnectionStateTypeConnected
}

// describe adds what KeyMetadata says of a key's store.
func (s *keyStore) describe(set *keySet, k *types.KeyMetadata) {
	k.CustomKeyStoreId = &set.Store
	if s == nil {
		return
	}
	if s.external() {
		k.XksKeyConfiguration = &types.XksKeyConfigurationType{Id: &set.XksKey}
		return
	}
	k.CloudHsmClusterId = &s.Cluster
}

// storeForRandom checks that random bytes can be drawn from a key store, which
// only a CloudHSM cluster gives.
//
// Rules: MRK-STORE-09.
func (r *region) storeForRandom(id string) error {
	s := r.stores[id]
	switch {
	case s == nil:
		return storeMissing()
	case s.external():
		return fail(codeUnsupported, "")
	case s.State != types.ConnectionStateTypeConnected:
		return storeInvalidState()
	}
	return nil
}

// storeFor checks the key store that a new key is to live in.
//
// Rules: MRK-XKS-02.
func (t *task) storeFor(set *keySet, in *kms.CreateKeyInput) error {
	inStore := set.Origin == types.OriginTypeAwsCloudhsm || set.Origin == types.OriginTypeExternalKeyStore
	if in.CustomKeyStoreId == nil {
		switch {
		case inStore:
			return missing("customKeyStoreId")
		case in.XksKeyId != nil:
			return fail(codeValidation, "XksKeyId can only be specified with Origin EXTERNAL_KEY_STORE.")
		}
		return nil
	}
	s := t.r.stores[*in.CustomKeyStoreId]
	if s == nil || s.Account != set.Account {
		return storeMissing()
	}
	if (set.Origin == types.OriginTypeExternalKeyStore) != s.external() || !inStore {
		return fail(codeUnsupported, "")
	}
	if s.State != types.ConnectionStateTypeConnected {
		return storeInvalidState()
	}
	set.Store = s.ID
	if !s.external() {
		if in.XksKeyId != nil {
			return fail(codeValidation, "XksKeyId can only be specified with Origin EXTERNAL_KEY_STORE.")
		}
		// A new key takes two HSMs in different Availability Zones (SDK documentation).
		return t.w.clusterServes(t.r, s, 2)
	}
	if in.XksKeyId == nil {
		return missing("xksKeyId")
	}
	for _, m := range t.r.members {
		if m.set.Store == s.ID && m.set.XksKey == *in.XksKeyId {
			return fail("XksKeyAlreadyInUseException", "")
		}
	}
	set.XksKey = *in.XksKeyId
	return nil
}

// storeSettles takes a key store to the state it was on its way to.
//
// Rules: MRK-STORE-01.
func (w *World) storeSettles(e event) {
	r := w.region(e.Region)
	if r == nil || r.stores[e.Arg] == nil {
		return
	}
	s := r.stores[e.Arg]
	switch {
	case s.State == types.ConnectionStateTypeConnecting && s.Problem != "":
		s.State = types.ConnectionStateTypeFailed
	case s.State == types.ConnectionStateTypeConnecting:
		s.State = types.ConnectionStateTypeConnected
	case s.State == types.ConnectionStateTypeDisconnecting:
		s.State, s.Problem = types.ConnectionStateTypeDisconnected, ""
	}
	w.touchStore(r, s)
}
