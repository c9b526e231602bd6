// Package mrk is the life of a multi-Region key: reading it member by member,
// creating, replicating, promoting, rotating and deleting it, and waiting until
// every Region agrees that it happened.
//
// Everything is a function of a [Cloud], the handle on some world's per-Region
// KMS clients and its clock. A step of a drill and a subcommand call the same
// function here. Nothing in this package prints, asks or keeps state.
//
// Names. A key set is all members of one multi-Region key: they share the key
// id and the key material. A member is the key in one Region. One member is the
// primary, the others are replicas.
package mrk
