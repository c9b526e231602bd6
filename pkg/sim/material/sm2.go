package material

import (
	"crypto/ecdsa"
	"io"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// sm2Key is a key pair of the Chinese curve. It signs with SM2DSA, encrypts
// with SM2PKE and agrees on secrets as any other.
type sm2Key struct {
	ecKey
	private *sm2.PrivateKey
}

func makeSM2(spec types.KeySpec, random io.Reader) ([]byte, error) {
	c, _ := curveOf(spec)
	for {
		secret, err := makeECC(spec, random)
		if err != nil {
			return nil, err
		}
		// The standard leaves out order-1, for which no signature exists.
		if _, scalar, err := readECC(spec, secret); err != nil ||
			new(big.Int).SetBytes(scalar).Cmp(new(big.Int).Sub(c.order, big.NewInt(1))) < 0 {
			return secret, err
		}
	}
}

func parseSM2(spec types.KeySpec, secret []byte) (*Key, error) {
	k, err := parseECC(spec, secret)
	if err != nil {
		return nil, err
	}
	pair := k.signer.(ecKey)
	plain := &ecdsa.PrivateKey{}
	plain.Curve = sm2.P256()
	plain.D = new(big.Int).SetBytes(pair.scalar) //nolint:staticcheck // the library offers no other way in
	plain.X, plain.Y = new(big.Int).SetBytes(pair.point[1:33]), new(big.Int).SetBytes(pair.point[33:])
	private, err := new(sm2.PrivateKey).FromECPrivateKey(plain)
	if err != nil {
		return nil, err
	}
	both := sm2Key{pair, private}
	k.signer, k.agreer, k.encrypter = both, both, both
	return k, nil
}

// message is what SM2DSA signs: a digest as it comes, or SM3 of the signer's
// identity and the message. The identity is the standard's default.
func (k sm2Key) message(form types.MessageType, message []byte) ([]byte, error) {
	if form != types.MessageTypeRaw {
		return message, nil
	}
	za, err := sm2.CalculateZA(&k.private.PublicKey, []byte("1234567812345678"))
	if err != nil {
		return nil, err
	}
	sum := sm3.Sum(append(za, message...))
	return sum[:], nil
}

func (k sm2Key) sign(random io.Reader, _ types.SigningAlgorithmSpec, form types.MessageType, message []byte) ([]byte, error) {
	digest, err := k.message(form, message)
	if err != nil {
		return nil, err
	}
	var entropy still
	if _, err := io.ReadFull(random, entropy[:]); err != nil {
		return nil, err
	}
	return sm2.SignASN1(&entropy, k.private, digest, nil)
}

// still is a reader that begins anew at each read. The library sometimes reads
// one byte more, at random, to keep its users from relying on the bytes drawn;
// from this reader the extra byte takes nothing away.
type still [32]byte

func (s *still) Read(p []byte) (int, error) { return copy(p, s[:]), nil }

func (k sm2Key) verify(_ types.SigningAlgorithmSpec, form types.MessageType, message, signature []byte) bool {
	digest, err := k.message(form, message)
	return err == nil && sm2.VerifyASN1(&k.private.PublicKey, digest, signature)
}

func (k sm2Key) encrypt(random io.Reader, _ types.EncryptionAlgorithmSpec, plaintext []byte) ([]byte, error) {
	return sm2.EncryptASN1(random, &k.private.PublicKey, plaintext)
}

func (k sm2Key) decrypt(_ types.EncryptionAlgorithmSpec, ciphertext []byte) ([]byte, bool) {
	if len(ciphertext) == 0 || ciphertext[0] != 0x30 {
		return nil, false // the library would take other layouts, AWS has one
	}
	plaintext, err := sm2.Decrypt(k.private, ciphertext)
	return plaintext, err == nil
}
