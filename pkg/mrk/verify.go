package mrk

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Matrix is the proof that the members of a set are one key: what one made,
// each can open.
type Matrix struct {
	ID      string     `json:"id"`
	What    string     `json:"what"`    // what was tried: encrypt and decrypt, sign and verify, …
	Regions []string   `json:"regions"` // rows and columns
	Made    []Proof    `json:"made"`    // by each Region
	Opened  [][]Proof  `json:"opened"`  // Opened[i][j]: what Regions[i] made, at Regions[j]
	Holds   bool       `json:"holds"`   // every cell is good
	Silent  []Problem  `json:"silent,omitempty"`
	At      *time.Time `json:"at,omitempty"`
}

// Proof is one call of a matrix.
type Proof struct {
	OK       bool          `json:"ok"`
	Took     time.Duration `json:"took_ns"`
	Material string        `json:"material,omitempty"`
	Code     string        `json:"code,omitempty"`
	Message  string        `json:"message,omitempty"`
}

// token is what a member made: a ciphertext, a signature, a MAC, or one side of
// an agreement. It is never shown.
type token struct {
	made      []byte
	shared    []byte // the secret agreed on
	algorithm string
}

// Verify encrypts 32 random bytes at each member and decrypts each result at
// every member; by the key's usage it signs and verifies instead, makes and
// checks a MAC, agrees on a secret, or encapsulates one. It is the only test of a standby that means something: metadata
// says Enabled of a key whose policy lets nobody use it.
func Verify(ctx context.Context, c Cloud, ref string) (Matrix, error) {
	place, err := Find(ctx, c, ref)
	if err != nil {
		return Matrix{}, err
	}
	now := c.Clock.Now()
	m := Matrix{ID: place.ID, Regions: place.Regions, Silent: place.Silent, At: &now, Holds: true}
	var sample Member
	for _, region := range place.Regions {
		if seen, ok := place.members[region]; ok {
			sample = seen
			break
		}
	}
	p, err := proverOf(sample)
	if err != nil {
		return Matrix{}, err
	}
	m.What = p.what
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return Matrix{}, fmt.Errorf("draw a random text: %w", err)
	}
	tokens := make([]token, len(m.Regions))
	m.Made = make([]Proof, len(m.Regions))
	c.inEach(m.Regions, func(i int, region string) {
		start := c.Clock.Now()
		var err error
		tokens[i], m.Made[i].Material, err = p.make(ctx, c, region, m.ID, secret)
		m.Made[i].finish(c, start, err)
	})
	m.Opened = make([][]Proof, len(m.Regions))
	for i := range m.Regions {
		m.Opened[i] = make([]Proof, len(m.Regions))
	}
	c.inEach(m.Regions, func(j int, region string) {
		for i := range m.Regions {
			cell := &m.Opened[i][j]
			if !m.Made[i].OK {
				cell.Code = "not-made"
				continue
			}
			start := c.Clock.Now()
			material, err := p.check(ctx, c, region, m.ID, tokens[i], secret)
			cell.Material = material
			cell.finish(c, start, err)
		}
	})
	for i := range m.Regions {
		m.Holds = m.Holds && m.Made[i].OK
		for _, cell := range m.Opened[i] {
			m.Holds = m.Holds && cell.OK
		}
	}
	m.Holds = m.Holds && len(m.Silent) == 0
	return m, nil
}

func (p *Proof) finish(c Cloud, start time.Time, err error) {
	p.Took = c.Clock.Now().Sub(start)
	p.OK = err == nil
	if err != nil {
		p.Code, p.Message = Code(err), err.Error()
		if p.Code == "" {
			p.Code = "wrong-answer"
		}
	}
}

// Unclear tells whether all that is missing from the proof are answers of
// Regions that could not be reached.
func (m Matrix) Unclear() bool {
	if m.Holds {
		return false
	}
	cells := slices.Clone(m.Made)
	for _, row := range m.Opened {
		cells = append(cells, row...)
	}
	return !slices.ContainsFunc(cells, func(p Proof) bool {
		return !p.OK && p.Code != wire.Unreachable && p.Code != "not-made"
	})
}
