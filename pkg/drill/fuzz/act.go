// Package fuzz looks for promises of KMS that a world breaks. It makes drills
// up at random (promote, rotate, replicate, disable, delete, outage, lag, in any
// order), runs them on virtual time, and holds each answer against what a small
// model of multi-Region keys expects. A drill that fails is cut down to the acts
// that it takes to fail, and written as a runbook for people to run.
package fuzz

import "math/rand/v2"

// Act is one thing that a drill does. What comes of it depends on what was done
// before; an act that makes no sense there does nothing, so that any part of a
// list of acts is a list of acts.
type Act struct {
	Do     Kind
	Region int // index into regions
	Pick   int // which of several ways, or which ciphertext
}

// Kind is what an act does.
type Kind uint8

// The kinds of acts.
const (
	Promote Kind = iota
	PromoteAtReplica
	Rotate
	RotateAtReplica
	Replicate
	ReplicateAtReplica
	Disable
	Enable
	Dark
	Light
	Lag
	CatchUp
	Encrypt
	Decrypt
	Roundtrip
	WrongContext
	Delete
	CancelDeletion
	OutwaitDeletion
	LetTimePass
	Compare
	kinds
)

// weights say how often each kind is drawn: using the key is what most of a
// drill should consist of.
func weights() [kinds]int {
	w := [kinds]int{
		Promote: 6, PromoteAtReplica: 1, Rotate: 4, RotateAtReplica: 1, Replicate: 4, ReplicateAtReplica: 1,
		Disable: 3, Enable: 3, Dark: 3, Light: 4, Lag: 2, CatchUp: 2, Encrypt: 8, Decrypt: 8, Roundtrip: 10,
		WrongContext: 2, Delete: 4, CancelDeletion: 2, OutwaitDeletion: 2, LetTimePass: 4, Compare: 3,
	}
	return w
}

// random makes a list of acts up.
func random(r *rand.Rand, length int) []Act {
	weight := weights()
	total := 0
	for _, w := range weight {
		total += w
	}
	acts := make([]Act, length)
	for i := range acts {
		n := r.IntN(total)
		k := Kind(0)
		for n >= weight[k] {
			n -= weight[k]
			k++
		}
		acts[i] = Act{Do: k, Region: r.IntN(3), Pick: r.IntN(1 << 10)}
	}
	return acts
}
