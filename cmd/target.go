package cmd

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// openTarget opens the world of a command that works on keys, see App.world.
// Close it after use. The embedded simulator keeps its world in the user's
// state directory, so that one command finds what another made.
func (a *App) openTarget(ctx context.Context) (*target.Target, error) {
	o := a.targetOptions()
	o.Retry = true
	o.State = a.simState()
	return target.Open(ctx, a.world(ctx), o)
}

// targetOptions are the options that the settings alone decide.
func (a *App) targetOptions() target.Options {
	return target.Options{
		Region: a.Config.Region, ReadOnly: a.Config.ReadOnly, Profile: a.Config.Profile, DefaultProfile: a.Env["AWS_PROFILE"],
		EndpointURL: a.Config.EndpointURL, Accounts: a.Config.Accounts, MFA: a.askMFA(),
	}
}

// cloudOf is the target as the functions on key sets want it.
func cloudOf(t *target.Target) mrk.Cloud {
	regions := t.Regions()
	home := ""
	if len(regions) > 0 {
		home = regions[0]
	}
	return mrk.Cloud{
		Client:  func(region string) *kms.Client { return t.Client(home, region, "") },
		Clock:   t.Clock(),
		Regions: regions,
	}
}

// originOf is the stamp of a target as journals and reports carry it.
func originOf(ctx context.Context, t *target.Target) (journal.Origin, error) {
	o, err := t.Origin(ctx)
	if err != nil {
		return journal.Origin{}, err
	}
	return journal.Origin{
		Kind: string(o.Kind), Detail: o.Detail, Account: o.Account, Caller: o.Caller, Endpoint: o.Endpoint,
	}, nil
}
