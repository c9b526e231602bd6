package sim

// Rules about sets of related keys: replication, promotion, rotation, deletion.

func replicateRules() []Rule {
	return []Rule{
		{"MRK-REPLICATE-01", "ReplicateKey is asked of the primary: a replica, or a key that is not multi-Region, answers UnsupportedOperationException `<arn> is not a multi-region primary key.`", "recording multi_region 28; for single-Region keys assumed", Recorded},
		{"MRK-REPLICATE-02", "The primary's own Region as target is a ValidationException", "recording multi_region 10", Recorded},
		{"MRK-REPLICATE-03", "A target in another partition is a ValidationException", "recording multi_region 11", Recorded},
		{"MRK-REPLICATE-04", "A target that is no Region is a ValidationException that names it", "recording multi_region 12", Recorded},
		{"MRK-REPLICATE-05", "A target that the account has not opted in to is answered like one that is no Region", "no recording", Assumed},
		{"MRK-REPLICATE-06", "A second replica in a Region is AlreadyExistsException, also while the first is pending deletion", "recording multi_region 27, 65", Recorded},
		{"MRK-REPLICATE-07", "The primary has to be Enabled: DisabledException, or KMSInvalidStateException that names its state", "recording multi_region 36, imports_multi_region 2", Recorded},
		{"MRK-REPLICATE-08", "An Updating primary refuses to be replicated with `<arn> is updating.`", "developer guide, key states", Documented},
		{"MRK-REPLICATE-09", "The new replica is Creating for 2 to 4 seconds: describable and listed by the primary at once, without a current key material, unusable until then", "recording multi_region 13, 16-20", Recorded},
		{"MRK-REPLICATE-10", "A replica has its own description, tags and policy: empty, none and the default policy unless the request gives others", "recording multi_region 13, 21, 22", Recorded},
		{"MRK-REPLICATE-11", "A replica sees the set's rotation settings from the start", "recording multi_region 19, 23", Recorded},
		{"MRK-REPLICATE-12", "ReplicaTags is absent from the answer when there are no tags", "recording multi_region 13", Recorded},
		{"MRK-REPLICATE-13", "A replica that is Creating refuses cryptography with `<arn> is creating.`", "developer guide, key states", Documented},
		{"MRK-REPLICATE-14", "A new replica of a rotated key has all earlier key materials", "developer guide, rotating keys", Documented},
		{"MRK-REPLICATE-15", "ReplicateKey to a Region whose control plane is dark fails with KMSInternalException", "no recording", Assumed},
	}
}

func promoteRules() []Rule {
	return []Rule{
		{"MRK-PROMOTE-01", "UpdatePrimaryRegion is asked of the present primary: a replica answers KMSInvalidStateException `<arn> is not a multi-Region primary key.`", "recording multi_region 42", Recorded},
		{"MRK-PROMOTE-02", "Naming the Region that has the primary succeeds and changes nothing", "recording multi_region 40", Recorded},
		{"MRK-PROMOTE-03", "Naming a Region without a replica is a ValidationException that begins with the bare key id", "recording multi_region 41", Recorded},
		{"MRK-PROMOTE-04", "The primary's state is checked before the replica's; the error names the key that is in the wrong state", "recording multi_region 66, 69, 71", Recorded},
		{"MRK-PROMOTE-05", "Both labels, and the lists of both members, change at once", "recording multi_region 51, 52", Recorded},
		{"MRK-PROMOTE-06", "Both members are Updating, with Enabled false, for 3 to 8 seconds", "recording multi_region 51-54", Recorded},
		{"MRK-PROMOTE-07", "Cryptography goes on while a member is Updating", "developer guide, key states", Documented},
		{"MRK-PROMOTE-08", "Description, creation date, policy, aliases, tags and grants of both members stay as they were", "recording multi_region 55; developer guide", Recorded},
		{"MRK-PROMOTE-09", "The rotation schedule goes over to the new primary, to the millisecond", "recording multi_region 56", Recorded},
		{"MRK-PROMOTE-10", "Other replicas hear of the new primary by synchronisation", "developer guide, changing the primary", Documented},
		{"MRK-PROMOTE-11", "A single-Region key answers UnsupportedOperationException", "no recording", Assumed},
		{"MRK-PROMOTE-12", "Promotion to a Region whose control plane is dark fails with KMSInternalException and changes nothing", "no recording", Assumed},
		{"MRK-PROMOTE-14", "For a while after a promotion both members may show as replicas; an option of the world, since no recording shows it", "developer guide, changing the primary", Documented},
		{"MRK-PROMOTE-13", "Updating refuses Enable, Disable, ScheduleKeyDeletion, GetParametersForImport and DeleteImportedKeyMaterial with `<arn> is updating.`", "developer guide, key states", Documented},
	}
}

