package sim

import (
	"fmt"
	"slices"
	"time"
)

// FaultKind is a way in which a world goes wrong.
type FaultKind string

// The kinds of fault. Each ends by itself.
const (
	RegionOutage       FaultKind = "region-outage"          // endpoints unreachable; a dark control plane also stalls synchronisation
	RegionSlow         FaultKind = "region-slow"            // By is added to each round trip
	Throttle           FaultKind = "throttle"               // a share of calls is throttled
	APIError           FaultKind = "api-error"              // a share of calls fails with the code in Looks
	LostReply          FaultKind = "lost-reply"             // a share of calls is handled, the answer lost
	ReplicationLag     FaultKind = "replication-lag"        // synchronisation to these Regions takes By longer
	ReplicationStop    FaultKind = "replication-stop"       // synchronisation to and from these Regions waits
	StuckCreating      FaultKind = "replica-stuck-creating" // new replicas in these Regions stay in Creating
	KeyDisabled        FaultKind = "key-disabled"           // somebody disables the key; it is enabled again at the end
	PolicyDeny         FaultKind = "policy-deny"            // the key's policy denies everyone but the operator
	GrantRevoked       FaultKind = "grant-revoked"          // the key's grants are gone until the end
	MaterialExpired    FaultKind = "material-expired"       // imported key material is gone until the end
	CredentialsExpired FaultKind = "credentials-expired"    // callers' credentials are refused
	ClockSkew          FaultKind = "clock-skew"             // the endpoint's clock is By ahead
)

// FaultKinds lists the kinds of fault a world can hold, in the order in which
// they are documented.
func FaultKinds() []FaultKind {
	return []FaultKind{
		RegionOutage, RegionSlow, Throttle, APIError, LostReply, ReplicationLag, ReplicationStop,
		StuckCreating, KeyDisabled, PolicyDeny, GrantRevoked, MaterialExpired, CredentialsExpired, ClockSkew,
	}
}

// Fault is one thing that goes wrong.
type Fault struct {
	// Name identifies it among the active faults.
	Name string
	// Kind is what goes wrong.
	Kind FaultKind
	// In are the Regions it strikes; empty means all.
	In []string
	// Planes restricts it to a half of the service; empty means both.
	Planes []Plane
	// Calls restricts it to operations by name; empty means all.
	Calls []string
	// Looks is how it shows: a Look for outages, an error code for APIError.
	Looks string
	// Share is the share of calls it strikes, from 0 to 1; 0 means all.
	Share float64
	// By is the added latency, lag or skew.
	By time.Duration
	// Key is the key's id, for faults of one key.
	Key string
	// AtMost is how long it lasts; it must be more than zero.
	AtMost time.Duration
}

// activeFault is a fault that has begun, with what ends and undoes it.
type activeFault struct {
	Fault
	Until   int64    // nanoseconds; when it ends by itself
	Touched []string // Regions whose member it changed and has to change back
}

// StartFault begins a fault. It ends by itself after f.AtMost, or at StopFault.
// It fails when the fault is not one that a world can hold, when its name is
// taken, or when it names a Region or key that does not exist.
func (w *World) StartFault(f Fault) error {
	if err := w.checkFault(f); err != nil {
		return err
	}
	a := &activeFault{Fault: f, Until: w.nowNanos() + int64(f.AtMost)}
	w.faults = append(w.faults, a)
	w.strike(a)
	w.schedule(event{At: a.Until, Kind: evFaultEnds, Arg: f.Name})
	w.touchWorld()
	return nil
}

func (w *World) checkFault(f Fault) error {
	switch {
	case f.Name == "":
		return fmt.Errorf("start fault: it has no name")
	case !slices.Contains(FaultKinds(), f.Kind):
		return fmt.Errorf("start fault %s: unknown kind %q, want one of %v", f.Name, f.Kind, FaultKinds())
	case f.AtMost <= 0:
		return fmt.Errorf("start fault %s: at-most must say how long it may last", f.Name)
	case f.Share < 0 || f.Share > 1:
		return fmt.Errorf("start fault %s: share %v is not between 0 and 1", f.Name, f.Share)
	}
	if f.Kind == APIError && f.Looks == "" {
		return fmt.Errorf("start fault %s: api-error needs the code that it looks like", f.Name)
	}
	if f.Kind == RegionOutage && !slices.Contains([]Look{LookNone, LookTimeout, LookRefused, LookDNS, Look503}, Look(f.Looks)) {
		return fmt.Errorf("start fault %s: an outage looks like timeout, refused, dns or 503, not %q", f.Name, f.Looks)
	}
	for _, other := range w.faults {
		if other.Name == f.Name {
			return fmt.Errorf("start fault %s: it is already active", f.Name)
		}
	}
	for _, name := range f.In {
		if w.region(name) == nil {
			return fmt.Errorf("start fault %s: no Region %q in this world", f.Name, name)
		}
	}
	for _, name := range f.Calls {
		if _, ok := opByName(name); !ok {
			return fmt.Errorf("start fault %s: no operation %q", f.Name, name)
		}
	}
	if f.Key != "" && w.sets[f.Key] == nil {
		return fmt.Errorf("start fault %s: no key %q in this world", f.Name, f.Key)
	}
	if f.Key == "" && slices.Contains([]FaultKind{KeyDisabled, PolicyDeny, GrantRevoked, MaterialExpired}, f.Kind) {
		return fmt.Errorf("start fault %s: %s needs the key's id", f.Name, f.Kind)
	}
	return nil
}

