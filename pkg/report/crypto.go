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

// CellSum counts the calls that opened ciphertexts of one Region in another.
type CellSum struct {
	OK      int64 `json:"ok"`
	Failed  int64 `json:"failed"`
	Unknown int64 `json:"unknown"`
}

// cryptoLog gathers who made and who opened which ciphertext.
type cryptoLog struct {
	keys    []string
	regions []string
	names   map[string]uint8 // of regions, from 1
	maker   []uint8          // Region of each ciphertext by its number, 0 for unknown
	made    map[string]map[string]int64
	opened  map[string]map[[2]string]*CellSum
}

// mostCiphertexts bounds the table of makers: a history that claims a greater
// number is not believed.
const mostCiphertexts = 1 << 28

func newCryptoLog() *cryptoLog {
	return &cryptoLog{
		names: map[string]uint8{}, made: map[string]map[string]int64{}, opened: map[string]map[[2]string]*CellSum{},
	}
}

func (l *cryptoLog) add(r history.Record) {
	if r.Ciphertext <= 0 || r.Ciphertext >= mostCiphertexts {
		return
	}
	if _, ok := l.made[r.Key]; !ok {
		l.keys = append(l.keys, r.Key)
		l.made[r.Key] = map[string]int64{}
		l.opened[r.Key] = map[[2]string]*CellSum{}
	}
	if r.Op != "Decrypt" {
		if r.Outcome == history.OK {
			l.made[r.Key][r.To]++
			l.remember(r.Ciphertext, r.To)
		}
		return
	}
	var maker string
	if int(r.Ciphertext) < len(l.maker) && l.maker[r.Ciphertext] > 0 {
		maker = l.regions[l.maker[r.Ciphertext]-1]
	} else {
		return // made before the history began
	}
	id := [2]string{maker, r.To}
	c, ok := l.opened[r.Key][id]
	if !ok {
		c = &CellSum{}
		l.opened[r.Key][id] = c
	}
	switch r.Outcome {
	case history.OK:
		c.OK++
	case history.Failed:
		c.Failed++
	default:
		c.Unknown++
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
		for id := range l.opened[key] {
			seen[id[0]], seen[id[1]] = true, true
		}
		m := Matrix{Key: key, Regions: slices.SortedFunc(maps.Keys(seen), func(a, b string) int { return byOrder(order, a, b) })}
		for _, made := range m.Regions {
			m.Made = append(m.Made, l.made[key][made])
			row := make([]CellSum, len(m.Regions))
			for i, opened := range m.Regions {
				if c, ok := l.opened[key][[2]string{made, opened}]; ok {
					row[i] = *c
				}
			}
			m.Cells = append(m.Cells, row)
		}
		all = append(all, m)
	}
	return all
}
