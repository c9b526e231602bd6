package sim

import (
	"strings"
	"testing"
	"time"
)

func quiet(t *testing.T, o Options) *World {
	t.Helper()
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestLatencyFollowsDistance: MRK-NET-05.
func TestLatencyFollowsDistance(t *testing.T) {
	w := quiet(t, Options{})
	for _, c := range []struct {
		from, to    string
		least, most time.Duration
	}{
		{"us-east-1", "us-east-1", 2 * time.Millisecond, 3 * time.Millisecond},
		{"us-east-1", "eu-west-1", 80 * time.Millisecond, 100 * time.Millisecond},
		{"eu-west-1", "us-east-1", 80 * time.Millisecond, 100 * time.Millisecond},
		{"us-east-1", "ap-southeast-2", 200 * time.Millisecond, 300 * time.Millisecond},
		{"eu-west-1", "eu-central-1", 10 * time.Millisecond, 40 * time.Millisecond},
		{"", "us-east-1", 10 * time.Millisecond, 20 * time.Millisecond},
	} {
		for range 100 {
			r := w.Route(c.from, c.to, "Encrypt")
			if r.Look != LookNone || r.RoundTrip < c.least || r.RoundTrip > c.most {
				t.Fatalf("%s to %s: %+v, want between %s and %s", c.from, c.to, r, c.least, c.most)
			}
		}
	}
	if r := w.Route("us-east-1", "us-gov-west-1", "Encrypt"); r.Look != LookDNS {
		t.Errorf("a Region that the world does not have: %+v", r)
	}
}

// TestFaultsStrikeWhatTheyName: MRK-NET-04 MRK-NET-06.
func TestFaultsStrikeWhatTheyName(t *testing.T) {
	const here, there = "us-east-1", "eu-west-1"
	for name, c := range map[string]struct {
		fault    Fault
		from, to string
		op       string
		hit      func(Route) bool
		notTo    string // a call to here that is not struck
		notOp    string // an operation that is not struck
	}{
		"dark":         {fault: Fault{Kind: RegionOutage, In: []string{there}}, op: "Encrypt", hit: func(r Route) bool { return r.Look == LookTimeout }, notTo: here},
		"refused":      {fault: Fault{Kind: RegionOutage, In: []string{there}, Looks: "refused", Planes: []Plane{Data}}, op: "Decrypt", hit: func(r Route) bool { return r.Look == LookRefused }, notOp: "DescribeKey"},
		"control only": {fault: Fault{Kind: RegionOutage, In: []string{there}, Looks: "503", Planes: []Plane{Control}}, op: "DescribeKey", hit: func(r Route) bool { return r.Look == Look503 }, notOp: "Encrypt"},
		"slow":         {fault: Fault{Kind: RegionSlow, In: []string{there}, By: time.Second}, op: "Encrypt", hit: func(r Route) bool { return r.RoundTrip > time.Second }, notTo: here},
		"throttle":     {fault: Fault{Kind: Throttle, In: []string{there}, Calls: []string{"Encrypt"}}, op: "Encrypt", hit: func(r Route) bool { return r.Err != nil && r.Err.Code == codeThrottling }, notOp: "Decrypt"},
		"500":          {fault: Fault{Kind: APIError, Looks: "KMSInternalException"}, op: "Encrypt", hit: func(r Route) bool { return r.Err != nil && r.Err.Status == 500 }},
		"400":          {fault: Fault{Kind: APIError, Looks: "AccessDeniedException"}, op: "Encrypt", hit: func(r Route) bool { return r.Err != nil && r.Err.Status == 400 }},
		"lost":         {fault: Fault{Kind: LostReply, In: []string{there}}, op: "CreateKey", hit: func(r Route) bool { return r.LostReply && r.Look == LookNone }, notTo: here},
		"expired":      {fault: Fault{Kind: CredentialsExpired, In: []string{here}}, op: "Encrypt", hit: func(r Route) bool { return r.Err != nil && r.Err.Code == "ExpiredTokenException" }},
		"ahead":        {fault: Fault{Kind: ClockSkew, In: []string{there}, By: 10 * time.Minute}, op: "Encrypt", hit: func(r Route) bool { return r.Err != nil && strings.HasPrefix(r.Err.Message, "Signature expired: ") }},
		"behind": {fault: Fault{Kind: ClockSkew, In: []string{there}, By: -10 * time.Minute}, op: "Encrypt", hit: func(r Route) bool {
			return r.Err != nil && strings.HasPrefix(r.Err.Message, "Signature not yet current: ")
		}},
		"a little": {fault: Fault{Kind: ClockSkew, In: []string{there}, By: time.Minute}, op: "Encrypt", hit: func(r Route) bool { return r.Err == nil && r.Skew == time.Minute }},
	} {
		w := quiet(t, Options{Regions: []string{here, there}})
		c.fault.Name, c.fault.AtMost = name, time.Minute
		if err := w.StartFault(c.fault); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r := w.Route(here, there, c.op); !c.hit(r) {
			t.Errorf("%s does not show: %+v", name, r)
		}
		if c.notTo != "" && c.hit(w.Route(here, c.notTo, c.op)) {
			t.Errorf("%s strikes calls to %s too", name, c.notTo)
		}
		if c.notOp != "" && c.hit(w.Route(here, there, c.notOp)) {
			t.Errorf("%s strikes %s too", name, c.notOp)
		}
		w.Advance(w.Now().Add(time.Minute))
		if c.hit(w.Route(here, there, c.op)) || len(w.Faults()) != 0 {
			t.Errorf("%s does not end by itself", name)
		}
	}
}

func TestPartialFaultsStrikeTheirShare(t *testing.T) {
	w := quiet(t, Options{Regions: []string{"us-east-1"}})
	if err := w.StartFault(Fault{Name: "some", Kind: Throttle, Share: 0.2, AtMost: time.Hour}); err != nil {
		t.Fatal(err)
	}
	struck := 0
	for range 10_000 {
		if w.Route("us-east-1", "us-east-1", "Encrypt").Err != nil {
			struck++
		}
	}
	if struck < 1800 || struck > 2200 {
		t.Errorf("%d of 10000 calls were struck, want about 2000", struck)
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	w := quiet(t, Options{Regions: []string{"us-east-1"}})
	if err := w.StartFault(Fault{Name: "twice", Kind: Throttle, AtMost: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]Fault{
		"no name":         {Kind: Throttle, AtMost: time.Hour},
		"unknown kind":    {Name: "x", Kind: "flood", AtMost: time.Hour},
		"at-most":         {Name: "x", Kind: Throttle},
		"share":           {Name: "x", Kind: Throttle, Share: 2, AtMost: time.Hour},
		"needs the code":  {Name: "x", Kind: APIError, AtMost: time.Hour},
		"looks like":      {Name: "x", Kind: RegionOutage, Looks: "funny", AtMost: time.Hour},
		"already active":  {Name: "twice", Kind: Throttle, AtMost: time.Hour},
		"no Region":       {Name: "x", Kind: Throttle, In: []string{"eu-west-1"}, AtMost: time.Hour},
		"no operation":    {Name: "x", Kind: Throttle, Calls: []string{"Nonsense"}, AtMost: time.Hour},
		"no key":          {Name: "x", Kind: KeyDisabled, Key: "mrk-1", AtMost: time.Hour},
		"needs the key's": {Name: "x", Kind: KeyDisabled, AtMost: time.Hour},
	} {
		if err := w.StartFault(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error about %q", f, err, want)
		}
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	for want, o := range map[string]Options{
		"unknown Region": {Regions: []string{"moon-1"}},
		"opt-in":         {NotOptedIn: []string{"us-east-1"}},
		"no sabotage":    {Sabotage: []string{"nonsense"}},
		"cannot be":      {Timing: Timing{Sync: Span{2, 1}}},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error about %q", o, err, want)
		}
	}
}
