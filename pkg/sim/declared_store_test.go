package sim_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

const vpcService = "com.amazonaws.vpce.us-east-1.vpce-svc-1"

// storeWays lead to the errors of custom key stores.
func storeWays() map[string]reach {
	ways := map[string]reach{
		"ConnectCustomKeyStore CloudHsmClusterNotActiveException": func(s *stage) error {
			store := s.idleStore(ofCluster("a", clusterOne))
			s.cluster(sim.Cluster{ID: clusterOne})
			return s.send(with("CustomKeyStoreId", store))
		},
		"ConnectCustomKeyStore CustomKeyStoreInvalidStateException": func(s *stage) error {
			store := s.clusterStore()
			s.done("disconnect", second(s.c.DisconnectCustomKeyStore(s.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store})))
			return s.send(with("CustomKeyStoreId", store))
		},
		"DeleteCustomKeyStore CustomKeyStoreInvalidStateException": func(s *stage) error {
			return s.send(with("CustomKeyStoreId", s.clusterStore()))
		},
		"DeleteCustomKeyStore CustomKeyStoreHasCMKsException": func(s *stage) error {
			store := s.clusterStore()
			s.done("CreateKey", second(s.c.CreateKey(s.ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: store})))
			s.done("disconnect", second(s.c.DisconnectCustomKeyStore(s.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: store})))
			s.pass(time.Minute)
			return s.send(with("CustomKeyStoreId", store))
		},
		"UpdateCustomKeyStore CustomKeyStoreInvalidStateException": func(s *stage) error {
			return s.send(with("CustomKeyStoreId", s.clusterStore()), with("KeyStorePassword", aws.String("otherPswd")))
		},

		"CreateKey CloudHsmClusterInvalidConfigurationException": func(s *stage) error {
			store := s.clusterStore()
			s.cluster(sim.Cluster{ID: clusterOne, HSMs: 1})
			return s.send(with("Origin", types.OriginTypeAwsCloudhsm), with("CustomKeyStoreId", store))
		},
		"CreateKey CustomKeyStoreNotFoundException": func(s *stage) error {
			return s.send(with("Origin", types.OriginTypeAwsCloudhsm), with("CustomKeyStoreId", aws.String("cks-1234567890abcdef0")))
		},
		"CreateKey CustomKeyStoreInvalidStateException": func(s *stage) error {
			return s.send(with("Origin", types.OriginTypeAwsCloudhsm), with("CustomKeyStoreId", s.idleStore(ofCluster("a", clusterOne))))
		},
		"CreateKey XksKeyNotFoundException": func(s *stage) error {
			_, err := s.keyOf(s.connected(ofProxy("outside")), "none")
			return err
		},
		"CreateKey XksKeyAlreadyInUseException": func(s *stage) error {
			store := s.connected(ofProxy("outside"))
			s.done("CreateKey", second(s.keyOf(store, "key-1")))
			return second(s.keyOf(store, "key-1"))
		},
		"CreateKey XksKeyInvalidConfigurationException": func(s *stage) error {
			s.keys.Enable("key-1", false)
			return second(s.keyOf(s.connected(ofProxy("outside")), "key-1"))
		},

		"CreateCustomKeyStore CloudHsmClusterInUseException": func(s *stage) error {
			s.idleStore(ofCluster("a", clusterOne))
			return s.send()
		},
		"CreateCustomKeyStore IncorrectTrustAnchorException": func(s *stage) error {
			s.cluster(sim.Cluster{ID: clusterOne, HSMs: 2, Certificate: "other"})
			return s.send()
		},
		"UpdateCustomKeyStore CloudHsmClusterNotRelatedException": func(s *stage) error {
			s.cluster(sim.Cluster{ID: clusterOne, HSMs: 2, Certificate: "anchor"})
			store := s.idleStore(ofCluster("a", clusterOne))
			s.cluster(sim.Cluster{ID: clusterTwo, HSMs: 2, Certificate: "other"})
			return s.send(with("CustomKeyStoreId", store), with("CloudHsmClusterId", aws.String(clusterTwo)))
		},
	}
	for code, world := range map[string]sim.Cluster{
		"CloudHsmClusterNotActiveException":            {ID: clusterTwo},
		"CloudHsmClusterInvalidConfigurationException": {ID: clusterTwo, HSMs: 1},
		"CloudHsmClusterNotFoundException":             {ID: "cluster-4444444cccc", HSMs: 2},
	} {
		ways["CreateCustomKeyStore "+code] = func(s *stage) error {
			s.cluster(world)
			return s.send(with("CloudHsmClusterId", aws.String(clusterTwo)))
		}
		ways["UpdateCustomKeyStore "+code] = func(s *stage) error {
			s.cluster(sim.Cluster{ID: clusterOne, HSMs: 2})
			store := s.idleStore(ofCluster("a", clusterOne))
			s.cluster(world)
			return s.send(with("CustomKeyStoreId", store), with("CloudHsmClusterId", aws.String(clusterTwo)))
		}
	}
	ways["CreateCustomKeyStore CustomKeyStoreNameInUseException"] = func(s *stage) error {
		s.idleStore(ofCluster("store", clusterTwo))
		return s.send()
	}
	ways["UpdateCustomKeyStore CustomKeyStoreNameInUseException"] = func(s *stage) error {
		s.idleStore(ofCluster("taken", clusterOne))
		return s.send(with("CustomKeyStoreId", s.idleStore(ofCluster("mine", clusterTwo))), with("NewCustomKeyStoreName", aws.String("taken")))
	}
	for code, answer := range proxyAnswers() {
		ways["CreateCustomKeyStore "+code] = func(s *stage) error {
			s.outside.send = answer
			return s.sendThis(ofProxy("outside"))
		}
		ways["UpdateCustomKeyStore "+code] = func(s *stage) error {
			store := s.idleStore(ofProxy("outside"))
			s.outside.send = answer
			return s.send(with("CustomKeyStoreId", store), with("XksProxyUriPath", aws.String("/other/kms/xks/v1")))
		}
	}
	ways["ConnectCustomKeyStore CloudHsmClusterInvalidConfigurationException"] = func(s *stage) error {
		store := s.idleStore(ofCluster("a", clusterOne))
		s.cluster(sim.Cluster{ID: clusterOne, HSMs: 2, Misconfigured: true})
		return s.send(with("CustomKeyStoreId", store))
	}
	for code, taken := range takenAddresses() {
		ways["CreateCustomKeyStore "+code] = func(s *stage) error {
			s.idleStore(taken.first())
			return s.sendThis(taken.second())
		}
		ways["UpdateCustomKeyStore "+code] = func(s *stage) error {
			s.idleStore(taken.first())
			second := taken.second()
			other := inVPC("mine", "https://other.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-mine")
			if second.XksProxyConnectivity == types.XksProxyConnectivityTypePublicEndpoint {
				other = ofProxy("mine")
				other.XksProxyUriEndpoint = aws.String("https://other.example.com")
			}
			return s.sendThis(&kms.UpdateCustomKeyStoreInput{
				CustomKeyStoreId: s.idleStore(other), XksProxyConnectivity: second.XksProxyConnectivity,
				XksProxyUriEndpoint: second.XksProxyUriEndpoint, XksProxyUriPath: second.XksProxyUriPath,
				XksProxyVpcEndpointServiceName: second.XksProxyVpcEndpointServiceName,
			})
		}
	}
	for code, usable := range map[string]bool{"XksProxyVpcEndpointServiceNotFoundException": true, "XksProxyVpcEndpointServiceInvalidConfigurationException": false} {
		only := func(s *stage) {
			service := "com.amazonaws.vpce.us-east-1.vpce-svc-2"
			if !usable {
				service = vpcService
			}
			s.done("put", s.server.Change(func(w *sim.World) error { return w.PutEndpointService("us-east-1", service, usable) }))
		}
		ways["CreateCustomKeyStore "+code] = func(s *stage) error {
			only(s)
			return s.sendThis(inVPC("vpc", "https://xks.example.com", vpcService))
		}
		ways["UpdateCustomKeyStore "+code] = func(s *stage) error {
			store := s.idleStore(inVPC("vpc", "https://xks.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-first"))
			only(s)
			return s.send(with("CustomKeyStoreId", store), with("XksProxyVpcEndpointServiceName", aws.String(vpcService)))
		}
	}
	return ways
}

