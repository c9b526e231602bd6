package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"github.com/cockroachdb/datadriven"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// kind is a kind of key that operations are tried with.
type kind string

const (
	symmetric kind = "symmetric"
	imported  kind = "imported"
	signing   kind = "signing"
	agreeing  kind = "agreeing"
	macs      kind = "mac"
	kems      kind = "kem"
)

// subject is a key in the state that is to be tried, and what calls need.
type subject struct {
	*lab
	c      *kms.Client
	key    *string
	blob   []byte // a ciphertext of the key
	params *kms.GetParametersForImportOutput
	secret []byte
}

// keyRequest asks for a key of a kind, in a set of its own.
func keyRequest(k kind) *kms.CreateKeyInput {
	in := &kms.CreateKeyInput{MultiRegion: aws.Bool(true)}
	switch k {
	case imported:
		in.Origin = types.OriginTypeExternal
	case signing:
		in.KeySpec, in.KeyUsage = types.KeySpecEccNistP256, useToSign
	case agreeing:
		in.KeySpec, in.KeyUsage = types.KeySpecEccNistP256, useToAgree
	case macs:
		in.KeySpec, in.KeyUsage = types.KeySpecHmac256, useToMac
	case kems:
		in.KeySpec, in.KeyUsage = types.KeySpecMlKem512, types.KeyUsageTypeEncapsulateDecapsulate
	default:
	}
	return in
}

// in makes a key of a kind in a state; nil when there is no such key.
func (l *lab) in(state types.KeyState, k kind) *subject {
	l.Helper()
	s := &subject{lab: l, c: l.at("us-east-1"), secret: []byte(strings.Repeat("s", 32))}
	in := keyRequest(k)
	switch state {
	case types.KeyStatePendingImport:
		if k == kems {
			return nil
		}
		in.Origin = types.OriginTypeExternal
	case types.KeyStateUnavailable:
		if k != symmetric {
			return nil
		}
		return l.unavailable(s)
	default:
	}
	out, err := s.c.CreateKey(l.ctx, in)
	l.done("CreateKey", err)
	s.key = out.KeyMetadata.KeyId
	if in.Origin == types.OriginTypeExternal && (k == imported || k == symmetric) {
		s.params, err = s.c.GetParametersForImport(l.ctx, &kms.GetParametersForImportInput{KeyId: s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})
		l.done("GetParametersForImport", err)
		if state != types.KeyStatePendingImport {
			l.done("ImportKeyMaterial", second(s.load()))
		}
	}
	if k == symmetric && state != types.KeyStatePendingImport {
		sealed, err := s.c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: s.key, Plaintext: []byte("p")})
		l.done("Encrypt", err)
		s.blob = sealed.CiphertextBlob
	}
	s.reach(state)
	return s
}

// reach brings an Enabled key into a state.
func (s *subject) reach(state types.KeyState) {
	s.Helper()
	there := aws.String("us-west-2")
	switch state {
	case types.KeyStateDisabled:
		s.done("DisableKey", second(s.c.DisableKey(s.ctx, &kms.DisableKeyInput{KeyId: s.key})))
	case types.KeyStatePendingDeletion:
		s.done("ScheduleKeyDeletion", second(s.c.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: s.key})))
	case types.KeyStatePendingReplicaDeletion, types.KeyStateCreating, types.KeyStateUpdating:
		s.done("ReplicateKey", second(s.c.ReplicateKey(s.ctx, &kms.ReplicateKeyInput{KeyId: s.key, ReplicaRegion: there})))
		if state == types.KeyStateCreating {
			s.c = s.at("us-west-2")
			return
		}
		s.pass(time.Minute)
		if state == types.KeyStatePendingReplicaDeletion {
			s.done("ScheduleKeyDeletion", second(s.c.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: s.key})))
			return
		}
		if s.params != nil { // a replica without its material could not be promoted
			primary := s.c
			s.c = s.at("us-west-2")
			var err error
			s.params, err = s.c.GetParametersForImport(s.ctx, &kms.GetParametersForImportInput{KeyId: s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})
			s.done("GetParametersForImport", err)
			s.done("ImportKeyMaterial", second(s.load()))
			s.c = primary
		}
		s.done("UpdatePrimaryRegion", second(s.c.UpdatePrimaryRegion(s.ctx, &kms.UpdatePrimaryRegionInput{KeyId: s.key, PrimaryRegion: there})))
		s.c = s.at("us-west-2")
	default:
	}
}

