package mrk

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// Health is one thing that was checked in one Region.
type Health struct {
	Region  string `json:"region"`
	Check   string `json:"check"`
	Verdict string `json:"verdict"` // ok, fail or unknown
	Detail  string `json:"detail"`
}

// skewLimit is how far the clocks may be apart before it is worth saying: AWS
// refuses a signature that is five minutes off.
const skewLimit = time.Minute

// Checkup looks whether each Region answers, is enabled and lets us list, and
// whether the clocks agree. With a key it also tries the key's use, by KMS's
// dry run.
func Checkup(ctx context.Context, c Cloud, key string) []Health {
	found := make([][]Health, len(c.Regions))
	c.inEach(c.Regions, func(i int, region string) {
		found[i] = checkRegion(ctx, c, region)
		if key != "" && found[i][0].Verdict == "ok" {
			found[i] = append(found[i], tryKey(ctx, c, region, key)...)
		}
	})
	var all []Health
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

func checkRegion(ctx context.Context, c Cloud, region string) []Health {
	start := c.Clock.Now()
	out, err := call(ctx, c, region, c.Client(region).ListKeys, &kms.ListKeysInput{Limit: aws.Int32(1)})
	took := c.Clock.Now().Sub(start)
	h := Health{Region: region, Check: "region", Verdict: "ok", Detail: "answers in " + took.Round(time.Millisecond).String()}
	if err != nil {
		h.Verdict, h.Detail = regionVerdict(err)
		return []Health{h}
	}
	found := []Health{h}
	if server, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok && !server.IsZero() {
		skew := c.Clock.Now().Sub(server).Round(time.Second)
		clock := Health{Region: region, Check: "clock", Verdict: "ok", Detail: "agrees"}
		if skew > skewLimit || skew < -skewLimit {
			clock.Verdict, clock.Detail = "fail", fmt.Sprintf("%s apart from KMS; signatures are refused from five minutes on: set this machine's clock", skew)
		}
		found = append(found, clock)
	}
	aliases := Health{Region: region, Check: "kms:ListAliases", Verdict: "ok", Detail: "allowed"}
	if _, err := call(ctx, c, region, c.Client(region).ListAliases, &kms.ListAliasesInput{Limit: aws.Int32(1)}); err != nil {
		aliases.Verdict, aliases.Detail = regionVerdict(err)
	}
	return append(found, aliases)
}

// regionVerdict tells a Region that refuses from one that does not answer.
func regionVerdict(err error) (verdict, detail string) {
	switch Code(err) {
	case wire.Unreachable, wire.Canceled, wire.NotSent, "ThrottlingException":
		return "unknown", err.Error()
	case "UnrecognizedClientException", "OptInRequired", "InvalidClientTokenId":
		return "fail", "the account has not enabled this Region, or the credentials are not known there: " + err.Error()
	default:
		return "fail", err.Error()
	}
}

// tryKey tries what callers of a key do: what planning reads, and what KMS has a
// dry run for. The rest shows only in the key policy.
func tryKey(ctx context.Context, c Cloud, region, key string) []Health {
	m, err := describe(ctx, c, region, localName(key))
	if is(err, "NotFoundException") {
		return []Health{{Region: region, Check: "key", Verdict: "ok", Detail: "no member here"}}
	}
	if err != nil {
		verdict, detail := regionVerdict(err)
		return []Health{{Region: region, Check: "kms:DescribeKey", Verdict: verdict, Detail: detail}}
	}
	readParts(ctx, c, &m, EveryPart())
	found := []Health{{Region: region, Check: "kms:DescribeKey", Verdict: "ok", Detail: "allowed"}}
	for _, part := range EveryPart() {
		if !m.has(part) {
			continue
		}
		h := Health{Region: region, Check: "kms:" + part.action(), Verdict: "ok", Detail: "allowed"}
		for _, p := range m.Problems {
			if p.What == part.action() {
				h.Verdict, h.Detail = "fail", p.Code+" "+p.Message
			}
		}
		found = append(found, h)
	}
	for _, t := range dryRuns(c, m) {
		limited, cancel := c.limited(ctx)
		err := t.try(limited)
		cancel()
		h := Health{Region: region, Check: "kms:" + t.op, Verdict: "ok", Detail: "allowed, by dry run"}
		if err = translate(region, err); Code(err) != "DryRunOperationException" {
			h.Verdict, h.Detail = regionVerdict(err)
		}
		found = append(found, h)
	}
	for _, action := range []string{"PutKeyPolicy", "ReplicateKey", "UpdatePrimaryRegion", "RotateKeyOnDemand"} {
		if m.closedTo(action) {
			found = append(found, Health{Region: region, Check: "kms:" + action, Verdict: "fail", Detail: "the key policy lets nobody do it"})
		}
	}
	return found
}

// localName is a name that is good in every Region: an ARN is good in its own only.
func localName(ref string) string {
	r, err := ParseRef(ref)
	switch {
	case err != nil:
		return ref
	case r.ID != "":
		return r.ID
	default:
		return r.Alias
	}
}
