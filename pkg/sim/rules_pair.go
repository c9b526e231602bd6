package sim

// Rules about key pairs, MAC keys, enclaves, and keys that live elsewhere.

func pairRules() []Rule {
	return []Rule{
		{"MRK-PAIR-01", "Every member of a set has the same key pair: the same public key, and each verifies what another signs", "developer guide, multi-Region keys", Documented},
		{"MRK-PAIR-02", "GetPublicKey of a key without a public half is UnsupportedOperationException without a message", "recording rsa 1", Recorded},
		{"MRK-PAIR-03", "GetPublicKey works on a disabled key, and neither on one that is being deleted nor on one that lacks its material", "recording rsa 14-15, imports_families 22", Recorded},
		{"MRK-PAIR-04", "OAEP encrypts what the modulus leaves; a byte more is a ValidationException that tells the limit", "recording rsa 8", Recorded},
		{"MRK-PAIR-05", "Decrypt with an RSA key needs the key named; without the algorithm, with another one or of a damaged ciphertext it is InvalidCiphertextException", "recording rsa 4-5, 9", Recorded},
		{"MRK-PAIR-06", "Key pairs take no encryption context; an empty one is none", "recording rsa 6-7", Recorded},
		{"MRK-PAIR-07", "Answers name key materials of symmetric keys only", "recording rsa 3, 10-11", Recorded},
		{"MRK-PAIR-08", "An algorithm that the key does not know is InvalidKeyUsageException that names both", "recording rsa 12, ecc 10, hmac 5", Recorded},
		{"MRK-PAIR-09", "PKCS #1 v1.5 and Ed25519 sign the same way each time, the others not; a message and its digest come to the same", "recording rsa 16, ecc 3", Recorded},
		{"MRK-PAIR-10", "Message type, algorithm, key spec and length have to go together, checked in that order", "recording rsa 17, 19, ecc 5-9", Recorded},
		{"MRK-PAIR-11", "A wrong signature is KMSInvalidSignatureException without a message, under DryRun too", "recording rsa 18, ecc 4", Recorded},
		{"MRK-PAIR-12", "An ML-DSA signature of a message verifies for its µ, and the other way round", "recording ecc 11", Recorded},
		{"MRK-PAIR-13", "A shared secret is the curve's coordinate; a key's own public key is as good as another; the answer tells the origin", "recording ecc 12, imports_data_plane 25", Recorded},
		{"MRK-PAIR-14", "A public key that is none, or of another curve, is a ValidationException without a message", "recording ecc 13", Recorded},
		{"MRK-PAIR-15", "Data key pairs are PKCS #8 and SubjectPublicKeyInfo, of AWS's lengths", "recording rsa 21, ecc 18", Recorded},
		{"MRK-PAIR-16", "A data key pair under a key pair is InvalidKeyUsageException", "recording rsa 22", Recorded},
		{"MRK-PAIR-17", "A data key pair under a key in a custom key store is UnsupportedOperationException", "API reference; text assumed", Documented},
		{"MRK-PAIR-18", "Encapsulation makes 32 bytes and a ciphertext of its key's length; another length is InvalidCiphertextException, another ciphertext another secret", "API reference", Documented},
		{"MRK-PAIR-19", "SM2 keys sign, encrypt up to 1024 bytes and agree, in the China Regions", "API reference", Documented},
		{"MRK-PAIR-20", "The private key of an ML-KEM data key pair is its seed, of one length; the China Regions have none", "API reference", Documented},
		{"MRK-MAC-01", "A MAC is the same each time and at every member", "recording hmac 2-4; developer guide", Recorded},
		{"MRK-MAC-02", "A MAC that is wrong or short is KMSInvalidMacException without a message, under DryRun too", "recording hmac 6-7, 9", Recorded},
		{"MRK-MAC-03", "A MAC is as long as its hash; messages have 1 to 4096 bytes", "recording hmac 10-11", Recorded},
		{"MRK-ENCLAVE-01", "An answer for an enclave is CMS EnvelopedData for its public key, and has no plaintext", "developer guide, cryptographic attestation", Documented},
		{"MRK-ENCLAVE-02", "An attestation document without a public key is a ValidationException", "text and code unknown", Assumed},
		{"MRK-ENCLAVE-03", "Policies see an enclave's measurements as kms:RecipientAttestation:ImageSha384 (PCR0) and PCR0 to PCR31, those of NitroTPM as NitroTPMPCR; certificates are not followed", "developer guide, condition keys for Nitro Enclaves and NitroTPM", Documented},
		{"MRK-IMPORT-32", "Private keys of RSA and of the Weierstrass curves are imported in DER and in BER, of Ed25519 in DER alone", "recording imports_families 19", Recorded},
		{"MRK-IMPORT-33", "Symmetric key material has 32 bytes, in the China Regions 16", "API reference", Documented},
	}
}

func storeRules() []Rule {
	return []Rule{
		{"MRK-STORE-01", "A key store is CONNECTING for a while before it is CONNECTED or FAILED with a reason; a cluster takes up to 20 minutes", "API reference; durations of proxies assumed", Documented},
		{"MRK-STORE-02", "Connect, disconnect, update and delete are for certain connection states; others are CustomKeyStoreInvalidStateException", "API reference", Documented},
		{"MRK-STORE-03", "Keys of a store that is not connected are Unavailable", "developer guide, custom key stores", Documented},
		{"MRK-STORE-04", "A store with keys cannot be deleted", "API reference", Documented},
		{"MRK-STORE-05", "Names, clusters, proxy addresses and endpoint services belong to one store each", "API reference", Documented},
		{"MRK-STORE-06", "A cluster has to exist, be active, have two HSMs for keys and one to connect, and the trust anchor that was named", "API reference", Documented},
		{"MRK-STORE-07", "An account may have ten custom key stores in a Region", "developer guide, resource quotas", Documented},
		{"MRK-STORE-08", "Passwords and secret access keys are never shown", "API reference", Documented},
		{"MRK-STORE-09", "Random bytes come from a connected cluster, never from an external key store", "API reference", Documented},
		{"MRK-XKS-01", "A proxy at a public endpoint is asked for its health when its store is made, one in a VPC when it is connected", "API reference", Documented},
		{"MRK-XKS-02", "A key in an external key store stands for one external key, which has to be AES-256, enabled, and able to encrypt and decrypt", "XKS proxy API specification", Documented},
		{"MRK-XKS-03", "What such a key encrypts is encrypted by KMS and then by the external key manager; it opens with both only", "developer guide, external key stores", Documented},
		{"MRK-XKS-04", "Whatever a proxy fails at, cryptography answers with KMSInvalidStateException and a text for the reason", "XKS proxy API specification, error codes", Documented},
		{"MRK-XKS-05", "Making stores and keys answers a proxy's failures with errors of their own and the same texts", "XKS proxy API specification, error codes", Documented},
		{"MRK-XKS-06", "Why a connection failed shows as its error code", "API reference", Documented},
		{"MRK-XKS-07", "A store in a VPC needs an endpoint service that exists and can be used, when it is made and when it is connected", "API reference", Documented},
	}
}
