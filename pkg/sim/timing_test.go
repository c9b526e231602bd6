package sim

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// stopwatch is a world with a key, whose changes are timed as a client would:
// by asking again and again.
type stopwatch struct {
	*testing.T
	w   *World
	key *string
}

func (s stopwatch) at(region string) *Call {
	return &Call{Region: region, From: region, Principal: admin()}
}

func (s stopwatch) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// until lets time pass until a member is as asked for, and says how much did.
func (s stopwatch) until(region string, is func(*types.KeyMetadata) bool) time.Duration {
	s.Helper()
	began := s.w.Now()
	for range 1_000_000 {
		out, err := s.w.DescribeKey(s.at(region), &kms.DescribeKeyInput{KeyId: s.key})
		s.must(err)
		if is(out.KeyMetadata) {
			return s.w.Now().Sub(began)
		}
		s.w.Advance(s.w.Now().Add(50 * time.Millisecond))
	}
	s.Fatal("it never came to that")
	return 0
}

func inKeyState(state types.KeyState) func(*types.KeyMetadata) bool {
	return func(m *types.KeyMetadata) bool { return m.KeyState == state }
}

// load imports 32 bytes of a letter; a moment of expiry may be given.
func (s stopwatch) load(region string, letter byte, new bool, validTo *time.Time) {
	s.Helper()
	p, err := s.w.GetParametersForImport(s.at(region), &kms.GetParametersForImportInput{
		KeyId: s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	})
	s.must(err)
	secret := make([]byte, 32)
	for i := range secret {
		secret[i] = letter
	}
	wrapped, err := material.Wrap(rand.Reader, types.AlgorithmSpecRsaesOaepSha256, p.PublicKey, secret)
	s.must(err)
	in := &kms.ImportKeyMaterialInput{KeyId: s.key, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped, ValidTo: validTo}
	if validTo == nil {
		in.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
	}
	if new {
		in.ImportType = types.ImportTypeNewKeyMaterial
	}
	_, err = s.w.ImportKeyMaterial(s.at(region), in)
	s.must(err)
}

func (s stopwatch) replicate(region string) {
	s.Helper()
	_, err := s.w.ReplicateKey(s.at("us-east-1"), &kms.ReplicateKeyInput{KeyId: s.key, ReplicaRegion: &region})
	s.must(err)
}

// rotate asks for a rotation and times it at a member.
func (s stopwatch) rotate(region string) time.Duration {
	s.Helper()
	var before string
	s.until(region, func(m *types.KeyMetadata) bool { before = *m.CurrentKeyMaterialId; return true })
	_, err := s.w.RotateKeyOnDemand(s.at("us-east-1"), &kms.RotateKeyOnDemandInput{KeyId: s.key})
	s.must(err)
	return s.until(region, func(m *types.KeyMetadata) bool { return *m.CurrentKeyMaterialId != before })
}

