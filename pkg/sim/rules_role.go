package sim

// Rules about the service-linked role of multi-Region keys, and about the wire.

func roleRules() []Rule {
	return []Rule{
		{"MRK-ROLE-01", "KMS makes the service-linked role with an account's first multi-Region key, in the same second; until then IAM has none", "recording multi_region 1-2", Recorded},
		{"MRK-ROLE-02", "The role has IAM's own path, description and trust in mrk.kms.amazonaws.com, and one managed policy", "recording multi_region 2-3", Recorded},
		{"MRK-ROLE-03", "Making the role when it is there is InvalidInput", "recording multi_region 4", Recorded},
		{"MRK-ROLE-04", "Deleting the role is accepted; its task is unknown for a moment, then in progress, then failed with the keys that the account still owns, in whatever state; when there are none it succeeds", "recording multi_region 5-8, 87; that keys being deleted count is assumed", Recorded},
		{"MRK-ROLE-05", "Once the role is there, a denial of iam:CreateServiceLinkedRole does not matter", "recording multi_region_permissions 4", Recorded},
		{"MRK-ROLE-06", "Who makes an account's first multi-Region key needs iam:CreateServiceLinkedRole", "developer guide, multi-Region keys; text assumed", Documented},
		{"MRK-ROLE-07", "Deleting the role again while that is under way is the same task", "IAM API reference", Documented},
	}
}

func wireRules() []Rule {
	return []Rule{
		{"MRK-WIRE-01", "Answers have a request id and are not to be cached; what has no output has no body", "recordings, 2018 and 2019; API reference", Recorded},
		{"MRK-WIRE-02", "Whatever a client did wrong is HTTP 400, what the service fails at is 500; codes are the names of the model's shapes, suffix included", "recordings, 2025", Recorded},
		{"MRK-WIRE-03", "An error's body has __type and message; AccessDeniedException has Message; errors without a text have neither", "recordings, 2025; of clients", Recorded},
		{"MRK-WIRE-04", "What breaks a constraint of the model is ValidationException that names member and constraint, sensitive values left out", "recordings, 2025", Recorded},
		{"MRK-WIRE-05", "Codes that the model does not have travel too", "recordings, 2025; of clients", Recorded},
		{"MRK-SIGN-01", "An access key that KMS does not know is UnrecognizedClientException", "recording multi_region_permissions 1-3", Recorded},
		{"MRK-SIGN-02", "A signature that does not fit is InvalidSignatureException", "recordings of clients", Recorded},
		{"MRK-SIGN-03", "A signature is good for five minutes either way", "recordings of clients; the later side is assumed", Recorded},
	}
}
