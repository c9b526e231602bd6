package sim_test

import (
	"bytes"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// specialWays lead to an error in one operation.
func specialWays() map[string]reach {
	ways := map[string]reach{
		"CancelKeyDeletion KMSInvalidStateException": func(s *stage) error { return s.send() },

		"CreateAlias AlreadyExistsException": func(s *stage) error {
			s.done("CreateAlias", s.send())
			return s.send()
		},
		"CreateAlias InvalidAliasNameException": func(s *stage) error { return s.send(with("AliasName", aws.String("alias/a:b"))) },
		"CreateGrant InvalidArnException": func(s *stage) error {
			return s.send(with("GranteePrincipal", aws.String("arn:aws:iam::1:nobody")))
		},
		"CreateKey UnsupportedOperationException": func(s *stage) error {
			return s.send(with("MultiRegion", aws.Bool(true)), with("Origin", types.OriginTypeAwsCloudhsm), with("CustomKeyStoreId", aws.String("cks-1234567890abcdef0")))
		},

		"DeleteAlias NotFoundException":                      func(s *stage) error { return s.send() },
		"DeleteImportedKeyMaterial KMSInvalidStateException": func(s *stage) error { return s.whileCreating() },
		"DeleteImportedKeyMaterial UnsupportedOperationException": func(s *stage) error {
			s.name = s.create(s.c, "", "")
			return s.send()
		},
		"EnableKey KMSInvalidStateException": func(s *stage) error { return s.whileCreating() },
		"GenerateRandom UnsupportedOperationException": func(s *stage) error {
			return s.send(with("CustomKeyStoreId", s.connected(ofProxy("outside"))))
		},
		"GetPublicKey UnsupportedOperationException": func(s *stage) error {
			s.name = s.create(s.c, "", "")
			return s.send()
		},

		"ImportKeyMaterial InvalidImportTokenException": func(s *stage) error { return s.send() },
		"ImportKeyMaterial InvalidCiphertextException": func(s *stage) error {
			return s.send(with("ImportToken", s.importToken()))
		},
		"ImportKeyMaterial ExpiredImportTokenException": func(s *stage) error {
			token := s.importToken()
			s.pass(25 * time.Hour)
			return s.send(with("ImportToken", token))
		},
		"ImportKeyMaterial IncorrectKeyMaterialException": func(s *stage) error {
			s.done("import", s.importBytes(1))
			return s.importBytes(2)
		},

		"ListRetirableGrants InvalidArnException": func(s *stage) error {
			return s.send(with("RetiringPrincipal", aws.String("arn:aws:iam::1:nobody")))
		},
		"PutKeyPolicy LimitExceededException": func(s *stage) error {
			s.done("Tune", s.server.Change(func(w *sim.World) error {
				o := w.Options()
				o.Limits.PolicyBytes = 10
				return w.Tune(o)
			}))
			return s.send()
		},
		"ReEncrypt InvalidKeyUsageException": func(s *stage) error {
			return s.send(with("DestinationKeyId", s.create(s.c, types.KeySpecHmac256, useToMac)))
		},
		"ReplicateKey AlreadyExistsException": func(s *stage) error {
			s.replicate()
			return s.send()
		},
		"ReplicateKey UnsupportedOperationException": func(s *stage) error {
			s.name = s.create(s.c, "", "")
			return s.send()
		},
		"ReplicateKey LimitExceededException": func(s *stage) error {
			s.done("Tune", s.server.Change(func(w *sim.World) error {
				o := w.Options()
				o.Limits.Keys = 1
				return w.Tune(o)
			}))
			there := s.at("eu-west-1")
			s.done("CreateKey", second(there.CreateKey(s.ctx, &kms.CreateKeyInput{})))
			return s.send()
		},
		"RetireGrant DryRunOperationException": func(s *stage) error { return s.send(with("DryRun", aws.Bool(true))) },
		"RetireGrant InvalidGrantTokenException": func(s *stage) error {
			return s.send(with("GrantToken", aws.String("nonsense")))
		},
		"RotateKeyOnDemand ConflictException": func(s *stage) error {
			in := &kms.EnableKeyRotationInput{KeyId: s.key, RotationPeriodInDays: aws.Int32(90)}
			s.done("EnableKeyRotation", second(s.c.EnableKeyRotation(s.ctx, in)))
			s.pass(90*24*time.Hour - 10*time.Minute)
			return s.send()
		},
		"TagResource TagException": func(s *stage) error {
			return s.send(with("Tags", []types.Tag{{TagKey: aws.String("aws:mine"), TagValue: aws.String("v")}}))
		},
		"UpdatePrimaryRegion UnsupportedOperationException": func(s *stage) error {
			s.key = s.create(s.c, "", "")
			s.name = s.key
			return s.send()
		},
		"UntagResource TagException": func(s *stage) error { return s.send(with("TagKeys", []string{"aws:reserved"})) },

		"Verify KMSInvalidSignatureException": func(s *stage) error { return s.send(with("Signature", []byte("nonsense"))) },
		"VerifyMac KMSInvalidMacException":    func(s *stage) error { return s.send(with("Mac", []byte("nonsense"))) },
	}
	for _, operation := range []string{"Decrypt", "ReEncrypt"} {
		ways[operation+" IncorrectKeyException"] = func(s *stage) error {
			blob := s.sealed()
			s.name = s.create(s.c, "", "")
			return s.send(with("CiphertextBlob", blob))
		}
		ways[operation+" InvalidCiphertextException"] = func(s *stage) error { return s.send(with("CiphertextBlob", []byte("nonsense"))) }
	}
	maps.Copy(ways, storeWays())
	return ways
}

// whileCreating makes the call on a replica that is still being made.
func (s *stage) whileCreating() error {
	s.Helper()
	origin := types.OriginTypeAwsKms
	if s.operation == "DeleteImportedKeyMaterial" {
		origin = types.OriginTypeExternal
	}
	s.key = s.create(s.c, "", "", func(in *kms.CreateKeyInput) { in.MultiRegion, in.Origin = aws.Bool(true), origin })
	if origin == types.OriginTypeExternal {
		s.done("import", s.importBytes(1))
	}
	s.done("ReplicateKey", second(s.c.ReplicateKey(s.ctx, &kms.ReplicateKeyInput{KeyId: s.key, ReplicaRegion: aws.String("eu-west-1")})))
	id := (*s.key)[len(*s.key)-len("mrk-")-32:]
	s.c, s.name = s.at("eu-west-1"), &id
	return s.send()
}

// importToken is a token that lets key material be imported into the stage's key.
func (s *stage) importToken() []byte {
	s.Helper()
	out, err := s.c.GetParametersForImport(s.ctx, &kms.GetParametersForImportInput{
		KeyId: s.key, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048,
	})
	s.done("GetParametersForImport", err)
	return out.ImportToken
}

// importBytes imports key material that is n, 32 times.
func (s *stage) importBytes(n byte) error {
	s.Helper()
	i := importer{s.lab, s.c, s.key, types.AlgorithmSpecRsaesOaepSha256, types.WrappingKeySpecRsa2048}
	return second(i.load(bytes.Repeat([]byte{n}, 32)))
}

// unreachable says why nothing leads to a declared error.
func unreachable() map[string]string {
	return map[string]string{
		"CreateKey InvalidArnException":                 "no member of the request is an ARN; what a policy names is answered with MalformedPolicyDocument",
		"Decrypt InvalidKeyUsageException":              "recorded: a key of another usage is answered with IncorrectKey",
		"DeleteAlias KMSInvalidStateException":          "AWS's table of key states lets aliases be deleted in every state",
		"EnableKey LimitExceededException":              "the quota counts disabled keys too, so enabling one never exceeds it",
		"GetKeyPolicy KMSInvalidStateException":         "AWS's table of key states lets it be read in every state",
		"GetKeyRotationStatus KMSInvalidStateException": "AWS's table of key states lets it be read in every state",
		"GetPublicKey DisabledException":                "recorded: the public key of a disabled key is given out",
		"GetPublicKey InvalidKeyUsageException":         "every asymmetric key has a public key, whatever its usage; recorded: any other is UnsupportedOperation",
		"ListGrants KMSInvalidStateException":           "AWS's table of key states lets them be listed in every state",
		"ListKeyPolicies KMSInvalidStateException":      "AWS's table of key states lets them be listed in every state",
		"ListKeyRotations KMSInvalidStateException":     "AWS's table of key states lets them be listed in every state",
		"ListRetirableGrants NotFoundException":         "the request names no key, and a principal that is not there is InvalidArn",
		"PutKeyPolicy KMSInvalidStateException":         "AWS's table of key states lets it be set in every state",
		"PutKeyPolicy UnsupportedOperationException":    "only keys that AWS manages, whose policies nobody is allowed to set",
		"RetireGrant KMSInvalidStateException":          "AWS's table of key states lets them be retired in every state",
		"TagResource LimitExceededException":            "recorded: too many tags are a TagException",
		"RevokeGrant KMSInvalidStateException":          "AWS's table of key states lets them be revoked in every state",
	}
}
