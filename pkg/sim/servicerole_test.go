package sim

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestServiceRoleIsSaved: a role and its deletion under way come back with the
// world, and a world that was saved before worlds had roles gets the one that
// its keys imply (MRK-ROLE-01, MRK-ROLE-04).
func TestServiceRoleIsSaved(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := &Call{Region: "us-east-1", Principal: admin()}
	key, err := w.CreateKey(c, &kms.CreateKeyInput{MultiRegion: ptr(true)})
	if err != nil {
		t.Fatal(err)
	}
	before, err := w.ServiceRole(c, ServiceRoleName)
	if err != nil {
		t.Fatal(err)
	}
	w.Advance(w.Now().Add(time.Hour))
	task, err := w.DeleteServiceRole(c, ServiceRoleName)
	if err != nil {
		t.Fatal(err)
	}
	back, err := w.Fork()
	if err != nil {
		t.Fatal(err)
	}
	if after, err := back.ServiceRole(c, ServiceRoleName); err != nil || after != before {
		t.Errorf("the role came back as %+v, it was %+v: %v", after, before, err)
	}
	back.Advance(back.Now().Add(time.Minute))
	d, err := back.ServiceRoleDeletion(c, task)
	if err != nil || d.Status != roleFailed || len(d.Usage) != 1 || d.Usage[0].Resources[0] != *key.KeyMetadata.Arn {
		t.Errorf("the deletion came to %+v: %v", d, err)
	}
	if d, err := w.ServiceRoleDeletion(c, task); err == nil && d.Status != roleInProgress {
		t.Errorf("the fork's time moved the first world: %+v", d)
	}

	list, err := w.Save(false)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range list {
		if e.ID == worldID {
			list[i].Data = []byte(strings.ReplaceAll(strings.ReplaceAll(string(e.Data), `"Roles"`, `"Unknown"`), `"RoleTasks"`, `"AlsoUnknown"`))
		}
	}
	old, err := Load(list, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := old.ServiceRole(c, ServiceRoleName); err != nil || !r.Created.Equal(before.Created) {
		t.Errorf("a world without roles has %+v: %v", r, err)
	}
	old.Advance(old.Now().Add(time.Minute)) // the end of a deletion nobody remembers
}

// TestRoleDeletionsAreForgotten: a world does not keep every deletion there
// ever was.
func TestRoleDeletionsAreForgotten(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	c := &Call{Region: "us-east-1", Principal: admin()}
	var first, last string
	for i := range keptRoleDeletions + 1 {
		if _, err := w.CreateServiceRole(c, ServiceRoleService); err != nil {
			t.Fatal(err)
		}
		if last, err = w.DeleteServiceRole(c, ServiceRoleName); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = last
		}
		w.Advance(w.Now().Add(time.Minute))
	}
	if _, err := w.ServiceRoleDeletion(c, first); err == nil {
		t.Error("the first deletion is still known")
	}
	if d, err := w.ServiceRoleDeletion(c, last); err != nil || d.Status != roleSucceeded {
		t.Errorf("the last deletion: %+v %v", d, err)
	}
}
