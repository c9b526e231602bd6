package wiremodel_test

import (
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/wire/wiremodel"
)

func model(t *testing.T) *wiremodel.Model {
	t.Helper()
	m, err := wiremodel.Load()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestModelIsThatOfTheSDK holds the operations and members of the model against
// the client that this program is built with.
func TestModelIsThatOfTheSDK(t *testing.T) {
	m := model(t)
	client := reflect.TypeFor[*kms.Client]()
	for i := range client.NumMethod() {
		method := client.Method(i)
		if method.Type.NumIn() != 4 || method.Type.NumOut() != 2 {
			continue // no operation
		}
		if method.Name == "Encapsulate" || method.Name == "Decapsulate" {
			continue // newer than the model
		}
		op, ok := m.Operation(method.Name)
		if !ok {
			t.Errorf("the model has no %s", method.Name)
			continue
		}
		in := method.Type.In(2).Elem()
		for f := range in.NumField() {
			field := in.Field(f)
			if _, ok := op.Input.Members[field.Name]; !ok && field.IsExported() {
				t.Errorf("the model's %s has no member %s", method.Name, field.Name)
			}
		}
	}
	if n := len(m.Operations()); n < 54 {
		t.Errorf("the model has %d operations", n)
	}
}

func TestCheckFindsWhatBreaksTheModel(t *testing.T) {
	m := model(t)
	for _, c := range []struct {
		op, body string
		want     []string // parts of the faults, in order; none for a good request
	}{
		{"DescribeKey", `{"KeyId":"alias/x"}`, nil},
		{"DescribeKey", `{}`, []string{"DescribeKey.KeyId: required"}},
		{"DescribeKey", `{"KeyId":""}`, []string{"length 0 is less than 1"}},
		{"DescribeKey", `{"KeyId":"x","Region":"eu-west-1"}`, []string{"DescribeKey.Region: no such member"}},
		{"DescribeKey", `{"KeyId":7}`, []string{"7 is no string"}},
		{"DescribeKey", `{"KeyId"`, []string{"DescribeKey: "}},
		{"Explode", `{}`, []string{"no such operation"}},
		{"Encapsulate", `{}`, nil},
		{"ListKeys", `{"Limit":1001}`, []string{"ListKeys.Limit: value 1001 is more than 1000"}},
		{"CreateKey", `{"KeySpec":"RSA2048"}`, []string{`"RSA2048" is not one of`}},
		{"CreateKey", `{"Tags":[{"TagKey":"a"}]}`, []string{"CreateKey.Tags[0].TagValue: required"}},
		{"CreateKey", `{"Policy":"` + "\u4e2d" + `"}`, []string{"does not match"}},
		{"CreateAlias", `{"AliasName":"alias/a b","TargetKeyId":"x"}`, []string{"does not match"}},
		{"Encrypt", `{"KeyId":"x","Plaintext":"!"}`, []string{"Encrypt.Plaintext: not base64"}},
		{"Encrypt", `{"KeyId":"x","Plaintext":"AA==","EncryptionContext":{"a":1}}`, []string{"Encrypt.EncryptionContext.a: 1 is no string"}},
		{"ImportKeyMaterial", `{"KeyId":"x","ImportToken":"AA==","EncryptedKeyMaterial":"AA==","ValidTo":"soon"}`, []string{"soon is no number"}},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "TrentService."+c.op)
		faults, err := m.Check(req)
		if err != nil {
			t.Errorf("%s %s: %v", c.op, c.body, err)
		}
		same := len(faults) == len(c.want)
		for i := range min(len(faults), len(c.want)) {
			same = same && strings.Contains(faults[i], c.want[i])
		}
		if !same {
			t.Errorf("%s %s: %q, want %q", c.op, c.body, faults, c.want)
		}
		if rest, _ := io.ReadAll(req.Body); c.op != "Explode" && string(rest) != c.body {
			t.Errorf("%s: the body left is %q", c.op, rest)
		}
	}
	if !slices.IsSorted(m.Operations()) {
		t.Error("the operations are not sorted")
	}
}
