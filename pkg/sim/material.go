package sim

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// identify works out the id of a key material. AWS's ids of imported material
// are a function of key and bytes, the same in every Region.
//
// Rules: MRK-IMPORT-06.
func identify(keyID string, secret []byte) materialID {
	h := sha256.New()
	h.Write([]byte("mrkctl key material id\x00" + keyID + "\x00"))
	h.Write(secret)
	var id materialID
	h.Sum(id[:0])
	return id
}

// newHeld wraps the bytes of a key material.
func newHeld(set *keySet, secret []byte) *held {
	return &held{
		ID: identify(set.ID, secret), Secret: secret, derive: deriving(secret),
		sm4: set.symmetric() && len(secret) == sm4KeySize,
	}
}

// makeMaterial draws new key material for a symmetric key: 256 bits for AES,
// in the China Regions 128 bits for SM4.
//
// Rules: MRK-CRYPTO-15.
func (w *World) makeMaterial(set *keySet) (*held, error) {
	secret := make([]byte, aesKeySize)
	if w.region(set.Primary).Partition == chinaPartition {
		secret = secret[:sm4KeySize]
	}
	if err := w.keys.read(secret); err != nil {
		return nil, broken(codeInternal)
	}
	return newHeld(set, secret), nil
}

// newKeyID draws a key id: mrk- and 32 hexadecimal digits for a multi-Region
// key, a UUID for any other.
//
// Rules: MRK-NAME-06.
func (w *World) newKeyID(multi bool) (string, error) {
	var r RequestID
	if err := w.keys.read(r[:]); err != nil {
		return "", broken(codeInternal)
	}
	if multi {
		return "mrk-" + hex.EncodeToString(r[:]), nil
	}
	r[6] = r[6]&0x0f | 0x40
	r[8] = r[8]&0x3f | 0x80
	return r.String(), nil
}

// withMaterial is a list of materials with one more at its end, a new slice.
func withMaterial(list []keyMaterial, m keyMaterial) []keyMaterial {
	return append(append(make([]keyMaterial, 0, len(list)+1), list...), m)
}

// activated is a list of materials in which one becomes current, a new slice.
func activated(list []keyMaterial, id materialID, at int64, how types.RotationType) []keyMaterial {
	out := append([]keyMaterial(nil), list...)
	for i := range out {
		switch {
		case out[i].ID == id:
			out[i].State, out[i].Rotated, out[i].How = types.KeyMaterialStateCurrent, at, how
		case out[i].State == types.KeyMaterialStateCurrent:
			out[i].State = types.KeyMaterialStateNonCurrent
		}
	}
	return out
}

// makeMaterialID draws 32 bytes that name something.
func (w *World) makeMaterialID() (materialID, error) {
	var id materialID
	if err := w.keys.read(id[:]); err != nil {
		return id, broken(codeInternal)
	}
	return id, nil
}
