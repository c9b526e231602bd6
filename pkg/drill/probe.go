package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/drill/load"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// probe is a steady load: in each of its Regions calls are sent on a fixed
// schedule, whether or not earlier ones have been answered.
type probe struct {
	runbook.Probe
	lanes    []*lane
	inFlight clock.Group // its calls under way
	stopped  bool        // its lanes leave at their next turn
}

// lane is a probe in one Region.
type lane struct {
	probe *probe
	app   app
	load  *load.Series
	guard *load.Rolling
	sent  int // by a sabotaged reader
	stale int // calls while some of its callers are stale, by sabotage
}

// windowLength is how much of the timeline one probe-window event covers.
const windowLength = 10 * time.Second

// startProbe brings a load up. One that runs already goes on.
func (r *run) startProbe(ctx context.Context, name string) error {
	book, ok := r.book.Probe(name)
	if !ok {
		return fmt.Errorf("no probe named %q", name)
	}
	k, err := r.key(book.Key)
	if err != nil {
		return fmt.Errorf("probe %s: %w", name, err)
	}
	r.mu.Lock()
	old := r.probes[name]
	if old != nil && !old.stopped {
		r.mu.Unlock()
		return nil
	}
	p := &probe{Probe: book, inFlight: r.clock.Group()}
	for i, region := range book.In {
		l := &lane{probe: p}
		if old != nil {
			l.load = old.lanes[i].load
		} else {
			l.load = load.NewSeries(name, r.callerRegion(book, region), region, r.clock.Now(), r.windowLength(book))
		}
		l.app = app{source: name, key: k, from: r.callerRegion(book, region), to: region, role: book.As, within: book.Within}
		l.app.keyID = r.keyName(k, region, book.By, book.Member)
		if book.Guard != nil {
			l.guard = l.load.Rolling(book.Guard.Over)
		}
		p.lanes = append(p.lanes, l)
	}
	r.probes[name] = p
	r.mu.Unlock()
	for _, l := range p.lanes {
		r.processes.Go(func() { r.schedule(ctx, l) })
	}
	return nil
}

// callerRegion is where a probe's caller sits.
func (r *run) callerRegion(p runbook.Probe, to string) string {
	if p.From != "" {
		return p.From
	}
	return to
}

// windowLength is longer for slow probes, so that a window holds some calls.
func (r *run) windowLength(p runbook.Probe) time.Duration {
	return max(windowLength, 10*p.Rate.Every())
}

// schedule sends the calls of a lane when they are due.
func (r *run) schedule(ctx context.Context, l *lane) {
	every := l.probe.Rate.Every()
	for due := r.clock.Now(); ; due = due.Add(every) {
		if wait := due.Sub(r.clock.Now()); wait > 0 && r.clock.Sleep(ctx, wait) != nil {
			return
		}
		if r.left(l.probe) || ctx.Err() != nil {
			return
		}
		l.load.Sending(due)
		l.probe.inFlight.Go(func() { r.send(ctx, l, due) })
	}
}

func (r *run) left(p *probe) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return p.stopped || r.ending
}

// send makes one call of a lane, counts it and holds it against the guard.
func (r *run) send(ctx context.Context, l *lane, due time.Time) {
	u := r.use(ctx, l, due)
	now := r.clock.Now()
	l.load.Ended(load.Sample{Due: due, Latency: now.Sub(due), Outcome: u.outcome, Code: u.code})
	for _, w := range l.load.Closed(now) {
		_ = r.tell(journal.ProbeWindow, "", w) // an error has stopped the drill
	}
	if l.guard == nil {
		return
	}
	if o := l.guard.Observed(now); l.probe.Guard.Broken(o) {
		_, measured, _ := l.probe.Guard.Judge(o)
		r.breakGuard(l, measured)
	}
}

// errGuard ends the steps of a drill when a guard is broken.
var errGuard = errors.New("a guard was broken")

func (r *run) breakGuard(l *lane, measured string) {
	r.mu.Lock()
	first := !r.guarded
	r.guarded = true
	stop := r.stop
	r.mu.Unlock()
	if !first || stop == nil {
		return
	}
	_ = r.tell(journal.GuardBroken, "", journal.Guard{Probe: l.probe.Name + " in " + l.app.to, Limit: l.probe.Guard.Text, Measured: measured})
	stop(fmt.Errorf("%w: %s in %s promised %s, measured %s", errGuard, l.probe.Name, l.app.to, l.probe.Guard.Text, measured))
}

