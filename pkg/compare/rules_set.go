package compare

// integrityRules are about whether this is one key set that could be read.
func integrityRules() []Rule {
	return []Rule{
		{
			ID: "MRK001", Severity: Medium, Title: "a member could not be read",
			Why:     "What was not read may differ in any way, so the comparison is incomplete.",
			Example: "eu-west-1 does not answer, or the caller may not call GetKeyPolicy there.",
			Fix:     "Run it again when the Region answers, with permission to read the key there: mrkctl doctor.",
		},
		{
			ID: "MRK002", Severity: High, Title: "members disagree on who belongs to the set",
			Why:     "Each member lists the others. A list that differs means a change is still spreading, or that a member has vanished.",
			Example: "us-east-1 lists a replica in eu-west-1, and eu-west-1 knows of no such key.",
			Fix:     "Wait a minute and compare again; if it stays, look at each member: mrkctl key show KEY.",
		},
		{
			ID: "MRK003", Severity: High, Title: "there is not exactly one primary",
			Why:     "Only the primary can be replicated, rotated and promoted away from. While it changes, members may disagree for some seconds.",
			Example: "During a promotion both members call themselves REPLICA.",
			Fix:     "Wait for the promotion to settle: mrkctl key show KEY.",
		},
		{
			ID: "MRK004", Severity: Medium, Title: "a difference could not be decided",
			Why:     "Something in a policy is beyond what can be compared, so nothing is said of it.",
			Example: "Only one member's policy compares aws:PrincipalTag/team with ${aws:username}.",
			Fix:     "Write it in another way, or compare the text: mrkctl policy diff KEY.",
		},
	}
}

// stateRules are about what members are like and share.
func stateRules() []Rule {
	return []Rule{
		{
			ID: "MRK101", Severity: High, Title: "a member is disabled and another is not",
			Why:     "A disabled member refuses every cryptographic call in its Region.",
			Example: "The replica in eu-west-1 was disabled in a cost review.",
			Fix:     "mrkctl key enable KEY --in REGION",
		},
		{
			ID: "MRK102", Severity: Critical, Title: "a member waits for its deletion",
			Why:     "When its date comes the Region loses the key. A primary with replicas waits for those first.",
			Example: "eu-west-1 is PendingDeletion until 2026-12-24.",
			Fix:     "mrkctl key undelete KEY --in REGION, and then enable it",
		},
		{
			ID: "MRK103", Severity: High, Title: "a shared property differs",
			Why:     "Spec, usage, origin, rotation and key id are one for the whole set; a difference means that these are not members of one set, or that a change is still spreading.",
			Example: "The snapshot of eu-west-1 is of another key.",
			Fix:     "Look at each member: mrkctl key show KEY.",
		},
		{
			ID: "MRK104", Severity: Critical, Title: "imported key material is missing, about to expire or another",
			Why:     "A member without its material is PendingImport and refuses to be used. Material that another member lacks can't be used by the set.",
			Example: "The material in eu-west-1 expires in three days; KMS deletes it then.",
			Fix:     "mrkctl key import KEY --in REGION, with the same bytes",
		},
		{
			ID: "MRK105", Severity: High, Title: "a member is in a Region where none should be",
			Why:     "Data under this key can be decrypted there. Nothing else stops it: the usual Region denies leave KMS out.",
			Example: "residency.allow_regions lists eu-west-1 and eu-central-1, and there is a replica in us-east-1.",
			Fix:     "mrkctl key delete KEY --in REGION, or add the Region to residency.allow_regions",
			Needs:   "residency.allow_regions in the rule file",
		},
		{
			ID: "MRK106", Severity: Info, Title: "a multi-Region key has no replica",
			Why:     "It is a key in one Region until it is replicated; its kind can't be changed later.",
			Example: "A key was created with --multi-region and never replicated.",
			Fix:     "mrkctl key replicate KEY --to REGION",
		},
		{
			ID: "MRK107", Severity: Medium, Title: "a member is Creating or Updating",
			Why:     "Either lasts seconds as a rule. Longer, and calls begin to fail.",
			Example: "A replica reads Creating ten minutes after it was asked for.",
			Fix:     "Wait: mrkctl key show KEY.",
		},
	}
}

