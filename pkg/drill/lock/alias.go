package lock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Aliases locks by an alias of the key in each of its Regions that answers, since
// no one of them can be relied on: the primary's may be dark. They are asked in
// the order of their names, so that of two drills one gets the first that both
// can reach. It is an error when no Region answers.
type Aliases struct {
	Clients map[string]*kms.Client // by Region
	Longest time.Duration          // a lock older than this is stale
	Now     func() time.Time       // by which it is
}

var _ Locker = Aliases{}

// Take takes the lock in every Region that answers, or in none.
func (a Aliases) Take(ctx context.Context, keyID string, h Holder) (func(context.Context) error, error) {
	var taken []func(context.Context) error
	release := func(ctx context.Context) error {
		var errs []error
		for _, one := range taken {
			errs = append(errs, one(ctx))
		}
		return errors.Join(errs...)
	}
	var silent []error
	for _, region := range slices.Sorted(maps.Keys(a.Clients)) {
		one, err := Alias{Client: a.Clients[region], Longest: a.Longest, Now: a.Now}.Take(ctx, keyID, h)
		switch {
		case err == nil:
			taken = append(taken, one)
		case wire.Classify(err).Look != "":
			silent = append(silent, fmt.Errorf("%s: %w", region, err))
		default:
			return nil, errors.Join(err, release(ctx))
		}
	}
	if len(taken) == 0 {
		return nil, fmt.Errorf("lock key set %s: no Region answers: %w", keyID, errors.Join(silent...))
	}
	return release, nil
}

// Alias locks by an alias of the key in one of its Regions. A second alias,
// which carries the run's id in its name, says who holds it.
type Alias struct {
	Client  *kms.Client      // of the Region that is asked
	Longest time.Duration    // a lock older than this is stale
	Now     func() time.Time // by which it is
}

var _ Locker = Alias{}

// The names of the two aliases begin so.
const (
	lockPrefix   = "alias/mrkctl-lock-"
	holderPrefix = "alias/mrkctl-held-"
)

// Owns tells whether an alias is one of a lock, and so none of the key set's own.
func Owns(alias string) bool {
	return strings.HasPrefix(alias, lockPrefix) || strings.HasPrefix(alias, holderPrefix)
}

// Take takes the lock by making its alias, which only one can.
func (a Alias) Take(ctx context.Context, keyID string, h Holder) (func(context.Context) error, error) {
	name, holder := lockPrefix+keyID, holderPrefix+keyID+"/"+h.Run
	release := func(ctx context.Context) error {
		return errors.Join(a.remove(ctx, holder), a.remove(ctx, name))
	}
	for range 2 {
		_, err := a.Client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(name), TargetKeyId: aws.String(keyID)})
		if err == nil {
			_, err = a.Client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(holder), TargetKeyId: aws.String(keyID)})
			if err != nil && !errors.As(err, new(*types.AlreadyExistsException)) {
				return nil, errors.Join(fmt.Errorf("lock key set %s: %w", keyID, err), release(ctx))
			}
			return release, nil
		}
		if !errors.As(err, new(*types.AlreadyExistsException)) {
			return nil, fmt.Errorf("lock key set %s: %w", keyID, err)
		}
		held, names, err := a.holder(ctx, keyID)
		switch {
		case err != nil:
			return nil, err
		case held.Run == h.Run:
			return release, nil
		case a.Longest <= 0 || a.Now().Sub(held.Since) < a.Longest:
			return nil, &HeldError{Key: keyID, Holder: held}
		}
		for _, old := range names {
			if err := a.remove(ctx, old); err != nil {
				return nil, err
			}
		}
	}
	return nil, &HeldError{Key: keyID, Holder: Holder{Since: a.Now()}}
}

// holder reads who holds the lock, and the names of all its aliases.
func (a Alias) holder(ctx context.Context, keyID string) (h Holder, names []string, err error) {
	pages := kms.NewListAliasesPaginator(a.Client, &kms.ListAliasesInput{KeyId: aws.String(keyID)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return h, names, fmt.Errorf("read who holds the lock of key set %s: %w", keyID, err)
		}
		for _, entry := range page.Aliases {
			name := aws.ToString(entry.AliasName)
			if !Owns(name) {
				continue
			}
			names = append(names, name)
			if run, ok := strings.CutPrefix(name, holderPrefix+keyID+"/"); ok {
				h.Run = run
			} else {
				h.Since = aws.ToTime(entry.CreationDate)
			}
		}
	}
	return h, names, nil
}

func (a Alias) remove(ctx context.Context, name string) error {
	_, err := a.Client.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: aws.String(name)})
	if err != nil && !errors.As(err, new(*types.NotFoundException)) {
		return fmt.Errorf("give back %s: %w", name, err)
	}
	return nil
}
