package mrk

import (
	"slices"
	"time"
)

// KeySet is a multi-Region key as its members describe it, each read from its
// own Region. A single-Region key is a set of one.
type KeySet struct {
	ID      string   `json:"id"`      // the same in every Region
	Primary string   `json:"primary"` // Region of the primary; empty when nobody could tell
	Members []Member `json:"members"` // sorted by Region
	// Silent are Regions that did not answer and of which no member says that
	// they hold one. The set may have a member there.
	Silent []Problem `json:"silent,omitempty"`

	alias string // the alias it was asked for by; empty otherwise
}

// called is how to name the set to whoever asked for it.
func (k KeySet) called() string {
	if k.alias == "" {
		return k.ID
	}
	return k.alias + " (" + k.ID + ")"
}

// The roles of a member. A single-Region key has none.
const (
	RolePrimary = "PRIMARY"
	RoleReplica = "REPLICA"
)

// Member is the key in one Region. A member that could not be reached has only
// its Region and Unreachable set.
type Member struct {
	Region      string    `json:"region"`
	KeyID       string    `json:"key_id,omitempty"`
	ARN         string    `json:"arn,omitempty"`
	MultiRegion bool      `json:"multi_region"`
	Role        string    `json:"role,omitempty"` // RolePrimary or RoleReplica
	State       string    `json:"state,omitempty"`
	Spec        string    `json:"spec,omitempty"`
	Usage       string    `json:"usage,omitempty"`
	Origin      string    `json:"origin,omitempty"`
	Manager     string    `json:"manager,omitempty"` // CUSTOMER or AWS
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	// Material is the id of the key material that new ciphertext is made with.
	Material string `json:"material,omitempty"`
	// PrimaryRegion and ReplicaRegions are what this member takes the set to be;
	// right after a change the members may differ.
	PrimaryRegion  string   `json:"primary_region,omitempty"`
	ReplicaRegions []string `json:"replica_regions,omitempty"`

	DeletionDate    time.Time `json:"deletion_date,omitzero"`        // set while PendingDeletion
	WindowDays      int       `json:"window_days,omitempty"`         // set while PendingReplicaDeletion
	ValidTo         time.Time `json:"valid_to,omitzero"`             // earliest expiry of imported material
	ExpirationModel string    `json:"expiration_model,omitempty"`    // of imported material
	LastUsed        time.Time `json:"last_used,omitzero"`            // last successful cryptographic use in this Region
	UsedSince       time.Time `json:"usage_tracked_since,omitzero"`  // KMS knows of no use before this moment
	LastUsedFor     string    `json:"last_used_operation,omitempty"` // the operation of LastUsed

	Policy    string   `json:"policy,omitempty"` // the document as stored
	PolicySHA string   `json:"policy_sha256,omitempty"`
	Aliases   []string `json:"aliases,omitempty"` // with their alias/ prefix, sorted
	// Elsewhere are aliases of siblings that name another key in this Region,
	// with that key's id. Only [Strays] fills it in.
	Elsewhere map[string]string `json:"aliases_elsewhere,omitempty"`
	Tags      map[string]string `json:"tags,omitempty"`
	Grants    []Grant           `json:"grants,omitempty"`
	Rotation  Rotation          `json:"rotation"`
	Materials []Material        `json:"materials,omitempty"` // every key material, oldest first

	// Unreachable is set when the member's Region gave no answer, or when the
	// caller may not describe the key there.
	Unreachable *Problem `json:"unreachable,omitempty"`
	// Missing says that siblings list this member but its own Region knows no
	// such key: a replica so new that it does not show yet, or one just deleted.
	Missing bool `json:"missing,omitempty"`
	// Problems are the parts that could not be read, each with its reason.
	Problems []Problem `json:"problems,omitempty"`
}

// Reached tells whether the member's own Region described it.
func (m Member) Reached() bool { return m.Unreachable == nil && !m.Missing }

// Usable tells whether the member can be used to encrypt and decrypt. A member
// in the middle of a change of the primary reads Updating and goes on working
// (recorded on AWS: 3 to 8 seconds).
func (m Member) Usable() bool {
	return m.Reached() && (m.State == "Enabled" || m.State == "Updating")
}

// Problem is something that could not be read.
type Problem struct {
	Region  string `json:"region"`
	What    string `json:"what,omitempty"` // the operation
	Code    string `json:"code"`           // AWS's, or a word of package wire
	Look    string `json:"look,omitempty"` // how an unreachable Region looked
	Message string `json:"message,omitempty"`
}

// Rotation is the rotation setting of a member. On AWS it is shared: set at the
// primary, read at every member.
type Rotation struct {
	Known      bool      `json:"known"` // false when it could not be read or the key has none
	Enabled    bool      `json:"enabled"`
	PeriodDays int       `json:"period_days,omitempty"`
	Next       time.Time `json:"next,omitzero"`
	// RunningSince is set while a rotation on demand is under way.
	RunningSince time.Time `json:"running_since,omitzero"`
}

// Material is one version of the key material.
type Material struct {
	ID              string    `json:"id"`
	State           string    `json:"state,omitempty"` // CURRENT, NON_CURRENT, PENDING_…
	ImportState     string    `json:"import_state,omitempty"`
	ExpirationModel string    `json:"expiration_model,omitempty"`
	ValidTo         time.Time `json:"valid_to,omitzero"`
	Description     string    `json:"description,omitempty"`
	RotatedAt       time.Time `json:"rotated_at,omitzero"` // zero for the first material
	RotatedBy       string    `json:"rotated_by,omitempty"`
}

// Grant is one grant of a member. Its token is never read.
type Grant struct {
	ID         string            `json:"id"`
	Name       string            `json:"name,omitempty"`
	Grantee    string            `json:"grantee"`
	Retiring   string            `json:"retiring,omitempty"`
	Operations []string          `json:"operations"`               // sorted
	Equals     map[string]string `json:"context_equals,omitempty"` // required encryption context
	Subset     map[string]string `json:"context_subset,omitempty"` // required part of it
	Created    time.Time         `json:"created,omitzero"`
	Issuer     string            `json:"issuer,omitempty"`
}

// Member returns the member in a Region.
func (k KeySet) Member(region string) (Member, bool) {
	for _, m := range k.Members {
		if m.Region == region {
			return m, true
		}
	}
	return Member{}, false
}

// Regions returns the Regions of the set's members, sorted.
func (k KeySet) Regions() []string {
	regions := make([]string, 0, len(k.Members))
	for _, m := range k.Members {
		regions = append(regions, m.Region)
	}
	return regions
}

// Replicas returns the Regions of the members other than the primary, sorted.
func (k KeySet) Replicas() []string {
	return slices.DeleteFunc(k.Regions(), func(r string) bool { return r == k.Primary })
}

// Whole tells whether every member was reached and every part was read, so
// that silence about a thing means that it is not there.
func (k KeySet) Whole() bool {
	for _, m := range k.Members {
		if !m.Reached() || len(m.Problems) > 0 {
			return false
		}
	}
	return len(k.Silent) == 0
}
