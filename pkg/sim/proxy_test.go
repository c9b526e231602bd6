package sim_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

const (
	proxyPath   = "/keystores/1/kms/xks/v1"
	proxyAccess = "BETACDEFGHIJKLMNOPQR"
	proxySecret = "DXjSUawnel2fr6SKC7G25CNxTyWKE5PF9XX6H4u1V5Q="
)

// outside is a lab with an external key manager behind a proxy, at
// https://xks.example.com.
type outside struct {
	*lab
	c     *kms.Client
	proxy *xks.Proxy
	keys  *xks.Keys
	asked []string // the paths the proxy was asked for
	send  xks.Send
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	l := newLab(t, "us-east-1", "eu-west-1")
	o := &outside{lab: l, c: l.at("us-east-1"), keys: &xks.Keys{}}
	o.proxy = &xks.Proxy{
		Path: proxyPath, Credentials: []xks.Credential{{AccessKeyID: proxyAccess, Secret: proxySecret}},
		Keys: o.keys, Now: l.server.Now, Random: rand.NewChaCha8([32]byte{3}),
	}
	o.done("add key", o.keys.Add("key-1", bytes.Repeat([]byte{1}, 32)))
	o.send = xks.InProcess(map[string]http.Handler{"https://xks.example.com": o.proxy, "https://other.example.com": o.proxy})
	l.done("reach", l.server.Change(func(w *sim.World) error {
		w.ReachProxies(func(r *http.Request) (*http.Response, error) {
			o.asked = append(o.asked, strings.TrimPrefix(r.URL.Path, proxyPath))
			return o.send(r)
		}, nil)
		return nil
	}))
	return o
}

func ofProxy(name string) *kms.CreateCustomKeyStoreInput {
	return &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CustomKeyStoreType: types.CustomKeyStoreTypeExternalKeyStore,
		XksProxyConnectivity: types.XksProxyConnectivityTypePublicEndpoint,
		XksProxyUriEndpoint:  aws.String("https://xks.example.com"), XksProxyUriPath: aws.String(proxyPath),
		XksProxyAuthenticationCredential: &types.XksProxyAuthenticationCredentialType{AccessKeyId: aws.String(proxyAccess), RawSecretAccessKey: aws.String(proxySecret)},
	}
}

// connected makes a store and connects it.
func (o *outside) connected(in *kms.CreateCustomKeyStoreInput) *string {
	o.Helper()
	s, err := o.c.CreateCustomKeyStore(o.ctx, in)
	o.done("CreateCustomKeyStore", err)
	_, err = o.c.ConnectCustomKeyStore(o.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})
	o.done("ConnectCustomKeyStore", err)
	o.pass(20 * time.Minute)
	if e := o.entry(o.c, s.CustomKeyStoreId); e.ConnectionState != types.ConnectionStateTypeConnected {
		o.Fatalf("the store is %s: %s", e.ConnectionState, e.ConnectionErrorCode)
	}
	return s.CustomKeyStoreId
}

func (l *lab) entry(c *kms.Client, id *string) types.CustomKeyStoresListEntry {
	l.Helper()
	out, err := c.DescribeCustomKeyStores(l.ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreId: id})
	l.done("DescribeCustomKeyStores", err)
	return out.CustomKeyStores[0]
}

func (o *outside) keyOf(store *string, id string) (*kms.CreateKeyOutput, error) {
	return o.c.CreateKey(o.ctx, &kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: store, XksKeyId: &id})
}

