// Package material is the cryptography of KMS keys as pure values: it makes,
// parses and uses key material of every key spec, checks what AWS checks about
// messages and algorithms, wraps and unwraps imported material, and encrypts
// answers for Nitro enclaves.
//
// # Secrets
//
// A secret is key material in the one form in which a world keeps, replicates
// and identifies it:
//
//	SYMMETRIC_DEFAULT   the key itself, 32 bytes
//	HMAC_*              the key itself, as long as the hash
//	RSA_*, ECC_*, SM2   a PKCS#8 structure in DER, always the same for one key
//	ML_DSA_*            the seed ξ of FIPS 204, 32 bytes
//	ML_KEM_*            the seeds d and z of FIPS 203, 64 bytes
//
// # Randomness
//
// Whatever is random is drawn from the reader that is passed in, so that the
// same reader gives the same keys, signatures and ciphertexts. Several of Go's
// crypto packages ignore the reader they are given or disturb it on purpose;
// keys and nonces are therefore derived here from bytes read, and only then
// handed to those packages.
//
// # Not for production
//
// A simulator's secrets protect nothing. Arithmetic with them uses math/big in
// places and does not run in constant time.
package material
