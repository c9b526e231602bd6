package mrk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// markerTag is on a key from its creation until it is complete. CreateKey has
// no idempotency token: by this tag, whose value is the alias, a repeated
// command finds the key that an interrupted one made.
const markerTag = "mrkctl:creating"

// Creation says what key set to make.
type Creation struct {
	Alias       string   // named in every Region
	Regions     []string // the first becomes the primary's
	Spec        string   // SYMMETRIC_DEFAULT when empty
	Usage       string   // may be empty where the spec has only one, see Usages
	Origin      string   // AWS_KMS when empty
	Description string
	Policy      string // AWS's default policy when empty; rendered for each replica's Region
	Tags        map[string]string
	RotateDays  int // period of automatic rotation; zero leaves it off
	Bypass      bool
	NoWait      bool // don't wait for replicas to be usable
}

// PlanCreate plans a new key set: the key, its aliases, its replicas. When the
// alias names a key already that fits, or an interrupted run left one behind,
// the plan completes that one.
func PlanCreate(ctx context.Context, c Cloud, want Creation) (Plan, error) {
	if err := want.check(); err != nil {
		return Plan{}, err
	}
	usage, err := settleUsage(want.Spec, want.Usage)
	if err != nil {
		return Plan{}, err
	}
	want.Usage = usage
	home := want.Regions[0]
	p := Plan{Version: planVersion, Made: c.Clock.Now(), Title: fmt.Sprintf("create %s in %s", want.Alias, strings.Join(want.Regions, ", "))}
	seen := make([]Fact, len(want.Regions))
	errs := make([]error, len(want.Regions))
	c.inEach(want.Regions, func(i int, region string) {
		seen[i] = Fact{Region: region, What: want.Alias}
		seen[i].Was, errs[i] = aliasFact(ctx, c, region, want.Alias)
	})
	p.Seen = seen
	id := ""
	for i, err := range errs {
		if err != nil {
			return Plan{}, fmt.Errorf("look for %s in %s: %w", want.Alias, want.Regions[i], err)
		}
		switch was := seen[i].Was; {
		case was == none:
		case id == "" || id == was:
			id = was
		default:
			return Plan{}, &AmbiguousError{Alias: want.Alias, Keys: aliasKeys(seen)}
		}
	}
	if id == "" {
		if id, err = findMarked(ctx, c, home, want.Alias); err != nil {
			return Plan{}, fmt.Errorf("look for a key that an interrupted run left in %s: %w", home, err)
		}
		if id != "" {
			p.Notes = append(p.Notes, fmt.Sprintf("%s was left behind by a run that was interrupted; it is completed", id))
		}
	} else {
		p.Notes = append(p.Notes, fmt.Sprintf("%s names %s already; what it lacks is added", want.Alias, id))
	}
	if id == "" {
		p.addNew(want)
		return p, nil
	}
	return p.complete(ctx, c, want, id)
}

func (want Creation) check() error {
	if err := CheckAlias(want.Alias); err != nil {
		return err
	}
	if len(want.Regions) == 0 {
		return badInput("no Region was given: name at least the primary's")
	}
	for i, r := range want.Regions {
		if err := CheckRegion(r); err != nil {
			return err
		}
		if slices.Contains(want.Regions[:i], r) {
			return badInput("%s is named twice; a key has one member in each Region", r)
		}
	}
	if want.Origin == "EXTERNAL" && len(want.Regions) > 1 {
		return badInput("a key with imported material can be replicated only once it has its material: create it in %s alone, then `mrkctl key import`, then `mrkctl key replicate`", want.Regions[0])
	}
	if len(want.Tags) > 49 {
		return badInput("%d tags are too many: KMS allows 50, and one is needed while the key is made", len(want.Tags))
	}
	return nil
}

func aliasKeys(facts []Fact) map[string]string {
	keys := map[string]string{}
	for _, f := range facts {
		if f.Was != none {
			keys[f.Region] = f.Was
		}
	}
	return keys
}