// TestExternalKeys: what a key in an external key store does is done outside
// (MRK-XKS-01, MRK-XKS-03, MRK-STORE-03, MRK-STORE-09).
func TestExternalKeys(t *testing.T) {
	o := newOutside(t)
	store := o.connected(ofProxy("outside"))
	key, err := o.keyOf(store, "key-1")
	o.done("CreateKey", err)
	k := key.KeyMetadata
	if *k.CustomKeyStoreId != *store || *k.XksKeyConfiguration.Id != "key-1" || k.Origin != types.OriginTypeExternalKeyStore || k.CloudHsmClusterId != nil {
		t.Errorf("%+v", k)
	}
	context := map[string]string{"app": "payments"}
	o.asked = nil
	sealed, err := o.c.Encrypt(o.ctx, &kms.EncryptInput{KeyId: k.Arn, Plaintext: bytes.Repeat([]byte{5}, 4096), EncryptionContext: context})
	o.done("Encrypt", err)
	opened, err := o.c.Decrypt(o.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context})
	o.done("Decrypt", err)
	if len(opened.Plaintext) != 4096 || *opened.KeyId != *k.Arn {
		t.Errorf("%d bytes from %s", len(opened.Plaintext), *opened.KeyId)
	}
	dataKey, err := o.c.GenerateDataKey(o.ctx, &kms.GenerateDataKeyInput{KeyId: k.Arn, KeySpec: types.DataKeySpecAes256})
	o.done("GenerateDataKey", err)
	inside := o.create(o.c, "", "")
	moved, err := o.c.ReEncrypt(o.ctx, &kms.ReEncryptInput{CiphertextBlob: dataKey.CiphertextBlob, DestinationKeyId: inside})
	o.done("ReEncrypt", err)
	same, err := o.c.Decrypt(o.ctx, &kms.DecryptInput{CiphertextBlob: moved.CiphertextBlob})
	o.done("Decrypt", err)
	if !bytes.Equal(same.Plaintext, dataKey.Plaintext) {
		t.Error("another data key comes back")
	}
	if got := strings.Join(o.asked, " "); got != "/keys/key-1/encrypt /keys/key-1/decrypt /keys/key-1/encrypt /keys/key-1/decrypt" {
		t.Errorf("the proxy was asked for %s", got)
	}
	_, err = o.c.GenerateDataKeyPair(o.ctx, &kms.GenerateDataKeyPairInput{KeyId: k.Arn, KeyPairSpec: types.DataKeyPairSpecEccNistP256})
	o.refused("data key pair", err, "UnsupportedOperationException", *k.Arn+" origin is EXTERNAL_KEY_STORE which is not valid for this operation.") // MRK-PAIR-17
	_, err = o.c.GenerateRandom(o.ctx, &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(1), CustomKeyStoreId: store})
	o.refused("random bytes", err, "UnsupportedOperationException", "")
	for at := range sealed.CiphertextBlob {
		if at%97 != 40 {
			continue
		}
		bad := bytes.Clone(sealed.CiphertextBlob)
		bad[at] ^= 1
		if _, err := o.c.Decrypt(o.ctx, &kms.DecryptInput{CiphertextBlob: bad, EncryptionContext: context}); err == nil {
			t.Errorf("a ciphertext changed at %d opens", at)
		}
	}
	_, err = o.c.Decrypt(o.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	o.refused("another context", err, "KMSInvalidStateException", "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.")

	_, err = o.c.DisconnectCustomKeyStore(o.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store})
	o.done("DisconnectCustomKeyStore", err)
	o.pass(time.Minute)
	if s := o.metadata(o.c, k.Arn).KeyState; s != types.KeyStateUnavailable {
		t.Errorf("the key is %s", s)
	}
	_, err = o.c.Decrypt(o.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context})
	o.refused("not connected", err, "KMSInvalidStateException", "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again.")
	_, err = o.keyOf(store, "key-2")
	o.refused("new key", err, "CustomKeyStoreInvalidStateException", "")
}

