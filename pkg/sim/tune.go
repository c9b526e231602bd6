package sim

import (
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Tune changes what can be changed of a world that goes on: its request quotas
// and resource quotas, how late trails are delivered and how old reads may be.
// They are taken from the options; the others are left as they are. It fails
// when they can't be, and nothing has changed then.
func (w *World) Tune(o Options) error {
	if err := o.checkKnobs(); err != nil {
		return err
	}
	w.options.NoRateLimits, w.options.Quotas, w.options.Limits = o.NoRateLimits, maps.Clone(o.Quotas), o.Limits
	w.options.TrailDelay, w.options.ReadLag = o.TrailDelay, o.ReadLag
	w.touchWorld()
	return nil
}

// checkKnobs refuses what Tune can't set.
func (o Options) checkKnobs() error {
	for name, perSecond := range o.Quotas {
		if !knownQuota(name) {
			return fmt.Errorf("simulated world: there is no request quota %q: use an operation, symmetric, rsa, ecc, ml-dsa, or pair- with the spec of a data key pair", name)
		}
		if !(perSecond >= 0) {
			return fmt.Errorf("simulated world: the request quota %s can't be %v a second", name, perSecond)
		}
	}
	l := o.Limits
	for _, n := range []int{l.Keys, l.AliasesPerKey, l.GrantsPerKey, l.CustomKeyStores, l.OnDemandRotations, l.TagsPerKey, l.PolicyBytes} {
		if n < 0 {
			return fmt.Errorf("simulated world: a resource quota can't be %d", n)
		}
	}
	if o.TrailDelay < 0 || o.ReadLag.Min < 0 || o.ReadLag.Max < o.ReadLag.Min {
		return fmt.Errorf("simulated world: a trail can't be %v late, nor a read between %v and %v", o.TrailDelay, o.ReadLag.Min, o.ReadLag.Max)
	}
	return nil
}

// knownQuota says whether a name is one that Options.Quotas may have.
func knownQuota(name string) bool {
	switch name {
	case "symmetric", "rsa", "ecc", "ml-dsa":
		return true
	}
	if pair, ok := strings.CutPrefix(name, "pair-"); ok {
		for _, spec := range types.DataKeyPairSpec("").Values() {
			if pair == string(spec) {
				return true
			}
		}
		return false
	}
	_, ok := opByName(name)
	return ok
}