// addNew plans a key set from nothing.
func (p *Plan) addNew(want Creation) {
	home := want.Regions[0]
	tags := maps.Clone(want.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	tags[markerTag] = want.Alias
	p.Steps = append(p.Steps, Step{
		Do: DoCreate, In: home, Say: "create the key as primary in " + home,
		Spec: want.Spec, Usage: want.Usage, Origin: want.Origin, Text: want.Description, Policy: want.Policy, Tags: tags, Bypass: want.Bypass,
	})
	p.addAlias(want.Alias, home)
	if want.RotateDays > 0 {
		p.Steps = append(p.Steps, rotationOn(home, want.RotateDays))
	}
	ready := readyState(want.Origin)
	for _, r := range want.Regions[1:] {
		p.addReplica(home, r, ready, want.rendered(r), want.Description, want.Tags, []string{want.Alias}, want.Bypass, want.NoWait)
	}
	p.unmark(home)
	p.Cost = append(p.Cost, monthly(len(want.Regions), want.Spec))
	p.Final = append(p.Final, "a key can't be removed at once: deleting it takes at least 7 days, with replicas at least 14")
}

// complete plans what an existing key lacks.
func (p Plan) complete(ctx context.Context, c Cloud, want Creation, id string) (Plan, error) {
	set, err := Read(ctx, c, id)
	if err != nil {
		return Plan{}, err
	}
	home := want.Regions[0]
	m, ok := set.Member(home)
	if !ok || !m.Reached() || set.Primary != home {
		return Plan{}, fmt.Errorf("%s names %s, whose primary is in %s, not %s; choose another alias, or use `mrkctl key replicate`", want.Alias, id, set.Primary, home)
	}
	if spec := orDefault(want.Spec, "SYMMETRIC_DEFAULT"); m.Spec != spec {
		return Plan{}, fmt.Errorf("%s names %s, a key of spec %s, not %s; choose another alias", want.Alias, id, m.Spec, spec)
	}
	if m.Usage != want.Usage {
		return Plan{}, fmt.Errorf("%s names %s, a key for %s, not for %s; choose another alias", want.Alias, id, m.Usage, want.Usage)
	}
	if m.State == "PendingDeletion" || m.State == "PendingReplicaDeletion" {
		return Plan{}, fmt.Errorf("%s names %s, which waits for its deletion; keep it with `mrkctl key undelete %s`, or choose another alias", want.Alias, id, id)
	}
	p.Key = id
	p.Seen = append(p.Seen, set.memberFacts(factMember)...)
	if !slices.Contains(m.Aliases, want.Alias) {
		p.addAlias(want.Alias, home)
	}
	if want.RotateDays > 0 && (!m.Rotation.Enabled || m.Rotation.PeriodDays != want.RotateDays) {
		p.Steps = append(p.Steps, rotationOn(home, want.RotateDays))
	}
	policy := want.Policy
	if policy == "" {
		policy = m.Policy
	}
	r := Replicating{To: want.Regions[1:], Policy: policy, PolicyOf: home, Bypass: want.Bypass, NoWait: want.NoWait, Aliases: []string{want.Alias}}
	if len(r.To) > 0 {
		if err := p.addReplicas(set, m, r); err != nil {
			return Plan{}, err
		}
	}
	if _, marked := m.Tags[markerTag]; marked {
		p.unmark(home)
	}
	return p, nil
}

// rendered is the policy for a replica's Region.
func (want Creation) rendered(region string) string {
	if text, err := RenderPolicy(want.Policy, want.Regions[0], region); err == nil {
		return text
	}
	return want.Policy // AWS says what is wrong with it before this is used
}

func (p *Plan) addAlias(alias string, regions ...string) {
	for _, r := range regions {
		p.Steps = append(p.Steps, Step{Do: DoAlias, In: r, Alias: alias, Say: fmt.Sprintf("let %s name the key in %s", alias, r)})
	}
}

func (p *Plan) unmark(region string) {
	p.Steps = append(p.Steps, Step{Do: DoUntag, In: region, TagKeys: []string{markerTag}, Say: "mark the key as complete in " + region})
}

// addReplica plans one new replica up to the point where it can be used.
func (p *Plan) addReplica(home, to, ready, policy, text string, tags map[string]string, aliases []string, bypass, noWait bool) {
	p.Steps = append(p.Steps, Step{
		Do: DoReplicate, In: home, To: to, Say: fmt.Sprintf("replicate the key from %s to %s", home, to), Policy: policy, Text: text, Tags: tags, Bypass: bypass,
	})
	for _, a := range aliases {
		p.addAlias(a, to)
	}
	if !noWait {
		p.addWaitState(ready, to)
	}
}

func (p *Plan) addWaitState(state string, regions ...string) {
	p.Steps = append(p.Steps, Step{Do: DoWaitState, Regions: regions, State: state, Say: fmt.Sprintf("wait until the key is %s in %s", state, strings.Join(regions, ", "))})
}

// readyState is the state that a finished replica is in: one of a key with
// imported material has ids but no bytes yet (recorded).
func readyState(origin string) string {
	if origin == "EXTERNAL" {
		return "PendingImport"
	}
	return "Enabled"
}

func rotationOn(region string, days int) Step {
	return Step{Do: DoRotationOn, In: region, Days: days, Say: fmt.Sprintf("rotate the key material every %d days", days)}
}

// monthly says what members cost; each counts as a key (AWS KMS pricing). Only
// symmetric keys have rotations to pay for.
func monthly(members int, spec string) string {
	text := fmt.Sprintf("%d members: %d USD a month", members, members)
	if members == 1 {
		text = "1 member: 1 USD a month"
	}
	if orDefault(spec, "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT" {
		text += ", and as much again for each of the first two rotations"
	}
	return text
}

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}

// findMarked looks in a Region for a key that an interrupted run made for an
// alias: a multi-Region key without any alias, tagged with the marker.
func findMarked(ctx context.Context, c Cloud, region, alias string) (string, error) {
	named := map[string]bool{}
	aliases := &kms.ListAliasesInput{Limit: aws.Int32(100)}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListAliases, aliases)
		if err != nil {
			return "", err
		}
		for _, a := range out.Aliases {
			named[aws.ToString(a.TargetKeyId)] = true
		}
		if !out.Truncated {
			break
		}
		aliases.Marker = out.NextMarker
	}
	keys := &kms.ListKeysInput{Limit: aws.Int32(1000)}
	for {
		out, err := call(ctx, c, region, c.Client(region).ListKeys, keys)
		if err != nil {
			return "", err
		}
		for _, k := range out.Keys {
			id := aws.ToString(k.KeyId)
			if named[id] || !strings.HasPrefix(id, "mrk-") {
				continue
			}
			tags, err := tagsOf(ctx, c, region, id)
			if is(err, "NotFoundException", "AccessDeniedException") {
				continue // gone meanwhile, or not ours to read
			}
			if err != nil {
				return "", err
			}
			if tags[markerTag] != alias {
				continue
			}
			m, err := describe(ctx, c, region, id)
			if err != nil {
				return "", err
			}
			if m.Role == RolePrimary && m.DeletionDate.IsZero() && m.WindowDays == 0 {
				return id, nil
			}
		}
		if !out.Truncated {
			return "", nil
		}
		keys.Marker = out.NextMarker
	}
}
