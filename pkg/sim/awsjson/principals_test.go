package awsjson

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const twoPrincipals = `[
  {"access_key": "AKIAREADER", "secret": "s3cret", "arn": "arn:aws:iam::111122223333:user/reader",
   "policies": [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Describe*", "Resource": "*"}]}]},
  {"access_key": "AKIANOBODY", "secret": "s3cret", "arn": "arn:aws:iam::444455556666:user/nobody", "policies": []}
]`

func TestPrincipalsAreHeldToTheirPolicies(t *testing.T) {
	creds, err := ReadCredentials(strings.NewReader(twoPrincipals))
	if err != nil {
		t.Fatal(err)
	}
	_, url := served(t, HandlerOptions{Credentials: creds})
	ctx := context.Background()
	made, err := signingClient(url, "eu-west-1", keyPair("test", "test")).CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	key := made.KeyMetadata.Arn
	reader := signingClient(url, "eu-west-1", keyPair("AKIAREADER", "s3cret"))
	if _, err := reader.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key}); err != nil {
		t.Errorf("what the policy allows: %v", err)
	}
	want := "User: arn:aws:iam::111122223333:user/reader is not authorized to perform: kms:Encrypt on resource: " + *key +
		" because no identity-based policy allows the kms:Encrypt action"
	if _, err := reader.Encrypt(ctx, &kms.EncryptInput{KeyId: key, Plaintext: []byte("x")}); codeOf(err) != "AccessDeniedException" || !strings.Contains(err.Error(), want) {
		t.Errorf("what it does not: %v", err)
	}
	nobody := signingClient(url, "eu-west-1", keyPair("AKIANOBODY", "s3cret"))
	if _, err := nobody.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key}); codeOf(err) != "AccessDeniedException" {
		t.Errorf("another account: %v", err)
	}
	if _, err := nobody.ListKeys(ctx, &kms.ListKeysInput{Limit: aws.Int32(1)}); codeOf(err) != "AccessDeniedException" {
		t.Errorf("without any policy: %v", err)
	}
}

func TestBadPrincipalsAreRefused(t *testing.T) {
	for text, reason := range map[string]string{
		`{}`:                   "cannot unmarshal",
		`[{"acces_key":"A"}]`:  "unknown field",
		`[{"access_key":"A"}]`: "no secret",
		`[] []`:                "follows the list",
		`[{"access_key":"test","secret":"x","arn":"arn:aws:iam::111122223333:user/a"}]`: "is taken",
		`[{"access_key":"A/B","secret":"x","arn":"arn:aws:iam::111122223333:user/a"}]`:  "can't stand",
		`[{"access_key":"A","secret":"x","arn":"alice"}]`:                               "not the ARN",
	} {
		if _, err := ReadCredentials(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: got %v, want %q", text, err, reason)
		}
	}
}

// TestPrincipalsOfAPartition: who signs for a Region of another partition has
// the ARN that it has there, and no more is kept of requests nobody signed.
func TestPrincipalsOfAPartition(t *testing.T) {
	k := newKeyring("111122223333", nil)
	for region, want := range map[string]string{
		"eu-west-1":     "arn:aws:iam::111122223333:user/test",
		"us-gov-west-1": "arn:aws-us-gov:iam::111122223333:user/test",
		"cn-north-1":    "arn:aws-cn:iam::111122223333:user/test",
	} {
		c, _ := k.credential("test")
		if got := k.signedBy(c, region); got.ARN != want || got.Account != "111122223333" || !got.Operator {
			t.Errorf("in %s: %+v", region, got)
		}
		if again := k.signedBy(c, region); again != k.signedBy(c, region) {
			t.Errorf("in %s: two principals for one caller", region)
		}
	}
	if _, ok := k.credential("test.app.eu-west-1"); !ok {
		t.Fatal("a role's session is not known")
	}
	k.callers.Range(func(id, _ any) bool {
		if id.(callerID).accessKey != "test" {
			t.Errorf("%v is kept, and nobody signed as it", id)
		}
		return true
	})
}
