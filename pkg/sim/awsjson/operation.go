package awsjson

import (
	"reflect"
	"sync"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// operation is one row of the table: how a call's body becomes a call of the
// world, and the world's answer a body.
type operation struct {
	sim.Operation
	decode func(body []byte) (any, *sim.Error)
	// call runs the operation and appends the body of its answer to dst. What
	// it is given is what decode returned.
	call func(w *sim.World, c *sim.Call, in any, dst []byte) ([]byte, error)
	// served says that the world has the operation.
	served bool
}

// serves is the row of an operation that is a method of the world. It returns
// the input and output types' codec around it.
func serves[In, Out any](md *model, name string, method func(*sim.World, *sim.Call, *In) (*Out, error)) operation {
	o := operation{served: true}
	o.Operation, _ = sim.LookupOperation(name)
	input := sync.OnceValue(func() *shape { return md.shape(reflect.TypeFor[In]()) })
	output := sync.OnceValue(func() *shape { return md.shape(reflect.TypeFor[Out]()) })
	silent := bodyless(name)
	o.decode = func(body []byte) (any, *sim.Error) {
		in := new(In)
		if err := decode(body, input(), reflect.ValueOf(in).Elem()); err != nil {
			return nil, err
		}
		return in, nil
	}
	o.call = func(w *sim.World, c *sim.Call, in any, dst []byte) ([]byte, error) {
		out, err := method(w, c, in.(*In))
		if err != nil || silent {
			return dst, err
		}
		return appendStructure(dst, output(), reflect.ValueOf(out).Elem()), nil
	}
	return o
}

// bodyless says whether the answer of an operation has no body at all: in the
// service's model it has no output. The calls about custom key stores have an
// empty one, which travels as an empty object.
func bodyless(name string) bool {
	switch name {
	case "CreateAlias", "DeleteAlias", "UpdateAlias", "EnableKey", "DisableKey", "EnableKeyRotation",
		"DisableKeyRotation", "PutKeyPolicy", "RetireGrant", "RevokeGrant", "TagResource", "UntagResource",
		"UpdateKeyDescription", "UpdatePrimaryRegion":
		return true
	}
	return false
}

// targetPrefix comes before the operation's name in the header X-Amz-Target.
const targetPrefix = "TrentService."

// byTarget is the table, by the value of the header X-Amz-Target.
func byTarget() map[string]*operation {
	m := map[string]*operation{}
	for _, o := range table() {
		m[targetPrefix+o.Name] = &o
	}
	return m
}