// satelliteRules are about what belongs to each member and is not replicated.
func satelliteRules() []Rule {
	return []Rule{
		{
			ID: "MRK501", Severity: High, Title: "an alias is missing in a Region",
			Why:     "Aliases are not replicated. Code that names the key by alias finds nothing there.",
			Example: "alias/payments names the key in us-east-1 and nothing in eu-west-1.",
			Fix:     "mrkctl alias sync KEY",
		},
		{
			ID: "MRK502", Severity: Critical, Title: "an alias names another key in this Region",
			Why:     "Code that names the key by alias encrypts under another key there, and fails to decrypt what the other Regions wrote.",
			Example: "alias/payments names mrk-1 in us-east-1 and an older key in eu-west-1.",
			Fix:     "Move what the other key protects, then mrkctl alias set ALIAS KEY --in REGION --steal",
		},
		{
			ID: "MRK503", Severity: Low, Title: "an alias is extra in a Region",
			Why:     "Only a replica has it, so that code which comes to rely on it works in that Region alone.",
			Example: "Somebody set alias/payments-test in eu-west-1.",
			Fix:     "mrkctl alias delete ALIAS --in REGION, or mrkctl alias set ALIAS KEY --all-regions",
		},
		{
			ID: "MRK510", Severity: Low, Title: "a tag differs",
			Why:     "Tags are each member's own. A policy that goes by tag (aws:ResourceTag) decides differently there; then it is high.",
			Example: "data-class is restricted in us-east-1 and absent in eu-west-1.",
			Fix:     "mrkctl tag sync KEY",
		},
		{
			ID: "MRK520", Severity: Medium, Title: "a grant has no counterpart",
			Why:     "Grants are each member's own. What only a grant lets through is refused elsewhere.",
			Example: "role/app holds a grant to Decrypt in us-east-1 only. Grants that AWS services make are left out.",
			Fix:     "mrkctl grant sync KEY",
		},
		{
			ID: "MRK521", Severity: Low, Title: "grants are duplicates",
			Why:     "Grants that say the same use up the 50,000 of a key, and revoking one of them changes nothing.",
			Example: "A job creates a grant without a name each time it starts.",
			Fix:     "Revoke all but one; give grants a name, so that KMS answers a repeated request with the same one.",
		},
		{
			ID: "MRK522", Severity: Medium, Title: "a grant is for a principal that is gone",
			Why:     "IAM shows an id where the ARN stood. A role of the same name that is made again does not get the grant.",
			Example: "The grantee reads AROAEXAMPLEEXAMPLEID.",
			Fix:     "Revoke it, and grant to the role that is there now.",
		},
		{
			ID: "MRK530", Severity: Medium, Title: "automatic rotation is off, or of another period than expected",
			Why:     "Rotation on demand is all that is left, and a key has 25 of those in its life.",
			Example: "expect.rotation_days is 365 and the key rotates every 730 days.",
			Fix:     "mrkctl key rotation enable KEY",
		},
		{
			ID: "MRK531", Severity: Medium, Title: "members use different key material",
			Why:     "A rotation is used everywhere at once. Members that differ for more than some minutes have not synchronised.",
			Example: "us-east-1 encrypts under material 7f3a, eu-west-1 still under 11c0.",
			Fix:     "Wait some minutes and compare again.",
		},
		{
			ID: "MRK532", Severity: Low, Title: "rotations on demand are nearly used up",
			Why:     "A key can be rotated on demand 25 times in its life, and no support case changes that.",
			Example: "22 of 25 are used.",
			Fix:     "Rotate automatically, or begin a new key.",
		},
		{
			ID: "MRK540", Severity: Info, Title: "a description differs",
			Why:     "Descriptions are each member's own.",
			Example: "The replica was created without one.",
			Fix:     "Nothing, if it is meant.",
		},
	}
}

