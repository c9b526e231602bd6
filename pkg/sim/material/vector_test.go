package material

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRFC5649 has the two examples of the AES key wrap with padding.
func TestRFC5649(t *testing.T) {
	kek := unhex(t, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
	for _, c := range []struct{ plain, wrapped string }{
		{"c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a"},
		{"466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"},
	} {
		wrapped, err := wrapKWP(kek, unhex(t, c.plain))
		if err != nil || hex.EncodeToString(wrapped) != c.wrapped {
			t.Errorf("wrapped: %x, %v", wrapped, err)
		}
		plain, err := unwrapKWP(kek, unhex(t, c.wrapped))
		if err != nil || hex.EncodeToString(plain) != c.plain {
			t.Errorf("unwrapped: %x, %v", plain, err)
		}
	}
}

// TestRFC5903 has the P-256 example of an elliptic-curve agreement.
func TestRFC5903(t *testing.T) {
	c, _ := curveOf(types.KeySpecEccNistP256)
	i := unhex(t, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433")
	r := unhex(t, "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53")
	point, err := c.public(i)
	if err != nil || hex.EncodeToString(point[1:33]) != "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180" {
		t.Fatalf("public: %x, %v", point, err)
	}
	secret, err := c.shared(r, point)
	if err != nil || hex.EncodeToString(secret) != "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" {
		t.Errorf("shared: %x, %v", secret, err)
	}
}

// TestRFC6979 verifies the published P-256 signature of "sample" with SHA-256.
func TestRFC6979(t *testing.T) {
	c, _ := curveOf(types.KeySpecEccNistP256)
	secret, err := c.secret(unhex(t, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(types.KeySpecEccNistP256, secret)
	if err != nil {
		t.Fatal(err)
	}
	signature := unhex(t, "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"+
		"022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
	if err := k.Verify(types.SigningAlgorithmSpecEcdsaSha256, types.MessageTypeRaw, []byte("sample"), signature); err != nil {
		t.Error(err)
	}
}

// TestRFC8032 has the published Ed25519 and Ed25519ph signatures.
func TestRFC8032(t *testing.T) {
	k, err := Parse(types.KeySpecEccNistEdwards25519, append(unhex(t, "302e020100300506032b657004220420"),
		unhex(t, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")...))
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Sign(nil, types.SigningAlgorithmSpecEd25519Sha512, types.MessageTypeRaw, []byte{0x72})
	want := "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("Ed25519: %x, %v", got, err)
	}
	ph, err := Parse(types.KeySpecEccNistEdwards25519, append(unhex(t, "302e020100300506032b657004220420"),
		unhex(t, "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42")...))
	if err != nil {
		t.Fatal(err)
	}
	// The digest is SHA-512 of "abc".
	sum := unhex(t, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
	got, err = ph.Sign(nil, types.SigningAlgorithmSpecEd25519PhSha512, types.MessageTypeDigest, sum)
	want = "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
	if err != nil || hex.EncodeToString(got) != want {
		t.Errorf("Ed25519ph: %x, %v", got, err)
	}
}

// TestRFC4231 has test case 2, whose short key HMAC pads; the algorithm below
// the length check is what is tested.
func TestRFC4231(t *testing.T) {
	for spec, want := range map[types.KeySpec]string{
		types.KeySpecHmac224: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
		types.KeySpecHmac256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		types.KeySpecHmac384: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
		types.KeySpecHmac512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	} {
		got := hmacKey{spec, []byte("Jefe")}.authenticate([]byte("what do ya want for nothing?"))
		if hex.EncodeToString(got) != want {
			t.Errorf("%s: %x", spec, got)
		}
	}
}

// TestSM2Vector verifies the example of GB/T 32918.5: the digest of Z and
// "message digest" is known, the scalar and the public key are.
func TestSM2Vector(t *testing.T) {
	c, _ := curveOf(types.KeySpecSm2)
	secret, err := c.secret(unhex(t, "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := Parse(types.KeySpecSm2, secret)
	if err != nil {
		t.Fatal(err)
	}
	point := unhex(t, "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")
	if !bytes.HasSuffix(k.Public(), point) {
		t.Errorf("public key: %x", k.Public())
	}
	sum := unhex(t, "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
	signature := unhex(t, "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"+
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa")
	if err := k.Verify(types.SigningAlgorithmSpecSm2dsa, types.MessageTypeDigest, sum, signature); err != nil {
		t.Error(err)
	}
	if err := k.Verify(types.SigningAlgorithmSpecSm2dsa, types.MessageTypeRaw, []byte("message digest"), signature); err != nil {
		t.Error(err)
	}
}
