package sim

import (
	"fmt"
	"slices"
	"time"
)

// Sabotage is a way in which a world can be made to break a promise of KMS, so
// that a test can see that somebody notices.
type Sabotage struct {
	// Name is what Options.Sabotage takes.
	Name string
	// Breaks is the check of a drill that should turn red, where one is meant
	// for it.
	Breaks string
	// Says is what the world does wrong.
	Says string
}

// The sabotages of a world.
const (
	sabMaterialMissing     = "material-missing"
	sabTwoPrimaries        = "two-primaries"
	sabMaterialDiffers     = "material-differs"
	sabCryptoPauses        = "crypto-pauses"
	sabPromotionResets     = "promotion-resets-policy"
	sabNewMaterialEarly    = "new-material-early"
	sabTrailLoses          = "trail-loses-records"
	sabDeletionForgotten   = "deletion-forgotten"
	sabRotationForgets     = "rotation-forgets-old-material"
	sabReplicaIgnores      = "replica-ignores-disable"
	sabCancelEnables       = "cancel-deletion-enables"
	sabAliasFollows        = "alias-follows-promotion"
	sabLosesSchedule       = "promotion-loses-rotation-schedule"
	sabContextIgnored      = "encryption-context-ignored"
	sabDisableSpreads      = "disable-spreads"
	sabReplicaCopiesPolicy = "replica-copies-policy"
	sabDeletesEarly        = "deletes-early"
	sabWrongKey            = "wrong-key-arn"
	sabReplicaUnready      = "replica-unready"
)

// Sabotages lists them all, those with a check of the shipped drill first.
func Sabotages() []Sabotage {
	return []Sabotage{
		{sabMaterialMissing, "every-ciphertext-decrypts-everywhere", "a replica is not given the key material that a rotation made, and cannot open what others encrypt with it"},
		{sabTwoPrimaries, "one-primary-at-a-time", "a promotion leaves the old primary calling itself primary"},
		{sabMaterialDiffers, "material-agrees", "after a rotation each replica makes a current key material of its own"},
		{sabCryptoPauses, "crypto-never-paused", "a member that is Updating refuses to encrypt and decrypt"},
		{sabPromotionResets, "policies-and-aliases-untouched-by-promotion", "a promotion puts the default policy on the new primary and drops its aliases"},
		{sabDeletionForgotten, "left-as-found", "a replica whose waiting days have passed is still there"},
		{sabNewMaterialEarly, "every-ciphertext-decrypts-everywhere", "a rotation uses the new key material before the other members have it"},
		{sabTrailLoses, "no-call-crosses-regions", "the trail drops every seventh record"},
		{sabRotationForgets, "every-ciphertext-decrypts-everywhere", "a rotation throws the old key material away"},
		{sabReplicaIgnores, "", "DisableKey on a replica changes its state and not what it answers to"},
		{sabCancelEnables, "", "CancelKeyDeletion leaves the key enabled"},
		{sabAliasFollows, "policies-and-aliases-untouched-by-promotion", "the aliases of a promoted key move to the new primary's Region"},
		{sabLosesSchedule, "", "a promotion forgets that rotation was on"},
		{sabContextIgnored, "", "Decrypt accepts any encryption context"},
		{sabDisableSpreads, "", "DisableKey on the primary disables the replicas too"},
		{sabReplicaCopiesPolicy, "", "ReplicateKey gives the replica the primary's policy"},
		{sabDeletesEarly, "", "a key is gone a day before its deletion date"},
		{sabWrongKey, "", "Decrypt at a replica answers with the primary's ARN"},
		{sabReplicaUnready, "", "a new replica says Enabled and answers like one that is still Creating"},
	}
}

func checkSabotage(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(Sabotages(), func(s Sabotage) bool { return s.Name == name }) {
			return fmt.Errorf("simulated world: no sabotage named %q", name)
		}
	}
	return nil
}

// unready says whether a replica is in its first minute, for a sabotage.
func (w *World) unready(m *member) bool {
	return m.set.Multi && !m.isPrimary() && w.nowNanos() < m.created+int64(time.Minute)
}

// sabotaged says whether a sabotage is on. Few worlds have one, so the common
// answer costs a length.
func (w *World) sabotaged(name string) bool {
	return len(w.sabotage) > 0 && slices.Contains(w.sabotage, name)
}
