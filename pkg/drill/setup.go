package drill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// setupStep is the step under which the journal keeps the calls that made the
// keys of a simulated world.
const setupStep = "setup"

// prepare finds the key sets of the runbook, or makes them where it says so.
func (r *run) prepare(ctx context.Context) error {
	if err := r.affordSetup(ctx); err != nil {
		return err
	}
	for _, book := range r.book.Keys {
		if r.madeBySteps(book.Name) {
			continue
		}
		making := withSource(ctx, source{name: setupStep, journal: true, key: book.Name})
		k, err := r.key(book.Name)
		if err == nil && r.made[book.Name] {
			err = r.complete(making, k) // its making was under way when the process died
		} else {
			_, err = r.findKey(ctx, book)
		}
		if mrk.IsNotFound(err) && (book.Make == "if-missing" || book.Make == "in-sim" && r.cloud.Origin.Kind == "sim" && !r.opts.Rehearsal || r.opts.Rehearsal && book.Make != "never") {
			_, err = r.makeKey(making, book)
		}
		if err != nil {
			return fmt.Errorf("key set %s: %w", book.Name, err)
		}
	}
	return nil
}

// preflight says what of the key sets keeps the drill from beginning. It comes
// after the locks: what another drill is about is not judged.
func (r *run) preflight(ctx context.Context) error {
	for _, k := range r.keySets() {
		if r.madeBySteps(k.Name) {
			continue
		}
		if err := errors.Join(r.fits(k), r.permitKey(ctx, k)); err != nil {
			return err
		}
	}
	return nil
}

// madeBySteps says whether a step of the runbook makes the key set.
func (r *run) madeBySteps(name string) bool {
	made := false
	r.book.EachStep(func(s *runbook.Step) { made = made || s.Do == "key.create" && s.With.Key == name })
	return made
}

// findKey looks a key set up by its alias.
func (r *run) findKey(ctx context.Context, book runbook.Key) (*keySet, error) {
	c := r.operator("")
	c.Regions = book.Members()
	place, err := mrk.Find(withSource(ctx, source{name: lookSource, key: book.Name}), c, book.Alias)
	if err != nil {
		return nil, err
	}
	k := &keySet{Key: book, id: place.ID, live: slices.Clone(place.Regions)}
	k.Primary = place.Primary
	r.adopt(k)
	return k, nil
}

// adopt makes a key set known to the steps.
func (r *run) adopt(k *keySet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[k.Name] = k
}

// fits says what is missing of a key set for the runbook.
func (r *run) fits(k *keySet) error {
	book, _ := r.book.Key(k.Name)
	if book.Primary != "" && k.Primary != book.Primary {
		return fmt.Errorf("key set %s: the runbook begins with the primary in %s, and it is in %s; run: mrkctl key promote %s --to %s", k.Name, book.Primary, k.Primary, k.Alias, book.Primary)
	}
	for _, region := range book.Replicas {
		if !slices.Contains(k.live, region) {
			return fmt.Errorf("key set %s has no replica in %s, as the runbook wants; run: mrkctl key replicate %s --to %s", k.Name, region, k.Alias, region)
		}
	}
	return nil
}

// getsReplica says whether a step replicates a key set.
func (r *run) getsReplica(name string) bool {
	found := false
	r.book.EachStep(func(s *runbook.Step) {
		found = found || s.Do == "key.replicate" && (s.With.Key == name || s.With.Key == "")
	})
	return found
}

func keySpec(spec string) string {
	return map[string]string{"symmetric": "SYMMETRIC_DEFAULT", "hmac": "HMAC_256", "rsa": "RSA_2048", "ecc": "ECC_NIST_P256", "ml-dsa": "ML_DSA_44"}[spec]
}

func keyUsage(spec string) string {
	switch spec {
	case "hmac":
		return "GENERATE_VERIFY_MAC"
	case "rsa", "ecc", "ml-dsa":
		return "SIGN_VERIFY"
	}
	return "ENCRYPT_DECRYPT"
}

func keyOrigin(origin string) string {
	if origin == "imported" {
		return "EXTERNAL"
	}
	return ""
}

// hashOf is the SHA-256 of a value's JSON; empty for nothing.
func hashOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" || string(b) == `""` || string(b) == "{}" {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

var errNotSteady = errors.New("the load was not healthy before the first step")

// steady brings the load up and sees that it is healthy.
func (r *run) steady(ctx context.Context) error {
	st := r.book.Steady
	if st == nil {
		return nil
	}
	for _, name := range st.Probes {
		if r.loadStopped(name) {
			continue
		}
		if err := r.startProbe(r.loadContext, name); err != nil {
			return err
		}
	}
	s := &runbook.Step{ID: "steady", Do: "watch", For: st.For, With: runbook.With{Probes: st.Probes}}
	if r.started {
		return nil // it was, when the drill began
	}
	seen, err := r.watch(ctx, s)
	if err != nil {
		return err
	}
	if seen.slo == nil || !*seen.slo {
		return fmt.Errorf("%w: %s", errNotSteady, seen.words)
	}
	return nil
}

// loadStopped says whether a step that was completed before the process died
// had ended a load.
func (r *run) loadStopped(name string) bool {
	stopped := false
	r.book.EachStep(func(s *runbook.Step) {
		if r.done[s.ID] && slices.Contains(s.With.Probes, name) {
			stopped = s.Do == "load.stop" || stopped && s.Do != "load.start"
		}
	})
	return stopped
}
