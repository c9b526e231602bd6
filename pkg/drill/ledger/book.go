// Package ledger remembers every ciphertext that a drill made and what was
// proved of it: where it was read back, where it was refused, and where nobody
// has tried. It never holds plaintext, only a hash to compare with.
package ledger

import (
	"fmt"
	"iter"
	"math"
	"sync"
	"time"
)

// Classes counts the ciphertexts of a key set as one Region sees them. Their
// sum is Total.
type Classes struct {
	Total    int64
	Readable int64 // the last definite answer was the plaintext that was written
	Lost     int64 // the last definite answer was a refusal, or another plaintext
	Unproven int64 // no definite answer: never tried there, or only met time-outs and the like
}

// Failure is one reason why ciphertexts are lost in a Region.
type Failure struct {
	Code  string // AWS's error code, or OtherPlaintext
	Count int64
	First int64 // number of the first of them
}

// OtherPlaintext is the code of a ciphertext that decrypted to something that
// was not written.
const OtherPlaintext = "OtherPlaintext"

// Book says what is known of every ciphertext, without the ciphertexts
// themselves. It can be rebuilt from a history. Its zero value is not ready;
// use NewBook. It may be used from several goroutines.
type Book struct {
	mu        sync.Mutex
	slabs     [][]entry // of slabSize entries each; number n is at n-1
	top       int64     // the highest number given
	keys      words
	regions   words
	materials words
	codes     words
	tallies   []tally          // by key and Region
	lost      map[place]uint32 // code of each lost ciphertext, up to maxLost of them
}

// entry is one ciphertext: fixed in size and free of pointers, so that ten
// million of them cost 480 MB and the garbage collector nothing.
type entry struct {
	at       int64  // Unix nanoseconds
	plain    uint64 // 0 when nobody has seen the plaintext
	blob     uint64 // offset and length in the spill file; 0 when the blob is not there
	context  uint64 // hash of the encryption context
	readable uint32 // a bit a Region
	lost     uint32 // a bit a Region
	material uint16
	region   uint8
	key      uint8
	made     bool
}

type place struct {
	n      int64
	region uint8
}

type tally struct {
	total, readable, lost, wrong int64
	next                         int64 // where Pick goes on looking for one that is not proved
}

const (
	slabSize   = 1 << 15
	maxRegions = 32
	maxKeys    = math.MaxUint8
	maxLost    = 1 << 20
)

// words numbers strings in the order in which they come.
type words struct {
	list   []string
	number map[string]int
}

func (w *words) of(s string) int {
	n, ok := w.number[s]
	if !ok {
		if w.number == nil {
			w.number = map[string]int{}
		}
		n = len(w.list)
		w.number[s], w.list = n, append(w.list, s)
	}
	return n
}

// find returns the number of s, -1 when it has none.
func (w *words) find(s string) int {
	if n, ok := w.number[s]; ok {
		return n
	}
	return -1
}

// NewBook returns an empty book.
func NewBook() *Book { return &Book{lost: map[place]uint32{}} }

// made enters a ciphertext under number n, or under the next number when n is
// 0, and returns the number.
func (b *Book) made(n int64, m Made) (int64, *entry, error) {
	key, region, material := b.keys.of(m.Key), b.regions.of(m.Region), b.materials.of(m.Material)
	if key > maxKeys || region >= maxRegions || material > math.MaxUint16 {
		return 0, nil, fmt.Errorf("ledger: too many key sets, Regions or key materials (at %s, %s, %s)", m.Key, m.Region, m.Material)
	}
	if n == 0 {
		n = b.top + 1
	}
	e := b.entry(n)
	if e == nil {
		return 0, nil, fmt.Errorf("ledger: no ciphertext can have number %d after %d", n, b.top)
	}
	if e.made {
		return 0, nil, fmt.Errorf("ledger: ciphertext %d was made twice", n)
	}
	b.top = max(b.top, n)
	e.made, e.at, e.plain = true, m.At.UnixNano(), m.Plain
	e.key, e.region, e.material = uint8(key), uint8(region), uint16(material)
	b.tally(key, 0).total++
	return n, e, nil
}

// entry returns the place of number n, nil when n is out of reach.
func (b *Book) entry(n int64) *entry {
	const ahead = 64 * slabSize // calls that run side by side end in another order, but not that far
	if n < 1 || n > b.top+ahead {
		return nil
	}
	slab := int((n - 1) / slabSize)
	for len(b.slabs) <= slab {
		b.slabs = append(b.slabs, make([]entry, slabSize))
	}
	return &b.slabs[slab][(n-1)%slabSize]
}

