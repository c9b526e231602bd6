package mrk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// terraformState is a state with a primary, two replicas, a key of somebody
// else's, a data source, and an instance that was never made.
func terraformState(id string) string {
	arn := func(region string) string { return fmt.Sprintf("arn:aws:kms:%s:111122223333:key/%s", region, id) }
	return fmt.Sprintf(`{"version": 4, "terraform_version": "1.9.0", "resources": [
{"mode": "managed", "type": "aws_kms_key", "name": "payments", "instances": [{"attributes": {"arn": %q, "policy": "secret"}}]},
{"module": "module.standby", "mode": "managed", "type": "aws_kms_replica_key", "name": "payments", "instances": [
  {"index_key": "eu", "attributes": {"arn": %q}}, {"index_key": 1, "attributes": {"arn": %q}}, {"index_key": 2, "attributes": {}}]},
{"mode": "data", "type": "aws_kms_key", "name": "seen", "instances": [{"attributes": {"arn": %q}}]},
{"mode": "managed", "type": "aws_kms_key", "name": "other", "instances": [{"attributes": {"arn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"}}]},
{"mode": "managed", "type": "aws_s3_bucket", "name": "b", "instances": [{"attributes": {"arn": "arn:aws:s3:::b"}}]}]}`,
		arn("us-east-1"), arn("eu-west-1"), arn("us-west-2"), arn("us-east-1"))
}

func TestPromotionSaysWhatToDoToATerraformState(t *testing.T) {
	inWorld(t, func(w world) {
		if err := existing("us-east-1", "eu-west-1", "us-west-2")(t.Context(), w.Cloud); err != nil {
			panic(fatal{err})
		}
		set := must(mrk.Read(t.Context(), w.Cloud, payments))(t)
		state := must(mrk.TerraformState([]byte(terraformState(set.ID))))(t)
		if len(state) != 4 {
			t.Errorf("the state has %+v", state)
		}
		p := must(mrk.PlanPromote(t.Context(), w.Cloud, payments, mrk.Promoting{To: "eu-west-1", State: state}))(t)
		notes := strings.Join(p.Notes, "\n")
		for _, want := range []string{
			`terraform state rm 'module.standby.aws_kms_replica_key.payments["eu"]', write it as aws_kms_key, and terraform import`,
			`terraform state rm 'aws_kms_key.payments', write it as aws_kms_replica_key with primary_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/` + set.ID,
			`module.standby.aws_kms_replica_key.payments[1] would be replaced, since its primary_key_arn changes`,
		} {
			if !strings.Contains(notes, want) {
				t.Errorf("%q is missing in\n%s", want, notes)
			}
		}
		if strings.Contains(notes, "other") || strings.Contains(notes, "secret") {
			t.Errorf("the notes tell of things that are none of this key's:\n%s", notes)
		}
		p = must(mrk.PlanPromote(t.Context(), w.Cloud, payments, mrk.Promoting{To: "eu-west-1", State: []mrk.Resource{}}))(t)
		if !strings.Contains(strings.Join(p.Notes, "\n"), "says nothing of this key") {
			t.Errorf("with a state without the key: %v", p.Notes)
		}
	})
	for _, bad := range []string{"", "[]", `{"version": 3}`, `{"version": 4, "resources": 7}`} {
		var input *mrk.InputError
		if _, err := mrk.TerraformState([]byte(bad)); !errors.As(err, &input) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestPromotionLooksAtBothMembersFirst(t *testing.T) {
	const root = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":%s,"Resource":"*"}`
	put := func(w world, region, actions string) {
		t.Helper()
		policy := `{"Version":"2012-10-17","Statement":[` + fmt.Sprintf(root, actions) + `]}`
		must(mrk.PutPolicy(t.Context(), w.Cloud, mrk.PolicyChange{OneMember: mrk.OneMember{Key: payments, In: region}, Policy: policy}))(t)
	}
	inWorld(t, func(w world) {
		if err := existing("us-east-1", "eu-west-1")(t.Context(), w.Cloud); err != nil {
			panic(fatal{err})
		}
		plan := func() (string, error) {
			p, err := mrk.PlanPromote(t.Context(), w.Cloud, payments, mrk.Promoting{To: "eu-west-1"})
			return strings.Join(p.Notes, "\n"), err
		}
		notes, err := plan()
		if err != nil || strings.Contains(notes, "dry run") || strings.Contains(notes, "lets nobody") {
			t.Errorf("nothing stands against it: %v\n%s", err, notes)
		}
		put(w, "eu-west-1", `["kms:Describe*","kms:Get*","kms:List*","kms:PutKeyPolicy","kms:UpdatePrimaryRegion"]`)
		notes, err = plan()
		for _, want := range []string{"a dry run of Encrypt in eu-west-1 is answered with AccessDeniedException", "eu-west-1 could not take ReplicateKey", "could not take RotateKeyOnDemand"} {
			if err != nil || !strings.Contains(notes, want) {
				t.Errorf("%q is missing: %v\n%s", want, err, notes)
			}
		}
		put(w, "eu-west-1", `["kms:Describe*","kms:Get*","kms:List*","kms:PutKeyPolicy"]`)
		if _, err = plan(); err == nil || !strings.Contains(err.Error(), "in eu-west-1 lets nobody call UpdatePrimaryRegion") {
			t.Errorf("the standby's policy does not let it: %v", err)
		}
	})
}

// TestDeletionTellsLastUseAndDates holds what an operator reads before a key
// goes: when every member was last used, and when each is gone.
func TestDeletionTellsLastUseAndDates(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		if err := existing("us-east-1", "eu-west-1")(ctx, c); err != nil {
			panic(fatal{err})
		}
		must(mrk.Encrypt(ctx, c, mrk.OneMember{Key: payments, In: "eu-west-1"}, []byte("x"), nil))(t)
		_, err := mrk.PlanDelete(ctx, c, payments, mrk.Deleting{Days: 7})
		var used *mrk.InUseError
		if !errors.As(err, &used) || len(used.Uses) != 1 || !strings.Contains(used.Hint(), "key disable") {
			t.Errorf("used a moment ago: %v", err)
		}
		p := must(mrk.PlanDelete(ctx, c, payments, mrk.Deleting{Days: 7, Force: true, Reason: "test"}))(t)
		notes, final := strings.Join(p.Notes, "\n"), strings.Join(p.Final, "\n")
		day := func(n int) string { return c.Clock.Now().AddDate(0, 0, n).Format("2006-01-02") }
		for text, in := range map[string]string{
			"eu-west-1: last used 20":                   notes,
			"for Encrypt":                               notes,
			"us-east-1: never used since 20":            notes,
			"still Enabled in eu-west-1, us-east-1":     notes,
			"gone in eu-west-1 on " + day(7):            final,
			"its own 7 days begin: about " + day(7+7+2): final,
			"becomes unreadable for ever":               final,
			"until " + day(7) + " `mrkctl key undelete": final,
		} {
			if !strings.Contains(in, text) {
				t.Errorf("%q is missing in\n%s", text, in)
			}
		}
	})
}
