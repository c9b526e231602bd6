package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// readability sums up what the Regions of every key set read.
type readability struct {
	ciphertexts, pairs, readable, lost, unproven int64
	evidence                                     []string
}

// classes looks at every key set that made ciphertexts, in each Region that
// has a member at the end.
func (r *Run) classes(with runbook.CheckWith) (sum readability) {
	for _, key := range r.ciphers.Keys() {
		regions := slices.DeleteFunc(r.regions(key), func(s string) bool { return !within(with, s) })
		for i, region := range regions {
			c := r.ciphers.Classes(key, region)
			if i == 0 {
				sum.ciphertexts += c.Total
			}
			sum.pairs += c.Total
			sum.readable += c.Readable
			sum.lost += c.Lost
			sum.unproven += c.Unproven
			for _, f := range r.ciphers.Failures(key, region) {
				sum.evidence = append(sum.evidence, fmt.Sprintf("%s of %s can't be read in %s: %s; the first is ciphertext %d", count(f.Count, "ciphertext"), key, region, f.Code, f.First))
			}
		}
	}
	return sum
}

// everyCiphertext: every ciphertext that any member made opens in every member.
func everyCiphertext(r *Run, with runbook.CheckWith) answer {
	sum := r.classes(with)
	switch {
	case sum.pairs == 0:
		return unknown("no ciphertext was made")
	case sum.lost > 0:
		return fail(sum.evidence, "%s: of %d pairs of ciphertext and Region %d were read, %d refused, %d never settled", count(sum.ciphertexts, "ciphertext"), sum.pairs, sum.readable, sum.lost, sum.unproven)
	case sum.unproven > 0:
		return unknown("%s: of %d pairs of ciphertext and Region %d were read, none refused, and %d never settled", count(sum.ciphertexts, "ciphertext"), sum.pairs, sum.readable, sum.unproven)
	}
	return pass("%s: each of the %d pairs of ciphertext and Region was read", count(sum.ciphertexts, "ciphertext"), sum.pairs)
}

// noPlaintextLost: every ciphertext opens to what was sealed in at least one
// member, and in none to anything else.
func noPlaintextLost(r *Run, with runbook.CheckWith) answer {
	var sum ledger.Fate
	var lines []string
	for _, key := range r.ciphers.Keys() {
		f := r.ciphers.Fate(key)
		sum.Total += f.Total
		sum.Recoverable += f.Recoverable
		sum.Gone += f.Gone
		sum.Unproven += f.Unproven
		if f.Gone > 0 {
			lines = append(lines, fmt.Sprintf("%s of %s can be read nowhere; the first is ciphertext %d", count(f.Gone, "ciphertext"), key, f.FirstGone))
		}
		for _, region := range r.Planned.Regions {
			if n := r.ciphers.Wrong(key, region); n > 0 && within(with, region) {
				lines = append(lines, fmt.Sprintf("%s answered %s with another plaintext than was sealed", region, count(n, "call")+" about "+key))
			}
		}
	}
	switch {
	case sum.Total == 0:
		return unknown("no ciphertext was made")
	case len(lines) > 0:
		return fail(lines, "of %s, %d can be read nowhere", count(sum.Total, "ciphertext"), sum.Gone)
	case sum.Unproven > 0:
		return unknown("of %s, %d were never read back anywhere", count(sum.Total, "ciphertext"), sum.Unproven)
	}
	return pass("each of %s was read back as it was sealed", count(sum.Total, "ciphertext"))
}

// newMaterial: no member encrypted with new key material before every member
// had it. What proves it is that no Region that has a member refused what any
// other made.
func newMaterial(r *Run, with runbook.CheckWith) answer {
	first := map[string]material{} // by key set: what it had at first
	for m, s := range r.seen.materials {
		if old, ok := first[m.key]; !ok || s.first.Before(r.seen.materials[old].first) {
			first[m.key] = m
		}
	}
	var turned, read int64
	var lines, missing []string
	for m, s := range r.seen.materials {
		if first[m.key] == m || s.made == 0 {
			continue
		}
		turned++
		for _, region := range r.regions(m.key) {
			if !within(with, region) {
				continue
			}
			read += s.read[region]
			if f := s.refused[region]; f != nil {
				lines = append(lines, f.first...)
			} else if s.read[region] == 0 {
				missing = append(missing, fmt.Sprintf("%s read nothing that material %s made", region, short(m.id)))
			}
		}
	}
	slices.Sort(lines)
	slices.Sort(missing)
	switch {
	case turned == 0:
		return unknown("no member was seen to encrypt with new key material")
	case len(lines) > 0:
		return fail(lines, "what new key material made was refused by members that did not have it yet")
	case len(missing) > 0:
		return unknown("%s", strings.Join(missing, "; "))
	}
	return pass("%s came into use, and %s of what it made were read in every member without a refusal", count(turned, "new key material"), count(read, "ciphertext"))
}

// short is the beginning of a long id, enough to tell two apart.
func short(id string) string { return id[:min(len(id), 8)] }
