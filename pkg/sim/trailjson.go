package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// describeCall encodes what the record of a change shows of its request and
// its answer, in the names and forms of CloudTrail. A failed call has no answer.
func describeCall(in, out any, code string) *detail {
	d := detail{Request: trailValue(in)}
	if code == "" {
		d.Response = trailValue(out)
	}
	if d.Request == nil && d.Response == nil {
		return nil
	}
	return &d
}

func trailValue(v any) []byte {
	if v == nil || reflect.ValueOf(v).Kind() == reflect.Pointer && reflect.ValueOf(v).IsNil() {
		return nil
	}
	b, err := json.Marshal(camel(reflect.ValueOf(v)))
	if err != nil || string(b) == "null" || string(b) == "{}" {
		return nil
	}
	return b
}

// camel turns one of the SDK's structs into what CloudTrail shows: members in
// camel case, absent ones left out, moments spelled out, key material hidden.
func camel(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if at, ok := v.Interface().(*time.Time); ok {
			return at.UTC().Format("Jan 2, 2006, 3:04:05 PM")
		}
		return camel(v.Elem())
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || f.Name == "ResultMetadata" || secretMember(f.Name) || v.Field(i).IsZero() && f.Type.Kind() != reflect.Bool {
				continue
			}
			name := strings.ToLower(f.Name[:1]) + f.Name[1:]
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "" {
				name = tag
			}
			if value := camel(v.Field(i)); value != nil {
				m[name] = value
			}
		}
		return m
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = camel(v.Index(i))
		}
		return list
	case reflect.Map:
		m := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			m[it.Key().String()] = camel(it.Value())
		}
		return m
	default:
	}
	return v.Interface()
}

// secretMember says whether a member never goes into a trail.
//
// Rules: MRK-TRAIL-06.
func secretMember(name string) bool {
	switch name {
	case "Plaintext", "EncryptedKeyMaterial", "ImportToken", "GrantToken", "GrantTokens", "KeyStorePassword", "RawSecretAccessKey":
		return true
	}
	return false
}

// eventID is the id of a record: a UUID worked out from what makes it unique.
func eventID(r *region, rec record) string {
	if rec.request != (RequestID{}) && rec.flags&byService == 0 {
		return eventIDOf(r.Name, rec.request, rec.at)
	}
	var seed RequestID
	binary.BigEndian.PutUint32(seed[:], rec.seq)
	return eventIDOf(r.Name, seed, rec.at)
}

func eventIDOf(region string, request RequestID, at int64) string {
	h := sha256.New()
	h.Write([]byte(region))
	h.Write(request[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(at)))
	var id RequestID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}
