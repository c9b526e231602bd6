package sim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"

	"github.com/emmansun/gmsm/sm4"

	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// A symmetric ciphertext has the layout that was decoded from AWS's:
// a clear header with the id of the key material that encrypted it and a
// random nonce, then CMS EncryptedData in DER. What is
// inside is ours: the content is AES-256-GCM, under a key derived from the
// material and the nonce, of eleven bytes that bind it to its key followed by
// the plaintext; the encryption context is authenticated, not stored. Keys of
// China encrypt with SM4 in the same mode, and the DER says so.

const (
	blobHead     = 58 // bytes before the DER
	nonceSize    = 16
	ivSize       = 12
	tagSize      = 16
	boundSize    = 11 // a version byte and ten of the key id's hash
	boundVersion = 1
)

// How the third byte of a blob says what made it.
const (
	madeByEncrypt = 2
	madeByDataKey = 3
)

// The constant parts of the DER.
const (
	oidEncryptedData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"
	oidData          = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
	// SEQUENCE { OID aes256-GCM, SEQUENCE { OCTET STRING of 12 bytes …
	aesHead = "\x30\x1e\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2e\x30\x11\x04\x0c"
	// SEQUENCE { OID sm4-GCM (GM/T 0006), SEQUENCE { OCTET STRING of 12 bytes …
	sm4Head = "\x30\x1d\x06\x08\x2a\x81\x1c\xcf\x55\x01\x68\x08\x30\x11\x04\x0c"
	// … INTEGER 16 }
	algorithmTail = "\x02\x01\x10"
)

// lengthSize is how many bytes DER needs to write a length.
func lengthSize(n int) int {
	switch {
	case n < 0x80:
		return 1
	case n < 0x100:
		return 2
	case n < 0x10000:
		return 3
	}
	return 4
}

func appendLength(b []byte, n int) []byte {
	switch lengthSize(n) {
	case 1:
		return append(b, byte(n))
	case 2:
		return append(b, 0x81, byte(n))
	case 3:
		return append(b, 0x82, byte(n>>8), byte(n))
	}
	return append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
}

// layout is the lengths of a blob's nested DER parts, outermost first.
type layout struct{ outer, explicit, data, info, content int }

func layoutFor(head string, content int) layout {
	var l layout
	l.content = content
	alg := len(head) + ivSize + len(algorithmTail)
	l.info = len(oidData) + alg + 1 + lengthSize(content) + content
	l.data = 3 + 1 + lengthSize(l.info) + l.info
	l.explicit = 1 + lengthSize(l.data) + l.data
	l.outer = len(oidEncryptedData) + 1 + lengthSize(l.explicit) + l.explicit
	return l
}

// derSize is the length of the whole DER part.
func (l layout) derSize() int { return 1 + lengthSize(l.outer) + l.outer }

// seal encrypts under a key material. The context is canonical, see
// canonicalContext.
//
// Rules: MRK-CRYPTO-01, MRK-CRYPTO-02, MRK-CRYPTO-03.
func (w *World) seal(h *held, set *keySet, madeBy byte, plaintext, context []byte) ([]byte, error) {
	head := aesHead
	if h.sm4 {
		head = sm4Head
	}
	l := layoutFor(head, len(plaintext)+boundSize+tagSize)
	blob := make([]byte, 0, blobHead+l.derSize())
	blob = append(blob, 1, 2, madeBy, 0, 0x78)
	blob = append(blob, h.ID[:]...)
	blob = append(blob, 1)
	var random [nonceSize + ivSize]byte
	if err := w.keys.read(random[:]); err != nil {
		return nil, broken(codeInternal)
	}
	nonce, iv := random[:nonceSize], random[nonceSize:]
	blob = append(blob, nonce...)
	blob = binary.BigEndian.AppendUint32(blob, uint32(l.derSize()))
	blob = appendLength(append(blob, 0x30), l.outer)
	blob = append(blob, oidEncryptedData...)
	blob = appendLength(append(blob, 0xa0), l.explicit)
	blob = appendLength(append(blob, 0x30), l.data)
	blob = append(blob, 0x02, 0x01, 0x00)
	blob = appendLength(append(blob, 0x30), l.info)
	blob = append(blob, oidData...)
	blob = append(blob, head...)
	blob = append(blob, iv...)
	blob = append(blob, algorithmTail...)
	blob = appendLength(append(blob, 0x80), l.content)
	// The content is encrypted where it stands: the plaintext never lies
	// anywhere else.
	start := len(blob)
	blob = append(blob, boundVersion)
	blob = append(blob, set.bound[:]...)
	blob = append(blob, plaintext...)
	gcm, err := h.messageKey(nonce)
	if err != nil {
		return nil, broken(codeInternal)
	}
	return gcm.Seal(blob[:start], iv, blob[start:], context), nil
}

