package mrk

import (
	"context"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// Sealed is a ciphertext and what KMS said about its making.
type Sealed struct {
	Ciphertext []byte
	KeyARN     string
	Material   string // from the ciphertext's header; empty when it does not tell
}

// Encrypt encrypts in one Region, one call. The member is named by key id,
// ARN or alias.
func Encrypt(ctx context.Context, c Cloud, m OneMember, plaintext []byte, bound map[string]string) (Sealed, error) {
	out, err := call(ctx, c, m.In, c.Client(m.In).Encrypt, &kms.EncryptInput{KeyId: aws.String(m.Key), Plaintext: plaintext, EncryptionContext: bound})
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{Ciphertext: out.CiphertextBlob, KeyARN: aws.ToString(out.KeyId), Material: MaterialOf(out.CiphertextBlob)}, nil
}

// Opened is a plaintext and what KMS said about it. It must never be printed
// or written down.
type Opened struct {
	Plaintext []byte
	KeyARN    string
	Material  string
}

// Decrypt decrypts in one Region, one call. The key is optional: KMS finds it
// from the ciphertext, but naming it refuses ciphertext of any other key.
func Decrypt(ctx context.Context, c Cloud, m OneMember, ciphertext []byte, bound map[string]string) (Opened, error) {
	out, err := call(ctx, c, m.In, c.Client(m.In).Decrypt, &kms.DecryptInput{KeyId: optional(m.Key), CiphertextBlob: ciphertext, EncryptionContext: bound})
	if err != nil {
		return Opened{}, err
	}
	return Opened{Plaintext: out.Plaintext, KeyARN: aws.ToString(out.KeyId), Material: aws.ToString(out.KeyMaterialId)}, nil
}

// MaterialOf reads the id of the key material from the clear header of a
// symmetric ciphertext, as recorded on AWS: 01 02, one byte of the kind of
// call, 00 78, then 32 bytes of id. It is empty for any other layout.
func MaterialOf(ciphertext []byte) string {
	const header, id = 5, 32
	if len(ciphertext) < header+id || ciphertext[0] != 1 || ciphertext[1] != 2 || ciphertext[3] != 0 || ciphertext[4] != 0x78 {
		return ""
	}
	return hex.EncodeToString(ciphertext[header : header+id])
}