// known returns number n when it was made, else nil.
func (b *Book) known(n int64) *entry {
	if n < 1 || n > b.top {
		return nil
	}
	if e := b.entry(n); e.made {
		return e
	}
	return nil
}

// tally returns the counts of a key set in a Region. The total of a key set is
// kept in the tally of its Region 0.
func (b *Book) tally(key, region int) *tally {
	at := key*maxRegions + region
	for len(b.tallies) <= at {
		b.tallies = append(b.tallies, tally{next: 1})
	}
	return &b.tallies[at]
}

// Read says that ciphertext n was decrypted in a Region, to a plaintext of that
// hash, and reports whether that is what was written. A number that was never
// made is reported false.
func (b *Book) Read(n int64, region string, plain uint64) (same bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.known(n)
	if e == nil {
		return false
	}
	if e.plain == 0 {
		e.plain = plain
	}
	if e.plain != plain {
		b.settle(n, e, region, OtherPlaintext)
		return false
	}
	b.settle(n, e, region, "")
	return true
}

// Refused says that ciphertext n could not be decrypted in a Region. A code
// that says nothing of the ciphertext ([Definite]) leaves things as they were.
func (b *Book) Refused(n int64, region, code string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.known(n); e != nil && Definite(code) {
		b.settle(n, e, region, code)
	}
}

// settle notes the last definite answer: readable when code is empty.
func (b *Book) settle(n int64, e *entry, region, code string) {
	r := b.regions.of(region)
	if r >= maxRegions {
		return // nothing was ever made in so many Regions; the ciphertext stays unproven there
	}
	t, bit, at := b.tally(int(e.key), r), uint32(1)<<r, place{n, uint8(r)}
	if e.lost&bit != 0 {
		e.lost &^= bit
		t.lost--
		delete(b.lost, at)
	}
	if e.readable&bit != 0 {
		e.readable &^= bit
		t.readable--
	}
	if code == "" {
		e.readable |= bit
		t.readable++
		return
	}
	e.lost |= bit
	t.lost++
	if code == OtherPlaintext {
		t.wrong++
	}
	if len(b.lost) < maxLost {
		b.lost[at] = uint32(b.codes.of(code))
	}
}

// Classes counts the ciphertexts of a key set as a Region sees them.
func (b *Book) Classes(key, region string) Classes {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, r := b.keys.find(key), b.regions.find(region)
	if k < 0 {
		return Classes{}
	}
	c := Classes{Total: b.tally(k, 0).total}
	if r >= 0 && r < maxRegions {
		t := b.tally(k, r)
		c.Readable, c.Lost = t.readable, t.lost
	}
	c.Unproven = c.Total - c.Readable - c.Lost
	return c
}

// Wrong is how many times a Region decrypted a ciphertext of the key set to
// another plaintext than was written, whatever it answered later.
func (b *Book) Wrong(key, region string) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, r := b.keys.find(key), b.regions.find(region)
	if k < 0 || r < 0 || r >= maxRegions {
		return 0
	}
	return b.tally(k, r).wrong
}

// Len is how many ciphertexts were made.
func (b *Book) Len() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sum int64
	for k := range b.keys.list {
		sum += b.tally(k, 0).total
	}
	return sum
}

// Unproven yields the numbers of the ciphertexts of a key set that a Region
// has not been shown to read: those that are lost there or were never settled.
func (b *Book) Unproven(key, region string) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for n := int64(0); ; n++ {
			if n = b.nextUnproven(key, region, n); n == 0 || !yield(n) {
				return
			}
		}
	}
}

// nextUnproven returns the first such number after n-1 … 0 when there is none.
func (b *Book) nextUnproven(key, region string, n int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, r := b.keys.find(key), b.regions.find(region)
	for n = max(n, 1); k >= 0 && n <= b.top; n++ {
		e := b.entry(n)
		if e.made && int(e.key) == k && (r < 0 || e.readable>>r&1 == 0) {
			return n
		}
	}
	return 0
}

// At is when ciphertext n was made, in which Region, by which material; ok is
// false when there is no such number.
func (b *Book) At(n int64) (at time.Time, region, material string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.known(n)
	if e == nil {
		return time.Time{}, "", "", false
	}
	return time.Unix(0, e.at).UTC(), b.regions.list[e.region], b.materials.list[e.material], true
}
