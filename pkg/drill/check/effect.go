package check

// happened says whether a call of a step took effect. A promotion or rotation
// whose answer never came did if a member was then read with a primary, or key
// material, that none had before: members are read again and again, and a
// reading is written down whenever it differs from the one before. Where no
// reading followed, it counts as done.
func (r *Run) happened(c call) bool {
	if c.Outcome != "unknown" {
		return c.Outcome == "ok"
	}
	var of func(seen) string
	switch c.Op {
	case "UpdatePrimaryRegion":
		of = func(m seen) string { return m.Primary }
	case "RotateKeyOnDemand":
		of = func(m seen) string { return m.Material }
	case "CreateKey", "ReplicateKey":
		return !c.died || !r.didAgain(c)
	default:
		return true
	}
	next, followed := r.nextLike(c)
	before := map[string]string{} // by Region, as last read before the call
	for _, m := range r.members {
		if m.Key == c.Key && m.n < c.n && of(m) != "" {
			before[m.Region] = of(m)
		}
	}
	known := map[string]bool{}
	for _, value := range before {
		known[value] = true
	}
	for _, m := range r.members {
		if m.Key != c.Key || m.n < c.n || of(m) == "" || followed && m.n > next {
			continue
		}
		followed = true
		if !known[of(m)] {
			return true
		}
	}
	return !followed
}

// didAgain says whether a call that the process did not see answered was made
// again when the run was gone on with. A run that goes on looks first: what it
// makes then was not there.
func (r *Run) didAgain(c call) bool {
	for _, other := range r.calls {
		if other.n > c.n && other.Op == c.Op && other.Key == c.Key && other.step == c.step && other.Outcome == "ok" {
			return true
		}
	}
	return false
}

// nextLike is the journal line of the next call of the same kind.
func (r *Run) nextLike(c call) (line int64, found bool) {
	for _, other := range r.calls {
		if other.n > c.n && other.Op == c.Op && other.Key == c.Key {
			return other.n, true
		}
	}
	return 0, false
}