// TestNoKeyWithoutTheOther: a second world with the same KMS material and
// another key manager cannot open what the first made (MRK-XKS-03).
func TestNoKeyWithoutTheOther(t *testing.T) {
	one, two := newOutside(t), newOutside(t)
	two.keys = &xks.Keys{}
	two.done("add key", two.keys.Add("key-1", bytes.Repeat([]byte{2}, 32)))
	two.proxy.Keys = two.keys
	var blob []byte
	for i, o := range []*outside{one, two} {
		key, err := o.keyOf(o.connected(ofProxy("outside")), "key-1")
		o.done("CreateKey", err)
		if i == 0 {
			out, err := o.c.Encrypt(o.ctx, &kms.EncryptInput{KeyId: key.KeyMetadata.Arn, Plaintext: []byte("p")})
			o.done("Encrypt", err)
			blob = out.CiphertextBlob
			continue
		}
		_, err = o.c.Decrypt(o.ctx, &kms.DecryptInput{CiphertextBlob: blob})
		var coded interface{ ErrorCode() string }
		if !errors.As(err, &coded) || coded.ErrorCode() != "KMSInvalidStateException" {
			t.Errorf("%v", err)
		}
	}
}

// TestProxyFailures is the specification's table of what KMS makes of a proxy's
// failures: MRK-XKS-02, MRK-XKS-04, MRK-XKS-05.
func TestProxyFailures(t *testing.T) {
	const (
		state    = "KMSInvalidStateException"
		store    = "CustomKeyStoreInvalidStateException"
		garbled  = "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."
		unproven = "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary."
	)
	answers := func(status int, body string) xks.Send {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
	}
	for name, f := range map[string]struct {
		send                       xks.Send
		making, keyCode, use, text string // making and keyCode are codes; empty when the case is not for them
	}{
		"validation": {answers(400, `{"errorName":"ValidationException"}`), "XksProxyInvalidResponseException", store, state, garbled},
		"malformed":  {answers(200, `nothing`), "XksProxyInvalidResponseException", store, state, garbled},
		"state": {
			answers(400, `{"errorName":"InvalidStateException"}`), "", "XksKeyInvalidConfigurationException", state,
			"The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.",
		},
		"usage": {
			answers(400, `{"errorName":"InvalidKeyUsageException"}`), "", "XksKeyInvalidConfigurationException", state,
			"The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.",
		},
		"authentication": {answers(401, `{"errorName":"AuthenticationFailedException"}`), "XksProxyIncorrectAuthenticationCredentialException", store, state, unproven},
		"access": {
			answers(403, `{"errorName":"AccessDeniedException"}`), "", state, state,
			"The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
		},
		"no key": {
			answers(404, `{"errorName":"KeyNotFoundException"}`), "", "XksKeyNotFoundException", state,
			"The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.",
		},
		"path": {
			answers(404, `{"errorName":"InvalidUriPathException"}`), "XksProxyInvalidConfigurationException", store, state,
			"The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.",
		},
		"unsupported": {
			answers(501, `{"errorName":"UnsupportedOperationException"}`), "", "XksProxyInvalidResponseException", state,
			"The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.",
		},
		"dependency": {
			answers(503, `{"errorName":"DependencyTimeoutException"}`), "XksProxyUriUnreachableException", store, state,
			"The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		},
		"throttled": {
			answers(429, `{"errorName":"ThrottlingException"}`), "XksProxyUriUnreachableException", store, state,
			"The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
		},
		"internal": {
			answers(500, `{"errorName":"InternalException"}`), "XksProxyInvalidResponseException", store, state,
			"The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.",
		},
		"unreachable": {
			func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, "XksProxyUriUnreachableException", store, state,
			"AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore.",
		},
		"timeout": {
			func(*http.Request) (*http.Response, error) { return nil, &net.DNSError{IsTimeout: true} }, "XksProxyUriUnreachableException", store, state,
			"AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			id := o.connected(ofProxy("outside"))
			key, err := o.keyOf(id, "key-1")
			o.done("CreateKey", err)
			o.send = f.send
			_, err = o.c.Encrypt(o.ctx, &kms.EncryptInput{KeyId: key.KeyMetadata.Arn, Plaintext: []byte("p")})
			o.refused("encrypt", err, f.use, f.text)
			_, err = o.keyOf(id, "key-2")
			o.refused("key", err, f.keyCode, f.text)
			if f.making != "" {
				in := ofProxy("second")
				in.XksProxyUriPath = aws.String("/keystores/2/kms/xks/v1")
				_, err = o.c.CreateCustomKeyStore(o.ctx, in)
				o.refused("store", err, f.making, f.text)
				_, err = o.c.UpdateCustomKeyStore(o.ctx, &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: id, XksProxyUriPath: aws.String("/keystores/2/kms/xks/v1")})
				o.refused("update", err, f.making, f.text)
			}
		})
	}
	o := newOutside(t)
	id := o.connected(ofProxy("outside"))
	o.done("add", o.keys.Add("disabled", make([]byte, 32)))
	o.keys.Enable("disabled", false)
	o.done("add", o.keys.Add("half", make([]byte, 32)))
	o.keys.Restrict("half", "ENCRYPT")
	for _, key := range []string{"disabled", "half"} {
		_, err := o.keyOf(id, key)
		o.refused(key, err, "XksKeyInvalidConfigurationException", "")
	}
	_, err := o.keyOf(id, "key-1")
	o.done("CreateKey", err)
	_, err = o.keyOf(id, "key-1")
	o.refused("twice", err, "XksKeyAlreadyInUseException", "")
}