// use does what the probe does, once.
func (r *run) use(ctx context.Context, l *lane, due time.Time) used {
	a := r.misled(l, l.app)
	switch l.probe.Do {
	case "encrypt":
		return r.seal(ctx, a, due)
	case "roundtrip":
		u := r.seal(ctx, a, due)
		if u.outcome != history.OK || u.err != nil {
			return u
		}
		return r.openNumber(ctx, a, u.ciphertext)
	case "decrypt-backlog", "decrypt":
		c, found, err := r.ledger.Pick(a.key.Name, r.reads(l), r.pick(l))
		if err != nil {
			r.broken(err)
		}
		if !found {
			return r.seal(ctx, a, due) // nothing to read yet
		}
		u := r.open(ctx, a, c, due)
		return u.orDiffers()
	case "sign":
		return r.signAndVerify(ctx, a, due)
	case "mac":
		return r.macAndVerify(ctx, a, due)
	default: // describe
		return r.plainCall(ctx, a, "DescribeKey", due, func(ctx context.Context, c *kms.Client) error {
			_, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(a.keyID)})
			return err
		})
	}
}

// reads is the Region for which a reader picks: its own endpoint's.
func (r *run) reads(l *lane) string { return l.app.to }

// pick is even for a reader that proves everything in turn and odd for one that
// reads at random.
func (r *run) pick(l *lane) uint64 {
	n := r.draw()
	if l.probe.Do == "decrypt" {
		n |= 1
	}
	return n
}

// openNumber opens a ciphertext of the ledger by its number.
func (r *run) openNumber(ctx context.Context, a app, n int64) used {
	c, err := r.ledger.Get(n)
	if err != nil {
		r.broken(err)
		return used{outcome: history.Unknown, err: err}
	}
	return r.open(ctx, a, c, r.clock.Now()).orDiffers()
}

// orDiffers makes a failure of a call that succeeded with another plaintext.
func (u used) orDiffers() used {
	if u.outcome == history.OK && !u.same {
		u.outcome, u.code = history.Failed, "plaintext-differs"
	}
	return u
}

func (r *run) signAndVerify(ctx context.Context, a app, due time.Time) used {
	message := r.plaintext()
	alg := signingAlgorithm(a.key.Spec)
	var signature []byte
	u := r.plainCall(ctx, a, "Sign", due, func(ctx context.Context, c *kms.Client) error {
		out, err := c.Sign(ctx, &kms.SignInput{KeyId: aws.String(a.keyID), Message: message, SigningAlgorithm: alg})
		if err == nil {
			signature = out.Signature
		}
		return err
	})
	if u.outcome != history.OK {
		return u
	}
	return r.plainCall(ctx, a, "Verify", r.clock.Now(), func(ctx context.Context, c *kms.Client) error {
		_, err := c.Verify(ctx, &kms.VerifyInput{KeyId: aws.String(a.keyID), Message: message, Signature: signature, SigningAlgorithm: alg})
		return err
	})
}

func (r *run) macAndVerify(ctx context.Context, a app, due time.Time) used {
	message := r.plaintext()
	var mac []byte
	u := r.plainCall(ctx, a, "GenerateMac", due, func(ctx context.Context, c *kms.Client) error {
		out, err := c.GenerateMac(ctx, &kms.GenerateMacInput{KeyId: aws.String(a.keyID), Message: message, MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		if err == nil {
			mac = out.Mac
		}
		return err
	})
	if u.outcome != history.OK {
		return u
	}
	return r.plainCall(ctx, a, "VerifyMac", r.clock.Now(), func(ctx context.Context, c *kms.Client) error {
		_, err := c.VerifyMac(ctx, &kms.VerifyMacInput{KeyId: aws.String(a.keyID), Message: message, Mac: mac, MacAlgorithm: types.MacAlgorithmSpecHmacSha256})
		return err
	})
}

func signingAlgorithm(spec string) types.SigningAlgorithmSpec {
	switch spec {
	case "rsa":
		return types.SigningAlgorithmSpecRsassaPssSha256
	case "ml-dsa":
		return types.SigningAlgorithmSpecMlDsaShake256
	}
	return types.SigningAlgorithmSpecEcdsaSha256
}

// loadStart brings loads up.
func (r *run) loadStart(ctx context.Context, s *runbook.Step) (seen, error) {
	for _, name := range s.With.Probes {
		if err := r.startProbe(r.loadContext, name); err != nil {
			return seen{}, err
		}
	}
	return seen{words: list(s.With.Probes) + " running"}, ctx.Err()
}

// loadStop ends loads and waits until what they sent has been answered.
func (r *run) loadStop(_ context.Context, s *runbook.Step) (seen, error) {
	r.stopProbes(s.With.Probes)
	return seen{words: list(s.With.Probes) + " stopped"}, nil
}

// stopProbes ends loads and waits for the answers to what they have sent.
func (r *run) stopProbes(names []string) {
	var stopped []*probe
	r.mu.Lock()
	for _, name := range names {
		if p := r.probes[name]; p != nil {
			p.stopped = true
			stopped = append(stopped, p)
		}
	}
	r.mu.Unlock()
	for _, p := range stopped {
		p.inFlight.Wait()
	}
}
