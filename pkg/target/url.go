package target

import (
	"bytes"
	"context"
	"io"
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
	home := o.Region
	if home == "" {
		home = "us-east-1"
	}
	regions := o.Regions
	if len(regions) == 0 {
		regions = partitionOf(home)
	}
	client := &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute,
	}}
	return &Target{
		kind: Sim, clock: c, lab: &servedLab{control.Client{URL: url}}, regions: preferred(home, regions),
		build: func(from, to, role string) kms.Options {
			var d wire.Doer = whole{client}
			if o.Retry {
				d = wire.Retry(d, c, 8)
			}
			if o.ReadOnly {
				d = wire.Guard(d, to, readOnly)
			}
			return kms.Options{
				Region: to, BaseEndpoint: aws.String(strings.ReplaceAll(url, "{region}", to)),
				HTTPClient: d, Credentials: servedCredentials(role, from), Retryer: aws.NopRetryer{}, DisableClockSkewCorrection: true,
			}
		},
		origin: func(context.Context) (Origin, error) {
			return Origin{Kind: Sim, Detail: "served", Account: servedAccount, Caller: principal(servedAccount, "", home).ARN, Endpoint: url}, nil
		},
		close: func() error { client.CloseIdleConnections(); return nil },
	}, nil
}

// servedCredentials are those with which a served world takes a caller for the
// session of a role: its access key names both.
func servedCredentials(role, from string) aws.CredentialsProvider {
	_, name, _ := strings.Cut(principal(servedAccount, role, from).ARN, ":assumed-role/")
	id := awsjson.DefaultAccessKey + "." + strings.ReplaceAll(name, "/", ".")
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: awsjson.DefaultSecret, Source: "simulator"}, nil
	})
}

// whole reads answers to their end before it hands them on. The SDK closes a
// request's body as soon as it has the beginning of the answer, and net/http
// then sometimes takes the whole connection away from under a long answer that
// came fast.
type whole struct{ client *http.Client }

func (w whole) Do(r *http.Request) (*http.Response, error) {
	resp, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}

// partitionOf are the Regions of the partition that a Region is in.
func partitionOf(region string) []string {
	at, ok := sim.LookupRegion(region)
	if !ok {
		at.Partition = "aws"
	}
	var names []string
	for _, r := range sim.AllRegions() {
		if r.Partition == at.Partition {
			names = append(names, r.Name)
		}
	}
	return names
}
