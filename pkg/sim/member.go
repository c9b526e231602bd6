package sim

import (
	"encoding/hex"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/policy"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// keySet is a key with all its members: one for a single-Region key, one a
// Region for a multi-Region key. It holds what never changes and what only the
// service knows; what members believe is in their views.
type keySet struct {
	ID       string
	Account  string
	Spec     types.KeySpec
	Usage    types.KeyUsageType
	Origin   types.OriginType
	Manager  types.KeyManagerType
	Multi    bool
	Store    string // custom key store id
	XksKey   string // the key's id at an external key store
	Primary  string // Region of the member that is the primary in truth
	OnDemand int    // rotations on demand so far
	Running  *rotationRun

	bound   [10]byte // what ciphertext carries to bind it to this key
	members []*member
}

// member finds the set's member in a Region; nil when there is none.
func (s *keySet) member(region string) *member {
	for _, m := range s.members {
		if m.region.Name == region {
			return m
		}
	}
	return nil
}

// primary is the member that is the primary in truth; nil once it is deleted.
func (s *keySet) primary() *member { return s.member(s.Primary) }

// symmetric says whether the key is a symmetric encryption key, the only kind
// whose key material has ids and rotates.
func (s *keySet) symmetric() bool { return s.Spec == types.KeySpecSymmetricDefault }

// materialID is the id of a key material: 64 hexadecimal digits on the wire.
type materialID [32]byte

func (id materialID) String() string { return hex.EncodeToString(id[:]) }

// keyMaterial is what a member knows of one of the set's key materials. A slice
// of them is shared by the views of several members and never changed in place.
type keyMaterial struct {
	ID          materialID
	State       types.KeyMaterialState
	Rotated     int64 // when it became current; 0 for the first
	How         types.RotationType
	Description string
}

// rotation is the automatic rotation of a set, and the moment at which one on
// demand began.
type rotation struct {
	Enabled bool
	Days    int
	Next    int64
	Started int64
}

// view is what a member knows of what its set shares. The primary's is the
// truth; the others get it by synchronisation.
type view struct {
	Primary   string
	Replicas  []string // sorted; never changed in place
	Rotation  rotation
	Materials []keyMaterial // oldest first
}

func (v view) equal(o view) bool {
	return v.Primary == o.Primary && v.Rotation == o.Rotation &&
		slices.Equal(v.Replicas, o.Replicas) && slices.Equal(v.Materials, o.Materials)
}

// held is a key material whose bytes a member has.
type held struct {
	ID      materialID
	Secret  []byte // never changed in place
	Expires bool   // imported with KEY_MATERIAL_EXPIRES
	ValidTo int64
	Expired bool                            // its time is over: it counts as not here
	derive  [32]byte                        // what message keys are derived from
	sm4     bool                            // a symmetric key of China, for SM4 instead of AES
	parsed  atomic.Pointer[keymaterial.Key] // a key pair or MAC key ready for use, from the first use on
}

// deletion is how far a key is on its way out.
type deletion uint8

const (
	notDeleting     deletion = iota
	pendingReplicas          // PendingReplicaDeletion
	pendingDeletion          // PendingDeletion
)

// tag is one tag of a key.
type tag struct{ Key, Value string }

// member is a key in one Region, with what it shares with nobody.
type member struct {
	set    *keySet
	region *region
	arn    string
	serial uint64 // order of creation

	created     int64
	description string
	policy      string // as given, in AWS's print; empty means the default policy
	tags        []tag
	names       []string // aliases that point at it, sorted
	grants      *grants

	enabled       bool
	creating      bool
	updating      bool
	updatingUntil int64
	unseenUntil   int64      // until then a new primary still shows as a replica
	published     *published // what readers see, while they see the past; nil for what is
	parsedPolicy  atomic.Pointer[policy.Document]
	deletion      deletion
	deleteAt      int64
	window        int
	denied        int // active policy-deny faults
	grantsGone    int // active grant-revoked faults

	view view
	held []*held
	// aside is imported key material that a fault has taken away for a while.
	aside []*held

	current *held // the one to encrypt with; nil when its bytes are not here
	lacks   bool  // imported key material that must be here is not

	useMu sync.Mutex
	used  lastUse
}

// lastUse is the last successful use of a member in cryptography.
type lastUse struct {
	At      int64
	Op      Op
	Request RequestID
}

// isPrimary is the member's own opinion.
func (m *member) isPrimary() bool { return m.view.Primary == m.region.Name }

// holding finds a key material whose bytes are here.
func (m *member) holding(id materialID) *held {
	for _, h := range m.held {
		if h.ID == id {
			return h
		}
	}
	return nil
}

// currentMaterial is the material that the member's view calls current.
func (m *member) currentMaterial() (keyMaterial, bool) {
	for _, mat := range m.view.Materials {
		if mat.State == types.KeyMaterialStateCurrent {
			return mat, true
		}
	}
	return keyMaterial{}, false
}

// settle works out what follows from a changed view or changed holdings.
//
// Rules: MRK-IMPORT-01, MRK-IMPORT-12.
func (m *member) settle() {
	m.current, m.lacks = nil, false
	for _, mat := range m.view.Materials {
		m.region.materials[mat.ID] = m
		if mat.State == types.KeyMaterialStateCurrent {
			if h := m.holding(mat.ID); h != nil && !h.Expired {
				m.current = h
			}
		}
	}
	for _, h := range m.held {
		m.region.materials[h.ID] = m
	}
	if m.current == nil && m.set.Origin != types.OriginTypeExternal && len(m.held) > 0 {
		// A member that has not got what its view calls current goes on with
		// what it has. Only a sabotaged world gets here.
		m.current = m.held[len(m.held)-1]
	}
	if m.set.Origin == types.OriginTypeExternal {
		m.lacks = len(m.view.Materials) == 0
		for _, mat := range m.view.Materials {
			if h := m.holding(mat.ID); permanent(mat.State) && (h == nil || h.Expired) {
				m.lacks = true
			}
		}
	}
}

// permanent says whether a material of that state is bound to its key for good.
func permanent(s types.KeyMaterialState) bool {
	return s == types.KeyMaterialStateCurrent || s == types.KeyMaterialStateNonCurrent
}

// hold adds a key material to what is here.
func (m *member) hold(h *held) {
	if m.holding(h.ID) == nil {
		m.held = append(m.held, h)
	}
}

// drop removes a key material's bytes.
func (m *member) drop(id materialID) {
	m.held = slices.DeleteFunc(m.held, func(h *held) bool { return h.ID == id })
}

// state is the key state as DescribeKey shows it.
func (m *member) state() types.KeyState {
	switch {
	case m.deletion == pendingDeletion:
		return types.KeyStatePendingDeletion
	case m.deletion == pendingReplicas:
		return types.KeyStatePendingReplicaDeletion
	case m.creating:
		return types.KeyStateCreating
	case m.lacks:
		return types.KeyStatePendingImport
	case m.updating:
		return types.KeyStateUpdating
	case m.set.Store != "" && !m.region.storeReady(m.set.Store):
		return types.KeyStateUnavailable
	case !m.enabled:
		return types.KeyStateDisabled
	}
	return types.KeyStateEnabled
}
