package sim

// Rules about using keys: cryptography, imported key material, grants.

func cryptoRules() []Rule {
	return []Rule{
		{"MRK-CRYPTO-01", "A symmetric ciphertext names in clear the key material that made it, and neither key nor Region", "decoded from ten recorded ciphertexts, 16.1", Recorded},
		{"MRK-CRYPTO-02", "Its lengths are AWS's: 27 bytes more content than plaintext", "decoded from ten recorded ciphertexts, 16.1", Recorded},
		{"MRK-CRYPTO-03", "Its third byte is 2 from Encrypt and ReEncrypt, 3 from the data key operations", "decoded from ten recorded ciphertexts, 16.1", Recorded},
		{"MRK-CRYPTO-04", "Every member of a set opens what any member made, without naming a key; the answer has the ARN of the member that opened it", "recording multi_region 29-31", Recorded},
		{"MRK-CRYPTO-05", "Decrypt with the ARN of a member in another Region is IncorrectKeyException", "recording multi_region 32", Recorded},
		{"MRK-CRYPTO-06", "Decrypt with a key that did not make the ciphertext is IncorrectKeyException", "recordings, 2025", Recorded},
		{"MRK-CRYPTO-07", "A ciphertext of a key that is not in this Region is AccessDeniedException about the customer master key", "seen by clients of AWS", Recorded},
		{"MRK-CRYPTO-08", "A damaged ciphertext or another encryption context is InvalidCiphertextException without a message", "recordings, 2025", Recorded},
		{"MRK-CRYPTO-09", "ReEncrypt to the same key works at a replica, and tells both key materials", "recording multi_region 33, rotation 38", Recorded},
		{"MRK-CRYPTO-10", "Encrypt uses the current key material; its answer does not name it", "recording rotation 31, multi_region 15", Recorded},
		{"MRK-CRYPTO-11", "A data key is asked for by exactly one of spec and number of bytes", "seen in another emulator; text assumed", Assumed},
		{"MRK-CRYPTO-12", "Plaintext has 1 to 4096 bytes; random bytes are 1 to 1024 and have to be asked for by number", "recordings, 2025", Recorded},
		{"MRK-CRYPTO-13", "DryRun of what would succeed is DryRunOperationException; what fails, fails as it would", "recording hmac 8-9, rsa 9, 20", Recorded},
		{"MRK-CRYPTO-15", "In the China Regions symmetric keys encrypt with SM4 under 128 bits, elsewhere with AES under 256", "API reference; that its ciphertext has the same layout is assumed", Documented},
		{"MRK-CRYPTO-14", "A key of another usage is InvalidKeyUsageException that names the operation; for Decrypt IncorrectKeyException", "recording hmac 12; 2025", Recorded},
	}
}