// proxyAnswers are proxies that make KMS refuse a key store.
func proxyAnswers() map[string]xks.Send {
	answers := func(status int, body string) xks.Send {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
		}
	}
	return map[string]xks.Send{
		"XksProxyIncorrectAuthenticationCredentialException": answers(401, `{"errorName":"AuthenticationFailedException"}`),
		"XksProxyInvalidConfigurationException":              answers(404, `{"errorName":"InvalidUriPathException"}`),
		"XksProxyInvalidResponseException":                   answers(200, "nonsense"),
		"XksProxyUriUnreachableException":                    func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
	}
}

// takenAddress is two stores of which the second is at an address of the first.
type takenAddress struct {
	first, second func() *kms.CreateCustomKeyStoreInput
}

func takenAddresses() map[string]takenAddress {
	public := func() *kms.CreateCustomKeyStoreInput { return ofProxy("first") }
	again := func() *kms.CreateCustomKeyStoreInput { return ofProxy("second") }
	return map[string]takenAddress{
		"XksProxyUriInUseException": {public, again},
		"XksProxyUriEndpointInUseException": {public, func() *kms.CreateCustomKeyStoreInput {
			return inVPC("second", "https://xks.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-2")
		}},
		"XksProxyVpcEndpointServiceInUseException": {
			func() *kms.CreateCustomKeyStoreInput { return inVPC("first", "https://one.example.com", vpcService) },
			func() *kms.CreateCustomKeyStoreInput { return inVPC("second", "https://two.example.com", vpcService) },
		},
	}
}

func inVPC(name, endpoint, service string) *kms.CreateCustomKeyStoreInput {
	in := ofProxy(name)
	in.XksProxyConnectivity = types.XksProxyConnectivityTypeVpcEndpointService
	in.XksProxyUriEndpoint, in.XksProxyVpcEndpointServiceName = &endpoint, &service
	return in
}

// cluster puts a CloudHSM cluster into the stage's Region.
func (s *stage) cluster(c sim.Cluster) {
	s.Helper()
	s.done("put", s.server.Change(func(w *sim.World) error { return w.PutCluster("us-east-1", c) }))
}

// idleStore makes a key store that is not connected.
func (s *stage) idleStore(in *kms.CreateCustomKeyStoreInput) *string {
	s.Helper()
	out, err := s.c.CreateCustomKeyStore(s.ctx, in)
	s.done("CreateCustomKeyStore", err)
	return out.CustomKeyStoreId
}

// clusterStore is a connected key store of a cluster.
func (s *stage) clusterStore() *string {
	s.Helper()
	return s.connected(ofCluster("cluster", clusterOne))
}

// clusterKey is a key in a connected key store of a cluster.
func (s *stage) clusterKey() *string {
	s.Helper()
	out, err := s.c.CreateKey(s.ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: s.clusterStore()})
	s.done("CreateKey", err)
	return out.KeyMetadata.Arn
}
