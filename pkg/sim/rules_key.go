package sim

// Rules about single keys: names, metadata, what belongs to one member.

func nameRules() []Rule {
	return []Rule{
		{"MRK-NAME-01", "A bare key id is looked up in the endpoint's Region and the caller's account; if it is not there: NotFoundException `Key '<arn>' does not exist`", "recordings of DescribeKey, 2025", Recorded},
		{"MRK-NAME-02", "An ARN of another Region is NotFoundException `Invalid arn <region>`, also that of a related key", "recording of DescribeKey, 2025", Recorded},
		{"MRK-NAME-03", "What cannot be a key id is NotFoundException `Invalid keyId '<id>'`", "recordings, 2025", Recorded},
		{"MRK-NAME-04", "An operation that takes no alias answers one with InvalidArnException `Key Aliases are not supported for this operation.`", "recording multi_region 38-39, rotation 20-24", Recorded},
		{"MRK-NAME-05", "An alias that does not exist is NotFoundException that names its ARN", "seen by clients", Documented},
		{"MRK-NAME-06", "A multi-Region key id is mrk- and 32 hexadecimal digits; all members share it", "recordings, 2025; developer guide", Recorded},
		{"MRK-NAME-07", "A key ARN of another account that is not there is AccessDeniedException", "inferred from texts seen", Assumed},
	}
}

func keyRules() []Rule {
	return []Rule{
		{"MRK-KEY-01", "A new multi-Region key is an Enabled PRIMARY with an empty list of replicas and a current key material", "recording multi_region 9", Recorded},
		{"MRK-KEY-02", "A single-Region key has no MultiRegionConfiguration", "recording rotation, header", Recorded},
		{"MRK-KEY-03", "Keys that are not symmetric need a KeyUsage", "recording hmac 1, ecc 1", Recorded},
		{"MRK-KEY-04", "Usage and spec have to go together", "recording hmac 19, ecc 1", Recorded},
		{"MRK-KEY-05", "ML-DSA keys cannot be imported", "recording imports_families 23", Recorded},
		{"MRK-KEY-06", "Enable and Disable concern one member, the others stay usable; enabling what is enabled changes nothing", "recording multi_region 34-35, imports 47", Recorded},
		{"MRK-KEY-07", "Enabled is true in key state Enabled only", "recording multi_region 51-52", Recorded},
		{"MRK-KEY-08", "An account may have 100,000 keys in a Region, replicas counted", "developer guide, resource quotas", Documented},
		{"MRK-KEY-09", "Multi-Region keys cannot live in custom key stores", "API reference; text assumed", Documented},
		{"MRK-KEY-10", "Algorithms are listed alphabetically, those of the key's usage only, by DescribeKey and with the public key", "recording imports_families 14, 18, 24, rsa 2, ecc 2", Recorded},
		{"MRK-KEY-11", "The state is checked before the algorithm, and before whether the key can be rotated at all", "recording hmac 17; of 2025", Recorded},
		{"MRK-MANAGED-01", "A key that AWS manages for a service can be described by its account and used through the service; managing it is AccessDeniedException for want of a resource-based policy", "recording rotation 85-91", Recorded},
		{"MRK-READ-01", "A read, and the state that cryptography goes by, may be older than the last change; how much is an option of the world", "recording ecc 16-17; API reference", Recorded},
		{"MRK-KEY-13", "A disabled key refuses cryptography with DisabledException `<arn> is disabled.`", "recording hmac 16-17, ecc 14", Recorded},
		{"MRK-KEY-14", "What an operation does in a key state is AWS's table of both, but where recordings differ; that a replica is refused as such before it is Creating is assumed for rotation and promotion", "developer guide, key states", Documented},
		{"MRK-KEY-12", "Last usage is a member's own, and empty before the first", "service model", Documented},
	}
}