// unavailable makes a key in a key store that is then disconnected.
func (l *lab) unavailable(s *subject) *subject {
	l.Helper()
	if l.store == nil {
		made, err := s.c.CreateCustomKeyStore(l.ctx, ofCluster("store", clusterOne))
		l.done("CreateCustomKeyStore", err)
		l.store = made.CustomKeyStoreId
	}
	l.done("connect", second(s.c.ConnectCustomKeyStore(l.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: l.store})))
	l.pass(20 * time.Minute)
	out, err := s.c.CreateKey(l.ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: l.store})
	l.done("CreateKey", err)
	s.key = out.KeyMetadata.KeyId
	sealed, err := s.c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: s.key, Plaintext: []byte("p")})
	l.done("Encrypt", err)
	s.blob = sealed.CiphertextBlob
	l.done("disconnect", second(s.c.DisconnectCustomKeyStore(l.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: l.store})))
	l.pass(20 * time.Minute)
	return s
}

func (s *subject) load() (*kms.ImportKeyMaterialOutput, error) {
	wrapped, err := material.Wrap(rand.NewChaCha8([32]byte{1}), types.AlgorithmSpecRsaesOaepSha256, s.params.PublicKey, s.secret)
	s.done("wrap", err)
	return s.c.ImportKeyMaterial(s.ctx, &kms.ImportKeyMaterialInput{
		KeyId: s.key, ImportToken: s.params.ImportToken, EncryptedKeyMaterial: wrapped,
		ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire,
	})
}

// cell is an answer in one word.
func cell(err error) string {
	var e smithy.APIError
	if err == nil {
		return "ok"
	}
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.ErrorMessage()
	for _, known := range []string{"disabled", "pending import", "unavailable", "creating", "updating", "not pending"} {
		if strings.Contains(text, "is "+known) {
			return strings.ReplaceAll(known, " ", "-")
		}
	}
	switch {
	case strings.Contains(text, "is pending replica deletion"):
		return "replicas"
	case strings.Contains(text, "is pending deletion"):
		return "deleting"
	case strings.Contains(text, "primary key"):
		return "no-primary"
	case e.ErrorCode() == "UnsupportedOperationException":
		return "unsupported"
	}
	return e.ErrorCode()
}

// TestKeyStates tries every operation that looks at a key's state in every
// state, and holds what comes of it to a table: MRK-KEY-14, MRK-PROMOTE-07, MRK-PROMOTE-13,
// MRK-REPLICATE-07, MRK-REPLICATE-08, MRK-REPLICATE-13, MRK-DELETE-06,
// MRK-DELETE-13, MRK-KEY-13, MRK-PAIR-03, MRK-POLICY-03, MRK-STORE-03.
func TestKeyStates(t *testing.T) {
	datadriven.RunTest(t, "testdata/states", func(t *testing.T, d *datadriven.TestData) string {
		states := types.KeyState("").Values()
		var b strings.Builder
		columns := []types.KeyState{
			types.KeyStateEnabled, types.KeyStateDisabled, types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion,
			types.KeyStatePendingImport, types.KeyStateUnavailable, types.KeyStateCreating, types.KeyStateUpdating,
		}
		if len(columns) != len(states) {
			t.Errorf("AWS has the key states %v", states)
		}
		l := newLab(t, "us-east-1", "us-west-2", "eu-west-1")
		fmt.Fprintf(&b, "%-36s%-13s%-13s%-10s%-10s%-16s%-13s%-12s%s\n", "", "Enabled", "Disabled", "deleting", "replicas", "PendingImport", "Unavailable", "Creating", "Updating")
		for _, op := range stateCalls() {
			fmt.Fprintf(&b, "%-36s", op.name)
			for i, width := range []int{13, 13, 10, 10, 16, 13, 12, 0} {
				word := "-"
				if s := l.in(columns[i], op.on); s != nil {
					if got := l.metadata(s.c, s.key).KeyState; got != columns[i] {
						t.Fatalf("%s: the key is %s, not %s", op.name, got, columns[i])
					}
					word = cell(op.call(s))
				}
				fmt.Fprintf(&b, "%-*s", width, word)
			}
			b.WriteString("\n")
		}
		return b.String()
	})
}
