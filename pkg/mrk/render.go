package mrk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// RenderPolicy turns the key policy of the member in Region from into the one
// that means the same in Region to: ARNs of Region from and the names of its
// service endpoints (s3.us-east-1.amazonaws.com, as in kms:ViaService) become
// those of Region to.
//
// The values of kms:ReplicaRegion and kms:PrimaryRegion stay: they say where
// something may be done, not where the key is. Those of aws:RequestedRegion are
// the Region that is asked, which for a key is always its own: Region from
// becomes Region to unless that is listed already. A policy that names neither
// Region comes back byte for byte.
func RenderPolicy(policy, from, to string) (string, error) {
	if from == to || !strings.Contains(policy, from) {
		return policy, nil
	}
	dec := json.NewDecoder(strings.NewReader(policy))
	dec.UseNumber()
	v, moved, err := moveValue(dec, from, to)
	if err != nil {
		return "", fmt.Errorf("render the key policy of %s for %s: %w", from, to, err)
	}
	if !moved {
		return policy, nil
	}
	var b bytes.Buffer
	if err := json.Indent(&b, v, "", "  "); err != nil {
		return "", fmt.Errorf("render the key policy of %s for %s: %w", from, to, err)
	}
	return b.String(), nil
}

// moveValue reads one JSON value and writes it with the Region replaced,
// keeping the order of members.
func moveValue(dec *json.Decoder, from, to string) (json.RawMessage, bool, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, false, err
	}
	switch t := token.(type) {
	case json.Delim:
		return moveList(dec, t, from, to)
	case string:
		text := moveText(t, from, to)
		raw, err := marshalText(text)
		return raw, text != t, err
	default:
		raw, err := json.Marshal(t)
		return raw, false, err
	}
}

// moveList reads the rest of an object or array.
func moveList(dec *json.Decoder, open json.Delim, from, to string) (json.RawMessage, bool, error) {
	var b bytes.Buffer
	moved := false
	b.WriteString(open.String())
	for first := true; dec.More(); first = false {
		if !first {
			b.WriteByte(',')
		}
		stays, asked := false, false
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return nil, false, err
			}
			key, _ := name.(string) // the decoder lets only strings stand here
			raw, err := marshalText(key)
			if err != nil {
				return nil, false, err
			}
			b.Write(raw)
			b.WriteByte(':')
			asked = strings.EqualFold(key, "aws:RequestedRegion")
			stays = asked || namesPlace(key)
		}
		target := to
		if stays {
			target = from
		}
		raw, m, err := moveValue(dec, from, target)
		if err != nil {
			return nil, false, err
		}
		if asked {
			raw, m = moveAsked(raw, from, to)
		}
		moved = moved || m
		b.Write(raw)
	}
	end, err := dec.Token()
	if err != nil {
		return nil, false, err
	}
	fmt.Fprint(&b, end)
	return b.Bytes(), moved, nil
}

// moveAsked moves the values of aws:RequestedRegion.
func moveAsked(raw json.RawMessage, from, to string) (json.RawMessage, bool) {
	was, is := []byte(`"`+from+`"`), []byte(`"`+to+`"`)
	if bytes.Contains(raw, is) || !bytes.Contains(raw, was) {
		return raw, false
	}
	return bytes.ReplaceAll(raw, was, is), true
}

// namesPlace tells whether a condition key says where something may be done.
func namesPlace(key string) bool {
	switch strings.ToLower(key) {
	case "kms:replicaregion", "kms:primaryregion":
		return true
	default:
		return false
	}
}

// moveText replaces the Region in an ARN or in the name of an endpoint.
func moveText(s, from, to string) string {
	if part := strings.SplitN(s, ":", 6); len(part) == 6 && part[0] == "arn" && part[3] == from {
		part[3] = to
		return strings.Join(part, ":")
	}
	return strings.ReplaceAll(s, "."+from+".amazonaws.com", "."+to+".amazonaws.com")
}

func marshalText(s string) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
