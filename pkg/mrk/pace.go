package mrk

import (
	"context"
	"sync"
	"time"

	"github.com/mrkctl/mrkctl/pkg/clock"
)

// Quota is how many calls of an operation KMS answers in a second for one
// account and Region by default (AWS KMS request quotas). An operation it does
// not know has the smallest.
func Quota(op string) float64 {
	switch op {
	case "DescribeKey", "GetPublicKey", "ListResourceTags":
		return 2000
	case "GetKeyPolicy", "GetKeyRotationStatus":
		return 1000
	case "ListAliases", "ListKeys":
		return 500
	case "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListRetirableGrants":
		return 100
	case "CreateGrant", "RetireGrant", "RevokeGrant":
		return 50
	case "DeleteAlias", "DeleteImportedKeyMaterial", "EnableKeyRotation", "ImportKeyMaterial", "PutKeyPolicy", "ScheduleKeyDeletion":
		return 15
	case "TagResource":
		return 10
	case "GetParametersForImport":
		return 1
	default:
		return 5
	}
}

// Pace spreads calls so that a Region's request quotas are used and not
// exceeded. The zero Share is 0.95 of the default quotas. A nil Pace holds
// nobody back.
type Pace struct {
	Clock clock.Clock
	Share float64

	mu   sync.Mutex // never held across a wait
	next map[[2]string]time.Time
}

// Take waits until one more call of an operation may be sent to a Region.
func (p *Pace) Take(ctx context.Context, region, op string) error {
	if p == nil {
		return nil
	}
	share := p.Share
	if share <= 0 {
		share = 0.95
	}
	gap := time.Duration(float64(time.Second) / (Quota(op) * share))
	now := p.Clock.Now()
	p.mu.Lock()
	if p.next == nil {
		p.next = map[[2]string]time.Time{}
	}
	lane := [2]string{region, op}
	at := p.next[lane]
	if at.Before(now) {
		at = now
	}
	p.next[lane] = at.Add(gap)
	p.mu.Unlock()
	if wait := at.Sub(now); wait > 0 {
		return p.Clock.Sleep(ctx, wait)
	}
	return nil
}
