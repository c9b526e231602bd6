package sim

import (
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// rates are the request quotas of one Region: a bucket for each account and
// quota, filled continuously up to one second's worth.
type rates struct {
	mu      sync.Mutex
	buckets map[rateKey]*bucket
}

type rateKey struct{ account, quota string }

type bucket struct {
	left float64
	at   int64
}

// admit takes n requests from a quota of perSecond, and says whether they were there.
//
// Rules: MRK-RATE-01.
func (w *World) admit(r *region, account string, op Op, perSecond float64, n float64) bool {
	return w.admitNamed(r, account, operations[op].Name, perSecond, n)
}

// admitCall takes a call from its operation's own quota, where it has one.
func (w *World) admitCall(t *task) bool {
	perSecond := operations[t.op].PerSecond
	if _, own := w.options.Quotas[operations[t.op].Name]; perSecond == 0 && !own {
		return true
	}
	return w.admit(t.r, t.c.Principal.Account, t.op, perSecond, 1)
}

func (w *World) admitNamed(r *region, account, quota string, perSecond, n float64) bool {
	if w.options.NoRateLimits {
		return true
	}
	if own, ok := w.options.Quotas[quota]; ok {
		perSecond = own
	}
	now := w.nowNanos()
	r.rates.mu.Lock()
	defer r.rates.mu.Unlock()
	key := rateKey{account, quota}
	b := r.rates.buckets[key]
	full := max(perSecond, 1)
	if b == nil {
		if r.rates.buckets == nil {
			r.rates.buckets = map[rateKey]*bucket{}
		}
		b = &bucket{left: full, at: now}
		r.rates.buckets[key] = b
	}
	if now > b.at {
		b.left = min(full, b.left+float64(now-b.at)/1e9*perSecond)
		b.at = now
	}
	if b.left < n {
		return false
	}
	b.left -= n
	return true
}

// admitCrypto takes a cryptographic request from the pool that its key and
// Region draw on.
//
// Rules: MRK-RATE-01.
func (w *World) admitCrypto(t *task, m *member) bool {
	if w.options.NoRateLimits {
		return true
	}
	account := t.c.Principal.Account
	switch {
	case operations[t.op].PerSecond > 0:
		return true // taken when the call began
	case m.set.Store != "":
		return w.admitNamed(t.r, account, m.set.Store, 1800, 1)
	}
	pool, perSecond := poolOf(m.set.Spec, t.r.Name)
	return w.admitNamed(t.r, account, pool, perSecond, 1)
}

// admitPair takes a request for a data key pair, which has a quota of its own
// for each kind of pair.
func (w *World) admitPair(t *task, spec types.DataKeyPairSpec) bool {
	perSecond := 100.0
	switch spec {
	case types.DataKeyPairSpecRsa2048:
		perSecond = 20
	case types.DataKeyPairSpecRsa3072:
		perSecond = 4
	case types.DataKeyPairSpecRsa4096:
		perSecond = 1
	case types.DataKeyPairSpecSm2:
		perSecond = 25
	default:
	}
	return w.admitNamed(t.r, t.c.Principal.Account, "pair-"+string(spec), perSecond, 1)
}

func poolOf(spec types.KeySpec, region string) (string, float64) {
	s := string(spec)
	switch {
	case spec == types.KeySpecSymmetricDefault || strings.HasPrefix(s, "HMAC"):
		return "symmetric", symmetricPool(region)
	case strings.HasPrefix(s, "RSA"):
		return "rsa", 1000
	case strings.HasPrefix(s, "ML_DSA"):
		return "ml-dsa", 1000
	}
	return "ecc", 1000
}

// symmetricPool is the shared quota of symmetric cryptography in a Region.
func symmetricPool(region string) float64 {
	switch region {
	case "us-east-1", "us-west-2", "eu-west-1":
		return 100_000
	case "us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2":
		return 20_000
	}
	return 10_000
}
