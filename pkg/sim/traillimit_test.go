package sim

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

func TestLimitedTrailForgetsItsOldestRecords(t *testing.T) {
	w, err := New(Options{NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	w.LimitTrails(2 * trailPage)
	somebody := &Principal{ARN: "arn:aws:iam::111122223333:user/a", Account: "111122223333"}
	for range 5 * trailPage {
		if _, err := w.ListKeys(&Call{Region: "eu-west-1", Principal: somebody}, &kms.ListKeysInput{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.Trail("eu-west-1", time.Time{}, time.Time{})); n < 2*trailPage || n > 3*trailPage {
		t.Errorf("%d records are left of %d", n, 5*trailPage)
	}
}
