package sim

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// source is randomness that may be drawn from by several calls at once. What
// it wraps is a seeded generator, whose state is saved with the world, or a
// reader from outside, which has none.
type source struct {
	mu     sync.Mutex
	seeded *rand.ChaCha8
	reader io.Reader
}

// newSource seeds a generator. Worlds use several, so that a draw for one
// purpose does not disturb another: purpose tells them apart.
func newSource(seed uint64, purpose byte) *source {
	var s [32]byte
	binary.LittleEndian.PutUint64(s[:], seed)
	s[31] = purpose
	return &source{seeded: rand.NewChaCha8(s)}
}

// read fills b.
func (s *source) read(b []byte) error {
	if s.reader != nil {
		_, err := io.ReadFull(s.reader, b)
		return err
	}
	s.mu.Lock()
	_, _ = s.seeded.Read(b) // a ChaCha8 never fails
	s.mu.Unlock()
	return nil
}

// fork draws the seed of a generator of its own, for work that draws as much as
// it needs beside other calls: so the order in which they draw does not matter.
func (s *source) fork() (io.Reader, error) {
	var seed [32]byte
	if err := s.read(seed[:]); err != nil {
		return nil, err
	}
	return rand.NewChaCha8(seed), nil
}

// two draws two numbers.
func (s *source) two() (uint64, uint64) {
	if s.reader != nil {
		var b [16]byte
		if _, err := io.ReadFull(s.reader, b[:]); err == nil {
			return binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seeded.Uint64(), s.seeded.Uint64()
}

// unit draws a number in [0,1).
func (s *source) unit() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return float64(s.seeded.Uint64()>>11) / (1 << 53)
}

// within draws a duration, to the millisecond.
func (s *source) within(span Span) time.Duration {
	if span.Max <= span.Min {
		return span.Min
	}
	d := span.Min + time.Duration(s.unit()*float64(span.Max-span.Min))
	return d.Truncate(time.Millisecond)
}

// save returns the generator's state; a reader from outside has none.
func (s *source) save() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.seeded.MarshalBinary()
	if err != nil {
		return nil // a ChaCha8 never fails
	}
	return b
}

// load takes up the state that save returned.
func (s *source) load(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.seeded.UnmarshalBinary(b); err != nil {
		return fmt.Errorf("state of a random generator is damaged: %w", err)
	}
	return nil
}
