package sim

import "testing"

// TestWhomAGrantCovers: MRK-GRANT-09.
func TestWhomAGrantCovers(t *testing.T) {
	ids := identities{"arn:aws:iam::111122223333:role/probe/app": "AROAEXAMPLEAPP0000001"}
	session := func(name string) *Principal {
		return &Principal{ARN: "arn:aws:sts::111122223333:assumed-role/app/" + name, Account: "111122223333"}
	}
	for _, c := range []struct {
		grantee string
		caller  *Principal
		want    bool
	}{
		{"arn:aws:sts::111122223333:assumed-role/app/target", session("target"), true},
		{"arn:aws:sts::111122223333:assumed-role/app/target", session("sibling"), false},
		{"arn:aws:iam::111122223333:role/probe/app", session("any"), true},
		{"AROAEXAMPLEAPP0000001:target", session("target"), true},
		{"AROAEXAMPLEAPP0000002:target", session("target"), false},
		{"arn:aws:iam::111122223333:user/app", session("app"), false},
		{"arn:aws:iam::999999999999:role/app", session("target"), false},
	} {
		kept, _, valid := ids.known(c.grantee)
		if !valid {
			t.Fatalf("%s is not valid", c.grantee)
		}
		if kept == "" {
			kept = c.grantee
		}
		if got := ids.covers(kept, c.caller); got != c.want {
			t.Errorf("a grant to %s covers %s: %v, want %v", c.grantee, c.caller.ARN, got, c.want)
		}
	}
	// Without known identities ARNs are taken as they are.
	if none := identities(nil); !none.covers("arn:aws:iam::111122223333:role/path/app", session("x")) {
		t.Error("a role does not cover its session when no identities are known")
	}
}
