package target_test

import (
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/target"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

func open(t *testing.T, spec string, o target.Options) *target.Target {
	t.Helper()
	tg, err := target.Open(t.Context(), spec, o)
	if err != nil {
		t.Fatal(err)
	}
	return tg
}

// create makes a key and returns its id.
func create(t *testing.T, c *kms.Client) string {
	t.Helper()
	out, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.KeyMetadata.KeyId)
}

func TestTrailNamesWhoCalledFromWhere(t *testing.T) {
	tg := open(t, "sim", target.Options{})
	defer tg.Close()
	create(t, tg.Client("eu-west-1", "us-east-1", "writers"))
	create(t, tg.Client("us-east-1", "us-east-1", ""))
	events, err := tg.Lab().Trail(t.Context(), "us-east-1", time.Time{}, tg.Clock().Now().Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 {
		t.Fatalf("trail: %+v", events)
	}
	first, second := events[0], events[1]
	if first.Principal != "arn:aws:sts::111122223333:assumed-role/drill-writers/eu-west-1" || first.CallerRegion != "eu-west-1" || first.Op != "CreateKey" {
		t.Errorf("the application's call: %+v", first)
	}
	if second.Principal != "arn:aws:sts::111122223333:assumed-role/mrkctl-operator/us-east-1" {
		t.Errorf("the operator's call: %+v", second)
	}
	if _, err := tg.Lab().Trail(t.Context(), "mars-north-1", time.Time{}, time.Time{}); err == nil {
		t.Error("a Region that does not exist has a trail")
	}
}

func TestClientsAreMadeOnce(t *testing.T) {
	tg := open(t, "sim", target.Options{})
	defer tg.Close()
	first, second := tg.Client("us-east-1", "us-east-1", ""), tg.Client("us-east-1", "us-east-1", "")
	if first != second {
		t.Error("the same client was built twice")
	}
}

func TestReadOnlyRefusesAtTheWire(t *testing.T) {
	tg := open(t, "sim", target.Options{ReadOnly: true})
	defer tg.Close()
	c := tg.Client("us-east-1", "us-east-1", "")
	if _, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{}); !errors.Is(err, target.ErrReadOnly) {
		t.Errorf("a change on a read-only target: %v", err)
	}
	if _, err := c.ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
		t.Errorf("a read on a read-only target: %v", err)
	}
}

func TestKeptWorldComesBackAndIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	tg := open(t, "sim:"+path, target.Options{})
	id := create(t, tg.Client("us-east-1", "us-east-1", ""))
	tg.Run(func() { _ = tg.Clock().Sleep(t.Context(), 48*time.Hour) })
	if _, err := tg.Client("us-east-1", "us-east-1", "").TagResource(t.Context(), &kms.TagResourceInput{KeyId: &id}); err == nil {
		t.Error("tagging with no tags was accepted")
	}
	late := create(t, tg.Client("us-east-1", "us-east-1", ""))
	var locked *target.LockedError
	if _, err := target.Open(t.Context(), "sim:"+path, target.Options{}); !errors.As(err, &locked) || locked.ExitCode() != 8 {
		t.Errorf("opened twice: %v", err)
	}
	then := tg.Clock().Now()
	if err := tg.Close(); err != nil {
		t.Fatal(err)
	}
	tg = open(t, "sim:"+path, target.Options{})
	defer tg.Close()
	for _, k := range []string{id, late} {
		if _, err := tg.Client("us-east-1", "us-east-1", "").DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &k}); err != nil {
			t.Errorf("a key did not survive: %v", err)
		}
	}
	if tg.Clock().Now().Before(then.Add(-time.Second)) {
		t.Errorf("the world's time stepped back from %s to %s", then, tg.Clock().Now())
	}
}

func TestServedWorldOverHTTP(t *testing.T) {
	w, err := sim.New(sim.Options{Start: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(awsjson.New(w, clock.NewReal(1)).Handler(awsjson.HandlerOptions{}))
	defer server.Close()
	tg := open(t, "sim:"+server.URL, target.Options{})
	defer tg.Close()
	c := tg.Client("eu-west-1", "eu-west-1", "")
	id := create(t, c)
	out, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		t.Fatal(err)
	}
	if arn := aws.ToString(out.KeyMetadata.Arn); arn != "arn:aws:kms:eu-west-1:111122223333:key/"+id {
		t.Errorf("the key was made as %s", arn)
	}
	if err := tg.Lab().StartFault(t.Context(), wire.Fault{Name: "dark", Kind: "throttle", In: []string{"eu-west-1"}, AtMost: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &id}); wire.Classify(err).Code != "ThrottlingException" {
		t.Errorf("a throttled Region answered %v", err)
	}
}

func TestNoSuchTarget(t *testing.T) {
	for _, spec := range []string{"", "gcp", "sim:", "awss"} {
		if _, err := target.Open(t.Context(), spec, target.Options{}); err == nil {
			t.Errorf("target %q was opened", spec)
		}
	}
}
