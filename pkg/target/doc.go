// Package target opens the world that a command works in: a simulated cloud in
// this process, one kept in a file, one served over HTTP, or AWS.
//
// A [Target] hands out the SDK's real KMS clients, one for each caller's
// Region, endpoint and role, and says what world it is. What differs between
// worlds stays behind it: transports, credentials, retries, the clock, how
// faults are made and audit trails read. It is also the safety boundary: a
// target that may not change anything refuses at the wire.
package target
