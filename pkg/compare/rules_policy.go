package compare

// accessRules are about who may do what in one member and not in another.
func accessRules() []Rule {
	return []Rule{
		{
			ID: "MRK201", Severity: Critical, Title: "access breaks after failover",
			Why:     "What a principal may do in one Region it may not do in another. When the load moves there, its calls are refused. Without Decrypt among them it is high.",
			Example: "role/app may Decrypt by the policy in us-east-1, and eu-west-1 leaves it to IAM or says nothing.",
			Fix:     "Give the member the same statement, with its own Region in it: mrkctl compare KEY --fix.",
		},
		{
			ID: "MRK202", Severity: High, Title: "a principal is missing in a member",
			Why:     "The policy names it in one Region and not at all in another.",
			Example: "role/auditor is named in us-east-1 only.",
			Fix:     "Name it in every member, or in none: mrkctl compare KEY --fix.",
		},
		{
			ID: "MRK203", Severity: Medium, Title: "a member lets somebody do more",
			Why:     "Permission that only one member gives is permission that no review of the others shows. With PutKeyPolicy or CreateGrant among it, it is high.",
			Example: "role/app may TagResource in us-east-1 and not in eu-west-1.",
			Fix:     "Take it out, or give it everywhere on purpose.",
		},
		{
			ID: "MRK204", Severity: Medium, Title: "conditions differ",
			Why:     "The same call is let through under other circumstances in another Region. With Decrypt among it, it is high.",
			Example: "eu-west-1 asks for aws:SecureTransport and us-east-1 does not.",
			Fix:     "Make the conditions the same but for the Region's own name. Endpoints that stand for each other go into the rule file.",
		},
		{
			ID: "MRK205", Severity: High, Title: "one member leaves access to IAM and another does not",
			Why:     "Without a statement for the account no IAM policy counts for that member, whatever it says.",
			Example: "The statement for the account's root is missing in eu-west-1.",
			Fix:     "Add the statement for the account's root, or write down why not.",
		},
		{
			ID: "MRK206", Severity: High, Title: "a deny differs",
			Why:     "A deny in one member stops there what goes on in the others.",
			Example: "eu-west-1 denies ScheduleKeyDeletion to everybody, us-east-1 does not.",
			Fix:     "Put the deny in every member, or in none.",
		},
		{
			ID: "MRK207", Severity: High, Title: "an AWS service is let in by one member only",
			Why:     "A service that works on behalf of an application fails in the other Region, and with it whatever it stores.",
			Example: "logs.us-east-1.amazonaws.com has no counterpart in eu-west-1, or kms:ViaService lists fewer services there.",
			Fix:     "Name the service of each Region: mrkctl compare KEY --fix.",
		},
		{
			ID: "MRK208", Severity: High, Title: "another account has other access",
			Why:     "An account outside gets at the key in one Region and not in another: too much in one or too little in the other.",
			Example: "999999999999 may Decrypt in us-east-1 only.",
			Fix:     "Make it the same; the account's own IAM policies have to allow it besides.",
		},
		{
			ID: "MRK209", Severity: High, Title: "a member lets no grants be made for AWS services",
			Why:     "Services such as EBS and RDS need CreateGrant with kms:GrantIsForAWSResource. Without it volumes and databases don't start there.",
			Example: "The statement \"Allow attachment of persistent resources\" is missing in eu-west-1.",
			Fix:     "Give the member the same statement: mrkctl compare KEY --fix.",
		},
		{
			ID: "MRK210", Severity: Medium, Title: "a principal of another Region is let in",
			Why:     "Its name says that it belongs to another Region, where its counterpart is let in. Data may leave the Region it should stay in.",
			Example: "us-east-1 names role/app-use1; eu-west-1 names role/app-euw1 and role/app-use1.",
			Fix:     "Take it out, or list it as global in the rule file.",
		},
		{
			ID: "MRK211", Severity: Low, Title: "a principal looks as if it belonged to a Region",
			Why:     "No other member names its counterpart, so that it was compared as it is written.",
			Example: "us-east-1 names role/batch-use1 and eu-west-1 names nothing like it.",
			Fix:     "Name the counterpart there, or map it in the rule file (principals).",
		},
	}
}

