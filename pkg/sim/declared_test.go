package sim_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// declaredErrors are the errors that the published model declares for each
// operation.
func declaredErrors(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../wire/wiremodel/kms-model.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Operations map[string]struct {
			Errors []string `json:"errors"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for name, o := range m.Operations {
		all[name] = o.Errors
	}
	return all
}

// reach makes a call that is refused. Whatever it needs it makes in the lab of
// the stage; the stage's request is there to be changed and sent.
type reach func(*stage) error

// TestEveryDeclaredErrorIsReachable walks every pair of an operation and an
// error that the model declares for it. Each is provoked, by the way that
// leads to that error in every operation or by one of its own, or has a reason
// why nothing leads there.
func TestEveryDeclaredErrorIsReachable(t *testing.T) {
	special, everywhere, reasons := specialWays(), commonWays(), unreachable()
	provoked := 0
	declared := declaredErrors(t)
	for _, operation := range slices.Sorted(maps.Keys(declared)) {
		for _, code := range declared[operation] {
			pair := operation + " " + code
			way, own := special[pair]
			if !own {
				way = everywhere[code]
			}
			delete(special, pair)
			if reasons[pair] != "" {
				delete(reasons, pair)
				if own {
					t.Errorf("%s has a reason and a way", pair)
				}
				continue
			}
			if way == nil {
				t.Errorf("%s: nothing leads there, and no reason is given", pair)
				continue
			}
			err := way(newStage(t, operation))
			var answered smithy.APIError
			if !errors.As(err, &answered) || answered.ErrorCode() != code {
				t.Errorf("%s: got %v", pair, err)
				continue
			}
			provoked++
		}
	}
	for pair := range special {
		t.Errorf("%s has a way and is not declared", pair)
	}
	for pair := range reasons {
		t.Errorf("%s has a reason and is not declared", pair)
	}
	t.Logf("%d of the declared errors were provoked", provoked)
}

// stage is a lab in which one operation is about to be called.
type stage struct {
	*outside
	operation string
	key       *string // ARN of a key that the operation can be called with
	name      *string // how the request names it; the key's ARN unless a test changes it
	kind      types.KeyUsageType
}

// newStage makes a world and a key of the kind that an operation is for.
func newStage(t *testing.T, operation string) *stage {
	t.Helper()
	s := &stage{outside: newOutside(t), operation: operation, kind: useToEncrypt}
	spec := types.KeySpecSymmetricDefault
	change := func(*kms.CreateKeyInput) {}
	switch operation {
	case "Sign", "Verify", "GetPublicKey":
		spec, s.kind = types.KeySpecEccNistP256, useToSign
	case "DeriveSharedSecret":
		spec, s.kind = types.KeySpecEccNistP256, useToAgree
	case "GenerateMac", "VerifyMac":
		spec, s.kind = types.KeySpecHmac256, useToMac
	case "ReplicateKey", "UpdatePrimaryRegion":
		change = func(in *kms.CreateKeyInput) { in.MultiRegion = aws.Bool(true) }
	case "GetParametersForImport", "ImportKeyMaterial", "DeleteImportedKeyMaterial":
		change = func(in *kms.CreateKeyInput) { in.Origin = types.OriginTypeExternal }
	}
	s.key = s.create(s.c, spec, s.kind, change)
	s.name = s.key
	return s
}

// send makes the call with the request that the stage has for its operation,
// after the changes.
func (s *stage) send(changes ...func(in any)) error {
	s.Helper()
	in := s.request()
	for _, change := range changes {
		change(in)
	}
	return s.sendThis(in)
}

func (s *stage) sendThis(in any) error {
	out := reflect.ValueOf(s.c).MethodByName(s.operation).Call([]reflect.Value{reflect.ValueOf(s.ctx), reflect.ValueOf(in)})
	err, _ := out[1].Interface().(error)
	return err
}

// with sets a member of a request.
func with(member string, value any) func(any) {
	return func(in any) { reflect.ValueOf(in).Elem().FieldByName(member).Set(reflect.ValueOf(value)) }
}

// commonWays lead to an error in every operation that declares it, those apart
// that have a way of their own.
func commonWays() map[string]reach {
	service := func(code string) reach {
		return func(s *stage) error {
			in := s.request()
			s.done("StartFault", s.server.Change(func(w *sim.World) error {
				return w.StartFault(sim.Fault{Name: "f", Kind: sim.APIError, Looks: code, AtMost: time.Hour})
			}))
			return s.sendThis(in)
		}
	}
	return map[string]reach{
		// What only the service itself can fail at comes from a fault.
		"KMSInternalException":       service("KMSInternalException"),
		"DependencyTimeoutException": service("DependencyTimeoutException"),
		"KeyUnavailableException":    service("KeyUnavailableException"),

		"NotFoundException": func(s *stage) error {
			s.name = aws.String("1234abcd-12ab-34cd-56ef-1234567890ab")
			return s.send()
		},
		"InvalidArnException": func(s *stage) error {
			s.name = aws.String("arn:aws:kms:us-east-1:111122223333:nonsense")
			return s.send()
		},
		"KMSInvalidStateException": func(s *stage) error {
			in := s.request()
			s.done("ScheduleKeyDeletion", second(s.c.ScheduleKeyDeletion(s.ctx, &kms.ScheduleKeyDeletionInput{KeyId: s.key})))
			return s.sendThis(in)
		},
		"DisabledException": func(s *stage) error {
			in := s.request()
			s.done("DisableKey", second(s.c.DisableKey(s.ctx, &kms.DisableKeyInput{KeyId: s.key})))
			return s.sendThis(in)
		},
		"InvalidGrantTokenException": func(s *stage) error {
			return s.send(with("GrantTokens", []string{"nonsense"}))
		},
		"InvalidGrantIdException": func(s *stage) error {
			return s.send(with("GrantId", aws.String("nonsense")))
		},
		"DryRunOperationException": func(s *stage) error { return s.send(with("DryRun", aws.Bool(true))) },
		"InvalidKeyUsageException": func(s *stage) error {
			s.name = s.create(s.c, types.KeySpecHmac384, useToMac)
			if s.kind == useToMac {
				s.name = s.create(s.c, "", useToEncrypt)
			}
			return s.send()
		},
		"InvalidMarkerException": func(s *stage) error { return s.send(with("Marker", aws.String("nonsense"))) },
		"MalformedPolicyDocumentException": func(s *stage) error {
			return s.send(with("Policy", aws.String("{nonsense")))
		},
		"TagException": func(s *stage) error {
			return s.send(with("Tags", []types.Tag{{TagKey: aws.String("aws:reserved"), TagValue: aws.String("v")}}))
		},
		"UnsupportedOperationException": func(s *stage) error {
			s.name = s.clusterKey()
			return s.send()
		},
		"CustomKeyStoreNotFoundException": func(s *stage) error {
			return s.send(with("CustomKeyStoreId", aws.String("cks-1234567890abcdef0")))
		},
		"CustomKeyStoreInvalidStateException": func(s *stage) error {
			store, err := s.c.CreateCustomKeyStore(s.ctx, ofCluster("idle", clusterTwo))
			s.done("CreateCustomKeyStore", err)
			return s.send(with("CustomKeyStoreId", store.CustomKeyStoreId))
		},
		"LimitExceededException": func(s *stage) error {
			in := s.request()
			s.done("Tune", s.server.Change(func(w *sim.World) error {
				o := w.Options()
				o.Limits = sim.Limits{}
				return w.Tune(o)
			}))
			return s.sendThis(in)
		},
	}
}
