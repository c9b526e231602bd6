package sim

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"pgregory.net/rapid"
)

// life does random things to a few keys and checks after each what must hold.
type life struct {
	w       *World
	regions []string
	keys    []string
	blobs   [][]byte
}

func newLife(t *rapid.T) *life {
	l := &life{regions: []string{"ap-southeast-2", "eu-west-1", "us-east-1"}}
	w, err := New(Options{Seed: rapid.Uint64().Draw(t, "seed"), Regions: l.regions, NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	w.TrackChanges()
	l.w = w
	return l
}

func (l *life) call(region string) *Call {
	return &Call{Region: region, From: region, Principal: admin()}
}

// act does one thing; a refusal by the service is a normal answer.
func (l *life) act(t *rapid.T) {
	w := l.w
	where := rapid.SampledFrom(l.regions).Draw(t, "where")
	c := l.call(where)
	if len(l.keys) == 0 {
		out, err := w.CreateKey(c, &kms.CreateKeyInput{MultiRegion: ptr(true)})
		if err != nil {
			t.Fatal(err)
		}
		l.keys = append(l.keys, *out.KeyMetadata.KeyId)
	}
	key := ptr(rapid.SampledFrom(l.keys).Draw(t, "key"))
	other := ptr(rapid.SampledFrom(l.regions).Draw(t, "other"))
	var err error
	switch what := rapid.IntRange(0, 19).Draw(t, "what"); what {
	case 0:
		if len(l.keys) < 4 {
			var out *kms.CreateKeyOutput
			if out, err = w.CreateKey(c, &kms.CreateKeyInput{MultiRegion: ptr(rapid.Bool().Draw(t, "multi"))}); err == nil {
				l.keys = append(l.keys, *out.KeyMetadata.KeyId)
			}
		}
	case 1, 2, 3:
		_, err = w.ReplicateKey(c, &kms.ReplicateKeyInput{KeyId: key, ReplicaRegion: other})
	case 4, 5, 6:
		_, err = w.UpdatePrimaryRegion(c, &kms.UpdatePrimaryRegionInput{KeyId: key, PrimaryRegion: other})
	case 7:
		_, err = w.RotateKeyOnDemand(c, &kms.RotateKeyOnDemandInput{KeyId: key})
	case 8:
		_, err = w.EnableKeyRotation(c, &kms.EnableKeyRotationInput{KeyId: key, RotationPeriodInDays: ptr(int32(90))})
	case 9:
		_, err = w.DisableKey(c, &kms.DisableKeyInput{KeyId: key})
	case 10:
		_, err = w.EnableKey(c, &kms.EnableKeyInput{KeyId: key})
	case 11:
		_, err = w.ScheduleKeyDeletion(c, &kms.ScheduleKeyDeletionInput{KeyId: key, PendingWindowInDays: ptr(int32(7))})
	case 12:
		_, err = w.CancelKeyDeletion(c, &kms.CancelKeyDeletionInput{KeyId: key})
	case 13:
		_, err = w.CreateAlias(c, &kms.CreateAliasInput{TargetKeyId: key, AliasName: ptr("alias/" + *other)})
	case 14:
		_, err = w.TagResource(c, &kms.TagResourceInput{KeyId: key, Tags: []types.Tag{{TagKey: other, TagValue: key}}})
	case 15:
		kind := rapid.SampledFrom([]FaultKind{RegionOutage, ReplicationLag, ReplicationStop, StuckCreating, KeyDisabled, PolicyDeny}).Draw(t, "fault")
		f := Fault{Name: string(kind), Kind: kind, In: []string{*other}, By: time.Minute, AtMost: 10 * time.Minute, Key: *key}
		if w.sets[*key] != nil && w.fault(f.Name) == nil {
			if err := w.StartFault(f); err != nil {
				t.Fatal(err)
			}
		}
	case 16:
		w.Advance(w.Now().Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second))
	case 17:
		w.Advance(w.Now().Add(time.Duration(rapid.IntRange(1, 9).Draw(t, "days")) * day))
	default:
		var out *kms.EncryptOutput
		if out, err = w.Encrypt(c, &kms.EncryptInput{KeyId: key, Plaintext: []byte("secret")}); err == nil {
			l.blobs = append(l.blobs, out.CiphertextBlob)
		}
	}
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Code == "") {
		t.Fatalf("an error without a code: %v", err)
	}
}