// StopFault ends a fault before its time. One that is not active is no error:
// it has ended by itself.
func (w *World) StopFault(name string) error {
	w.endFault(name)
	return nil
}

// Faults lists the active faults in the order in which they began.
func (w *World) Faults() []Fault {
	list := make([]Fault, len(w.faults))
	for i, f := range w.faults {
		list[i] = f.Fault
	}
	return list
}

// Rules: MRK-NET-04.
func (w *World) endFault(name string) {
	for i, f := range w.faults {
		if f.Name == name {
			w.faults = slices.Delete(w.faults, i, i+1)
			w.relieve(f)
			w.touchWorld()
			return
		}
	}
}

// in says whether a fault strikes a Region.
func (f *Fault) in(region string) bool {
	return len(f.In) == 0 || slices.Contains(f.In, region)
}

// hits says whether a fault is about an operation.
func (f *Fault) hits(op string) bool {
	if len(f.Calls) > 0 && !slices.Contains(f.Calls, op) {
		return false
	}
	if len(f.Planes) == 0 {
		return true
	}
	o, ok := LookupOperation(op)
	return !ok || slices.Contains(f.Planes, o.Plane)
}

// disturb applies the active faults to a call on its way.
func (w *World) disturb(r *Route, from string, to *region, op string) {
	now := w.nowNanos()
	for _, f := range w.faults {
		if now >= f.Until || !f.hits(op) {
			continue
		}
		// Credentials belong to the caller, everything else to the endpoint.
		where := to.Name
		if f.Kind == CredentialsExpired && from != "" {
			where = from
		}
		if !f.in(where) || f.Share > 0 && w.noise.unit() >= f.Share {
			continue
		}
		switch f.Kind {
		case RegionOutage:
			if r.Look = Look(f.Looks); r.Look == LookNone {
				r.Look = LookTimeout
			}
		case RegionSlow:
			r.RoundTrip += f.By + time.Duration(float64(f.By)*w.network.Jitter*w.noise.unit())
		case Throttle:
			r.Err = throttled()
		case APIError:
			r.Err = faultError(f.Looks)
		case LostReply:
			r.LostReply = true
		case CredentialsExpired:
			r.Err = fail("ExpiredTokenException", "The security token included in the request is expired")
		case ClockSkew:
			r.Skew = f.By
			if f.By > 5*time.Minute || f.By < -5*time.Minute {
				r.Err = w.skewed(f.By)
			}
		default:
		}
	}
}

// faultError is what a call gets from an api-error fault.
func faultError(code string) *Error {
	switch code {
	case codeThrottling:
		return throttled()
	case codeInternal, "DependencyTimeoutException", "KeyUnavailableException":
		return broken(code)
	}
	return fail(code, "")
}

// throttled is KMS's answer to a caller who calls too often.
//
// Rules: MRK-RATE-03.
func throttled() *Error {
	return fail(codeThrottling, "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
}

// skewed is the answer to a signature whose time is more than five minutes off
// the endpoint's clock.
func (w *World) skewed(by time.Duration) *Error {
	const form = "20060102T150405Z"
	sent, server := w.Now(), w.Now().Add(by)
	if by > 0 {
		return fail("InvalidSignatureException", "Signature expired: %s is now earlier than %s (%s - 5 min.)",
			sent.Format(form), server.Add(-5*time.Minute).Format(form), server.Format(form))
	}
	return fail("InvalidSignatureException", "Signature not yet current: %s is still later than %s (%s + 5 min.)",
		sent.Format(form), server.Add(5*time.Minute).Format(form), server.Format(form))
}

// stalled says whether synchronisation with a Region waits.
func (w *World) stalled(region string) bool {
	now := w.nowNanos()
	for _, f := range w.faults {
		if now >= f.Until || !f.in(region) {
			continue
		}
		if f.Kind == ReplicationStop || f.Kind == RegionOutage && f.Share == 0 &&
			(len(f.Planes) == 0 || slices.Contains(f.Planes, Control)) {
			return true
		}
	}
	return false
}

// lag is what active faults add to synchronisation with a Region.
func (w *World) lag(region string) time.Duration {
	var d time.Duration
	for _, f := range w.faults {
		if f.Kind == ReplicationLag && f.in(region) && w.nowNanos() < f.Until {
			d += f.By
		}
	}
	return d
}
