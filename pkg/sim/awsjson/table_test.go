package awsjson

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// TestTableHasEveryOperationOfTheSDK walks the methods of the SDK's client: an
// operation that a newer SDK brings fails here until it has a row.
func TestTableHasEveryOperationOfTheSDK(t *testing.T) {
	sdk := sdkOperations()
	if len(sdk) != 56 {
		t.Errorf("the SDK has %d operations, the table was written for 56", len(sdk))
	}
	rows := map[string]operation{}
	for _, o := range table() {
		if _, twice := rows[o.Name]; twice {
			t.Errorf("%s has two rows", o.Name)
		}
		rows[o.Name] = o
	}
	for name, types := range sdk {
		o, ok := rows[name]
		if !ok {
			t.Errorf("%s has no row", name)
			continue
		}
		if !o.served {
			t.Errorf("%s is not served by the world", name)
		}
		if in, err := o.decode([]byte(`{`)); err == nil {
			t.Errorf("%s: a cut body was read as %v", name, in)
		}
		empty := len(newModel().shape(types[1].Elem()).members) == 0
		store := strings.Contains(name, "CustomKeyStore")
		if bodyless(name) != (empty && !store) {
			t.Errorf("%s: bodyless is %v, its output has members: %v", name, bodyless(name), !empty)
		}
	}
	for name := range rows {
		if _, ok := sdk[name]; !ok {
			t.Errorf("%s is not an operation of the SDK", name)
		}
	}
}

// TestPlanesAndChangesAreKnown holds the table of the world against the rows.
func TestPlanesAndChangesAreKnown(t *testing.T) {
	known := sim.Operations()
	for _, o := range table() {
		if !slices.ContainsFunc(known, func(k sim.Operation) bool { return k.Name == o.Name }) {
			t.Errorf("the world does not know %s", o.Name)
		}
		if o.Plane != sim.Data && o.Plane != sim.Control {
			t.Errorf("%s: plane %q", o.Name, o.Plane)
		}
	}
}

// TestRequiredMembersAreTheSDKs asks the SDK's own client, which refuses an
// input without its required members before it sends anything.
func TestRequiredMembersAreTheSDKs(t *testing.T) {
	for name, types := range sdkOperations() {
		s := newModel().shape(types[0].Elem())
		var ours []string
		for i := range s.members {
			if s.needs&s.members[i].bit != 0 {
				ours = append(ours, s.members[i].name)
			}
		}
		theirs := clientSideRequired(t, name, types[0])
		slices.Sort(ours)
		slices.Sort(theirs)
		if !slices.Equal(ours, theirs) {
			t.Errorf("%s: we require %v, the SDK %v", name, ours, theirs)
		}
	}
	for name := range requiredMembers() {
		if _, ok := sdkOperations()[name]; !ok && name != "Tag" && name != "XksProxyAuthenticationCredentialType" {
			t.Errorf("requiredMembers has %s, which is no operation", name)
		}
	}
}

// TestEveryRuleHasAMember finds rules whose name is misspelt.
func TestEveryRuleHasAMember(t *testing.T) {
	seen := map[string]bool{}
	var walk func(s *shape)
	walk = func(s *shape) {
		for i := range s.members {
			m := &s.members[i]
			seen[m.name] = true
			switch {
			case m.shape.kind == kindList:
				seen[m.name+"[]"] = true
				walk(m.shape.element)
			case m.shape.kind == kindStructure:
				walk(m.shape)
			}
		}
	}
	for _, types := range sdkOperations() {
		walk(newModel().shape(types[0].Elem()))
	}
	for name := range rules() {
		if !seen[name] {
			t.Errorf("rule for %s, which no input has", name)
		}
	}
	for name := range enumOrder() {
		if !slices.ContainsFunc(enumTypes(), func(e reflect.Type) bool { return e.Name() == name }) {
			t.Errorf("enumOrder has %s, which no input has", name)
		}
	}
}

// enumTypes are the types of the inputs' members that have a fixed set of values.
func enumTypes() []reflect.Type {
	var types []reflect.Type
	for _, op := range sdkOperations() {
		s := newModel().shape(op[0].Elem())
		for i := range s.members {
			if s.members[i].shape.enum != nil {
				types = append(types, s.members[i].shape.value)
			}
		}
	}
	return types
}