// parts is a ciphertext taken apart.
type parts struct {
	material materialID
	nonce    []byte
	iv       []byte
	content  []byte
	sm4      bool        // encrypted with SM4 instead of AES
	outside  *xks.Sealed // of a key in an external key store, instead of the three above
}

// parseBlob takes a ciphertext apart; it is false for anything that does not
// have exactly the layout that seal writes.
func parseBlob(b []byte) (parts, bool) {
	var p parts
	if len(b) > 1 && b[1] == outsideKind {
		return parseOutside(b)
	}
	if len(b) < blobHead || b[0] != 1 || b[1] != 2 || b[2] != madeByEncrypt && b[2] != madeByDataKey ||
		b[3] != 0 || b[4] != 0x78 || b[37] != 1 {
		return p, false
	}
	copy(p.material[:], b[5:37])
	p.nonce = b[38:54]
	der := b[blobHead:]
	if int(binary.BigEndian.Uint32(b[54:58])) != len(der) {
		return p, false
	}
	r := derReader{b: der}
	r.length(0x30)
	r.exactly(oidEncryptedData)
	r.length(0xa0)
	r.length(0x30)
	r.exactly("\x02\x01\x00")
	r.length(0x30)
	r.exactly(oidData)
	if p.sm4 = len(r.b) > 1 && r.b[1] == sm4Head[1]; p.sm4 { // the length tells the two apart
		r.exactly(sm4Head)
	} else {
		r.exactly(aesHead)
	}
	p.iv = r.take(ivSize)
	r.exactly(algorithmTail)
	n := r.length(0x80)
	p.content = r.take(n)
	return p, !r.bad && len(r.b) == 0 && n >= boundSize+tagSize
}

// derReader reads the fixed shape of a blob's DER part.
type derReader struct {
	b   []byte
	bad bool
}

func (r *derReader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *derReader) exactly(want string) {
	if got := r.take(len(want)); !r.bad && string(got) != want {
		r.bad = true
	}
}

// length reads a tag and a length in the shortest form. A container's length
// must be that of all that follows, since nothing comes after it.
func (r *derReader) length(tag byte) int {
	head := r.take(2)
	if r.bad || head[0] != tag {
		r.bad = true
		return 0
	}
	n := int(head[1])
	if n >= 0x80 {
		more := n & 0x7f
		if more < 1 || more > 3 {
			r.bad = true
			return 0
		}
		n = 0
		for _, c := range r.take(more) {
			n = n<<8 | int(c)
		}
		if r.bad || lengthSize(n) != more+1 {
			r.bad = true
			return 0
		}
	}
	if n != len(r.b) {
		r.bad = true
	}
	return n
}

// open decrypts the content of a ciphertext; false means that material, blob
// and context do not belong together.
func (h *held) open(p parts, set *keySet, context []byte) ([]byte, bool) {
	if p.sm4 != h.sm4 {
		return nil, false
	}
	gcm, err := h.messageKey(p.nonce)
	if err != nil {
		return nil, false
	}
	plain, err := gcm.Open(make([]byte, 0, len(p.content)), p.iv, p.content, context)
	if err != nil || plain[0] != boundVersion || string(plain[1:boundSize]) != string(set.bound[:]) {
		return nil, false
	}
	return plain[boundSize:], true
}

// The keys of symmetric encryption: in bytes, and where those of SM4 are.
const (
	aesKeySize     = 32
	sm4KeySize     = 16
	chinaPartition = "aws-cn"
)

// messageKey derives the key of one message. The input has a fixed length, so
// one block of SHA-256 is a sound key derivation.
//
// Rules: MRK-CRYPTO-15.
func (h *held) messageKey(nonce []byte) (cipher.AEAD, error) {
	var in [32 + nonceSize]byte
	copy(in[:], h.derive[:])
	copy(in[32:], nonce)
	key := sha256.Sum256(in[:])
	if h.sm4 {
		block, err := sm4.NewCipher(key[:sm4KeySize])
		if err != nil {
			return nil, err
		}
		return cipher.NewGCM(block)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// deriving separates the derivation of message keys from other uses of the
// same bytes.
func deriving(secret []byte) [32]byte {
	return sha256.Sum256(append([]byte("mrkctl message key\x00"), secret...))
}

// binding is what ciphertext carries of its key's id.
func binding(id string) (b [10]byte) {
	sum := sha256.Sum256([]byte(id))
	copy(b[:], sum[:])
	return b
}
