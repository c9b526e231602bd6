// Package awsjson serves a simulated KMS to AWS clients in the protocol that
// KMS speaks: AWS JSON 1.1, one POST for each call, the operation named in a
// header.
//
// The wire model is the SDK's own: a request's body is read into the SDK's
// input type, an answer is written from the SDK's output type, and the names
// of the types' fields are the names on the wire. What the types cannot say,
// which members are required and what lengths, ranges, patterns and values
// they may have, is a table beside them (constraint_table.go).
//
// A [Server] is reached in two ways. [Server.Transport] is a client's
// transport in the same process: Region and principal are bound to it, nothing
// is signed, and the modelled network decides how long a call travels and
// whether it arrives. [Server.Handler] is an http.Handler for clients of any
// kind, which verifies signatures.
package awsjson
