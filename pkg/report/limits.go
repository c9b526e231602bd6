package report

import (
	"fmt"
	"strings"
)

// limits says what a run of this kind can't show, as far as its journal tells.
func (m *Model) limits() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if m.Origin.Kind == "sim" {
		add("It was run on the simulator. Rules, latencies and durations are modelled on what AWS documents and was seen to do; nothing here was measured on AWS.")
	}
	if m.Origin.Kind != "sim" && m.Origin.Endpoint != "" && !ofAWS(m.Origin.Endpoint) {
		add("Its calls went to %s, which is not an endpoint of AWS. Whatever answers there decided how it behaved.", m.Origin.Endpoint)
	}
	if m.Run.Speed == "virtual" {
		add("Time was virtual: latencies are the model's, and nothing that depends on the machine that ran it is in them.")
	}
	if m.Run.Sabotage != "" {
		add("The run was sabotaged on purpose (%s) to see whether its checks notice.", m.Run.Sabotage)
	}
	clientSide := map[string]bool{}
	for _, f := range m.Timeline.Faults {
		if f.Where == "client" && !clientSide[f.Name] {
			clientSide[f.Name] = true
			add("The fault %s cut only the drill's own calls. Other callers, and AWS itself, never noticed it.", f.Name)
		}
	}
	for _, f := range m.Scenario.Faults {
		if !m.faultSeen(f.Name) {
			add("The fault %s was planned and never began.", f.Name)
		}
	}
	for _, p := range m.silentProbes() {
		add("The probe %s has no calls in the history: nothing is known of what it was to watch.", p)
	}
	if m.Evidence.HistoryRead && len(m.Traffic.Probes) > 0 {
		add("The probes stand for applications, at their rates and from their Regions (%s). An application that names its key otherwise, caches data keys or retries will see something else.", m.rates())
	}
	if !m.Evidence.HistoryRead {
		add("The history of single calls was not at hand: availability, latency, errors and the ciphertext matrix are missing.")
	}
	if len(m.Run.Resumed) > 0 {
		add("The drill's process died and was resumed %d times; while it was dead nothing was probed.", len(m.Run.Resumed))
	}
	add("Percentiles are of the calls that succeeded, timed from when each was due. A p99 of fewer than %d of them, or a p99.9 of fewer than %d, is not shown.", enoughForP99, enoughForP999)
	return all
}

func (m *Model) faultSeen(name string) bool {
	for _, f := range m.Timeline.Faults {
		if f.Name == name {
			return true
		}
	}
	return false
}

func (m *Model) silentProbes() []string {
	if !m.Evidence.HistoryRead {
		return nil
	}
	seen := map[string]bool{}
	for _, p := range m.Traffic.Probes {
		seen[p.Probe] = true
	}
	var silent []string
	for _, p := range m.Scenario.Probes {
		if !seen[p.Name] {
			silent = append(silent, p.Name)
		}
	}
	return silent
}

func (m *Model) rates() string {
	var rates []string
	for _, p := range m.Scenario.Probes {
		rates = append(rates, fmt.Sprintf("%s %s", p.Name, p.Rate))
	}
	return strings.Join(rates, ", ")
}