func otherRules() []Rule {
	return []Rule{
		{"MRK-ALIAS-01", "An alias belongs to one Region; replication and promotion leave it alone", "developer guide, aliases", Documented},
		{"MRK-ALIAS-02", "An alias that exists is AlreadyExistsException that names its ARN", "seen by clients of AWS", Recorded},
		{"MRK-ALIAS-03", "An alias begins with alias/", "recordings, 2025", Recorded},
		{"MRK-ALIAS-04", "An alias moves only to a key of the same type and usage", "API reference; code and text assumed", Documented},
		{"MRK-ALIAS-05", "A key may have 50 aliases", "developer guide, resource quotas", Documented},
		{"MRK-ALIAS-06", "A listed alias has its ARN, its key and the dates it was made and last moved", "recordings of ListAliases", Recorded},
		{"MRK-TAG-01", "Tags are a member's own; their keys and values have AWS's limits, told with the place in the list", "recordings, 2025", Recorded},
		{"MRK-TAG-02", "A key may have 50 tags; aws: is reserved", "developer guide, tagging", Documented},
		{"MRK-POLICY-01", "Without a policy a key has the default policy, byte for byte", "recording multi_region 21; 16.2", Recorded},
		{"MRK-POLICY-02", "GetKeyPolicy answers in AWS's print and with the policy's name", "recording multi_region 21, rotation 85", Recorded},
		{"MRK-POLICY-03", "PutKeyPolicy and GetKeyPolicy work in every state", "recording multi_region 76-77, 81-82", Recorded},
		{"MRK-POLICY-04", "What is no JSON object is MalformedPolicyDocumentException", "service model; text unknown", Documented},
		{"MRK-POLICY-05", "AccessDeniedException names caller, action and key; callers of another account read `on this resource`", "recording grants 4-5, 48", Recorded},
		{"MRK-POLICY-06", "Explicit denials come first, each with its own ending: key policy, identity policy, permissions boundary, session policy", "recording grants 4, 18, rotation 75; the endings for identity policies and boundaries are assumed", Recorded},
		{"MRK-POLICY-07", "In its own account a caller needs the key policy, or its account's leave where the key policy leaves it to the account; from another account it needs both", "developer guide, policy evaluation", Documented},
		{"MRK-POLICY-08", "A key policy that would not let its author change it again is MalformedPolicyDocumentException, unless the check is bypassed", "seen by clients of AWS", Recorded},
		{"MRK-POLICY-09", "A key policy that names a principal that cannot be is MalformedPolicyDocumentException", "seen by clients of AWS", Recorded},
		{"MRK-POLICY-10", "A promotion has to be allowed by the policies of both members", "API reference", Documented},
		{"MRK-POLICY-11", "kms:RotationPeriodInDays is there with 365 when the request omits the period, whatever the key's period is", "recording rotation 72-77, 84", Recorded},
		{"MRK-POLICY-12", "Condition keys that are no member of a request are worked out from it and from the key: the type of a new key, a grant's constraints, whether ReEncrypt stays with its key, days without use, tags in the request", "developer guide, condition keys; values where a request omits a member are assumed", Documented},
		{"MRK-LIST-01", "NextMarker is there only when Truncated is true; the pages of a list add up to it", "recording rotation 34-35", Recorded},
		{"MRK-LIST-02", "A marker that KMS did not give out is InvalidMarkerException without a message", "recording rotation 36", Recorded},
	}
}

func cloudRules() []Rule {
	return []Rule{
		{"MRK-RATE-01", "Requests are counted a second, account, Region and operation; cryptography draws on pools by kind of key", "developer guide, request quotas", Documented},
		{"MRK-RATE-02", "ReplicateKey costs one request here and two of CreateKey there; UpdatePrimaryRegion one in each Region", "developer guide, request quotas", Documented},
		{"MRK-RATE-03", "Too many requests are ThrottlingException", "seen by clients of AWS", Recorded},
		{"MRK-TRAIL-01", "Each Region records the calls at its endpoint, refused ones too", "developer guide, CloudTrail", Documented},
		{"MRK-TRAIL-02", "ReplicateKey is recorded as ReplicateKey in the primary's Region and as CreateKey in the replica's", "developer guide, CloudTrail", Documented},
		{"MRK-TRAIL-03", "UpdatePrimaryRegion is recorded in both Regions with one request id and two event ids", "developer guide, CloudTrail", Documented},
		{"MRK-TRAIL-04", "SynchronizeMultiRegionKey names the primary; it is recorded where the change arrives", "developer guide; the Region is assumed", Assumed},
		{"MRK-TRAIL-05", "RotateKey and DeleteKey are service events without a request id", "developer guide, CloudTrail", Documented},
		{"MRK-TRAIL-06", "Key material, plaintext and tokens are never in a record", "developer guide, CloudTrail", Documented},
		{"MRK-TRAIL-07", "LookupEvents finds a record some minutes after the call, about five on average", "CloudTrail user guide; sim serve takes five", Documented},
		{"MRK-NET-01", "A call is answered only by the Region of its endpoint: nothing is passed on", "developer guide, endpoints", Documented},
		{"MRK-NET-02", "A shared property reaches other members about a second later", "recording multi_region 47, imports_multi_region 14, 24", Recorded},
		{"MRK-NET-03", "Promotion, replication, rotation and synchronisation need the control planes of both Regions, cryptography neither of the others'", "developer guide, how multi-Region keys work", Documented},
		{"MRK-NET-05", "A round trip takes 2 to 3 milliseconds within a Region and 80 to 100 between us-east-1 and eu-west-1; others follow the distance", "public measurements, roughly", Assumed},
		{"MRK-NET-06", "An unreachable Region shows as time-out, refused connection, unknown name or 503, never as an error of KMS", "developer guide, resilience", Assumed},
		{"MRK-NET-04", "Every fault ends by itself", "this program's promise", Documented},
	}
}
