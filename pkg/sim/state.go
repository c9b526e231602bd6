package sim

import "github.com/aws/aws-sdk-go-v2/service/kms/types"

// stateRule says what an operation does about key states in which it is not
// simply done. AWS documents a table; where a recording shows something else,
// the recording holds.
//
// Rules: MRK-KEY-14.
type stateRule uint8

const (
	anyState     stateRule = iota // works whatever the state
	onlyUsable                    // cryptography, promotion: Enabled or Updating
	usableOrAway                  // grants, data key pairs: as well where the key store is not connected
	onlyEnabled                   // replication: Enabled
	settled                       // Enable, Disable: not while something is under way
	notLeaving                    // tags, description, aliases: not while being deleted
	rotatable                     // rotation settings: Enabled or Updating, whatever the material
	importable                    // imports: neither while Creating nor while being deleted
	readsPublic                   // GetPublicKey: also when Disabled
)

//nolint:gochecknoglobals // a table that nothing changes
var stateRules = [opAllCount]stateRule{
	opCreateAlias:                         notLeaving,
	opCreateGrant:                         usableOrAway,
	opDecapsulate:                         onlyUsable,
	opDecrypt:                             onlyUsable,
	opDeriveSharedSecret:                  onlyUsable,
	opDisableKey:                          settled,
	opDisableKeyRotation:                  rotatable,
	opEnableKey:                           settled,
	opEnableKeyRotation:                   rotatable,
	opEncapsulate:                         onlyUsable,
	opEncrypt:                             onlyUsable,
	opGenerateDataKey:                     onlyUsable,
	opGenerateDataKeyPair:                 usableOrAway, // a key in a store is refused for that
	opGenerateDataKeyPairWithoutPlaintext: usableOrAway,
	opGenerateDataKeyWithoutPlaintext:     onlyUsable,
	opGenerateMac:                         onlyUsable,
	opGetParametersForImport:              importable,
	opGetPublicKey:                        readsPublic,
	opImportKeyMaterial:                   importable,
	opReEncrypt:                           onlyUsable,
	opReplicateKey:                        onlyEnabled,
	opRotateKeyOnDemand:                   onlyUsable,
	opSign:                                onlyUsable,
	opTagResource:                         notLeaving,
	opUntagResource:                       notLeaving,
	opUpdateAlias:                         notLeaving,
	opUpdateKeyDescription:                notLeaving,
	opUpdatePrimaryRegion:                 onlyUsable,
	opVerify:                              onlyUsable,
	opVerifyMac:                           onlyUsable,
}

// ready checks the key's state for the task's operation.
//
// Rules: MRK-KEY-13.
func (t *task) ready(m *member) error { return t.readyFor(m, t.op) }

func (t *task) readyFor(m *member, op Op) error {
	rule := stateRules[op]
	if rule == anyState {
		return nil
	}
	state := t.w.shownState(m, op)
	if state == types.KeyStateEnabled {
		if t.w.sabotaged(sabReplicaUnready) && rule.uses() && t.w.unready(m) {
			return inState(m, types.KeyStateCreating)
		}
		return nil
	}
	if state == types.KeyStateDisabled && rule.uses() && t.w.sabotaged(sabReplicaIgnores) && !m.isPrimary() {
		return nil
	}
	if rule.allows(state) && !(state == types.KeyStateUpdating && operations[op].Plane == Data && t.w.sabotaged(sabCryptoPauses)) {
		return nil
	}
	return inState(m, state)
}

// uses says whether a rule is for operations that use the key.
func (r stateRule) uses() bool { return r == onlyUsable || r == usableOrAway }

// allows says whether a rule lets an operation go on in a state other than Enabled.
//
// Rules: MRK-PROMOTE-07, MRK-REPLICATE-08, MRK-PROMOTE-13.
func (r stateRule) allows(s types.KeyState) bool {
	deleting := s == types.KeyStatePendingDeletion || s == types.KeyStatePendingReplicaDeletion
	switch r {
	case onlyUsable, rotatable:
		return s == types.KeyStateUpdating
	case usableOrAway:
		return s == types.KeyStateUpdating || s == types.KeyStateUnavailable
	case settled:
		return s == types.KeyStateDisabled || s == types.KeyStateUnavailable
	case notLeaving:
		return !deleting
	case importable:
		return s == types.KeyStateDisabled || s == types.KeyStatePendingImport || s == types.KeyStateUpdating
	case readsPublic:
		return s == types.KeyStateDisabled || s == types.KeyStateUpdating
	default:
	}
	return false
}

// inState is the answer to an operation that a key's state forbids in so many words.
//
// Rules: MRK-REPLICATE-07, MRK-REPLICATE-08, MRK-REPLICATE-13, MRK-DELETE-13, MRK-PROMOTE-13.
func inState(m *member, s types.KeyState) error {
	switch s {
	case types.KeyStateDisabled:
		return fail(codeDisabled, "%s is disabled.", m.arn)
	case types.KeyStatePendingDeletion:
		return fail(codeInvalidState, "%s is pending deletion.", m.arn)
	case types.KeyStatePendingReplicaDeletion:
		return fail(codeInvalidState, "%s is pending replica deletion.", m.arn)
	case types.KeyStatePendingImport:
		return fail(codeInvalidState, "%s is pending import.", m.arn)
	case types.KeyStateCreating:
		return fail(codeInvalidState, "%s is creating.", m.arn)
	case types.KeyStateUpdating:
		return fail(codeInvalidState, "%s is updating.", m.arn)
	case types.KeyStateUnavailable:
		if m.set.XksKey != "" {
			return fail(codeInvalidState, notConnected)
		}
		return fail(codeInvalidState, "%s is unavailable.", m.arn)
	default:
	}
	return nil
}
