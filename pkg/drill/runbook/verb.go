package runbook

import "slices"

// Verb is something that a step can do. Each is a verb of the command line, or
// belongs to the drill itself.
type Verb struct {
	Name    string
	Says    string
	In      Places   // whether the step names Regions
	Needs   []string // fields of with that must be there
	Takes   []string // fields of with that may be there
	Time    string   // "for" or "within" when the verb needs one; empty otherwise
	Changes bool     // whether it changes a key set, so that there is something to undo
	Back    string   // what restore puts back of what it changes: such a step need not say how it is undone
	Was     []string // older names, read as this one
}

// Places says how many Regions a step names in its field in.
type Places uint8

// The counts of Regions.
const (
	NoPlace    Places = iota // the field is not taken
	AnyPlaces                // none, one or more; none means every member
	OnePlace                 // exactly one
	MaybeOne                 // one or none; none means the primary's
	SomePlaces               // one or more
)

// Verbs lists what a step can do, in the order in which help shows it.
func Verbs() []Verb {
	return []Verb{
		{Name: "key.create", Says: "make the key set as keys describes it", Needs: []string{"key"}, Changes: true},
		{Name: "key.replicate", Says: "give the key set a replica in another Region", In: MaybeOne, Needs: []string{"key", "to"}, Takes: []string{"by"}, Changes: true},
		{Name: "key.promote", Says: "make another member primary; the Region in which it is asked must be the current primary's", In: OnePlace, Needs: []string{"key", "to"}, Takes: []string{"by"}, Changes: true},
		{Name: "key.rotate", Says: "rotate the key material on demand", In: MaybeOne, Needs: []string{"key"}},
		{Name: "key.rotation", Says: "turn automatic rotation on or off", In: MaybeOne, Needs: []string{"key"}, Takes: []string{"every", "enabled"}, Changes: true, Back: "rotation", Was: []string{"key.auto-rotate"}},
		{Name: "key.enable", Says: "enable members", In: SomePlaces, Needs: []string{"key"}, Changes: true},
		{Name: "key.disable", Says: "disable members", In: SomePlaces, Needs: []string{"key"}, Changes: true},
		{Name: "key.delete", Says: "schedule the deletion of members", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"days"}, Changes: true},
		{Name: "key.cancel-deletion", Says: "cancel the deletion of members, which leaves them disabled", In: SomePlaces, Needs: []string{"key"}, Changes: true, Was: []string{"key.keep", "key.undelete"}},
		{Name: "key.import", Says: "import key material into members", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"material", "expires"}, Changes: true},
		{Name: "key.delete-material", Says: "delete imported key material from members", In: SomePlaces, Needs: []string{"key"}, Changes: true},
		{Name: "key.show", Says: "read the key set from each member's own Region", In: AnyPlaces, Needs: []string{"key"}},
		{Name: "key.verify", Says: "seal in each member and open in each other", In: AnyPlaces, Needs: []string{"key"}},
		{Name: "policy.put", Says: "replace the key policy of members", In: SomePlaces, Needs: []string{"key", "policy"}, Changes: true, Was: []string{"key.policy"}},
		{Name: "alias.set", Says: "point an alias at members", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"alias"}, Changes: true},
		{Name: "alias.delete", Says: "take an alias away", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"alias"}, Changes: true, Was: []string{"alias.remove"}},
		{Name: "alias.sync", Says: "give every member the primary's aliases", Needs: []string{"key"}, Changes: true},
		{Name: "grant.create", Says: "grant a role leave to use members", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"grantee", "operations"}, Changes: true},
		{Name: "grant.revoke", Says: "revoke the grants of a role on members", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"grantee"}, Changes: true},
		{Name: "grant.sync", Says: "give every member the primary's grants", Needs: []string{"key"}, Changes: true},
		{Name: "tag.sync", Says: "give every member the primary's tags", Needs: []string{"key"}, Changes: true, Back: "tags"},
		{Name: "compare", Says: "compare the members with each other", Needs: []string{"key"}},
		{Name: "ready", Says: "judge whether members could carry the load now", In: AnyPlaces, Needs: []string{"key"}, Takes: []string{"down"}},
		{Name: "encrypt", Says: "seal something in each Region", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"count", "context", "by", "member"}},
		{Name: "decrypt", Says: "open ciphertexts in each Region", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"ciphertexts", "context", "by", "member"}},
		{Name: "roundtrip", Says: "seal something and open it again in each Region; sign and verify, or make and verify a MAC, with keys for that", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"count", "context", "by", "member"}},
		{Name: "reencrypt", Says: "seal ciphertexts anew under the current key material, inside KMS", In: SomePlaces, Needs: []string{"key"}, Takes: []string{"ciphertexts", "context", "by", "member"}},
		{Name: "trail", Says: "count what the audit trail of each Region recorded since the drill began", In: SomePlaces, Needs: []string{"call"}, Takes: []string{"key"}},
		{Name: "fault.start", Says: "begin a fault", Needs: []string{"fault"}},
		{Name: "fault.stop", Says: "end a fault", Needs: []string{"fault"}},
		{Name: "load.start", Says: "begin steady loads", Needs: []string{"probes"}},
		{Name: "load.stop", Says: "end steady loads", Needs: []string{"probes"}},
		{Name: "watch", Says: "let the load run and look", In: AnyPlaces, Takes: []string{"key", "probes"}, Time: "for"},
		{Name: "wait", Says: "look again and again until what is expected is so", In: AnyPlaces, Needs: []string{"key"}, Time: "within"},
		{Name: "time.pass", Says: "let time pass with nothing to look at", Time: "for"},
		{Name: "restore", Says: "put members back as the first snapshot has them", In: AnyPlaces, Needs: []string{"key"}, Takes: []string{"what"}, Changes: true},
		{Name: "ask", Says: "stop until people have agreed", Takes: []string{"text"}},
		{Name: "note", Says: "write a sentence down", Takes: []string{"text"}},
		{Name: "group", Says: "do several steps at once"},
	}
}

// FindVerb returns the verb of that name, or of which it is an older name.
func FindVerb(name string) (Verb, bool) {
	for _, v := range Verbs() {
		if v.Name == name || slices.Contains(v.Was, name) {
			return v, true
		}
	}
	return Verb{}, false
}

// PutBack is what a restore that takes a step back puts back, for a step that
// does not say how it is undone; nil when it has to say.
func (s *Step) PutBack() []string {
	if v, ok := FindVerb(s.Do); ok && v.Back != "" && s.Undo == nil {
		return []string{v.Back}
	}
	return nil
}
