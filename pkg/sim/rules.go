package sim

import "slices"

// Confidence is how sure a rule of behaviour is.
type Confidence string

// The degrees of confidence.
const (
	// Recorded: AWS was seen to answer so. Recordings were made in September
	// 2026; a source names the recording and the numbers of its cases.
	Recorded Confidence = "recorded"
	// Documented: AWS says so, in its documentation, its service model or its
	// own clients.
	Documented Confidence = "documented"
	// Assumed: nobody has seen it or said so; it is the likeliest.
	Assumed Confidence = "assumed"
)

// Rule is one rule by which the simulated service behaves. The code that
// implements it and the test that shows it carry its id.
type Rule struct {
	// ID is the rule's name for good: MRK, its area, its number.
	ID string `json:"id"`
	// Says is the rule.
	Says string `json:"says"`
	// Source is where it is known from.
	Source string `json:"source"`
	// Confidence is how sure it is.
	Confidence Confidence `json:"confidence"`
}

// Rules lists every rule, area by area.
func Rules() []Rule {
	return slices.Concat(nameRules(), keyRules(), replicateRules(), promoteRules(), rotateRules(), deleteRules(),
		cryptoRules(), importRules(), grantRules(), otherRules(), cloudRules(),
		pairRules(), storeRules(), roleRules(), wireRules())
}
