package drill

import (
	"context"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// looksFirst says whether a step looks at the state before it acts: one that was
// under way when the process died may have been done, and one that takes another
// back may have nothing to take back.
func (r *run) looksFirst(s *runbook.Step) bool {
	_, underWay := r.underWay[s.ID]
	return underWay || strings.HasPrefix(s.ID, undoPrefix)
}

// isSo says whether what a step that looks first would bring about in a Region
// is so already. It is false for verbs that may simply be done again.
func (r *run) isSo(ctx context.Context, s *runbook.Step, k *keySet, region string) (bool, error) {
	if !r.looksFirst(s) || s.Expect != nil && s.Expect.Error != "" {
		return false, nil
	}
	is, ok := effects()[s.Do]
	if !ok {
		return false, nil
	}
	c := r.operator(s.From)
	c.Regions = []string{region}
	ctx = withSource(ctx, source{name: lookSource, key: k.Name})
	m := mrk.Metadata(ctx, c, k.id, c.Regions)[0]
	if s.Do == "alias.delete" && m.Reached() && !m.Missing {
		set, err := mrk.Read(ctx, c, k.id, mrk.AliasPart)
		if err != nil {
			return false, err
		}
		m, _ = set.Member(region)
		return !slices.Contains(m.Aliases, aliasOf(s, k)), nil
	}
	return is(m), nil
}

// effects are how one sees that a change of a member has been made, by verb.
// Verbs that are not here are done again without harm.
func effects() map[string]func(mrk.Member) bool {
	there := func(m mrk.Member) bool { return m.Reached() && !m.Missing }
	return map[string]func(mrk.Member) bool{
		"key.replicate":       func(m mrk.Member) bool { return there(m) && !pendingDeletion(m.State) },
		"key.promote":         func(m mrk.Member) bool { return m.Role == mrk.RolePrimary },
		"key.enable":          func(m mrk.Member) bool { return m.State == "Enabled" || pendingDeletion(m.State) }, // which nothing enables
		"key.disable":         func(m mrk.Member) bool { return m.State == "Disabled" || pendingDeletion(m.State) },
		"key.delete":          func(m mrk.Member) bool { return m.Missing || pendingDeletion(m.State) },
		"key.cancel-deletion": func(m mrk.Member) bool { return there(m) && !pendingDeletion(m.State) },
		"key.delete-material": func(m mrk.Member) bool { return m.State == "PendingImport" },
		"alias.delete":        func(m mrk.Member) bool { return m.Missing },
	}
}
