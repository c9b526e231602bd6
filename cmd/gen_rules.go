package cmd

import (
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/compare"
)

// rulesPage is the documentation of what "mrkctl compare" finds and of the file
// that says what is meant to differ.
func rulesPage() string {
	var b strings.Builder
	b.WriteString(ruleFileText)
	b.WriteString("\n## What is found\n\n| rule | severity | finds |\n|:--|:--|:--|\n")
	for _, r := range compare.Rules() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, strings.ToLower(r.ID), r.Severity, r.Title)
	}
	for _, r := range compare.Rules() {
		fmt.Fprintf(&b, "\n### %s\n\n%s: **%s**. %s\n\nFor example: %s\n\nWhat to do: %s\n", r.ID, strings.ToUpper(r.Title[:1])+r.Title[1:], r.Severity, r.Why, r.Example, r.Fix)
		if r.Needs != "" {
			fmt.Fprintf(&b, "\nIt is judged with: %s.\n", r.Needs)
		}
	}
	return b.String()
}

const ruleFileText = `# Rules

` + "`mrkctl compare`" + ` and ` + "`mrkctl ready`" + ` judge the members of a key by the rules below. The id of a rule is never used for
another. ` + "`mrkctl explain MRK201`" + ` prints one.

## How policies are compared

Two policies are compared by the access that results: for every class of principals and every action that the key has, every
kind of request that the conditions of either policy tell apart is tried against both. The answer is one of five: equivalent, less
permissive, more permissive, incomparable, unknown. *Unknown* means that something could not be decided: a policy variable in one
policy only, an exception (NotPrincipal) of which AWS says that it *may* hit an account, or more combinations of conditions than can be tried.

What is not judged: identity policies, permissions boundaries, service control policies and VPC endpoint policies, which KMS
does not tell. Where a key policy leaves an action to IAM the matrix says ` + "`iam`" + `. Grants count as access of their grantee; those that
AWS services make are left out. No result of this comparison was verified on AWS itself.

Values that name a Region are read against the member's own:

* ` + "`kms:ViaService`, `aws:RequestedRegion`" + `, service principals such as ` + "`logs.us-east-1.amazonaws.com`" + ` and the Region field of ARNs in
  ` + "`aws:SourceArn`, `kms:GrantConstraintSourceArn` and `kms:EncryptionContext:…`" + `: the own Region is the same word everywhere, a sibling's is not.
* ` + "`kms:ReplicaRegion` and `kms:PrimaryRegion`" + ` are lists of Regions and stay as they are.
* ` + "`aws:SourceVpce` and `aws:SourceVpc`" + ` stay as they are unless the rule file lists them.
* Names of IAM principals stay as they are, unless another member's policy names the counterpart: ` + "`app-use1`" + ` there, ` + "`app-euw1`" + ` here. A word
  for a Region counts between characters that are neither letters nor digits. Known are the Region's name, the name without
  dashes, and the short forms (` + "`use1`, `ue1`" + `); others are listed in the rule file.

## The rule file

What differs on purpose goes into a file for ` + "`--rules`" + `. Every mistake in it is told with its line and field. All of it but ` + "`version`" + ` may be left out.

` + "```yaml" + `
version: 1
regions:                          # words and networks of each Region
  us-east-1: {geo: us, short: nva, vpce: [vpce-0aa], vpc: [vpc-0aa]}
  eu-west-1: {geo: eu, short: dub, vpce: [vpce-0bb], vpc: [vpc-0bb]}
principals:                       # who stands for whom; wins over what names look like
  - class: payments-writer
    us-east-1: arn:aws:iam::111122223333:role/us-pay-writer
    eu-west-1: arn:aws:iam::111122223333:role/eu-billing-writer
  - global: arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*   # the same everywhere, whatever its name
trust:                            # who may be let in from outside (MRK302)
  accounts: ["999999999999"]
  orgs: [o-abc123]
residency:                        # where members may be (MRK105)
  allow_regions: [us-east-1, eu-west-1]
expect:
  aliases: same                   # or ignore
  grants: classes                 # by what they let through; or ignore
  tags: {same: [data-class, owner], ignore: ["terraform*"]}   # patterns; without same, every tag; never those of AWS (aws:…)
  primary_only: [kms:ReplicateKey]   # actions that only the primary needs to allow
  rotation_days: 365              # MRK530
critical_actions: auto            # by the key's usage; or a list such as [kms:Decrypt]
ignore:                           # accepted findings; * and ? match anything
  - {rule: MRK501, key: alias/payments, region: eu-*, reason: no code there yet, expires: 2027-03-31}
` + "```" + `

` + "`mrkctl compare KEY --suggest-rules`" + ` prints the principals that were taken to stand for each other, to be reviewed and kept. From the day in
` + "`expires`" + ` on a finding counts again, and a note says so. A baseline (` + "`--baseline`, `--write-baseline`" + `) is the same list in JSON, with the
fingerprints of findings: they stay the same however statements are ordered, split and named.

## Formats

` + "`-o table`" + ` and ` + "`-o markdown`" + ` are for people, ` + "`-o json`" + ` has everything, ` + "`-o ndjson`" + ` a line for each key set as soon as it was read, ` + "`-o sarif`" + ` a SARIF 2.1.0
log for code scanning: with ` + "`--snapshot DIR` or `--from DIR`" + ` findings point to the lines of the policies kept there.
`
