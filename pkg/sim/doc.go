// Package sim is a simulated multi-Region AWS KMS: a [World] of plain values
// around one queue of events.
//
// A world has no goroutine and reads no clock. Its owner moves it with
// [World.Advance] and calls its operations, which take and return the input
// and output types of the AWS SDK and answer as KMS does, down to error code
// and message. The same options and the same calls at the same moments give
// the same bytes; so a world can be saved, restored, forked and replayed.
//
// # What is real and what is modelled
//
// Cryptography is real: key material is random, ciphertext is AES-256-GCM
// under a key derived for each message, and nothing decrypts without the
// material it names. Time is modelled: creating a replica, promoting one and
// rotating a set of related keys take as long as they took when somebody
// measured AWS, and each member of a set has its own view of what the set
// shares, brought up to date by synchronisation events that a dark Region
// receives late.
//
// Every rule of behaviour has an id, a source and a degree of certainty; see
// [Rules].
//
// # Concurrency
//
// Operations that change the world (see [Operation.Changes]), Advance, faults,
// Save, TakeChanges and Fork need exclusive access. The others, the cryptographic
// ones among them, may run side by side with each other; what they touch
// (trails, last use, rate buckets, randomness) guards itself. [World.TryAdvance]
// and [World.Route] may run beside them too. What takes long in an operation is
// done through [Call.Aside], which may give the access up for that while.
package sim
