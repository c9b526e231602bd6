package drill

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/runbook"
	"github.com/mrkctl/mrkctl/pkg/mrk"
)

// materialFor is version n of the key material that a drill imports into a key
// set. In a simulated world it follows from the seed, so that a run can be
// repeated; on AWS it is random, lives in this process only, and is nobody's
// to repeat. It is never written anywhere.
func (r *run) materialFor(k *keySet, n int) ([]byte, error) {
	if r.cloud.Origin.Kind == "sim" {
		seed := seedBytes(r.opts.Seed)
		h := hmac.New(sha256.New, seed[:])
		_, _ = fmt.Fprintf(h, "key material %d of %s", n, k.Name) // a hash takes everything
		return h.Sum(nil), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(k.imported) <= n {
		fresh := make([]byte, mrk.MaterialSize)
		if _, err := rand.Read(fresh); err != nil {
			return nil, fmt.Errorf("draw key material: %w", err)
		}
		k.imported = append(k.imported, fresh)
	}
	return k.imported[n], nil
}

// importInto gives one member version n of the key material. The primary takes
// a version that the set does not know yet, the replicas follow.
func (r *run) importInto(ctx context.Context, from string, k *keySet, region string, n int, fresh bool, lasts time.Duration) error {
	material, err := r.materialFor(k, n)
	if err != nil {
		return err
	}
	step := mrk.ImportStep{New: fresh}
	if lasts > 0 {
		step.ValidTo = r.clock.Now().Add(lasts)
	}
	_, err = mrk.Import(ctx, r.operator(from), mrk.OneMember{Key: k.id, In: region}, material, step)
	return err
}

// importMember is the verb key.import for one member: the key material that
// the set has, or, with material: new, the next version of it. The primary is
// named first among the Regions of a step that brings a new one.
func importMember(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	r.mu.Lock()
	n := k.materials
	r.mu.Unlock()
	fresh := s.With.Material == "new" && region == s.In[0]
	if fresh {
		n++
	}
	if err := r.importInto(ctx, s.From, k, region, n, fresh, s.With.Expires); err != nil {
		return err
	}
	r.mu.Lock()
	k.materials = n
	r.mu.Unlock()
	r.lookSoon()
	return nil
}

// deleteMaterial takes imported key material away from a member.
func deleteMaterial(r *run, ctx context.Context, s *runbook.Step, k *keySet, region string) error {
	_, err := r.operator(s.From).Client(region).DeleteImportedKeyMaterial(ctx, &kms.DeleteImportedKeyMaterialInput{KeyId: aws.String(k.id)})
	r.lookSoon()
	return err
}
