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
