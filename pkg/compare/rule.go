// Package compare judges what differs between the members of a multi-Region
// key, and whether it matters on the day a Region is gone.
//
// It compares key sets that were read before and makes no call. Policies are
// compared by the access that results, with each member's own Region read as
// the same word; the rest by value. What can't be decided is a finding of its
// own, never silently equal.
package compare

import "slices"

// Severity is how much a finding matters.
type Severity string

// The severities, the gravest first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Grave says whether a severity is at least as grave as another.
func (s Severity) Grave(than Severity) bool { return s.rank() <= than.rank() }

func (s Severity) rank() int {
	return slices.Index([]Severity{Critical, High, Medium, Low, Info}, s)
}

// Rule is one thing that can be found. Its id is never used for another.
type Rule struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"` // unless a finding says otherwise
	Title    string   `json:"title"`
	Why      string   `json:"why"` // it matters
	Fix      string   `json:"fix"` // what to do about it
}

// Rules lists every rule, in the order of their ids.
func Rules() []Rule {
	return []Rule{
		{"MRK001", Medium, "a member could not be read", "What was not read may differ in any way, so the comparison is incomplete.", "Run it again when the Region answers, with permission to read the key there: mrkctl doctor."},
		{"MRK002", High, "members disagree on who belongs to the set", "Each member lists the others. A list that differs means a change is still spreading, or that a member has vanished.", "Wait a minute and compare again; if it stays, look at each member: mrkctl key show KEY."},
		{"MRK003", High, "there is not exactly one primary", "Only the primary can be replicated, rotated and promoted away from. While it changes, members may disagree for some seconds.", "Wait for the promotion to settle: mrkctl key show KEY."},
		{"MRK004", Medium, "a difference could not be decided", "Something in a policy is beyond what can be compared, so nothing is said of it.", "Write it in another way, or compare the text: mrkctl policy diff KEY."},
		{"MRK101", High, "a member is disabled and another is not", "A disabled member refuses every cryptographic call in its Region.", "mrkctl key enable KEY --in REGION"},
		{"MRK102", Critical, "a member waits for its deletion", "When its date comes the Region loses the key. A primary with replicas waits for those first.", "mrkctl key undelete KEY --in REGION, and then enable it"},
		{"MRK103", High, "a shared property differs", "Spec, usage, origin and key id are one for the whole set; a difference means these are not members of one set.", "Look at each member: mrkctl key show KEY."},
		{"MRK104", Critical, "imported key material is missing or about to expire", "A member without its material is PendingImport and refuses to be used.", "mrkctl key import KEY --in REGION"},
		{"MRK106", Info, "a multi-Region key has no replica", "It is a key in one Region until it is replicated; its kind can't be changed later.", "mrkctl key replicate KEY --to REGION"},
		{"MRK107", Medium, "a member is Creating or Updating", "Either lasts seconds as a rule. Longer, and calls begin to fail.", "Wait: mrkctl key show KEY."},
		{"MRK201", Critical, "access breaks after failover", "What a principal may do in one Region it may not do in another. When the load moves there, its calls are refused.", "Give the member the same statement, with its own Region in it: mrkctl policy put KEY --in REGION."},
		{"MRK203", Medium, "a member lets somebody do more", "Permission that only one member gives is permission that no review of the others shows.", "Take it out, or give it everywhere on purpose."},
		{"MRK204", Medium, "conditions differ", "The same call is let through under other circumstances in another Region.", "Make the conditions the same but for the Region's own name."},
		{"MRK205", High, "one member leaves access to IAM and another does not", "Without a statement for the account no IAM policy counts for that member, whatever it says.", "Add the statement for the account's root, or write down why not."},
		{"MRK206", High, "a deny differs", "A deny in one member stops there what goes on in the others.", "Put the deny in every member, or in none."},
		{"MRK301", Critical, "a member is open to everybody", "An allowance for every principal without a condition lets any AWS account in.", "Name the principals, or add a condition on the account."},
		{"MRK302", High, "another account has access", "A key policy that names another account hands the key to that account's administrators.", "Confirm that it is meant; put it into a baseline with a reason."},
		{"MRK304", Critical, "nobody may change the key policy", "Without anyone who may call PutKeyPolicy only AWS support can bring the key back.", "mrkctl policy put KEY while somebody still may."},
		{"MRK401", High, "a statement is pinned to another Region", "It names a sibling's Region where its own should stand, as a policy does that was copied verbatim. Here it never applies.", "Render the policy for its Region: mrkctl policy put KEY --in REGION."},
		{"MRK501", High, "an alias is missing in a Region", "Aliases are not replicated. Code that names the key by alias finds nothing there.", "mrkctl alias sync KEY"},
		{"MRK510", Low, "a tag differs", "Tags are each member's own. A policy that goes by tag decides differently there.", "mrkctl tag sync KEY"},
		{"MRK520", Medium, "a grant has no counterpart", "Grants are each member's own, and services make them per Region.", "mrkctl grant sync KEY"},
		{"MRK530", Medium, "automatic rotation is off", "Rotation on demand is all that is left, and a key has 25 of those in its life.", "mrkctl key rotation enable KEY"},
		{"MRK531", Medium, "members use different key material", "A rotation is used everywhere at once. Members that differ for more than a minute have not synchronised.", "Wait a minute and compare again."},
		{"MRK532", Low, "rotations on demand are nearly used up", "A key can be rotated on demand 25 times in its life, and no support case changes that.", "Rotate automatically, or begin a new key."},
		{"MRK540", Info, "a description differs", "Descriptions are each member's own.", "Nothing, if it is meant."},
		{"MRK601", High, "a member could not take part in a promotion", "UpdatePrimaryRegion has to be allowed by the policies of both keys.", "Allow kms:UpdatePrimaryRegion in every member."},
		{"MRK602", High, "a member could not replicate as primary", "A member that is promoted makes the replicas from then on, by its own policy.", "Allow kms:ReplicateKey in every member."},
		{"MRK606", Critical, "this is the last usable member", "With it the key material is gone, and with that all that was encrypted under it.", "Keep it, or replicate it first."},
		{"MRK610", Medium, "a member was never used", "A standby that has never decrypted anything is a hope. Its permissions and routes are unproven.", "Use it: mrkctl key verify KEY, or a drill."},
		{"MRK901", Info, "policies differ in text only", "The access that results is the same.", "Nothing."},
		{"MRK904", Low, "a policy is nearly as long as it may be", "AWS refuses a key policy of more than 32 KB.", "Group principals, or leave detail to IAM."},
	}
}

// RuleOf returns the rule with an id.
func RuleOf(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// Finding is one thing that was found.
type Finding struct {
	Rule      string            `json:"rule"`
	Severity  Severity          `json:"severity"`
	Region    string            `json:"region,omitempty"`    // where it is wrong
	Principal string            `json:"principal,omitempty"` // of access findings
	Actions   []string          `json:"actions,omitempty"`
	What      string            `json:"what"`             // in a sentence
	Values    map[string]string `json:"values,omitempty"` // by Region
	// Fingerprint stays the same from run to run while the finding does.
	Fingerprint string `json:"fingerprint"`
	// Suppressed is the reason why it does not count; empty when it does.
	Suppressed string `json:"suppressed,omitempty"`
}
