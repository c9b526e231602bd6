package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// The ways in which a fault is done on AWS, where nobody can darken a Region,
// besides cutting the drill's own calls, which is the transport's affair.
const (
	onAWSDisable = "disable-key"
	onAWSPolicy  = "key-policy"
	onAWSRefuse  = "refuse"
)

// onAWS says how a fault is to be done in this world; empty in a simulated one.
func (r *run) onAWS(f runbook.Fault) string {
	if r.cloud.Origin.Kind != "aws" {
		return ""
	}
	return f.OnAWS
}

// denySid marks the statement that a key-policy fault adds, so that it is known
// again when the drill's process died in between.
const denySid = "MrkctlDrillFault"

// breakMembers does a fault to the key itself in its Regions: it is disabled
// there, or its policy denies its use. Unlike other faults it lasts until it is
// taken back: when the fault ends, by the drill, or by mrkctl drill undo.
func (r *run) breakMembers(ctx context.Context, f runbook.Fault) error {
	k, err := r.key(f.Key)
	if err != nil {
		return fmt.Errorf("fault %s: %w", f.Name, err)
	}
	for _, region := range faultRegions(f, k) {
		one := mrk.OneMember{Key: k.id, In: region}
		if f.OnAWS == onAWSDisable {
			_, err = mrk.Disable(ctx, r.operator(""), one)
		} else {
			err = r.deny(ctx, k, one)
		}
		if err != nil {
			return fmt.Errorf("fault %s: %w", f.Name, err)
		}
	}
	return nil
}

// mendMembers takes back what breakMembers did.
func (r *run) mendMembers(ctx context.Context, f runbook.Fault) error {
	k, err := r.key(f.Key)
	if err != nil {
		return fmt.Errorf("fault %s: %w", f.Name, err)
	}
	var errs []error
	for _, region := range faultRegions(f, k) {
		one := mrk.OneMember{Key: k.id, In: region}
		if f.OnAWS == onAWSDisable {
			_, err = mrk.Enable(ctx, r.operator(""), one)
		} else {
			_, err = mrk.PutPolicy(ctx, r.operator(""), mrk.PolicyChange{OneMember: one, Policy: r.policies[memberID{k.Name, region}]})
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func faultRegions(f runbook.Fault, k *keySet) []string {
	if len(f.In) > 0 {
		return f.In
	}
	return k.regionsWith("")
}

// deny adds a statement to a member's key policy that denies everybody its use.
// Managing the key, and so taking the statement out again, stays allowed.
func (r *run) deny(ctx context.Context, k *keySet, one mrk.OneMember) error {
	found := r.policies[memberID{k.Name, one.In}]
	var doc map[string]any
	if err := json.Unmarshal([]byte(found), &doc); err != nil {
		return fmt.Errorf("the key policy in %s: %w", one.In, err)
	}
	if strings.Contains(found, denySid) {
		return nil
	}
	statements, ok := doc["Statement"].([]any)
	if !ok {
		statements = []any{doc["Statement"]}
	}
	doc["Statement"] = append(statements, map[string]any{
		"Sid": denySid, "Effect": "Deny", "Principal": map[string]any{"AWS": "*"}, "Resource": "*",
		"Action": []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Sign", "kms:Verify", "kms:GenerateMac", "kms:VerifyMac"},
	})
	text, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("the key policy in %s: %w", one.In, err)
	}
	_, err = mrk.PutPolicy(ctx, r.operator(""), mrk.PolicyChange{OneMember: one, Policy: string(text)})
	return err
}
