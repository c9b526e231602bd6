package awsjson

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// CloudTrail speaks the same protocol as KMS. Of its operations only
// LookupEvents is served, over the KMS events of one Region.

// lookupTarget is the end of the header X-Amz-Target of that call.
const lookupTarget = "CloudTrail_20131101.LookupEvents"

type lookupInput struct {
	StartTime, EndTime *float64
	LookupAttributes   []struct{ AttributeKey, AttributeValue string }
	EventCategory      string
	MaxResults         *int
	NextToken          string
}

type lookupOutput struct {
	Events    []lookupEvent
	NextToken string `json:",omitempty"`
}

type lookupEvent struct {
	EventID         string `json:"EventId"`
	EventName       string
	EventTime       json.Number
	EventSource     string
	Username        string `json:",omitempty"`
	ReadOnly        string
	AccessKeyID     string `json:"AccessKeyId,omitempty"`
	Resources       []lookupResource
	CloudTrailEvent string
}

type lookupResource struct{ ResourceType, ResourceName string }

// lookupEvents answers a page of a Region's event history, newest first.
func (h *handler) lookupEvents(w http.ResponseWriter, b *buffer, c sim.Call) {
	var in lookupInput
	if err := json.Unmarshal(b.in, &in); err != nil {
		h.fail(w, b, &sim.Error{Code: "SerializationException", Status: http.StatusBadRequest})
		return
	}
	size := 50
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > 50 {
		h.fail(w, b, &sim.Error{Code: "InvalidMaxResultsException", Message: "A MaxResults value of " + strconv.Itoa(size) +
			" is invalid. Specify a value between 1 and 50.", Status: http.StatusBadRequest})
		return
	}
	from, to, after, ok := in.stretch()
	if !ok {
		h.fail(w, b, &sim.Error{Code: "InvalidNextTokenException", Message: "Invalid token.", Status: http.StatusBadRequest})
		return
	}
	var records []sim.TrailDocument
	var err error
	h.server.View(func(w *sim.World) { records, err = w.TrailDocuments(c.Region, from, to) })
	if err != nil {
		h.fail(w, b, asError(err))
		return
	}
	out, err := json.Marshal(in.page(records, after, size))
	if err != nil {
		h.fail(w, b, asError(err))
		return
	}
	w.Header()["Content-Type"] = []string{contentType}
	_, _ = w.Write(out)
}

// stretch is the time that is asked for, and the event after which the page
// begins; empty for the first page.
func (in *lookupInput) stretch() (from, to time.Time, after string, ok bool) {
	if in.StartTime != nil {
		from = seconds(*in.StartTime)
	}
	if in.EndTime != nil {
		to = seconds(*in.EndTime).Add(time.Second) // the end is inclusive
	}
	if in.NextToken == "" {
		return from, to, "", true
	}
	raw, err := base64.StdEncoding.DecodeString(in.NextToken)
	at, after, cut := strings.Cut(string(raw), " ")
	nanos, bad := strconv.ParseInt(at, 10, 64)
	if err != nil || bad != nil || !cut {
		return from, to, "", false
	}
	return from, time.Unix(0, nanos+1), after, true
}

func seconds(f float64) time.Time { return time.UnixMilli(int64(math.Round(f * 1000))).UTC() }

// page picks the records that the attributes ask for.
func (in *lookupInput) page(records []sim.TrailDocument, after string, size int) lookupOutput {
	out := lookupOutput{Events: []lookupEvent{}}
	var last sim.TrailDocument
	for _, r := range records {
		if after != "" {
			if r.EventID == after {
				after = ""
			}
			continue
		}
		if !in.wants(r) {
			continue
		}
		if len(out.Events) == size {
			out.NextToken = base64.StdEncoding.EncodeToString([]byte(strconv.FormatInt(last.Time.UnixNano(), 10) + " " + last.EventID))
			break
		}
		e := lookupEvent{
			EventID: r.EventID, EventName: r.Op, EventTime: json.Number(strconv.FormatInt(r.Time.Unix(), 10)),
			EventSource: "kms.amazonaws.com", Username: r.Username, ReadOnly: strconv.FormatBool(r.ReadOnly),
			AccessKeyID: r.AccessKey, Resources: []lookupResource{}, CloudTrailEvent: string(r.JSON),
		}
		if r.Key != "" {
			e.Resources = append(e.Resources, lookupResource{"AWS::KMS::Key", r.Key})
		}
		out.Events, last = append(out.Events, e), r
	}
	return out
}

// wants says whether a record has the one attribute that may be asked for.
func (in *lookupInput) wants(r sim.TrailDocument) bool {
	for _, a := range in.LookupAttributes {
		var have string
		switch a.AttributeKey {
		case "EventId":
			have = r.EventID
		case "EventName":
			have = r.Op
		case "EventSource":
			have = "kms.amazonaws.com"
		case "ReadOnly":
			have = strconv.FormatBool(r.ReadOnly)
		case "ResourceName":
			have = r.Key
		case "ResourceType":
			have = "AWS::KMS::Key"
		case "Username":
			have = r.Username
		case "AccessKeyId":
			have = r.AccessKey
		}
		if have != a.AttributeValue {
			return false
		}
	}
	return true
}
