package target

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/sim/control"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// servedAccount is the account of a served simulated world.
const servedAccount = "111122223333"

// openURL opens a world that `mrkctl sim serve` serves. Its clients sign with
// the world's fixed credentials and read nothing from the environment.
func openURL(url string, o Options) (*Target, error) {
	url = strings.TrimSuffix(url, "/")
	c := clock.NewReal(1)
	regions := o.Regions
	if len(regions) == 0 {
		for _, r := range sim.AllRegions() {
			if r.Partition == "aws" {
				regions = append(regions, r.Name)
			}
		}
	}
	home := o.Region
	if home == "" {
		home = "us-east-1"
	}
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute,
	}}
	creds := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: awsjson.DefaultAccessKey, SecretAccessKey: awsjson.DefaultSecret, Source: "simulator"}, nil
	})
	return &Target{
		kind: Sim, clock: c, lab: &servedLab{control.Client{URL: url}}, regions: preferred(home, regions),
		build: func(_, to, _ string) kms.Options {
			var d wire.Doer = client
			if o.Retry {
				d = wire.Retry(d, c, 8)
			}
			if o.ReadOnly {
				d = wire.Guard(d, to, readOnly)
			}
			return kms.Options{
				Region: to, BaseEndpoint: aws.String(strings.ReplaceAll(url, "{region}", to)),
				HTTPClient: d, Credentials: creds, Retryer: aws.NopRetryer{}, DisableClockSkewCorrection: true,
			}
		},
		origin: func(context.Context) (Origin, error) {
			return Origin{Kind: Sim, Detail: "served", Account: servedAccount, Caller: "arn:aws:iam::" + servedAccount + ":user/" + awsjson.DefaultAccessKey, Endpoint: url}, nil
		},
		close: func() error { client.CloseIdleConnections(); return nil },
	}, nil
}