// TestDefaultTimingIsWhatWasRecorded holds the model's defaults to what was
// measured on AWS. The bounds are those of the recordings, widened to the span
// between two looks: MRK-REPLICATE-09, MRK-IMPORT-22, MRK-PROMOTE-06,
// MRK-ROTATE-03, MRK-IMPORT-27, MRK-NET-02, MRK-IMPORT-11, MRK-IMPORT-13,
// MRK-DELETE-07 [16.4/1-12].
func TestDefaultTimingIsWhatWasRecorded(t *testing.T) {
	const ms, second = time.Millisecond, time.Second
	for name, c := range map[string]struct {
		least, most time.Duration
		external    bool
		replicas    []string
		measure     func(s stopwatch) time.Duration
	}{
		"replica becomes Enabled": {2 * second, 4050 * ms, false, nil, func(s stopwatch) time.Duration { // [16.4/1]
			s.replicate("us-west-2")
			return s.until("us-west-2", inKeyState(types.KeyStateEnabled))
		}},
		"imported replica becomes PendingImport": {0, 4050 * ms, true, nil, func(s stopwatch) time.Duration { // [16.4/2]
			s.replicate("us-west-2")
			return s.until("us-west-2", inKeyState(types.KeyStatePendingImport))
		}},
		"replica is known here and there": {0, 0, false, nil, func(s stopwatch) time.Duration { // [16.4/3]
			s.replicate("us-west-2")
			return s.until("us-east-1", func(m *types.KeyMetadata) bool { return len(m.MultiRegionConfiguration.ReplicaKeys) == 1 }) +
				s.until("us-west-2", func(*types.KeyMetadata) bool { return true })
		}},
		"both leave Updating": {3 * second, 8050 * ms, false, []string{"us-west-2"}, func(s stopwatch) time.Duration { // [16.4/4]
			to := "us-west-2"
			_, err := s.w.UpdatePrimaryRegion(s.at("us-east-1"), &kms.UpdatePrimaryRegionInput{KeyId: s.key, PrimaryRegion: &to})
			s.must(err)
			return s.until("us-east-1", inKeyState(types.KeyStateEnabled)) + s.until("us-west-2", inKeyState(types.KeyStateEnabled))
		}},
		"rotation alone": {99500 * ms, 131050 * ms, false, nil, func(s stopwatch) time.Duration { // [16.4/5]
			return s.rotate("us-east-1")
		}},
		"rotation with two replicas": {430 * second, 490 * second, false, []string{"ap-east-1", "us-west-2"}, func(s stopwatch) time.Duration { // [16.4/6]
			return s.rotate("us-east-1")
		}},
		"imported rotation alone": {148 * second, 165050 * ms, true, nil, func(s stopwatch) time.Duration { // [16.4/7]
			s.load("us-east-1", 'b', true, nil)
			return s.rotate("us-east-1")
		}},
		"imported rotation in a set": {17 * second, 48050 * ms, true, []string{"us-west-2"}, func(s stopwatch) time.Duration { // [16.4/8]
			s.load("us-east-1", 'b', true, nil)
			s.load("us-west-2", 'b', false, nil)
			return s.rotate("us-east-1")
		}},
		"replica shows the new material": {0, 1250 * ms, false, []string{"us-west-2"}, func(s stopwatch) time.Duration { // [16.4/9]
			s.rotate("us-east-1")
			var now string
			s.until("us-east-1", func(m *types.KeyMetadata) bool { now = *m.CurrentKeyMaterialId; return true })
			return s.until("us-west-2", func(m *types.KeyMetadata) bool { return *m.CurrentKeyMaterialId == now })
		}},
		"import and deletion show": {0, 0, true, nil, func(s stopwatch) time.Duration { // [16.4/10]
			_, err := s.w.DeleteImportedKeyMaterial(s.at("us-east-1"), &kms.DeleteImportedKeyMaterialInput{KeyId: s.key})
			s.must(err)
			gone := s.until("us-east-1", inKeyState(types.KeyStatePendingImport))
			s.load("us-east-1", 'a', false, nil)
			return gone + s.until("us-east-1", inKeyState(types.KeyStateEnabled))
		}},
		"expiry": {0, 2050 * ms, true, nil, func(s stopwatch) time.Duration { // [16.4/11]
			at := s.w.Now().Add(time.Hour).Truncate(second)
			s.load("us-east-1", 'a', false, &at)
			s.w.Advance(at)
			return s.until("us-east-1", inKeyState(types.KeyStatePendingImport))
		}},
		"primary waits after its last replica": {48 * time.Hour, 48*time.Hour + 24*second, false, []string{"us-west-2"}, func(s stopwatch) time.Duration { // [16.4/12]
			_, err := s.w.ScheduleKeyDeletion(s.at("us-east-1"), &kms.ScheduleKeyDeletionInput{KeyId: s.key})
			s.must(err)
			out, err := s.w.ScheduleKeyDeletion(s.at("us-west-2"), &kms.ScheduleKeyDeletionInput{KeyId: s.key})
			s.must(err)
			s.w.Advance(*out.DeletionDate)
			s.w.Advance(out.DeletionDate.Add(48 * time.Hour))
			return 48*time.Hour + s.until("us-east-1", inKeyState(types.KeyStatePendingDeletion))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seeds := uint64(4)
			if c.external {
				seeds = 2 // each of those worlds makes an RSA key to wrap with
			}
			for seed := range seeds {
				w, err := New(Options{Seed: seed, Regions: []string{"us-east-1", "us-west-2", "ap-east-1"}, NoRateLimits: true})
				if err != nil {
					t.Fatal(err)
				}
				s := stopwatch{T: t, w: w}
				multi, in := true, &kms.CreateKeyInput{}
				in.MultiRegion = &multi
				if c.external {
					in.Origin = types.OriginTypeExternal
				}
				out, err := w.CreateKey(s.at("us-east-1"), in)
				s.must(err)
				s.key = out.KeyMetadata.KeyId
				if c.external {
					s.load("us-east-1", 'a', false, nil)
				}
				for _, r := range c.replicas {
					s.replicate(r)
					w.Advance(w.Now().Add(10 * time.Second))
					if c.external {
						s.load(r, 'a', false, nil)
					}
				}
				if took := c.measure(s); took < c.least || took > c.most {
					t.Errorf("seed %d: it took %v, which is not between %v and %v", seed, took, c.least, c.most)
				}
			}
		})
	}
}
