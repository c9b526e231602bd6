package cmd

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// simKnobs are the flags that set what a served world may do to its clients.
// Those that were given change a kept world too.
type simKnobs struct {
	flags      *pflag.FlagSet
	noQuotas   bool
	quotas     []string
	trailDelay time.Duration
	readLag    time.Duration
}

// servedTrailDelay is how late a new served world delivers its trails. AWS
// speaks of about five minutes on average.
const servedTrailDelay = 5 * time.Minute

func (k *simKnobs) bind(flags *pflag.FlagSet) {
	k.flags = flags
	flags.BoolVar(&k.noQuotas, "no-quotas", false, "lift the request quotas")
	flags.StringArrayVar(&k.quotas, "quota", nil, "set a quota, as NAME=N; may be repeated")
	flags.DurationVar(&k.trailDelay, "trail-delay", servedTrailDelay, "how late LookupEvents sees what happened")
	flags.DurationVar(&k.readLag, "read-lag", 0, "how long reads may go on showing what was, at most")
}

// tune is what the flags make of a world's options. For a fresh world the
// defaults of flags that were not given count too.
func (k *simKnobs) tune(o sim.Options, fresh bool) (sim.Options, error) {
	given := func(name string) bool { return fresh || k.flags.Changed(name) }
	if given("no-quotas") {
		o.NoRateLimits = k.noQuotas
	}
	if given("trail-delay") {
		o.TrailDelay = k.trailDelay
	}
	if given("read-lag") {
		o.ReadLag = sim.Span{Max: k.readLag}
	}
	requests := map[string]float64{}
	for name, n := range o.Quotas {
		requests[name] = n
	}
	resources := resourceQuotas(&o.Limits)
	for _, q := range k.quotas {
		name, text, _ := strings.Cut(q, "=")
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return o, usageErrorf("--quota %s: it must be of the form NAME=N", q)
		}
		if place, ok := resources[name]; ok {
			*place = int(n)
		} else {
			requests[name] = n
		}
	}
	o.Quotas = requests
	return o, nil
}

// resourceQuotas are the limits by the names that --quota has for them.
func resourceQuotas(l *sim.Limits) map[string]*int {
	return map[string]*int{
		"keys": &l.Keys, "aliases-per-key": &l.AliasesPerKey, "grants-per-key": &l.GrantsPerKey,
		"custom-key-stores": &l.CustomKeyStores, "on-demand-rotations": &l.OnDemandRotations,
		"tags-per-key": &l.TagsPerKey, "policy-bytes": &l.PolicyBytes,
	}
}
