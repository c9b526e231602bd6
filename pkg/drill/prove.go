package drill

import (
	"context"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// proofSource marks the calls that open, at the end, what no reader came to.
const proofSource = "proof"

// prove opens every ciphertext, in every Region that holds a member, that was
// not shown to open there, when something that the runbook promises hangs on
// it. A ciphertext that nobody has tried proves nothing.
func (r *run) prove(ctx context.Context) error {
	if !r.promisesCiphertexts() {
		return nil
	}
	for _, k := range r.keySets() {
		for _, region := range k.regionsWith("") {
			numbers := slices.Collect(r.ledger.Unproven(k.Name, region))
			if len(numbers) == 0 || !r.standsIn(k, region) {
				continue
			}
			a := app{source: proofSource, key: k, from: region, to: region, role: stepRole, keyID: k.id, within: defaultWithin}
			r.sideBySide(ctx, numbers, func(n int64) used { return r.openNumber(ctx, a, n) })
		}
	}
	return r.writeErr
}

// promisesCiphertexts says whether a check or an objective is about what can
// be read.
func (r *run) promisesCiphertexts() bool {
	return r.book.Objectives.Unreadable != nil || slices.ContainsFunc(r.book.Checks, func(c runbook.Check) bool {
		return c.Name == "every-ciphertext-decrypts-everywhere" || c.Name == "no-plaintext-lost"
	})
}

// standsIn says whether a Region held a member when it was last read.
func (r *run) standsIn(k *keySet, region string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, known := r.members[memberID{k.Name, region}]
	return !known || m.State != gone
}
