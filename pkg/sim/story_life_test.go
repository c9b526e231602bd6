package sim

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cockroachdb/datadriven"
)

// lifeCommands are those about the life of a key: making, replicating, promoting, switching, deleting.
func lifeCommands() map[string]command {
	return map[string]command{
		"create": func(s *story, o options, d *datadriven.TestData) (string, error) {
			multi := o.flag("multi")
			in := &kms.CreateKeyInput{
				MultiRegion: &multi, Description: o.text("description"), KeySpec: types.KeySpec(o.named["spec"]),
				KeyUsage: types.KeyUsageType(o.named["usage"]), Origin: types.OriginType(o.named["origin"]),
			}
			if d.Input != "" {
				in.Policy = &d.Input
			}
			out, err := s.w.CreateKey(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			name := o.named["as"]
			if name == "" {
				name = "k"
			}
			s.keys[name] = *out.KeyMetadata.KeyId
			return s.metadata(out.KeyMetadata), nil
		},
		"describe": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.DescribeKey(s.call(o.at(0)), &kms.DescribeKeyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return s.metadata(out.KeyMetadata), nil
		},
		"replicate": func(s *story, o options, d *datadriven.TestData) (string, error) {
			to := o.at(1)
			in := &kms.ReplicateKeyInput{KeyId: o.key(s), ReplicaRegion: &to, Description: o.text("description")}
			if d.Input != "" {
				in.Policy = &d.Input
			}
			if v := o.named["tag"]; v != "" {
				k, val, _ := strings.Cut(v, ":")
				in.Tags = []types.Tag{{TagKey: &k, TagValue: &val}}
			}
			out, err := s.w.ReplicateKey(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			text := s.metadata(out.ReplicaKeyMetadata)
			if o.flag("policy") {
				text += "\npolicy: " + *out.ReplicaPolicy
			}
			if out.ReplicaTags != nil {
				text += fmt.Sprintf("\ntags: %s", tagText(out.ReplicaTags))
			}
			return text, nil
		},
		"promote": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			to := o.at(1)
			_, err := s.w.UpdatePrimaryRegion(s.call(o.at(0)), &kms.UpdatePrimaryRegionInput{KeyId: o.key(s), PrimaryRegion: &to})
			return "", err
		},
		"enable": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.EnableKey(s.call(o.at(0)), &kms.EnableKeyInput{KeyId: o.key(s)})
			return "", err
		},
		"disable": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.DisableKey(s.call(o.at(0)), &kms.DisableKeyInput{KeyId: o.key(s)})
			return "", err
		},
		"describe-as": func(s *story, o options, d *datadriven.TestData) (string, error) {
			_, err := s.w.UpdateKeyDescription(s.call(o.at(0)), &kms.UpdateKeyDescriptionInput{KeyId: o.key(s), Description: &d.Input})
			return "", err
		},
		"delete": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ScheduleKeyDeletion(s.call(o.at(0)), &kms.ScheduleKeyDeletionInput{KeyId: o.key(s), PendingWindowInDays: o.number("days")})
			if err != nil {
				return "", err
			}
			text := fmt.Sprintf("%s %s, %d days", *out.KeyId, out.KeyState, *out.PendingWindowInDays)
			if out.DeletionDate != nil {
				text += ", " + s.in(out.DeletionDate)
			}
			return text, nil
		},
		"cancel-deletion": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.CancelKeyDeletion(s.call(o.at(0)), &kms.CancelKeyDeletionInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return *out.KeyId, nil
		},
		"keys": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ListKeys(s.call(o.at(0)), &kms.ListKeysInput{Limit: o.number("limit")})
			if err != nil {
				return "", err
			}
			var lines []string
			for _, k := range out.Keys {
				lines = append(lines, *k.KeyId+" "+*k.KeyArn)
			}
			return strings.Join(append(lines, fmt.Sprintf("truncated %v", out.Truncated)), "\n"), nil
		},
		"last-usage": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetKeyLastUsage(s.call(o.at(0)), &kms.GetKeyLastUsageInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			if out.KeyLastUsage.Timestamp == nil {
				return *out.KeyId + " never", nil
			}
			return fmt.Sprintf("%s %s %s", *out.KeyId, out.KeyLastUsage.Operation, s.in(out.KeyLastUsage.Timestamp)), nil
		},
		"managed-key": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			id, err := s.w.AddManagedKey(o.at(0), "111122223333", o.at(1))
			s.keys[o.at(1)] = id
			return id, err
		},
		"algorithms": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.DescribeKey(s.call(o.at(0)), &kms.DescribeKeyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			k := out.KeyMetadata
			return fmt.Sprintf("%s %s %v%v%v%v%v", k.KeySpec, k.KeyUsage, k.EncryptionAlgorithms, k.SigningAlgorithms, k.MacAlgorithms, k.KeyAgreementAlgorithms, k.EncapsulationAlgorithms), nil
		},
	}
}

// metadata is one line for what matters of a key's metadata, and one for its set.
func (s *story) metadata(k *types.KeyMetadata) string {
	text := fmt.Sprintf("%s %s enabled=%v", *k.Arn, k.KeyState, k.Enabled)
	if k.CurrentKeyMaterialId != nil {
		text += " material=" + *k.CurrentKeyMaterialId
	}
	if *k.Description != "" {
		text += fmt.Sprintf(" description=%q", *k.Description)
	}
	if k.Origin != types.OriginTypeAwsKms {
		text += " origin=" + string(k.Origin)
	}
	if k.ExpirationModel != "" {
		text += " " + string(k.ExpirationModel)
	}
	if k.ValidTo != nil {
		text += " valid-to " + s.in(k.ValidTo)
	}
	if k.DeletionDate != nil {
		text += " deleted " + s.in(k.DeletionDate)
	}
	if k.PendingDeletionWindowInDays != nil {
		text += fmt.Sprintf(" window=%d", *k.PendingDeletionWindowInDays)
	}
	if c := k.MultiRegionConfiguration; c != nil {
		var replicas []string
		for _, r := range c.ReplicaKeys {
			replicas = append(replicas, *r.Region)
		}
		text += fmt.Sprintf("\n  %s of %s, replicas %v", c.MultiRegionKeyType, *c.PrimaryKey.Region, replicas)
	}
	return text
}
