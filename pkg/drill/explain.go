package drill

// explain says what an operator should learn from the way a step ended. It
// knows the answers that surprise people; for all others it has nothing to add.
func explain(verb, code string, atPrimary bool) string {
	switch {
	case code == codeUnreachable && verb == "key.promote":
		return "UpdatePrimaryRegion is answered by the current primary's Region and by no other. " +
			"While that Region is dark nobody can promote; the replicas go on encrypting and decrypting without it."
	case code == "KMSInvalidStateException" && verb == "key.promote" && !atPrimary:
		return "A replica can't promote itself: the call must be asked of the current primary, in its Region."
	case code == "UnsupportedOperationException" && (verb == "key.rotate" || verb == "key.auto-rotate"):
		return "Rotation belongs to the primary. A replica refuses it and receives the new key material by itself."
	case code == "UnsupportedOperationException" && verb == "key.replicate":
		return "Only the primary can be replicated. A replica refuses, whatever state the primary is in."
	case code == codeUnreachable && (verb == "key.rotate" || verb == "key.auto-rotate" || verb == "key.replicate"):
		return "This is asked of the primary, and its Region does not answer. It waits until the Region is back."
	case code == "AlreadyExistsException" && verb == "key.replicate":
		return "A Region holds one member of a key set at most, also while that member waits for its deletion."
	case code == "IncorrectKeyException":
		return "The call named the key by another Region's ARN. Name the local member, the bare key id, or nothing."
	}
	return ""
}

// codeUnreachable is what the drill calls a Region that gave no answer of its
// own: a time-out, a refused connection, a name that doesn't resolve, a 5xx.
const codeUnreachable = "region-unreachable"
