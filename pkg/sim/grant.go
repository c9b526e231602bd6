package sim

// grants are the grants on one member, by id.
type grants struct {
	byID map[string]*grant
}

// grant lets a principal use a key in one Region.
type grant struct {
	ID      string
	Created int64
}

// list returns the grants in the order in which they were made.
func (g *grants) list() []*grant {
	if g == nil {
		return nil
	}
	var out []*grant
	for _, x := range g.byID {
		out = append(out, x)
	}
	return out
}

func loadGrants(list []*grant) *grants {
	if len(list) == 0 {
		return nil
	}
	g := &grants{byID: map[string]*grant{}}
	for _, x := range list {
		g.byID[x.ID] = x
	}
	return g
}
