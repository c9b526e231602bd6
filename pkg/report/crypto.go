package report

import (
	"maps"
	"slices"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
)

// Matrix shows, for one key set, in which Region ciphertexts were made and in
// which they were opened.
type Matrix struct {
	Key     string      `json:"key"`
	Regions []string    `json:"regions"` // rows and columns
	Made    []int64     `json:"made"`    // by Region in which they were made
	Cells   [][]CellSum `json:"cells"`   // [made in][opened in]
}

// CellSum counts what became of the ciphertexts of one Region in another.
type CellSum struct {
	Tried      int64 `json:"tried"`       // ciphertexts that somebody wanted to open there
	Opened     int64 `json:"opened"`      // of these, how many opened at least once
	OK         int64 `json:"calls_ok"`    // calls
	Failed     int64 `json:"failed"`      // calls
	Unknown    int64 `json:"unknown"`     // calls
	UnderFault int64 `json:"under_fault"` // of the calls that were not ok, while a fault was on there
}

// cryptoLog gathers who made and who opened which ciphertext.
type cryptoLog struct {
	keys    []string
	regions []string
	names   map[string]uint8 // of regions, from 1
	maker   []uint8          // Region of each ciphertext by its number, 0 for unknown
	made    map[string]map[string]int64
	cells   map[string]map[[2]string]*CellSum
	faults  []FaultSpan
	tried   map[string]*bitSet // by Region: ciphertexts that were tried there
	opened  map[string]*bitSet
}

// bitSet is a set of ciphertexts by number.
type bitSet struct{ words []uint64 }

// add puts n into the set and reports whether it was not in it.
func (s *bitSet) add(n int64) bool {
	word, bit := int(n/64), uint64(1)<<(n%64)
	if word >= len(s.words) {
		s.words = append(s.words, make([]uint64, word+1-len(s.words))...)
	}
	isNew := s.words[word]&bit == 0
	s.words[word] |= bit
	return isNew
}

// addTo puts n into the set of a Region.
func addTo(sets map[string]*bitSet, region string, n int64) bool {
	s, ok := sets[region]
	if !ok {
		s = &bitSet{}
		sets[region] = s
	}
	return s.add(n)
}

// mostCiphertexts bounds the table of makers: a history that claims a greater
// number is not believed.
const mostCiphertexts = 1 << 28

func newCryptoLog(faults []FaultSpan) *cryptoLog {
	return &cryptoLog{
		names: map[string]uint8{}, made: map[string]map[string]int64{}, cells: map[string]map[[2]string]*CellSum{},
		faults: faults, tried: map[string]*bitSet{}, opened: map[string]*bitSet{},
	}
}

func (l *cryptoLog) add(r history.Record) {
	if r.Ciphertext <= 0 || r.Ciphertext >= mostCiphertexts {
		return
	}
	if _, ok := l.made[r.Key]; !ok {
		l.keys = append(l.keys, r.Key)
		l.made[r.Key] = map[string]int64{}
		l.cells[r.Key] = map[[2]string]*CellSum{}
	}
	if r.Op != "Decrypt" {
		if r.Outcome == history.OK {
			l.made[r.Key][r.To]++
			l.remember(r.Ciphertext, r.To)
		}
		return
	}
	if int(r.Ciphertext) >= len(l.maker) || l.maker[r.Ciphertext] == 0 {
		return // made before the history began
	}
	id := [2]string{l.regions[l.maker[r.Ciphertext]-1], r.To}
	c, ok := l.cells[r.Key][id]
	if !ok {
		c = &CellSum{}
		l.cells[r.Key][id] = c
	}
	if addTo(l.tried, r.To, r.Ciphertext) {
		c.Tried++
	}
	switch r.Outcome {
	case history.OK:
		c.OK++
		if addTo(l.opened, r.To, r.Ciphertext) {
			c.Opened++
		}
		return
	case history.Failed:
		c.Failed++
	default:
		c.Unknown++
	}
	if slices.ContainsFunc(l.faults, func(f FaultSpan) bool {
		return f.hits(r.To) && f.on(r.Due)
	}) {
		c.UnderFault++
	}
}

func (l *cryptoLog) remember(ciphertext int64, region string) {
	name, ok := l.names[region]
	if !ok {
		if len(l.regions) == 255 {
			return
		}
		l.regions = append(l.regions, region)
		name = uint8(len(l.regions))
		l.names[region] = name
	}
	if int(ciphertext) >= len(l.maker) {
		l.maker = append(l.maker, make([]uint8, int(ciphertext)+1-len(l.maker))...)
	}
	l.maker[ciphertext] = name
}

func (l *cryptoLog) finish(order []string) []Matrix {
	var all []Matrix
	slices.Sort(l.keys)
	for _, key := range l.keys {
		seen := map[string]bool{}
		for region := range l.made[key] {
			seen[region] = true
		}
		for id := range l.cells[key] {
			seen[id[0]], seen[id[1]] = true, true
		}
		m := Matrix{Key: key, Regions: slices.SortedFunc(maps.Keys(seen), func(a, b string) int { return byOrder(order, a, b) })}
		for _, made := range m.Regions {
			m.Made = append(m.Made, l.made[key][made])
			row := make([]CellSum, len(m.Regions))
			for i, opened := range m.Regions {
				if c, ok := l.cells[key][[2]string{made, opened}]; ok {
					row[i] = *c
				}
			}
			m.Cells = append(m.Cells, row)
		}
		all = append(all, m)
	}
	return all
}