// TestConnectionErrorCodes: MRK-XKS-06.
func TestConnectionErrorCodes(t *testing.T) {
	answers := func(status int, name string) xks.Send {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{"errorName":"` + name + `"}`))}, nil
		}
	}
	for want, send := range map[types.ConnectionErrorCodeType]xks.Send{
		types.ConnectionErrorCodeTypeInvalidCredentials:           answers(401, "AuthenticationFailedException"),
		types.ConnectionErrorCodeTypeXksProxyAccessDenied:         answers(403, "AccessDeniedException"),
		types.ConnectionErrorCodeTypeXksProxyInvalidConfiguration: answers(404, "InvalidUriPathException"),
		types.ConnectionErrorCodeTypeXksProxyInvalidResponse:      answers(200, "x"),
		types.ConnectionErrorCodeTypeXksProxyTimedOut:             func(*http.Request) (*http.Response, error) { return nil, &net.DNSError{IsTimeout: true} },
		types.ConnectionErrorCodeTypeXksProxyNotReachable:         func(*http.Request) (*http.Response, error) { return nil, errors.New("no route to host") },
		types.ConnectionErrorCodeTypeXksProxyInvalidTlsConfiguration: func(*http.Request) (*http.Response, error) {
			return nil, http.ErrSchemeMismatch
		},
	} {
		o := newOutside(t)
		s, err := o.c.CreateCustomKeyStore(o.ctx, ofProxy("outside"))
		o.done("CreateCustomKeyStore", err)
		good := o.send
		o.send = send
		_, err = o.c.ConnectCustomKeyStore(o.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})
		o.done("ConnectCustomKeyStore", err)
		if e := o.entry(o.c, s.CustomKeyStoreId); e.ConnectionState != types.ConnectionStateTypeConnecting || e.ConnectionErrorCode != "" {
			t.Errorf("%s %s", e.ConnectionState, e.ConnectionErrorCode)
		}
		o.pass(time.Minute)
		if e := o.entry(o.c, s.CustomKeyStoreId); e.ConnectionState != types.ConnectionStateTypeFailed || e.ConnectionErrorCode != want {
			t.Errorf("%s %s, want %s", e.ConnectionState, e.ConnectionErrorCode, want)
		}
		_, err = o.c.ConnectCustomKeyStore(o.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})
		o.refused("connect a failed store", err, "CustomKeyStoreInvalidStateException", "")
		_, err = o.c.DisconnectCustomKeyStore(o.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})
		o.done("DisconnectCustomKeyStore", err)
		o.pass(time.Minute)
		o.send = good
		_, err = o.c.ConnectCustomKeyStore(o.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})
		o.done("connect again", err)
		o.pass(time.Minute)
		if e := o.entry(o.c, s.CustomKeyStoreId); e.ConnectionState != types.ConnectionStateTypeConnected {
			t.Errorf("%s", e.ConnectionState)
		}
	}
}
