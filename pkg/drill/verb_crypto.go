package drill

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// stepRole is the application that a step plays when it uses a key. It is not
// the operator: the key policy must let applications in.
const stepRole = "app"

// stepApp is that application in one Region.
func (r *run) stepApp(s *runbook.Step, k *keySet, region string) app {
	a := app{source: s.ID, key: k, from: region, to: region, role: stepRole, keyID: r.keyName(k, region, s.With.By, s.With.Member), context: s.With.Context, within: s.Within}
	if s.From != "" {
		a.from = s.From
	}
	return a
}

// inRegions uses the key in each Region of a step, count times, and adds up.
// The error is that of the first call that failed.
func (r *run) inRegions(s *runbook.Step, use func(a app) used) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	count := max(s.With.Count, 1)
	out := seen{key: k}
	for _, region := range s.In {
		a := r.stepApp(s, k, region)
		for range count {
			u := use(a)
			if u.err != nil {
				return out, u.err
			}
			if u.outcome != history.OK {
				return out, fmt.Errorf("%s in %s: %s", s.Do, region, u.code)
			}
			if u.ciphertext != 0 {
				out.ciphertexts = append(out.ciphertexts, u.ciphertext)
			}
		}
	}
	out.words = fmt.Sprintf("%d in %s", count, list(s.In))
	out.opened = answer(true) // a plaintext that differs is a failed call
	return out, nil
}

// withoutSource is the context of an application's calls: they go to the
// history, not one by one to the journal.
func withoutSource(ctx context.Context) context.Context {
	return context.WithValue(ctx, sourceKey{}, nil)
}

func (r *run) encryptSome(ctx context.Context, s *runbook.Step) (seen, error) {
	ctx = withoutSource(ctx)
	return r.inRegions(s, func(a app) used { return r.seal(ctx, a, r.clock.Now()) })
}

func (r *run) roundtripSome(ctx context.Context, s *runbook.Step) (seen, error) {
	ctx = withoutSource(ctx)
	return r.inRegions(s, func(a app) used {
		switch a.key.Spec {
		case "hmac":
			return r.macAndVerify(ctx, a, r.clock.Now())
		case "rsa", "ecc", "ml-dsa":
			return r.signAndVerify(ctx, a, r.clock.Now())
		}
		u := r.seal(ctx, a, r.clock.Now())
		if u.outcome != history.OK || u.err != nil {
			return u
		}
		return r.openNumber(ctx, a, u.ciphertext)
	})
}

// ciphertexts are those that a step is about: all of the key set, some of them,
// or those that an earlier step kept. Without a word it is all.
func (r *run) ciphertexts(s *runbook.Step, k *keySet, region string) []int64 {
	name := s.With.Ciphertexts
	if len(name) > 1 && name[0] == '$' {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.Clone(r.kept[name[1:]]) // the linter has seen that a step keeps them
	}
	if name == "sample" {
		var some []int64
		for range 100 {
			if c, ok, err := r.ledger.Pick(k.Name, region, r.draw()|1); err == nil && ok {
				some = append(some, c.N)
			}
		}
		return some
	}
	return slices.Collect(r.ledger.Unproven(k.Name, region))
}

// decryptSome opens ciphertexts in each Region, several at once as an
// application would. Those that were shown to open there before are not opened
// again.
func (r *run) decryptSome(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	ctx = withoutSource(ctx)
	out := seen{key: k}
	total, lost := 0, 0
	var first used
	for _, region := range s.In {
		numbers := r.ciphertexts(s, k, region)
		a := r.stepApp(s, k, region)
		results := r.sideBySide(ctx, numbers, func(n int64) used { return r.openNumber(ctx, a, n) })
		for _, u := range results {
			if u.outcome != history.OK {
				if lost == 0 {
					first = u
				}
				lost++
			}
		}
		total += len(numbers)
	}
	out.opened = answer(lost == 0)
	classes := ledger.Classes{}
	for _, region := range s.In {
		classes.Readable += r.ledger.Classes(k.Name, region).Readable
	}
	out.words = fmt.Sprintf("%d opened now, %d times read back in all, in %s", total-lost, classes.Readable, list(s.In))
	if lost > 0 {
		if first.err != nil && s.Expect != nil && s.Expect.Error != "" {
			return out, first.err
		}
		out.words = fmt.Sprintf("%d of %d did not open (%s); %s", lost, total, first.code, out.words)
		if s.Expect == nil || s.Expect.Plaintext == "" {
			return out, fmt.Errorf("%s", out.words)
		}
	}
	return out, nil
}

// atOnce is how many calls a step makes at the same time when it has many.
const atOnce = 16

