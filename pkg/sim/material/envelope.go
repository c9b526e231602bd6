package material

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"

	"golang.org/x/crypto/cryptobyte"
	casn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Envelope encrypts an answer for an enclave's public key as KMS does: CMS
// EnvelopedData (RFC 5652) with the content under AES-256-CBC and its key under
// RSAES-OAEP with SHA-256. It fails when the reader fails or the key is too
// short.
func Envelope(random io.Reader, to *rsa.PublicKey, plaintext []byte) ([]byte, error) {
	drawn := make([]byte, 32+aes.BlockSize)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, fmt.Errorf("encrypt for recipient: %w", err)
	}
	key, iv := drawn[:32], drawn[32:]
	wrapped, err := rsa.EncryptOAEP(sha256.New(), random, to, key, nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt for recipient: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("encrypt for recipient: %w", err)
	}
	padding := aes.BlockSize - len(plaintext)%aes.BlockSize
	content := append(bytes.Clone(plaintext), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(content, content)
	recipient := sha1.Sum(x509.MarshalPKCS1PublicKey(to)) // the usual subject key identifier
	return envelopedData(recipient[:], wrapped, iv, content), nil
}

func envelopedData(recipient, wrapped, iv, content []byte) []byte {
	var b cryptobyte.Builder
	explicit := casn1.Tag(0).ContextSpecific().Constructed()
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 7, 3))
		b.AddASN1(explicit, func(b *cryptobyte.Builder) {
			b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1Int64(2)
				b.AddASN1(casn1.SET, func(b *cryptobyte.Builder) { addRecipient(b, recipient, wrapped) })
				b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 7, 1))
					b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oid(2, 16, 840, 1, 101, 3, 4, 1, 42)) // AES-256-CBC
						b.AddASN1OctetString(iv)
					})
					b.AddASN1(casn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(content) })
				})
			})
		})
	})
	return b.BytesOrPanic() // constants and byte strings have no way to fail
}

// addRecipient writes who can open the content and how.
func addRecipient(b *cryptobyte.Builder, recipient, wrapped []byte) {
	hash := func(b *cryptobyte.Builder) {
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid(2, 16, 840, 1, 101, 3, 4, 2, 1)) // SHA-256
		})
	}
	b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(2)
		b.AddASN1(casn1.Tag(0).ContextSpecific(), func(b *cryptobyte.Builder) { b.AddBytes(recipient) })
		b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 1, 7)) // RSAES-OAEP
			b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(casn1.Tag(0).ContextSpecific().Constructed(), hash)
				b.AddASN1(casn1.Tag(1).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1(casn1.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1ObjectIdentifier(oid(1, 2, 840, 113549, 1, 1, 8)) // MGF1
						hash(b)
					})
				})
			})
		})
		b.AddASN1OctetString(wrapped)
	})
}
