package material

import "errors"

var errBER = errors.New("not well-formed BER")

// berDepth is how deep structures may nest. PKCS#8 needs six.
const berDepth = 16

// toDER rewrites BER as DER as far as key structures need it: indefinite
// lengths become definite, strings in pieces become whole, lengths become as
// short as can be. What is DER already stays as it is.
func toDER(ber []byte) ([]byte, error) {
	element, rest, err := derElement(ber, 0)
	if err == nil && len(rest) > 0 {
		return nil, errBER
	}
	return element, err
}

// berHeader is the beginning of an element.
type berHeader struct {
	tag        byte
	length     int
	indefinite bool
	body       []byte // everything behind the header, further elements too
}

func readBERHeader(b []byte) (h berHeader, err error) {
	// Tags above 30 take further bytes; key structures have none.
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		return h, errBER
	}
	h.tag = b[0]
	first, b := b[1], b[2:]
	switch {
	case first == 0x80:
		h.indefinite = true
	case first < 0x80:
		h.length = int(first)
	default:
		octets := int(first & 0x7f)
		if octets > 4 || len(b) < octets {
			return h, errBER
		}
		for _, o := range b[:octets] {
			h.length = h.length<<8 | int(o)
		}
		b = b[octets:]
	}
	if !h.indefinite && h.length > len(b) || h.indefinite && h.tag&0x20 == 0 {
		return h, errBER
	}
	h.body = b
	return h, nil
}

// derElement rewrites the first element and returns what follows it.
func derElement(b []byte, depth int) (element, rest []byte, err error) {
	h, err := readBERHeader(b)
	if err != nil || depth > berDepth {
		return nil, nil, errBER
	}
	if h.tag&0x20 == 0 {
		return appendElement(h.tag, h.body[:h.length]), h.body[h.length:], nil
	}
	content, rest := h.body, h.body
	if !h.indefinite {
		content, rest = h.body[:h.length], h.body[h.length:]
	}
	// A constructed string of a universal type is one in pieces.
	pieces := h.tag>>6 == 0 && (h.tag&0x1f == 3 || h.tag&0x1f == 4)
	var out []byte
	for {
		if h.indefinite && len(content) >= 2 && content[0] == 0 && content[1] == 0 {
			rest = content[2:]
			break
		}
		if len(content) == 0 {
			if h.indefinite {
				return nil, nil, errBER
			}
			break
		}
		var child []byte
		if child, content, err = derElement(content, depth+1); err != nil {
			return nil, nil, err
		}
		if pieces {
			piece, err := readBERHeader(child)
			if err != nil || piece.tag != h.tag&^0x20 || piece.tag == 3 {
				// Bit strings in pieces occur in no key; refusing them saves their padding rules.
				return nil, nil, errBER
			}
			child = piece.body
		}
		out = append(out, child...)
	}
	tag := h.tag
	if pieces {
		tag &^= 0x20
	}
	return appendElement(tag, out), rest, nil
}

func appendElement(tag byte, content []byte) []byte {
	out := []byte{tag}
	switch n := len(content); {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 0x100:
		out = append(out, 0x81, byte(n))
	case n < 0x10000:
		out = append(out, 0x82, byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}
