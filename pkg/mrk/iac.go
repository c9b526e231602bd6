package mrk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What a tool for infrastructure as code wrote down about a key, it goes on
// believing after the primary has moved: a Terraform state keeps an aws_kms_key
// for the primary, and reading one that has become a replica fails; a replica's
// primary_key_arn can't change without the replica being replaced.

// managed warns when tags say that such a tool keeps a record of which member
// is the primary.
func managed(primary, target Member) []string {
	var notes []string
	for _, m := range []Member{primary, target} {
		for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
			v := m.Tags[k]
			low := strings.ToLower(k + "=" + v)
			switch {
			case strings.HasPrefix(k, "aws:cloudformation:"):
				notes = append(notes, fmt.Sprintf("%s belongs to a CloudFormation stack: its template still says AWS::KMS::Key there and AWS::KMS::ReplicaKey here; bring it in line before the next update", m.Region))
			case strings.Contains(low, "terraform"), strings.Contains(low, "opentofu"), strings.Contains(low, "pulumi"):
				notes = append(notes, fmt.Sprintf("%s is tagged %s=%s: a Terraform state fails on reading a primary that has become a replica, and would replace other replicas, whose primary_key_arn changes; --tfstate FILE says what to do", m.Region, k, v))
			default:
				continue
			}
			break
		}
	}
	return notes
}

// Resource is one resource of a Terraform state that is about a KMS key.
type Resource struct {
	Address string // module.keys.aws_kms_key.payments["eu"]
	Type    string // aws_kms_key, aws_kms_replica_key, …
	Region  string // from its ARN
	Key     string // key id
}

// replica tells whether the resource is one for replicas.
func (r Resource) replica() bool { return strings.Contains(r.Type, "_replica_") }

// TerraformState reads the resources about KMS keys out of a Terraform or
// OpenTofu state, version 4. Nothing else of it is kept: a state holds secrets.
func TerraformState(raw []byte) ([]Resource, error) {
	var state struct {
		Version   int `json:"version"`
		Resources []struct {
			Module    string `json:"module"`
			Mode      string `json:"mode"`
			Type      string `json:"type"`
			Name      string `json:"name"`
			Instances []struct {
				Index      json.RawMessage `json:"index_key"`
				Attributes struct {
					ARN string `json:"arn"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		return nil, badInput("this is not a Terraform state: %v", err)
	}
	if state.Version != 4 {
		return nil, badInput("this is not a Terraform state of version 4, but of version %d", state.Version)
	}
	found := []Resource{}
	for _, r := range state.Resources {
		if r.Mode != "managed" || !slices.Contains([]string{"aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"}, r.Type) {
			continue
		}
		for _, instance := range r.Instances {
			ref, err := ParseRef(instance.Attributes.ARN)
			if err != nil || ref.ID == "" {
				continue // one that was never made
			}
			address := r.Type + "." + r.Name
			if r.Module != "" {
				address = r.Module + "." + address
			}
			if len(instance.Index) > 0 {
				address += "[" + string(instance.Index) + "]"
			}
			found = append(found, Resource{Address: address, Type: r.Type, Region: ref.Region, Key: ref.ID})
		}
	}
	return found, nil
}

// surgery says what to do to a Terraform state so that the next plan does
// nothing to the key. State is nil when none was looked at.
func surgery(state []Resource, set KeySet, to string) []string {
	if state == nil {
		return nil
	}
	var mine []Resource
	for _, r := range state {
		if r.Key == set.ID {
			mine = append(mine, r)
		}
	}
	if len(mine) == 0 {
		return []string{"the Terraform state says nothing of this key"}
	}
	arn := func(region string) string {
		m, _ := set.Member(region)
		return m.ARN
	}
	var notes []string
	for _, r := range mine {
		switch {
		case r.Region == to && r.replica():
			notes = append(notes,
				fmt.Sprintf("Terraform: %s becomes the primary; before the next plan: terraform state rm '%s', write it as %s, and terraform import NEW_ADDRESS %s", r.Address, r.Address, strings.Replace(r.Type, "_replica", "", 1), set.ID))
		case r.Region == set.Primary && !r.replica():
			notes = append(notes,
				fmt.Sprintf("Terraform: %s becomes a replica, and reading it as it is fails; before the next plan: terraform state rm '%s', write it as %s with primary_key_arn = %q, and terraform import NEW_ADDRESS %s", r.Address, r.Address, replicaType(r.Type), arn(to), set.ID))
		case r.replica():
			notes = append(notes,
				fmt.Sprintf("Terraform: %s would be replaced, since its primary_key_arn changes to %q: give it lifecycle { ignore_changes = [primary_key_arn] }, or state rm and import it", r.Address, arn(to)))
		}
	}
	return notes
}

// replicaType is the resource type of the replicas of a type of primary.
func replicaType(t string) string {
	if t == "aws_kms_external_key" {
		return "aws_kms_replica_external_key"
	}
	return "aws_kms_replica_key"
}