// sideBySide makes calls about many ciphertexts, atOnce at a time.
func (r *run) sideBySide(ctx context.Context, numbers []int64, call func(int64) used) []used {
	results := make([]used, len(numbers))
	g := r.clock.Group()
	for lane := range min(atOnce, len(numbers)) {
		g.Go(func() {
			for i := lane; i < len(numbers) && ctx.Err() == nil; i += atOnce {
				results[i] = call(numbers[i])
			}
		})
	}
	g.Wait()
	return results
}

// reencryptSome seals ciphertexts anew under the current key material, inside
// KMS: nobody sees the plaintext.
func (r *run) reencryptSome(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	ctx = withoutSource(ctx)
	out := seen{key: k}
	for _, region := range s.In {
		a := r.stepApp(s, k, region)
		for _, n := range r.ciphertexts(s, k, region) {
			c, err := r.ledger.Get(n)
			if err != nil {
				return out, err
			}
			u := r.reseal(ctx, a, c)
			if u.err != nil {
				return out, u.err
			}
			out.ciphertexts = append(out.ciphertexts, u.ciphertext)
		}
	}
	out.words = fmt.Sprintf("%d sealed anew in %s", len(out.ciphertexts), list(s.In))
	return out, nil
}

func (r *run) reseal(ctx context.Context, a app, c ledger.Ciphertext) used {
	rec := r.record(a, "ReEncrypt", r.clock.Now())
	rec.Plain = c.Plain
	callCtx, cancel := r.patience(ctx, a)
	result, err := r.appClient(a).ReEncrypt(callCtx, &kms.ReEncryptInput{
		CiphertextBlob: c.Blob, SourceEncryptionContext: c.Context, DestinationEncryptionContext: c.Context, DestinationKeyId: aws.String(a.keyID),
	})
	cancel()
	u := r.settle(&rec, err)
	if err == nil {
		rec.Material = aws.ToString(result.DestinationKeyMaterialId)
		rec.Ciphertext, u.err = r.ledger.Add(ledger.Made{
			Key: a.key.Name, Region: a.to, At: rec.Start, Material: rec.Material, Context: c.Context, Plain: c.Plain, Blob: result.CiphertextBlob,
		})
		u.ciphertext = rec.Ciphertext
	}
	r.enter(rec, &u)
	return u
}

// keyVerify seals in each member and opens in each.
func (r *run) keyVerify(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	ctx = withoutSource(ctx)
	regions := s.In
	if len(regions) == 0 {
		regions = k.regionsWith("")
	}
	pairs := 0
	for _, in := range regions {
		made := r.seal(ctx, r.stepApp(s, k, in), r.clock.Now())
		if made.err != nil {
			return seen{key: k}, made.err
		}
		for _, at := range regions {
			u := r.openNumber(ctx, r.stepApp(s, k, at), made.ciphertext)
			if u.err != nil {
				return seen{key: k}, u.err
			}
			if u.outcome != history.OK {
				return seen{key: k, opened: answer(false)}, fmt.Errorf("what %s sealed did not open in %s: %s", in, at, u.code)
			}
			pairs++
		}
	}
	return seen{key: k, opened: answer(true), words: fmt.Sprintf("%d of %d pairs of Regions open each other's ciphertext", pairs, pairs)}, nil
}

// ready judges whether members could carry the load now, by using them: what
// each seals it must open again, and what the others sealed too.
func (r *run) ready(ctx context.Context, s *runbook.Step) (seen, error) {
	k, err := r.key(s.With.Key)
	if err != nil {
		return seen{}, err
	}
	regions := s.In
	if len(regions) == 0 {
		regions = slices.DeleteFunc(k.regionsWith(""), func(region string) bool { return slices.Contains(s.With.Down, region) })
	}
	c := r.operator(s.From)
	c.Regions = regions
	set, err := mrk.Read(ctx, c, k.id, mrk.AliasPart)
	if err != nil {
		return seen{key: k}, err
	}
	var missing []string
	for _, region := range regions {
		m, _ := set.Member(region)
		a := r.stepApp(s, k, region)
		u := r.seal(withoutSource(ctx), a, r.clock.Now())
		if u.outcome == history.OK {
			u = r.openNumber(withoutSource(ctx), a, u.ciphertext)
		}
		switch {
		case u.outcome != history.OK:
			missing = append(missing, fmt.Sprintf("%s does not encrypt and decrypt for applications (%s)", region, u.code))
		case !slices.Contains(m.Aliases, k.Alias):
			missing = append(missing, fmt.Sprintf("%s has no %s", region, k.Alias))
		}
	}
	if len(missing) > 0 {
		return seen{key: k, ready: answer(false), words: list(missing)}, nil
	}
	return seen{key: k, ready: answer(true), words: list(regions) + " could carry the load"}, nil
}
