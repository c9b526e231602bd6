package awsjson

import "github.com/mrkctl/mrkctl/pkg/sim"

// appendError writes the body of an error. Most codes carry their text in
// message; AccessDeniedException, and what the protocol's own layer answers,
// in Message. An error without a text has no member for one.
//
// Rules: MRK-WIRE-03.
func appendError(dst []byte, e *sim.Error) []byte {
	dst = append(dst, `{"__type":`...)
	dst = appendString(dst, e.Code)
	if e.Message != "" {
		name := `,"message":`
		if capitalMessage(e.Code) {
			name = `,"Message":`
		}
		dst = append(dst, name...)
		dst = appendString(dst, e.Message)
	}
	return append(dst, '}')
}

func capitalMessage(code string) bool {
	return code == "AccessDeniedException" || code == "SerializationException"
}

// unknownOperation is the answer to a missing target or one that KMS does not
// have. No recording of it is known; code, status and the absence of a text
// are those of AWS's other JSON services.
func unknownOperation() *sim.Error {
	return &sim.Error{Code: "UnknownOperationException", Status: 400}
}
