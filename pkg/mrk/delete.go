package mrk

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// Deletion says which member to delete, and how long it may still be kept back.
type Deletion struct {
	OneMember
	Days int `json:"days,omitempty"` // 7 to 30; zero means 30
}

// Scheduled is a deletion that KMS accepted.
type Scheduled struct {
	ID    string `json:"id"`
	In    string `json:"in"`
	State string `json:"state"` // PendingDeletion or PendingReplicaDeletion
	// At is when the member goes; zero for a primary that first waits for its
	// replicas to be gone. KMS may be up to a day late.
	At time.Time `json:"at,omitzero"`
	// Days is the waiting period, which a primary with replicas starts only
	// once the last of them is gone (recorded: two days after its date).
	Days int `json:"days"`
}

// ScheduleDeletion schedules the deletion of one member. A primary with
// replicas reads PendingReplicaDeletion until the last of them is gone.
func ScheduleDeletion(ctx context.Context, c Cloud, d Deletion) (Scheduled, error) {
	id, in, err := c.resolve(ctx, d.Key, d.In)
	if err != nil {
		return Scheduled{}, err
	}
	req := &kms.ScheduleKeyDeletionInput{KeyId: aws.String(id)}
	if d.Days != 0 {
		req.PendingWindowInDays = aws.Int32(int32(min(max(d.Days, 0), 1<<20))) //nolint:gosec // bounded
	}
	out, err := call(ctx, c, in, c.Client(in).ScheduleKeyDeletion, req)
	if err != nil {
		return Scheduled{}, err
	}
	return Scheduled{
		ID: id, In: in, State: string(out.KeyState), At: utc(out.DeletionDate), Days: int(aws.ToInt32(out.PendingWindowInDays)),
	}, nil
}

// CancelDeletion keeps a member that waits for its deletion. It comes back
// Disabled; Enable makes it usable.
func CancelDeletion(ctx context.Context, c Cloud, m OneMember) (Asked, error) {
	return ask(ctx, c, m, func(client *kms.Client, ctx context.Context, id *string) error {
		_, err := client.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: id})
		return err
	})
}
