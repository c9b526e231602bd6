package mrk_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

func TestWaitSaysWhatItSawLast(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := must(mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1"}))(t)
		start := c.Clock.Now()
		_, err := mrk.WaitState(ctx, c, key.KeyID, []string{"us-east-1", "eu-west-1"}, "Enabled", mrk.Patience{Within: time.Minute})
		var late *mrk.NotYetError
		if !errors.As(err, &late) || !strings.Contains(err.Error(), "us-east-1 primary Enabled, eu-west-1 not there") {
			t.Errorf("waiting for a replica that nobody made: %v", err)
		}
		if took := c.Clock.Now().Sub(start); took < time.Minute || took > 62*time.Second {
			t.Errorf("a wait of a minute took %s", took)
		}
	})
}

func TestWaitWantsAgreementSeveralTimesInARow(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := must(mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1"}))(t)
		reads := 0
		must(mrk.WaitState(ctx, c, key.KeyID, []string{"us-east-1"}, "Enabled", mrk.Patience{Good: 5, Tell: func([]mrk.Member) { reads++ }}))(t)
		if reads != 5 {
			t.Errorf("%d reads, want 5", reads)
		}
	})
}

func TestWaitOutlastsADarkRegionAndEndsWithItsContext(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := must(mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1"}))(t)
		if err := w.Lab().StartFault(ctx, wire.Fault{Name: "dark", Kind: "region-outage", In: []string{"us-east-1"}, Looks: "refused", AtMost: 3 * time.Minute}); err != nil {
			panic(fatal{err})
		}
		start := c.Clock.Now()
		must(mrk.WaitState(ctx, c, key.KeyID, []string{"us-east-1"}, "Enabled", mrk.Patience{}))(t)
		if took := c.Clock.Now().Sub(start); took < 3*time.Minute {
			t.Errorf("a Region dark for 3m was waited out in %s", took)
		}
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := mrk.WaitState(ended, c, key.KeyID, []string{"us-east-1"}, "Enabled", mrk.Patience{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a wait that was called off: %v", err)
		}
	})
}

func TestWaitGivesUpAtOnceWhenItMayNotLook(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		key := must(mrk.Create(ctx, c, mrk.NewKey{Region: "us-east-1"}))(t)
		if err := w.Lab().StartFault(ctx, wire.Fault{Name: "no", Kind: "api-error", Looks: "AccessDeniedException", In: []string{"us-east-1"}, AtMost: time.Hour}); err != nil {
			panic(fatal{err})
		}
		start := c.Clock.Now()
		_, err := mrk.WaitState(ctx, c, key.KeyID, []string{"us-east-1"}, "Enabled", mrk.Patience{})
		if err == nil || !strings.Contains(err.Error(), "AccessDeniedException") || c.Clock.Now().Sub(start) > time.Second {
			t.Errorf("after %s: %v", c.Clock.Now().Sub(start), err)
		}
	})
}

func TestApplyRefusesAPlanOfAnotherWorld(t *testing.T) {
	inWorld(t, func(w world) {
		p := must(mrk.PlanCreate(t.Context(), w.Cloud, mrk.Creation{Alias: "alias/x", Regions: []string{"us-east-1"}}))(t)
		p.World = "aws 444455556666"
		if _, err := mrk.Apply(t.Context(), w.Cloud, p, mrk.Applying{World: "sim 111122223333"}); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("a plan for another account: %v", err)
		}
	})
}

func TestVerifyNamesTheCellThatIsBroken(t *testing.T) {
	inWorld(t, func(w world) {
		ctx, c := t.Context(), w.Cloud
		if err := existing("us-east-1", "eu-west-1")(ctx, c); err != nil {
			panic(fatal{err})
		}
		whole := must(mrk.Verify(ctx, c, payments))(t)
		if !whole.Holds || whole.Unclear() || len(whole.Opened) != 2 {
			t.Errorf("a good set: %+v", whole)
		}
		if err := w.Lab().StartFault(ctx, wire.Fault{Name: "dark", Kind: "region-outage", Planes: []wire.Plane{wire.Data}, In: []string{"eu-west-1"}, Looks: "timeout", AtMost: time.Hour}); err != nil {
			panic(fatal{err})
		}
		m := must(mrk.Verify(ctx, c, payments))(t)
		if m.Holds || !m.Unclear() || m.Made[0].Code != wire.Unreachable || !m.Opened[1][1].OK || m.Opened[1][0].Code != wire.Unreachable {
			t.Errorf("with one data plane dark: %+v", m)
		}
	})
}