// exposureRules are about what one member lets anybody do.
func exposureRules() []Rule {
	return []Rule{
		{
			ID: "MRK301", Severity: Critical, Title: "a member is open to everybody",
			Why:     "An allowance for every principal without a condition lets any AWS account in.",
			Example: `"Principal": "*" with kms:Decrypt and no condition.`,
			Fix:     "Name the principals, or add a condition on the account.",
		},
		{
			ID: "MRK302", Severity: High, Title: "another account has access",
			Why:     "A key policy that lets another account in hands the key to that account's administrators.",
			Example: "999999999999 is named, and is not among trust.accounts.",
			Fix:     "Confirm that it is meant, and add it to trust.accounts in the rule file.",
		},
		{
			ID: "MRK303", Severity: Medium, Title: "a principal is gone",
			Why:     "The user or role was deleted; the policy keeps its id. One of the same name that is made again gets no access. Where nobody else may change the policy it is high.",
			Example: "A statement names AROAEXAMPLEEXAMPLEID.",
			Fix:     "Name the role that is there now: mrkctl policy put KEY --in REGION.",
		},
		{
			ID: "MRK304", Severity: Critical, Title: "nobody may change the key policy",
			Why:     "Without anyone who may call PutKeyPolicy only AWS Support can bring the key back.",
			Example: "The only administrator's role was deleted.",
			Fix:     "mrkctl policy put KEY while somebody still may.",
		},
		{
			ID: "MRK305", Severity: High, Title: "one principal alone may change the key policy",
			Why:     "The account's IAM policies don't count, and one role is all there is. When it is deleted the key can't be managed any more.",
			Example: "Only role/admin may PutKeyPolicy, and no statement names the account.",
			Fix:     "Add a second administrator, or the statement for the account's root.",
		},
		{
			ID: "MRK306", Severity: High, Title: "an allow rests on ForAllValues",
			Why:     "ForAllValues is true when the request has no such key at all, so that the allow is wider than it looks.",
			Example: "ForAllValues:StringEquals on kms:EncryptionContextKeys in an Allow.",
			Fix:     `Add "Null": {"KEY": "false"}, or use ForAnyValue.`,
		},
		{
			ID: "MRK307", Severity: High, Title: "a statement names principals by exception",
			Why:     "NotPrincipal with Allow lets in everybody else in the world. With Deny it may hit the very ones it spares, unless their account is listed too; then it is medium.",
			Example: `"Effect": "Deny", "NotPrincipal": {"AWS": "…:role/app"}.`,
			Fix:     "Use a condition on aws:PrincipalArn.",
		},
		{
			ID: "MRK308", Severity: Medium, Title: "a principal does not exist",
			Why:     "KMS turns a principal that is deleted into its id only later; a policy that is put anew with it is refused.",
			Example: "A statement names role/old, which is not among the account's principals.",
			Fix:     "Take it out of the policy.",
			Needs:   "--principals FILE: the ARNs of the account's users and roles; KMS doesn't tell",
		},
	}
}

// deadTextRules are about statements that don't do what they say.
func deadTextRules() []Rule {
	return []Rule{
		{
			ID: "MRK401", Severity: High, Title: "a statement is pinned to another Region",
			Why:     "It names a sibling's Region where its own should stand, as a policy does that was copied verbatim. An allow never applies here; a deny unless the other Region's service calls hits everybody, and is critical.",
			Example: "In eu-west-1: kms:ViaService is s3.us-east-1.amazonaws.com.",
			Fix:     "Render the policy for its Region: mrkctl compare KEY --fix.",
		},
		{
			ID: "MRK402", Severity: High, Title: "a statement is about another Region's key",
			Why:     "In a key policy * is this key. An ARN of another member makes the statement about nothing here.",
			Example: `In eu-west-1: "Resource": "arn:aws:kms:us-east-1:…:key/mrk-…".`,
			Fix:     `Write "Resource": "*".`,
		},
		{
			ID: "MRK403", Severity: Medium, Title: "a statement has no action or resource",
			Why:     "KMS accepts it and it does nothing.",
			Example: "A statement with Action and without Resource.",
			Fix:     `Add "Resource": "*".`,
		},
		{
			ID: "MRK404", Severity: High, Title: "a VPC or endpoint of another Region",
			Why:     "VPCs and their endpoints belong to one Region. The same id in two members is wrong in one: an allow never applies there; a deny unless it is used hits everybody, and is critical.",
			Example: "aws:SourceVpce is vpce-0aa in both us-east-1 and eu-west-1.",
			Fix:     "Name the endpoint of the member's own Region, and list both in the rule file (regions).",
		},
		{
			ID: "MRK405", Severity: Low, Title: "an action means nothing here",
			Why:     "It has no key as its resource, or keys of this kind don't have it.",
			Example: "kms:ListKeys in a key policy, kms:Sign on a symmetric key.",
			Fix:     "Take it out; allow it by an IAM policy if it has no key as its resource.",
		},
		{
			ID: "MRK406", Severity: Medium, Title: "an action, condition key or kind of principal is unknown",
			Why:     "KMS does not check names: what is misspelled never matches.",
			Example: "kms:Decript, or kms:ViaServise.",
			Fix:     "Correct the name.",
		},
		{
			ID: "MRK407", Severity: Info, Title: "a statement is superfluous",
			Why:     "Another statement says at least as much. Whoever takes this one out changes nothing, and may think otherwise.",
			Example: "role/app is allowed kms:* and, further down, kms:Decrypt.",
			Fix:     "Take it out.",
		},
		{
			ID: "MRK408", Severity: Medium, Title: "a list of Regions leaves out a member",
			Why:     "kms:ReplicaRegion or kms:PrimaryRegion lists Regions, and one in which there is a member is not among them: it could not be replicated to again, or promoted.",
			Example: "kms:PrimaryRegion is us-east-1 only, and there is a replica in eu-west-1.",
			Fix:     "Add the Region to the list, in every member.",
		},
		{
			ID: "MRK409", Severity: Medium, Title: "a statement changes sides on promotion",
			Why:     "kms:MultiRegionKeyType is PRIMARY at the primary and REPLICA elsewhere. What the statement lets through moves with a promotion.",
			Example: "Decrypt is allowed if kms:MultiRegionKeyType is PRIMARY.",
			Fix:     "Confirm that it is meant; else leave the condition out.",
		},
	}
}
