package sim

import (
	"errors"

	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// occasion is what KMS was doing when a proxy failed: the code of its error
// depends on that, its text does not.
type occasion int

const (
	forStore occasion = iota // CreateCustomKeyStore, UpdateCustomKeyStore
	forKey                   // CreateKey
	forUse                   // cryptography
)

// proxyAnswer is what KMS makes of one reason; an empty code means that the
// reason does not occur on that occasion.
type proxyAnswer struct {
	store, key, use string
	text            string
}

// proxyAnswers is the table "KMS considerations" of the proxy API
// specification, with its codes and texts.
func proxyAnswers() map[string]proxyAnswer {
	return map[string]proxyAnswer{
		xks.InvalidState: {
			"", "XksKeyInvalidConfigurationException", codeInvalidState,
			"The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request.",
		},
		xks.InvalidCiphertext: {
			"", "", codeInvalidState,
			"The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid.",
		},
		xks.InvalidKeyUsage: {
			"", "XksKeyInvalidConfigurationException", codeInvalidState,
			"The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again.",
		},
		xks.AuthenticationFailed: {
			"XksProxyIncorrectAuthenticationCredentialException", storeState, codeInvalidState,
			"The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary.",
		},
		xks.AccessDenied: {
			"", codeInvalidState, codeInvalidState,
			"The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again.",
		},
		xks.KeyNotFound: {
			"", "XksKeyNotFoundException", codeInvalidState,
			"The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.",
		},
		xks.InvalidURIPath: {
			"XksProxyInvalidConfigurationException", storeState, codeInvalidState,
			"The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary.",
		},
		xks.UnsupportedOperation: {
			"", "XksProxyInvalidResponseException", codeInvalidState,
			"The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator.",
		},
		xks.DependencyTimeout: {
			"XksProxyUriUnreachableException", storeState, codeInvalidState,
			"The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		},
		xks.Throttled: {
			"XksProxyUriUnreachableException", storeState, codeInvalidState,
			"The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store.",
		},
		xks.Internal: {
			"XksProxyInvalidResponseException", storeState, codeInvalidState,
			"The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available.",
		},
		xks.Unreachable: {
			"XksProxyUriUnreachableException", storeState, codeInvalidState,
			"AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore.",
		},
		xks.TLSFailed: {
			"XksProxyUriUnreachableException", storeState, codeInvalidState,
			"AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate.",
		},
		xks.TimedOut: {
			"XksProxyUriUnreachableException", storeState, codeInvalidState,
			"AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator.",
		},
	}
}

// answerTo is the row of a reason. One that is not in the table comes from a
// proxy that does not keep to the API, or says that KMS does not.
func answerTo(reason string) proxyAnswer {
	if a, ok := proxyAnswers()[reason]; ok {
		return a
	}
	return proxyAnswer{
		"XksProxyInvalidResponseException", storeState, codeInvalidState,
		"AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator.",
	}
}

const (
	storeState = "CustomKeyStoreInvalidStateException"
	// notConnected is what cryptography with a key gets whose external key
	// store is not connected.
	notConnected = "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."
)

// proxyError is what KMS answers when a proxy failed; nil when it did not.
//
// Rules: MRK-XKS-04, MRK-XKS-05.
func proxyError(err error, when occasion) error {
	if err == nil {
		return nil
	}
	reason := xks.Malformed
	var f *xks.ProxyError
	if errors.As(err, &f) {
		reason = f.Reason
	}
	a := answerTo(reason)
	code := [...]string{a.store, a.key, a.use}[when]
	if code == "" {
		// A proxy that answers so on this occasion does not keep to the API.
		return proxyError(&xks.ProxyError{Reason: xks.Malformed}, when)
	}
	return &Error{Code: code, Message: a.text, Status: 400}
}