// readinessRules are about the day on which a Region is gone.
func readinessRules() []Rule {
	return []Rule{
		{
			ID: "MRK601", Severity: High, Title: "nobody could promote a member",
			Why:     "UpdatePrimaryRegion has to be allowed by the policies of both keys, to the same principal.",
			Example: "role/admin may promote by the policy in us-east-1, and not by that in eu-west-1.",
			Fix:     "Allow kms:UpdatePrimaryRegion to the same principal in every member.",
		},
		{
			ID: "MRK602", Severity: High, Title: "a member could not replicate as primary",
			Why:     "A member that is promoted makes the replicas from then on, by its own policy.",
			Example: "The wildcards of the usual statement for administrators leave ReplicateKey out.",
			Fix:     "Allow kms:ReplicateKey in every member.",
		},
		{
			ID: "MRK603", Severity: Medium, Title: "a member could not be rotated as primary",
			Why:     "Rotation is asked of the primary. Once this member is promoted nobody may rotate the key.",
			Example: "kms:RotateKeyOnDemand and kms:EnableKeyRotation are allowed in us-east-1 only.",
			Fix:     "Allow kms:EnableKeyRotation and kms:RotateKeyOnDemand in every member.",
		},
		{
			ID: "MRK604", Severity: High, Title: "KMS itself is denied to synchronise the member",
			Why:     "KMS copies shared properties as a service-linked role of the account. A deny that hits the role stops rotation and promotion.",
			Example: "A deny of kms:* for everybody but one role. That the role exists is not judged: KMS makes it with the first multi-Region key.",
			Fix:     "Leave AWSServiceRoleForKeyManagementServiceMultiRegionKeys out of the deny.",
		},
		{
			ID: "MRK605", Severity: Critical, Title: "a member that is still used waits for its deletion",
			Why:     "It was used lately, or grants and aliases still lead to it. What depends on it fails already.",
			Example: "eu-west-1 is PendingDeletion and decrypted something two days ago.",
			Fix:     "mrkctl key undelete KEY --in REGION, then find out who uses it: the member's CloudTrail.",
		},
		{
			ID: "MRK606", Severity: Critical, Title: "this is the last usable member",
			Why:     "With it the key material is gone, and with that all that was encrypted under it.",
			Example: "Every replica is disabled or waits for its deletion.",
			Fix:     "Keep it, or replicate it first.",
		},
		{
			ID: "MRK607", Severity: High, Title: "infrastructure as code holds the key, and a promotion breaks its state",
			Why:     "A Terraform state fails on reading a primary that has become a replica and would replace other replicas; a CloudFormation template still says which is which. It is judged from tags by mrkctl ready; a state file is not read.",
			Example: "The key is tagged ManagedBy=terraform.",
			Fix:     "Plan the surgery of the state before the day: terraform state rm and import of both members, or ignore_changes.",
		},
		{
			ID: "MRK610", Severity: Medium, Title: "a member was never used",
			Why:     "A standby that has never decrypted anything is a hope. Its permissions and routes are unproven.",
			Example: "GetKeyLastUsage knows of no use in eu-west-1 since tracking began.",
			Fix:     "Use it: mrkctl key verify KEY, or a drill.",
		},
		{
			ID: "MRK611", Severity: Medium, Title: "the standby's default request quota is smaller",
			Why:     "KMS answers 100,000 cryptographic requests a second in some Regions and 10,000 in others. The whole load may not fit. It is judged by mrkctl ready from the default quotas; what was raised for an account is not known.",
			Example: "us-east-1 answers 100,000 a second, eu-central-1 20,000.",
			Fix:     "Have the quota of the standby's Region raised before the day: Service Quotas.",
		},
	}
}

// styleRules are about how policies are written.
func styleRules() []Rule {
	return []Rule{
		{
			ID: "MRK901", Severity: Info, Title: "policies differ in text only",
			Why:     "The access that results is the same.",
			Example: "Statements in another order, split or given twice.",
			Fix:     "Nothing.",
		},
		{
			ID: "MRK902", Severity: Info, Title: "a wildcard in one member is a list in another",
			Why:     "They are the same only as long as KMS has no new action: the wildcard will take it in and the list will not.",
			Example: "kms:ReEncrypt* here, kms:ReEncryptFrom and kms:ReEncryptTo there.",
			Fix:     "Write the same in every member.",
		},
		{
			ID: "MRK903", Severity: Medium, Title: "a policy variable is plain text",
			Why:     "Variables need version 2012-10-17. Under 2008-10-17, which a missing Version means, ${aws:username} is those letters and never matches.",
			Example: "A policy without Version compares with ${aws:username}.",
			Fix:     `Add "Version": "2012-10-17".`,
		},
		{
			ID: "MRK904", Severity: Low, Title: "a policy is nearly as long as it may be",
			Why:     "AWS refuses a key policy of more than 32 KB.",
			Example: "29 KB of principals.",
			Fix:     "Group principals, or leave detail to IAM.",
		},
	}
}
