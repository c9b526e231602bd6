package mrk

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// AliasChange says which member an alias is to name in one Region.
type AliasChange struct {
	Alias string `json:"alias"`
	OneMember
	// Steal lets an alias be taken from another key.
	Steal bool `json:"steal,omitempty"`
}

// AliasSet is what became of an alias.
type AliasSet struct {
	Alias string `json:"alias"`
	ID    string `json:"id"`
	In    string `json:"in"`
	Was   string `json:"was,omitempty"` // key id that it named before
}

// TakenError says that an alias names another key.
type TakenError struct{ Alias, In, By string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("%s in %s names another key, %s; delete it there first, or take it over with --steal", e.Alias, e.In, e.By)
}

// SetAlias makes an alias name a member in its Region, whether or not the
// alias exists. An alias that names another key is left alone unless Steal.
func SetAlias(ctx context.Context, c Cloud, a AliasChange) (AliasSet, error) {
	if err := CheckAlias(a.Alias); err != nil {
		return AliasSet{}, err
	}
	id, in, err := c.resolve(ctx, a.Key, a.In)
	if err != nil {
		return AliasSet{}, err
	}
	set := AliasSet{Alias: a.Alias, ID: id, In: in}
	_, err = call(ctx, c, in, c.Client(in).CreateAlias, &kms.CreateAliasInput{AliasName: aws.String(a.Alias), TargetKeyId: aws.String(id)})
	if !is(err, "AlreadyExistsException") {
		return set, err
	}
	was, err := describe(ctx, c, in, a.Alias)
	switch {
	case err != nil:
		return set, err
	case was.KeyID == id:
		set.Was = id
		return set, nil
	case !a.Steal:
		return set, &TakenError{Alias: a.Alias, In: in, By: was.KeyID}
	}
	set.Was = was.KeyID
	_, err = call(ctx, c, in, c.Client(in).UpdateAlias, &kms.UpdateAliasInput{AliasName: aws.String(a.Alias), TargetKeyId: aws.String(id)})
	return set, err
}

// RemoveAlias deletes an alias in one Region. One that is not there is no error.
func RemoveAlias(ctx context.Context, c Cloud, alias, in string) error {
	if err := CheckAlias(alias); err != nil {
		return err
	}
	_, err := call(ctx, c, in, c.Client(in).DeleteAlias, &kms.DeleteAliasInput{AliasName: aws.String(alias)})
	if is(err, "NotFoundException") {
		return nil
	}
	return err
}