// check looks at what must always hold.
func (l *life) check(t *rapid.T) {
	for id, set := range l.w.sets {
		primaries := 0
		regions := map[string]bool{}
		for _, m := range set.members {
			if m.isPrimary() {
				primaries++
			}
			if regions[m.region.Name] || l.w.byName[m.region.Name].members[id] != m {
				t.Fatalf("%s has two members in %s", id, m.region.Name)
			}
			regions[m.region.Name] = true
			if slices.Contains(m.view.Replicas, m.view.Primary) {
				t.Fatalf("%s: %v lists its primary %s among the replicas", m.arn, m.view.Replicas, m.view.Primary)
			}
			if cur, ok := m.currentMaterial(); !m.creating && ok && m.holding(cur.ID) == nil {
				t.Fatalf("%s does not have its current key material", m.arn)
			}
		}
		if primaries > 1 {
			t.Fatalf("%s has %d primaries", id, primaries)
		}
	}
	for _, blob := range l.blobs {
		p, ok := parseBlob(blob)
		if !ok {
			t.Fatal("a ciphertext does not parse")
		}
		for _, r := range l.w.regions {
			if m := r.materials[p.material]; m != nil && !m.creating && m.state() == types.KeyStateEnabled {
				out, err := l.w.Decrypt(l.call(r.Name), &kms.DecryptInput{CiphertextBlob: blob})
				if err != nil || string(out.Plaintext) != "secret" {
					t.Fatalf("decrypt in %s: %v", r.Name, err)
				}
			}
		}
	}
}

func TestWhatMustHoldHoldsInAnyLife(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			l.act(t)
			l.check(t)
		}
	})
}

// picture is a world as text: everything that is saved.
func picture(t interface{ Fatal(...any) }, w *World) string {
	list, err := w.Save(true)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.ID, b.ID) })
	var b strings.Builder
	for _, c := range list {
		fmt.Fprintf(&b, "%s %s\n", c.ID, c.Data)
	}
	return b.String()
}

func TestSavedWorldIsTheSameAndGoesOnTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLife(t)
		kept := map[string][]byte{}
		keep := func() {
			changes, err := l.w.TakeChanges()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				if c.Data == nil {
					delete(kept, c.ID)
				} else {
					kept[c.ID] = c.Data
				}
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			l.act(t)
			keep()
		}
		saved, err := l.w.Save(true)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Load(saved, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := picture(t, l.w), picture(t, again); a != b {
			t.Fatalf("loaded world differs:\n%s\n----\n%s", a, b)
		}
		fork, err := l.w.Fork()
		if err != nil {
			t.Fatal(err)
		}
		// The entities kept up by TakeChanges make the same world, but for the
		// trails, last uses and randomness drawn since the last change.
		var list []Change
		for id, data := range kept {
			list = append(list, Change{ID: id, Data: data})
		}
		durable, err := Load(list, Options{})
		if err != nil {
			t.Fatal(err)
		}
		later := l.w.Now().Add(9 * day)
		for _, w := range []*World{l.w, again, fork, durable} {
			w.Advance(later)
		}
		if a, b := picture(t, l.w), picture(t, again); a != b {
			t.Fatalf("loaded world went another way:\n%s\n----\n%s", a, b)
		}
		for _, other := range []*World{fork, durable} {
			for _, r := range l.w.regions {
				for id, m := range r.members {
					if o := other.region(r.Name).members[id]; o == nil || o.state() != m.state() || !o.view.equal(m.view) {
						t.Fatalf("%s differs in a copy", m.arn)
					}
				}
			}
		}
	})
}

func TestSameSeedSameBytes(t *testing.T) {
	blob := func() []byte {
		w, err := New(Options{Seed: 7})
		if err != nil {
			t.Fatal(err)
		}
		c := &Call{Region: "us-east-1", Principal: admin()}
		k, err := w.CreateKey(c, &kms.CreateKeyInput{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := w.Encrypt(c, &kms.EncryptInput{KeyId: k.KeyMetadata.KeyId, Plaintext: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return out.CiphertextBlob
	}
	if !bytes.Equal(blob(), blob()) {
		t.Error("two worlds with one seed made different ciphertexts")
	}
}

func TestDamagedSaveIsRefused(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateKey(&Call{Region: "us-east-1", Principal: admin()}, &kms.CreateKeyInput{}); err != nil {
		t.Fatal(err)
	}
	saved, err := w.Save(true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range saved {
		cut := slices.Clone(saved)
		cut[i].Data = cut[i].Data[:len(cut[i].Data)/2]
		if _, err := Load(cut, Options{}); err == nil {
			t.Errorf("a world with half of %s was loaded", cut[i].ID)
		}
	}
	if _, err := Load([]Change{{ID: worldID, Data: []byte(`{"Version":99}`)}}, Options{}); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("a world of version 99: %v", err)
	}
}
