package awsjson

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// sdkDir is where the module cache keeps the SDK's KMS package, which comes
// with a request and an answer of each operation as AWS's own generator wrote
// them: an oracle for every name on the wire. Their statuses are the model's,
// which the live service does not use.
func sdkDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/kms").Output()
	if err != nil {
		t.Skipf("the SDK's module directory is not known: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// fixtureBody returns what follows the blank line after a fixture's headers.
func fixtureBody(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	at := bytes.LastIndex(raw, []byte("\n\n"))
	return raw[at+2:]
}

func canonical(t *testing.T, body []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// sdkOperations finds the SDK's operations: the client's methods that take an
// input and return an output. The map's values are pointers to the two types.
func sdkOperations() map[string][2]reflect.Type {
	ops := map[string][2]reflect.Type{}
	client := reflect.TypeFor[*kms.Client]()
	for i := range client.NumMethod() {
		m := client.Method(i)
		if f := m.Type; f.NumIn() == 4 && f.NumOut() == 2 && strings.HasSuffix(f.In(2).String(), "Input") {
			ops[m.Name] = [2]reflect.Type{f.In(2), f.Out(0)}
		}
	}
	return ops
}

// roundTrip reads a body into a value of the SDK's type and writes it again. A
// member whose name we had wrong would be lost.
func roundTrip(t *testing.T, body []byte, pointer reflect.Type) string {
	t.Helper()
	v := reflect.New(pointer.Elem()).Elem()
	d := decoder{scanner: scanner{body: body}, lenient: true}
	d.structure(newModel().shape(pointer.Elem()), v, nil)
	if d.bad != nil {
		t.Fatalf("decode %s: %v at %d", body, d.bad, d.at)
	}
	return canonical(t, appendStructure(nil, newModel().shape(pointer.Elem()), v))
}

func TestRequestFixtures(t *testing.T) {
	dir := filepath.Join(sdkDir(t), "request_snapshot")
	for name, types := range sdkOperations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fixtureBody(t, filepath.Join(dir, name+".request.snap"))
			if got, want := roundTrip(t, body, types[0]), canonical(t, body); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestResponseFixtures(t *testing.T) {
	dir := filepath.Join(sdkDir(t), "response_snapshot")
	for name, types := range sdkOperations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fixtureBody(t, filepath.Join(dir, name+".response.snap"))
			if got, want := roundTrip(t, body, types[1]), canonical(t, body); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestErrorFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sdkDir(t), "response_snapshot", "*.error.snap"))
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d error fixtures: %v", len(files), err)
	}
	for _, file := range files {
		code, _, _ := strings.Cut(filepath.Base(file), ".")
		got := canonical(t, appendError(nil, &sim.Error{Code: code, Message: "__Message__"}))
		if want := canonical(t, fixtureBody(t, file)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
