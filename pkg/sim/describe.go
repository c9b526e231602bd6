package sim

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// DescribeKey shows a key as its member in the endpoint's Region sees it.
func (w *World) DescribeKey(c *Call, in *kms.DescribeKeyInput) (out *kms.DescribeKeyOutput, err error) {
	t, err := w.begin(c, opDescribeKey, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.find(in.KeyId, anyName)
	if err != nil {
		return nil, err
	}
	if err := t.authorizeUse(m, in.GrantTokens); err != nil {
		return nil, err
	}
	return &kms.DescribeKeyOutput{KeyMetadata: w.shownMetadata(m)}, nil
}

// moment is a stored moment as the SDK's types carry it.
func moment(nanos int64) *time.Time {
	t := time.Unix(0, nanos).UTC()
	return &t
}

// metadata is what DescribeKey, CreateKey and ReplicateKey say of a key.
//
// Rules: MRK-KEY-02, MRK-KEY-07, MRK-IMPORT-35.
func (w *World) metadata(m *member) *types.KeyMetadata {
	set, state := m.set, m.state()
	multi := set.Multi
	k := &types.KeyMetadata{
		KeyId: &set.ID, AWSAccountId: &set.Account, Arn: &m.arn, CreationDate: moment(m.created),
		CustomerMasterKeySpec: types.CustomerMasterKeySpec(set.Spec), KeySpec: set.Spec, KeyUsage: set.Usage, //nolint:staticcheck // deprecated, and still on the wire
		Description: &m.description, Enabled: state == types.KeyStateEnabled, KeyState: state,
		KeyManager: set.Manager, Origin: set.Origin, MultiRegion: &multi,
		EncryptionAlgorithms:    encryptionAlgorithms(set.Spec, set.Usage),
		SigningAlgorithms:       signingAlgorithms(set.Spec, set.Usage),
		MacAlgorithms:           macAlgorithms(set.Spec),
		KeyAgreementAlgorithms:  keyAgreementAlgorithms(set.Usage),
		EncapsulationAlgorithms: encapsulationAlgorithms(set.Usage),
	}
	if cur, ok := m.currentMaterial(); ok && set.symmetric() && state != types.KeyStateCreating {
		id := cur.ID.String()
		k.CurrentKeyMaterialId = &id
	}
	switch m.deletion {
	case pendingDeletion:
		k.DeletionDate = moment(m.deleteAt)
	case pendingReplicas:
		days := int32(m.window)
		k.PendingDeletionWindowInDays = &days
	default:
	}
	if multi {
		k.MultiRegionConfiguration = w.configuration(m)
	}
	if set.Origin == types.OriginTypeExternal {
		m.expiration(k)
	}
	if set.Store != "" {
		m.region.stores[set.Store].describe(set, k)
	}
	return k
}

// configuration is a member's view of its set.
//
// Rules: MRK-PROMOTE-14.
//
// Rules: MRK-DELETE-03.
func (w *World) configuration(m *member) *types.MultiRegionConfiguration {
	set := m.set
	kind := types.MultiRegionKeyTypeReplica
	if m.isPrimary() && w.nowNanos() >= m.unseenUntil {
		kind = types.MultiRegionKeyTypePrimary
	}
	cfg := &types.MultiRegionConfiguration{
		MultiRegionKeyType: kind, PrimaryKey: w.related(set, m.view.Primary), ReplicaKeys: []types.MultiRegionKey{},
	}
	for _, name := range m.view.Replicas {
		if name != m.view.Primary {
			cfg.ReplicaKeys = append(cfg.ReplicaKeys, *w.related(set, name))
		}
	}
	return cfg
}

// related names a member of a set.
func (w *World) related(set *keySet, region string) *types.MultiRegionKey {
	arn := w.region(region).keyARN(set.Account, set.ID)
	return &types.MultiRegionKey{Arn: &arn, Region: &region}
}

// expiration shows the expiration of imported key material: of those bound for
// good the earliest, and nothing while one is missing.
//
// Rules: MRK-IMPORT-22.
func (m *member) expiration(k *types.KeyMetadata) {
	if m.creating {
		if p := m.set.primary(); p != nil {
			p.expiration(k) // the primary's, until its own is known
			k.ValidTo = nil
		}
		return
	}
	if m.lacks {
		return
	}
	model, until := types.ExpirationModelTypeKeyMaterialDoesNotExpire, int64(0)
	for _, h := range m.held {
		if h.Expires && m.bound(h.ID) && (until == 0 || h.ValidTo < until) {
			model, until = types.ExpirationModelTypeKeyMaterialExpires, h.ValidTo
		}
	}
	k.ExpirationModel = model
	if until != 0 {
		k.ValidTo = moment(until)
	}
}

// bound says whether a material is bound to the key for good, not pending.
func (m *member) bound(id materialID) bool {
	for _, mat := range m.view.Materials {
		if mat.ID == id {
			return permanent(mat.State)
		}
	}
	return false
}
