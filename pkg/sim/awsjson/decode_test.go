package awsjson

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestDecode runs the cases of testdata/decode: a body for an operation, and
// the error it is answered with or the value that was read, written again.
func TestDecode(t *testing.T) {
	ops := sdkOperations()
	datadriven.RunTest(t, "testdata/decode", func(t *testing.T, d *datadriven.TestData) string {
		types, ok := ops[d.Cmd]
		if !ok {
			t.Fatalf("%s: no operation %s", d.Pos, d.Cmd)
		}
		body := d.Input
		for _, arg := range d.CmdArgs {
			if arg.Key == "fill" { // fill=(X,2049) puts 2049 letters a where X stands
				var mark string
				var n int
				arg.Scan(t, 0, &mark)
				arg.Scan(t, 1, &n)
				body = strings.ReplaceAll(body, mark, strings.Repeat("a", n))
			}
		}
		in := reflect.New(types[0].Elem()).Elem()
		if err := decode([]byte(body), newModel().shape(types[0].Elem()), in); err != nil {
			return strings.ReplaceAll(string(appendError(nil, err)), strings.Repeat("a", 200), "…") + "\n"
		}
		return string(appendStructure(nil, newModel().shape(types[0].Elem()), in)) + "\n"
	})
}

// FuzzDecode looks for bodies that make the decoder panic or hang, and for
// values that change when they are written and read again.
func FuzzDecode(f *testing.F) {
	ops := table()
	for i, o := range ops {
		f.Add(uint8(i), []byte(`{}`))
		if o.Name == "CreateKey" {
			f.Add(uint8(i), []byte(`{"Tags":[{"TagKey":"a","TagValue":"\ud83d\ude00"}],"MultiRegion":true}`))
		}
		if o.Name == "Decrypt" {
			f.Add(uint8(i), []byte(`{"CiphertextBlob":"YmxvYg==","EncryptionContext":{"a":"b"},"GrantTokens":["x"]}`))
		}
	}
	types, model := sdkOperations(), newModel()
	var shapes []*shape
	for _, o := range ops {
		shapes = append(shapes, model.shape(types[o.Name][0].Elem()))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		s := shapes[int(which)%len(shapes)]
		in := reflect.New(s.value).Elem()
		err := decode(body, s, in)
		if err != nil {
			if err.Code != "ValidationException" && err.Code != "SerializationException" {
				t.Fatalf("answered with %v", err)
			}
			return
		}
		once := appendStructure(nil, s, in)
		again := reflect.New(s.value).Elem()
		if err := decode(once, s, again); err != nil {
			t.Fatalf("%s, written from %s, is refused: %v", once, body, err)
		}
		if twice := appendStructure(nil, s, again); string(twice) != string(once) {
			t.Fatalf("%s became %s", once, twice)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	body := []byte(`{"CiphertextBlob":"` + strings.Repeat("YmxvYmJs", 30) + `","KeyId":"arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"}`)
	types := sdkOperations()["Decrypt"]
	s := newModel().shape(types[0].Elem())
	b.ReportAllocs()
	for b.Loop() {
		in := reflect.New(s.value)
		if err := decode(body, s, in.Elem()); err != nil {
			b.Fatal(err)
		}
	}
}
