package sim

import (
	"bytes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/binary"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/emmansun/gmsm/sm4"
)

// encrypted is the DER part of a ciphertext: CMS EncryptedData.
type encrypted struct {
	Type asn1.ObjectIdentifier
	Data struct {
		Version int
		Info    struct {
			Type      asn1.ObjectIdentifier
			Algorithm struct {
				Name  asn1.ObjectIdentifier
				Param struct {
					IV  []byte
					Tag int
				}
			}
			Content []byte `asn1:"tag:0"`
		}
	} `asn1:"explicit,tag:0"`
}

func sealed(t *testing.T, w *World, region, plain string, context map[string]string) []byte {
	t.Helper()
	c := &Call{Region: region, From: region, Principal: admin()}
	key, err := w.CreateKey(c, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.Encrypt(c, &kms.EncryptInput{KeyId: key.KeyMetadata.KeyId, Plaintext: []byte(plain), EncryptionContext: context})
	if err != nil {
		t.Fatal(err)
	}
	return out.CiphertextBlob
}

// TestCiphertextLayout takes ciphertexts apart as the recorded ones were:
// MRK-CRYPTO-01, MRK-CRYPTO-02, MRK-CRYPTO-03 [16.1/1-11, F9.1/1].
func TestCiphertextLayout(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1", "cn-north-1"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	const plain = "the quick brown fox"
	var nonces [][]byte
	for range 2 {
		b := sealed(t, w, "us-east-1", plain, map[string]string{"purpose": "layout"})
		r := w.region("us-east-1")
		m := r.order[len(r.order)-1]
		id := m.current.ID
		if !bytes.Equal(b[:5], []byte{1, 2, 2, 0, 0x78}) || !bytes.Equal(b[5:37], id[:]) || b[37] != 1 {
			t.Errorf("header %x", b[:38])
		}
		nonces = append(nonces, b[38:54])
		if n := binary.BigEndian.Uint32(b[54:58]); int(n) != len(b)-58 {
			t.Errorf("%d bytes of DER are announced, %d follow", n, len(b)-58)
		}
		var e encrypted
		rest, err := asn1.Unmarshal(b[58:], &e)
		info := e.Data.Info
		if err != nil || len(rest) > 0 || e.Type.String() != "1.2.840.113549.1.7.6" || e.Data.Version != 0 || info.Type.String() != "1.2.840.113549.1.7.1" ||
			info.Algorithm.Name.String() != "2.16.840.1.101.3.4.1.46" || len(info.Algorithm.Param.IV) != 12 || info.Algorithm.Param.Tag != 16 {
			t.Errorf("%+v %v", e, err)
		}
		if len(info.Content) != len(plain)+27 {
			t.Errorf("%d bytes of content for %d of plaintext", len(info.Content), len(plain))
		}
		for _, secret := range []string{plain, "purpose", "layout", m.set.ID, m.set.Account, "us-east-1"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%q stands in the ciphertext", secret)
			}
		}
	}
	if bytes.Equal(nonces[0], nonces[1]) {
		t.Error("two ciphertexts have one nonce")
	}
}

// TestSM4Set: the members of a set in China open what any of them made, also
// after a rotation and from a saved world (MRK-CRYPTO-15, MRK-CRYPTO-04).
func TestSM4Set(t *testing.T) {
	w, err := New(Options{Regions: []string{"cn-north-1", "cn-northwest-1"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	at := func(region string) *Call { return &Call{Region: region, From: region, Principal: admin()} }
	key, err := w.CreateKey(at("cn-north-1"), &kms.CreateKeyInput{MultiRegion: ptr(true)})
	if err != nil {
		t.Fatal(err)
	}
	id := key.KeyMetadata.KeyId
	if _, err := w.ReplicateKey(at("cn-north-1"), &kms.ReplicateKeyInput{KeyId: id, ReplicaRegion: ptr("cn-northwest-1")}); err != nil {
		t.Fatal(err)
	}
	w.Advance(w.Now().Add(time.Minute))
	if _, err := w.RotateKeyOnDemand(at("cn-north-1"), &kms.RotateKeyOnDemandInput{KeyId: id}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		out, err := w.Encrypt(at("cn-north-1"), &kms.EncryptInput{KeyId: id, Plaintext: []byte("p")})
		if err != nil {
			t.Fatal(err)
		}
		if w, err = w.Fork(); err != nil {
			t.Fatal(err)
		}
		opened, err := w.Decrypt(at("cn-northwest-1"), &kms.DecryptInput{CiphertextBlob: out.CiphertextBlob})
		if err != nil || string(opened.Plaintext) != "p" {
			t.Errorf("%v %v", opened, err)
		}
		w.Advance(w.Now().Add(time.Hour)) // the second time with the new material
	}
	if n := len(w.region("cn-northwest-1").order[0].current.Secret); n != 16 {
		t.Errorf("the new key material has %d bytes", n)
	}
}

// TestSM4InChina: symmetric keys of the China Regions encrypt with SM4 under
// 128 bits (MRK-CRYPTO-15).
func TestSM4InChina(t *testing.T) {
	w, err := New(Options{Regions: []string{"cn-north-1"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	const plain = "the quick brown fox"
	b := sealed(t, w, "cn-north-1", plain, nil)
	var e encrypted
	if _, err := asn1.Unmarshal(b[58:], &e); err != nil {
		t.Fatal(err)
	}
	if name := e.Data.Info.Algorithm.Name.String(); name != "1.2.156.10197.1.104.8" {
		t.Errorf("the algorithm is %s, not SM4 in Galois/counter mode", name)
	}
	secret := w.region("cn-north-1").order[0].current.Secret
	if len(secret) != 16 {
		t.Errorf("key material of %d bytes", len(secret))
	}
	from := sha256.Sum256(append([]byte("mrkctl message key\x00"), secret...))
	key := sha256.Sum256(append(from[:], b[38:54]...))
	block, err := sm4.NewCipher(key[:16])
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := gcm.Open(nil, e.Data.Info.Algorithm.Param.IV, e.Data.Info.Content, canonicalContext(nil))
	if err != nil || string(opened[boundSize:]) != plain {
		t.Errorf("SM4 opens it to %q: %v", opened, err)
	}
}
