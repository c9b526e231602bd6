package sim

import (
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// keyStore is a custom key store of one Region.
type keyStore struct {
	ID      string
	Account string
	Name    string
	State   types.ConnectionStateType
}

// storeReady says whether a key store answers.
func (r *region) storeReady(id string) bool {
	s := r.stores[id]
	return s != nil && s.State == types.ConnectionStateTypeConnected
}

// describe adds what KeyMetadata says of a key's store.
func (s *keyStore) describe(set *keySet, k *types.KeyMetadata) {
	k.CustomKeyStoreId = &set.Store
}

// storeForRandom checks that random bytes can be drawn from a key store.
func (r *region) storeForRandom(id string) error {
	s := r.stores[id]
	switch {
	case s == nil:
		return fail("CustomKeyStoreNotFoundException", "")
	case s.State != types.ConnectionStateTypeConnected:
		return fail("CustomKeyStoreInvalidStateException", "")
	}
	return nil
}

// storeFor checks the key store that a new key is to live in.
func (w *World) storeFor(r *region, set *keySet, in *kms.CreateKeyInput) error {
	if in.CustomKeyStoreId == nil {
		if set.Origin == types.OriginTypeAwsCloudhsm || set.Origin == types.OriginTypeExternalKeyStore {
			return missing("customKeyStoreId")
		}
		return nil
	}
	return r.storeForRandom(*in.CustomKeyStoreId)
}

// storeSettles takes a key store to the state it was on its way to.
func (w *World) storeSettles(e event) {
	r := w.region(e.Region)
	if r == nil || r.stores[e.Arg] == nil {
		return
	}
	s := r.stores[e.Arg]
	switch s.State {
	case types.ConnectionStateTypeConnecting:
		s.State = types.ConnectionStateTypeConnected
	case types.ConnectionStateTypeDisconnecting:
		s.State = types.ConnectionStateTypeDisconnected
	}
}