func rotateRules() []Rule {
	return []Rule{
		{"MRK-ROTATE-01", "Rotation is set and started on the primary: a replica answers UnsupportedOperationException that names the operation", "recording multi_region 24-26", Recorded},
		{"MRK-ROTATE-02", "New key material is used only when every member has it; until then the old one is current everywhere", "recording multi_region 43-47; developer guide", Recorded},
		{"MRK-ROTATE-03", "A rotation on demand takes 99 to 131 seconds for a single-Region key, 460 seconds with two replicas", "recording rotation 32, 66, 83, multi_region 45", Recorded},
		{"MRK-ROTATE-04", "A Region that cannot be reached keeps the whole set on the old material", "developer guide's rule, applied", Assumed},
		{"MRK-ROTATE-05", "RotationDate is the moment of completion, OnDemandRotationStartDate that of the request", "recording rotation 28-32", Recorded},
		{"MRK-ROTATE-06", "A second request while a rotation on demand runs succeeds, and is the same rotation", "recording rotation 27", Recorded},
		{"MRK-ROTATE-07", "A rotation on demand does not move the date of the next automatic one", "recording rotation 28-30", Recorded},
		{"MRK-ROTATE-08", "An accepted rotation completes on a key that is disabled or pending deletion meanwhile", "recording rotation 64-68, 80-83", Recorded},
		{"MRK-ROTATE-09", "Enabling sets the next date to now plus the period, to the millisecond; without a period it is 365 days", "recording rotation 8-9, 59-61", Recorded},
		{"MRK-ROTATE-10", "Enabling again with the same period, or with none, changes nothing; with another it counts from now; disabling what is off changes nothing", "recording rotation 4-5, 10-15, 57-58, 71", Recorded},
		{"MRK-ROTATE-11", "GetKeyRotationStatus answers with the ARN of the member asked, and without period and date when rotation is off", "recording rotation 1, 16-17, multi_region 19", Recorded},
		{"MRK-ROTATE-12", "A key pending deletion shows rotation off; a primary pending the deletion of its replicas shows it on; both have it back after a cancel", "recording rotation 46, 51, multi_region 75, 80", Recorded},
		{"MRK-ROTATE-13", "Rotation settings of a disabled key are shown and cannot be changed", "recording rotation 40-45", Recorded},
		{"MRK-ROTATE-14", "ListKeyRotations is oldest first, without the first material unless ALL_KEY_MATERIAL asks for it; replicas show the primary's dates", "recording rotation 32-33, multi_region 48", Recorded},
		{"MRK-ROTATE-15", "HMAC and asymmetric keys: status off, list empty, Disable succeeds, Enable and RotateKeyOnDemand are UnsupportedOperationException without a message, ALL_KEY_MATERIAL is a ValidationException", "recording rotation 52-56, imports_families 9", Recorded},
		{"MRK-ROTATE-16", "Automatic rotation happens at its date, and the next date is one period later", "developer guide, rotating keys", Documented},
		{"MRK-ROTATE-17", "A key that is disabled or pending deletion at its date is rotated when it is enabled again", "developer guide, rotating keys", Documented},
		{"MRK-ROTATE-18", "RotateKeyOnDemand is ConflictException while an automatic rotation runs or is due within 20 minutes", "service model; text unknown", Documented},
		{"MRK-ROTATE-19", "A key can be rotated on demand 25 times in its life, then LimitExceededException names it", "text recorded in 2025, when it was ten times; API reference", Recorded},
		{"MRK-ROTATE-20", "Old ciphertext decrypts after a rotation, with the material it names", "recording rotation 37, multi_region 49", Recorded},
		{"MRK-ROTATE-21", "The period is between 90 and 2560 days", "recording rotation 7", Recorded},
	}
}

func deleteRules() []Rule {
	return []Rule{
		{"MRK-DELETE-01", "A primary with replicas becomes PendingReplicaDeletion: a window and no date", "recording multi_region 58, 59, 74", Recorded},
		{"MRK-DELETE-02", "Any other key becomes PendingDeletion: the date is now plus the window, to the millisecond", "recording multi_region 63, multi_region_permissions 5", Recorded},
		{"MRK-DELETE-03", "The primary goes on listing a replica that is pending deletion", "recording multi_region 64", Recorded},
		{"MRK-DELETE-04", "CancelKeyDeletion leaves the key Disabled, from both states", "recording multi_region 61-62, 67-68", Recorded},
		{"MRK-DELETE-05", "A key that lacks imported material is PendingImport after a cancel", "recording imports 57", Recorded},
		{"MRK-DELETE-06", "Cancelling what is not pending is KMSInvalidStateException", "developer guide, key states", Documented},
		{"MRK-DELETE-07", "A primary's own window begins 48 hours and some seconds after its last replica's deletion", "recording multi_region 86", Recorded},
		{"MRK-DELETE-08", "A deleted key answers NotFoundException `Key '<arn>' does not exist`", "recording multi_region 85", Recorded},
		{"MRK-DELETE-09", "Members stay usable while their primary waits for them", "recording multi_region 60", Recorded},
		{"MRK-DELETE-10", "A key is gone at its deletion date, with its aliases and grants", "developer guide, deleting keys; the date to the day", Documented},
		{"MRK-DELETE-11", "A deleted replica leaves its primary's list when the next synchronisation comes", "no recording", Assumed},
		{"MRK-DELETE-12", "The window is 7 to 30 days, 30 unless given", "API reference", Documented},
		{"MRK-DELETE-13", "A key that is being deleted refuses tags, aliases, description, rotation and cryptography, each text naming its state; its policy can be read and put", "recording multi_region 75-84, rotation 46-50", Recorded},
	}
}
