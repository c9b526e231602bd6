package drill

import (
	"context"
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
)

// verb does what a step says, once, and returns what it saw. Its error is the
// answer of the call that decided the step, which the step may well expect.
type verb func(r *run, ctx context.Context, s *runbook.Step) (seen, error)

// verbs is the table of all that a step can do. A verb of the command line is
// the same function of package mrk here and there.
func verbs() map[string]verb {
	return map[string]verb{
		"key.create":          (*run).keyCreate,
		"key.replicate":       (*run).keyReplicate,
		"key.promote":         (*run).keyPromote,
		"key.rotate":          (*run).keyRotate,
		"key.rotation":        (*run).keyRotation,
		"key.enable":          eachRegion(enableMember),
		"key.disable":         eachRegion(disableMember),
		"key.delete":          eachRegion(deleteMember),
		"key.cancel-deletion": eachRegion(cancelDeletion),
		"key.import":          eachRegion(importMember),
		"key.delete-material": eachRegion(deleteMaterial),
		"key.show":            (*run).keyShow,
		"key.verify":          (*run).keyVerify,
		"policy.put":          eachRegion(putPolicy),
		"alias.set":           eachRegion(setAlias),
		"alias.delete":        eachRegion(deleteAlias),
		"alias.sync":          (*run).syncAliases,
		"grant.create":        eachRegion(createGrant),
		"grant.revoke":        eachRegion(revokeGrants),
		"grant.sync":          (*run).syncGrants,
		"tag.sync":            (*run).syncTags,
		"compare":             (*run).keyShow,
		"ready":               (*run).ready,
		"encrypt":             (*run).encryptSome,
		"decrypt":             (*run).decryptSome,
		"roundtrip":           (*run).roundtripSome,
		"reencrypt":           (*run).reencryptSome,
		"trail":               (*run).countTrail,
		"fault.start":         (*run).faultStart,
		"fault.stop":          (*run).faultStop,
		"load.start":          (*run).loadStart,
		"load.stop":           (*run).loadStop,
		"watch":               (*run).watch,
		"wait":                (*run).keyShow,
		"time.pass":           (*run).timePass,
		"restore":             (*run).restore,
		"ask":                 (*run).note,
		"note":                (*run).note,
		"group":               (*run).group,
	}
}

// eachRegion makes a verb of a change of one member, for every Region that the
// step names. It stops at the first that is refused.
func eachRegion(change func(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error) verb {
	return func(r *run, ctx context.Context, s *runbook.Step) (seen, error) {
		k, err := r.key(s.With.Key)
		if err != nil {
			return seen{}, err
		}
		for _, region := range s.In {
			so, err := r.isSo(ctx, s, k, region)
			if err == nil && !so {
				err = change(r, ctx, s, k, region)
			}
			if err != nil {
				return seen{key: k}, err
			}
		}
		return seen{key: k, words: "accepted in " + list(s.In)}, nil
	}
}

// note writes a sentence down.
func (r *run) note(_ context.Context, s *runbook.Step) (seen, error) {
	return seen{words: s.With.Text}, nil
}

// timePass lets time pass.
func (r *run) timePass(ctx context.Context, s *runbook.Step) (seen, error) {
	return seen{words: runbook.FormatDuration(s.For) + " passed"}, r.clock.Sleep(ctx, s.For)
}

// group does several steps side by side. It holds when each of them does.
func (r *run) group(ctx context.Context, s *runbook.Step) (seen, error) {
	errs := make([]error, len(s.Together))
	g := r.clock.Group()
	for i := range s.Together {
		if r.done[s.Together[i].ID] {
			continue // before the process died
		}
		g.Go(func() { errs[i] = r.step(ctx, &s.Together[i], i+1, len(s.Together)) })
	}
	g.Wait()
	var failed []string
	for i, err := range errs {
		if err != nil {
			failed = append(failed, s.Together[i].ID)
		}
	}
	if len(failed) > 0 {
		return seen{}, fmt.Errorf("%w: %s of the group", errStep, strings.Join(failed, ", "))
	}
	return seen{words: fmt.Sprintf("all %d steps as expected", len(errs))}, nil
}
