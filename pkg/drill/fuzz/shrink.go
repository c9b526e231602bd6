package fuzz

// shrink returns a part of acts that still fails and of which no single act can
// be left out, nor be made simpler. It takes ever smaller pieces out (the method
// called delta debugging) and asks fails about what is left, tries times at most.
func shrink(acts []Act, tries int, fails func([]Act) (bool, error)) ([]Act, error) {
	ask := func(candidate []Act) (bool, error) {
		if tries--; tries < 0 {
			return false, nil
		}
		return fails(candidate)
	}
	for size := (len(acts) + 1) / 2; size > 0; {
		smaller := false
		for at := 0; at < len(acts); {
			rest := append(append([]Act{}, acts[:at]...), acts[min(at+size, len(acts)):]...)
			bad, err := ask(rest)
			if err != nil {
				return acts, err
			}
			if bad {
				acts, smaller = rest, true
			} else {
				at += size
			}
		}
		switch {
		case size > 1:
			size = (size + 1) / 2
		case !smaller:
			size = 0
		}
	}
	for i := range acts {
		for _, simple := range []Act{{Do: acts[i].Do}, {Do: acts[i].Do, Region: acts[i].Region}, {Do: acts[i].Do, Region: 1}} {
			if simple == acts[i] || simple.Region > acts[i].Region {
				continue
			}
			candidate := append([]Act{}, acts...)
			candidate[i] = simple
			bad, err := ask(candidate)
			if err != nil {
				return acts, err
			}
			if bad {
				acts = candidate
				break
			}
		}
	}
	return acts, nil
}
