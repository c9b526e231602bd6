package target

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/mrkctl/mrkctl/pkg/wire"
)

// trail reads the KMS events of a Region's CloudTrail event history. History
// holds management events of the last 90 days, some minutes late, and KMS
// counts its cryptographic calls among them.
func (a *account) trail(ctx context.Context, region string, from, to time.Time) ([]wire.TrailEvent, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	client := cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
		o.Region = region
		if a.o.EndpointURL != "" {
			o.BaseEndpoint = aws.String(strings.ReplaceAll(a.o.EndpointURL, "{region}", region))
		}
	})
	pages := cloudtrail.NewLookupEventsPaginator(client, &cloudtrail.LookupEventsInput{
		StartTime: aws.Time(from), EndTime: aws.Time(to),
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventSource, AttributeValue: aws.String("kms.amazonaws.com")}},
	})
	var events []wire.TrailEvent
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read CloudTrail in %s: %w", region, err)
		}
		for _, e := range page.Events {
			event, err := trailEvent(region, aws.ToString(e.CloudTrailEvent))
			if err != nil {
				return nil, fmt.Errorf("read event %s of CloudTrail in %s: %w", aws.ToString(e.EventId), region, err)
			}
			events = append(events, event)
		}
	}
	slices.SortStableFunc(events, func(x, y wire.TrailEvent) int { return x.Time.Compare(y.Time) })
	return events, nil
}

// trailEvent reads one record of CloudTrail. A record does not say which
// Region its caller was in.
func trailEvent(region, record string) (wire.TrailEvent, error) {
	var r struct {
		EventTime    time.Time `json:"eventTime"`
		EventName    string    `json:"eventName"`
		RequestID    string    `json:"requestID"`
		ErrorCode    string    `json:"errorCode"`
		UserIdentity struct {
			ARN       string `json:"arn"`
			InvokedBy string `json:"invokedBy"`
		} `json:"userIdentity"`
		Resources []struct {
			ARN string `json:"ARN"`
		} `json:"resources"`
	}
	if err := json.Unmarshal([]byte(record), &r); err != nil {
		return wire.TrailEvent{}, err
	}
	e := wire.TrailEvent{
		Time: r.EventTime.UTC(), Op: r.EventName, Region: region, Principal: r.UserIdentity.ARN, RequestID: r.RequestID, Code: r.ErrorCode,
	}
	if e.Principal == "" {
		e.Principal = r.UserIdentity.InvokedBy
	}
	if len(r.Resources) > 0 {
		e.Key = r.Resources[0].ARN
	}
	return e, nil
}
