package runbook

import (
	"reflect"
	"strings"
	"testing"
)

func TestANewRunbookCanBeRunAsItIs(t *testing.T) {
	for _, b := range []Blank{
		{Name: "first", Alias: "alias/payments", Regions: []string{"us-east-1", "eu-west-1"}},
		{Name: "second", Alias: "alias/Team_A/x", Regions: []string{"eu-central-1", "eu-west-1", "eu-north-1"}, Rotate: 365 * unit("d")},
	} {
		src, err := New(b)
		if err != nil {
			t.Fatal(err)
		}
		rb, err := Parse(b.Name+".yaml", src, nil)
		if err != nil {
			t.Fatal(err)
		}
		if rb.Name != b.Name || rb.Keys[0].Alias != b.Alias || rb.Keys[0].RotateEvery != b.Rotate || len(rb.Regions) != len(b.Regions) {
			t.Errorf("the new runbook is %+v", rb)
		}
		if err := validate(t, compiled(t), src); err != nil {
			t.Errorf("%v", err)
		}
		list, _ := fields(reflect.TypeFor[Runbook]())
		for _, f := range list {
			if !strings.Contains(string(src), f.name+":") {
				t.Errorf("the new runbook does not show %s", f.name)
			}
		}
	}
}

func TestANewRunbookNeedsNamesThatAreNames(t *testing.T) {
	good := Blank{Name: "a", Alias: "alias/a", Regions: []string{"us-east-1", "eu-west-1"}}
	for name, change := range map[string]func(*Blank){
		"a name":         func(b *Blank) { b.Name = "A b" },
		"an alias":       func(b *Blank) { b.Alias = "a" },
		"a Region":       func(b *Blank) { b.Regions = []string{"us-east-1", "europe"} },
		"two Regions":    func(b *Blank) { b.Regions = b.Regions[:1] },
		"Regions differ": func(b *Blank) { b.Regions = []string{"us-east-1", "us-east-1"} },
	} {
		b := good
		b.Regions = append([]string(nil), good.Regions...)
		change(&b)
		if _, err := New(b); err == nil {
			t.Errorf("a runbook without %s was written", name)
		}
	}
}
