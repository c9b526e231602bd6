package mrk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func TestRenderPolicyMovesWhatNamesTheRegion(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing to move stays byte for byte", `{ "Statement" : [ ] }`, `{ "Statement" : [ ] }`},
		{"an ARN", `{"Resource":"arn:aws:kms:us-east-1:111122223333:key/mrk-1"}`, `{"Resource":"arn:aws:kms:eu-west-1:111122223333:key/mrk-1"}`},
		{"an endpoint", `{"kms:ViaService":["s3.us-east-1.amazonaws.com","ec2.us-west-2.amazonaws.com"]}`, `{"kms:ViaService":["s3.eu-west-1.amazonaws.com","ec2.us-west-2.amazonaws.com"]}`},
		{"a longer Region's name", `{"Resource":"arn:aws:kms:us-east-11:1:key/x"}`, `{"Resource":"arn:aws:kms:us-east-11:1:key/x"}`},
		{"where something may be done", `{"StringEquals":{"kms:ReplicaRegion":["us-east-1"],"kms:PrimaryRegion":"us-east-1"}}`, `{"StringEquals":{"kms:ReplicaRegion":["us-east-1"],"kms:PrimaryRegion":"us-east-1"}}`},
		{"the Region that is asked", `{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","us-west-2"]}}`, `{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","us-west-2"]}}`},
		{"several Regions that may be asked", `{"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}`, `{"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}`},
		{"numbers and escapes", `{"a":1.50,"b":"<é> arn:","Resource":"arn:aws:sns:us-east-1:1:t"}`, `{"a":1.50,"b":"<é> arn:","Resource":"arn:aws:sns:eu-west-1:1:t"}`},
	} {
		got, err := mrk.RenderPolicy(c.in, "us-east-1", "eu-west-1")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if mrk.DocumentSHA(got) != mrk.DocumentSHA(c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
		if c.in == c.want && got != c.in {
			t.Errorf("%s: the text changed to %s", c.name, got)
		}
	}
	if _, err := mrk.RenderPolicy(`{"a": us-east-1`, "us-east-1", "eu-west-1"); err == nil {
		t.Error("a broken document was rendered")
	}
}

// TestRenderingThereAndBack holds for any document that does not already name
// the other Region: moving it there and back gives the same document.
func TestRenderingThereAndBack(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] {
		text := rapid.SampledFrom([]string{
			"arn:aws:kms:us-east-1:111122223333:key/mrk-1", "s3.us-east-1.amazonaws.com", "us-east-1", "kms:*", "arn:aws:iam::1:root", "", "arn:::", "é\u2028<&>",
		})
		leaf := rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Bool(), func(b bool) any { return b }))
		return rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(leaf, 0, 4), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"Resource", "kms:ReplicaRegion", "Condition"}), leaf, 0, 3), func(m map[string]any) any { return m }))
	})
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(map[string]any{"Statement": value.Draw(t, "v")})
		if err != nil {
			t.Fatal(err)
		}
		there, err := mrk.RenderPolicy(string(raw), "us-east-1", "eu-west-1")
		if err != nil {
			t.Fatal(err)
		}
		back, err := mrk.RenderPolicy(there, "eu-west-1", "us-east-1")
		if err != nil {
			t.Fatal(err)
		}
		if mrk.DocumentSHA(back) != mrk.DocumentSHA(string(raw)) {
			t.Fatalf("%s\nthere %s\nback %s", raw, there, back)
		}
	})
}

func TestCheckPolicyNamesTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "not a valid document",
		"{\n\"Statement\": [],\n}": "line 3",
		"{\n\"Statement\": [],\n\"Statement\": 1}": `"Statement" is given twice`,
		"{\"Statement\": []} {}":                   "invalid character '{' after top-level value",
		"{\"Version\": \"2012-10-17\"}":            "no Statement",
		"[]":                                       "no Statement",
		strings.Repeat("[", 100):                   "unexpected end",
		strings.Repeat("[", 100) + strings.Repeat("]", 100): "nested deeper",
		"\"" + strings.Repeat("x", 40<<10) + "\"":           "32 KiB",
	} {
		if err := mrk.CheckPolicy(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
	if err := mrk.CheckPolicy(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`); err != nil {
		t.Error(err)
	}
}

func TestParseRef(t *testing.T) {
	const id = "mrk-1234abcd12ab34cd56ef1234567890ab"
	for text, want := range map[string]mrk.Ref{
		id:                                     {ID: id},
		"1234abcd-12ab-34cd-56ef-1234567890ab": {ID: "1234abcd-12ab-34cd-56ef-1234567890ab"},
		"alias/payments":                       {Alias: "alias/payments"},
		"alias/mrk-x":                          {Alias: "alias/mrk-x"},
		"arn:aws:kms:eu-west-1:111122223333:key/" + id:      {ID: id, Region: "eu-west-1", Account: "111122223333"},
		"arn:aws:kms:eu-west-1:111122223333:alias/payments": {Alias: "alias/payments", Region: "eu-west-1", Account: "111122223333"},
	} {
		want.Text = text
		if got, err := mrk.ParseRef(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "payments", "mrk-xyz", "arn:aws:s3:::bucket", "arn:aws:kms:::key/" + id, "alias/", "alias/a b"} {
		if got, err := mrk.ParseRef(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add(`{"version":1,"title":"t","made":"2026-01-05T09:00:00Z","key":"mrk-1234abcd12ab34cd56ef1234567890ab","steps":[{"do":"key.enable","in":"us-east-1","say":"s"}],"seen":[]}`)
	f.Add(`{"version":1,"steps":[{"do":"alias.set","in":"us-east-1","alias":"alias/x"}]}`)
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := mrk.ReadPlan(strings.NewReader(text))
		if err != nil {
			return
		}
		// What was read is written and read again as the same.
		var b strings.Builder
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := mrk.ReadPlan(strings.NewReader(b.String()))
		if err != nil {
			t.Fatalf("a plan that was read can't be read again: %v\n%s", err, b.String())
		}
		if len(again.Steps) != len(p.Steps) {
			t.Fatalf("steps changed: %d, %d", len(p.Steps), len(again.Steps))
		}
		_ = p.Permissions()
	})
}

func FuzzRenderPolicy(f *testing.F) {
	f.Add(`{"Resource":"arn:aws:kms:us-east-1:1:key/x"}`)
	f.Add(`[1e5,"s3.us-east-1.amazonaws.com",null]`)
	f.Fuzz(func(t *testing.T, text string) {
		out, err := mrk.RenderPolicy(text, "us-east-1", "eu-west-1")
		if err == nil && json.Valid([]byte(text)) && !json.Valid([]byte(out)) {
			t.Fatalf("%q was rendered as %q, which is no JSON", text, out)
		}
		_ = mrk.CheckPolicy(text)
	})
}
