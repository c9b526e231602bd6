package mrk_test

import (
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

func TestCustodyKeepsManagersAndUsersApart(t *testing.T) {
	text, err := mrk.Custody{
		Custodians: []string{"arn:aws:iam::111122223333:role/custodian"}, Users: []string{"arn:aws:iam::111122223333:role/app"},
	}.Policy()
	if err != nil {
		t.Fatal(err)
	}
	if err := mrk.CheckPolicy(text); err != nil {
		t.Error(err)
	}
	custodians, users, _ := strings.Cut(text, `"Users"`)
	for _, action := range []string{"kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:RotateKeyOnDemand"} {
		if !strings.Contains(custodians, action) || strings.Contains(users, action) {
			t.Errorf("%s is not the custodians' alone:\n%s", action, text)
		}
	}
	if strings.Contains(custodians, "kms:Decrypt") || !strings.Contains(users, "kms:Decrypt") {
		t.Errorf("kms:Decrypt is not the users' alone:\n%s", text)
	}
	if !strings.Contains(custodians, "arn:aws:iam::111122223333:root") {
		t.Error("the account itself is locked out")
	}
	for _, bad := range []mrk.Custody{{}, {Users: []string{"app"}}, {Custodians: []string{"arn:aws:iam::1:role/x"}}} {
		if got, err := bad.Policy(); err == nil {
			t.Errorf("%+v made %s", bad, got)
		}
	}
}