func importRules() []Rule {
	return []Rule{
		{"MRK-IMPORT-01", "A key of origin EXTERNAL is PendingImport, without expiration model and current material, until the first import", "recording imports 1-2, 5/1", Recorded},
		{"MRK-IMPORT-02", "Import parameters are valid for 24 hours; several tokens are valid side by side and may be used again", "recording imports 12-13, 18, 21-22", Recorded},
		{"MRK-IMPORT-03", "A token of another key, or a damaged one, is InvalidImportTokenException without a message", "recording imports_edges 7-8", Recorded},
		{"MRK-IMPORT-04", "What does not unwrap to a key of the spec is InvalidCiphertextException without a message", "recording imports 17, imports_edges 9", Recorded},
		{"MRK-IMPORT-05", "Key material without ImportType is new for the first import and existing after it; new material cannot be asked for by id", "recording imports 18, 21, 27", Recorded},
		{"MRK-IMPORT-06", "The id of a key material follows from key and bytes, the same in every Region", "recording imports 34, imports_multi_region 22", Recorded},
		{"MRK-IMPORT-07", "Other bytes than expected are IncorrectKeyMaterialException that names the id expected", "recording imports 24-26", Recorded},
		{"MRK-IMPORT-08", "New key material waits for a rotation; only one may wait", "recording imports 29-30", Recorded},
		{"MRK-IMPORT-09", "New material that is already the key's is IncorrectKeyMaterialException", "recording imports 25, imports_edges 14", Recorded},
		{"MRK-IMPORT-10", "Expiry: a date is needed unless the model says never, in the future, within 365 days", "recording imports 14-16, 23", Recorded},
		{"MRK-IMPORT-11", "ValidTo is cut to whole seconds; the key is PendingImport within two seconds of it", "recording imports 48-50", Recorded},
		{"MRK-IMPORT-12", "A key that lacks any of its materials is PendingImport and refuses cryptography, whichever it lacks", "recording imports 38-41", Recorded},
		{"MRK-IMPORT-13", "An import that completes a key enables it, even one that was disabled", "recording imports 42-46", Recorded},
		{"MRK-IMPORT-14", "Deleting material that waits for a rotation forgets it, at the primary for the whole set", "recording imports 31-33, imports_multi_region 23-24", Recorded},
		{"MRK-IMPORT-15", "DeleteImportedKeyMaterial succeeds again and again, and when nothing was imported", "recording imports 3, 53-54, imports_multi_region 20", Recorded},
		{"MRK-IMPORT-16", "An unknown id to delete is a ValidationException", "recording imports, delete_unknown_id", Recorded},
		{"MRK-IMPORT-17", "RotateKeyOnDemand without waiting material is KMSInvalidStateException", "recording imports, imported_rotate-key-on-demand", Recorded},
		{"MRK-IMPORT-18", "Automatic rotation is UnsupportedOperationException for imported keys; their status can be read", "recording imports 6-9", Recorded},
		{"MRK-IMPORT-19", "The expiry of waiting material is ignored until it becomes current, and then applies at once", "recording imports_edges 12-13, imports_rotation_expiry 5-14", Recorded},
		{"MRK-IMPORT-20", "A rotation makes current what waits when it ends, and nothing if nothing does; meanwhile material can be deleted and imported", "recording imports_edges 16-19, imports_rotation_replacement 7-14, imports_rotation_expiry 20-26", Recorded},
		{"MRK-IMPORT-21", "Expired material is still listed as imported", "recording imports 51, imports_rotation_expiry 13", Recorded},
		{"MRK-IMPORT-22", "A replica of an imported key is PendingImport, knows the ids and descriptions and has no bytes", "recording imports_multi_region 5-7", Recorded},
		{"MRK-IMPORT-23", "NEW_KEY_MATERIAL and descriptions are for the primary", "recording imports_multi_region 10, 16-17", Recorded},
		{"MRK-IMPORT-24", "New material of a set waits for import at every replica, then for rotation; only the new one counts", "recording imports_multi_region 13-15, 27-28", Recorded},
		{"MRK-IMPORT-25", "Losing the new material at a replica does not stop a rotation that was accepted: that member is PendingImport then", "recording imports_rotation_replica 10-20", Recorded},
		{"MRK-IMPORT-26", "Expiry is each member's own", "recording imports_multi_region 35-38", Recorded},
		{"MRK-IMPORT-27", "A rotation of imported material takes 148 to 165 seconds, in a set 17 to 48", "recording 16.4", Recorded},
		{"MRK-IMPORT-28", "Import parameters of a key that is not EXTERNAL are UnsupportedOperationException that names its origin", "recording imports_edges 4", Recorded},
		{"MRK-IMPORT-29", "HMAC and asymmetric keys have one material without an id in answers; type, id and description are refused", "recording imports_families 4-12", Recorded},
		{"MRK-IMPORT-34", "A key that waits for its first import can be neither enabled nor disabled", "recording imports 4-5", Recorded},
		{"MRK-IMPORT-35", "A complete imported key shows its expiration model and current material, its history what was imported under which description", "recording imports 19-20", Recorded},
		{"MRK-IMPORT-30", "An import token of yesterday is ExpiredImportTokenException", "API reference", Documented},
		{"MRK-IMPORT-31", "Wrapping algorithm and wrapping key have to suit the key's spec", "recording imports 10-11, imports_families 15-16", Recorded},
	}
}

func grantRules() []Rule {
	return []Rule{
		{"MRK-GRANT-01", "A grant belongs to one member; others of the set do not have it", "developer guide, grants", Documented},
		{"MRK-GRANT-02", "ListGrants shows key ARN, whole seconds, the account's root as issuer, and no constraints when there are none", "recording grants 7", Recorded},
		{"MRK-GRANT-03", "A malformed principal is InvalidArnException `ARN is not valid`, an unknown one `ARN does not refer to a valid principal`", "recording grants 10-11, 14", Recorded},
		{"MRK-GRANT-04", "The same request under the same name gives the same grant, however the principal is spelt", "recording grants 35", Recorded},
		{"MRK-GRANT-05", "A principal is shown as an ARN while it exists, as its id after that", "recording grants 32, 36, 42", Recorded},
		{"MRK-GRANT-06", "Filtering by a principal that is gone is InvalidArnException; retirable grants of its id are NotFoundException", "recording grants 37-41", Recorded},
		{"MRK-GRANT-07", "Operations have to suit the key; the error lists those that do", "recording hmac 14", Recorded},
		{"MRK-GRANT-08", "Encryption context constrains grants on symmetric encryption keys only", "recording hmac 15, rsa 13, ecc 19", Recorded},
		{"MRK-GRANT-09", "A grant to a role holds for its sessions, one to a session for that session name", "recording grants 5-6, 15-16", Recorded},
		{"MRK-GRANT-10", "What is no grant token is InvalidGrantTokenException", "service model", Documented},
		{"MRK-GRANT-11", "A grant is retired by token or by key and id; a grant that is gone is NotFoundException, what is no grant id InvalidGrantIdException", "API reference; texts assumed", Documented},
		{"MRK-GRANT-13", "A grant to a session holds whatever its session policy or boundary leaves out; a grant to its role does not", "recording grants 3, 17, 19-20", Recorded},
		{"MRK-GRANT-14", "An owner's grant to another account needs that account's leave as well; a grant made by the caller's own account does not. For a role the session policy is told of first", "recording grants 47-62; that the role of 52 had no leave of its own is inferred", Recorded},
		{"MRK-GRANT-15", "A grantee can grant no more than one grant of its own holds, constraints included", "recording grants 21-26", Recorded},
		{"MRK-GRANT-16", "Retiring a grant by being named in it follows the same rules as using one: a session is not cut by its session policy, another account needs its own leave", "recording grants 29-30, 63-68", Recorded},
		{"MRK-GRANT-12", "A key may have 50,000 grants", "developer guide, resource quotas", Documented},
	}
}
