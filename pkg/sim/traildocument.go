package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TrailDocument is a record as CloudTrail delivers it.
type TrailDocument struct {
	TrailEvent
	// Username is the last part of the caller's name; empty when AWS acted.
	Username string
	// ReadOnly says that the event changed nothing.
	ReadOnly bool
	// AccessKey is the caller's access key id, where one is known.
	AccessKey string
	// JSON is the whole record.
	JSON []byte
}

// TrailDocuments returns the records of a Region's trail from one moment up
// to, not including, another that have been delivered by now, newest first, as
// CloudTrail's LookupEvents does. It renders them, which Trail does not.
//
// Rules: MRK-TRAIL-07.
func (w *World) TrailDocuments(regionName string, from, to time.Time) ([]TrailDocument, error) {
	r := w.region(regionName)
	if r == nil {
		return nil, fmt.Errorf("read trail: no Region %q in this world", regionName)
	}
	delivered := w.Now().Add(-w.options.TrailDelay).Add(time.Nanosecond)
	if to.IsZero() || to.After(delivered) {
		to = delivered
	}
	var list []TrailDocument
	var failed error
	w.eachRecord(r, from, to, func(rec record, d *detail) bool {
		doc, err := w.document(r, rec, d)
		if err != nil {
			failed = err
			return false
		}
		list = append(list, doc)
		return true
	})
	slices.Reverse(list)
	return list, failed
}

// trailRecord is the shape of a CloudTrail record of KMS.
type trailRecord struct {
	EventVersion        string          `json:"eventVersion"`
	UserIdentity        map[string]any  `json:"userIdentity"`
	EventTime           string          `json:"eventTime"`
	EventSource         string          `json:"eventSource"`
	EventName           string          `json:"eventName"`
	AWSRegion           string          `json:"awsRegion"`
	SourceIPAddress     string          `json:"sourceIPAddress"`
	UserAgent           string          `json:"userAgent"`
	ErrorCode           string          `json:"errorCode,omitempty"`
	ErrorMessage        string          `json:"errorMessage,omitempty"`
	RequestParameters   any             `json:"requestParameters"`
	ResponseElements    any             `json:"responseElements"`
	RequestID           string          `json:"requestID,omitempty"`
	EventID             string          `json:"eventID"`
	ReadOnly            bool            `json:"readOnly"`
	Resources           []trailResource `json:"resources,omitempty"`
	EventType           string          `json:"eventType"`
	ManagementEvent     bool            `json:"managementEvent"`
	RecipientAccountID  string          `json:"recipientAccountId"`
	ServiceEventDetails json.RawMessage `json:"serviceEventDetails,omitempty"`
	EventCategory       string          `json:"eventCategory"`
}

type trailResource struct {
	AccountID string `json:"accountId"`
	Type      string `json:"type"`
	ARN       string `json:"ARN"`
}

func (w *World) document(r *region, rec record, d *detail) (TrailDocument, error) {
	e := w.trailEvent(r, rec)
	out := trailRecord{
		EventVersion: "1.11", EventTime: e.Time.Format(time.RFC3339), EventSource: "kms.amazonaws.com",
		EventName: e.Op, AWSRegion: r.Name, ErrorCode: trailCode(e.Code),
		ErrorMessage: w.words.at(rec.message), RequestID: e.RequestID, EventID: e.EventID,
		ReadOnly: !operations[rec.op].Changes, EventType: "AwsApiCall", ManagementEvent: true,
		RecipientAccountID: w.options.Account, EventCategory: "Management",
	}
	if rec.key != 0 {
		account := accountOf(e.Key)
		out.RecipientAccountID = account
		out.Resources = []trailResource{{account, "AWS::KMS::Key", e.Key}}
	}
	if source := w.words.at(rec.source); source != "" {
		out.Resources = append([]trailResource{{accountOf(source), "AWS::KMS::Key", source}}, out.Resources...)
	}
	if rec.flags&byService != 0 {
		w.documentService(&out, rec, e, d)
	} else {
		w.documentCall(&out, rec, e, d)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return TrailDocument{}, fmt.Errorf("render record %s of the trail of %s: %w", e.EventID, r.Name, err)
	}
	doc := TrailDocument{TrailEvent: e, ReadOnly: out.ReadOnly, JSON: text}
	if rec.flags&byService == 0 {
		doc.Username = e.Principal[strings.LastIndexAny(e.Principal, "/:")+1:]
	}
	return doc, nil
}

// documentService fills in what AWS does by itself.
func (w *World) documentService(out *trailRecord, rec record, e TrailEvent, d *detail) {
	out.UserIdentity = map[string]any{"accountId": out.RecipientAccountID, "invokedBy": "AWS Internal"}
	out.SourceIPAddress, out.UserAgent = "AWS Internal", "AWS Internal"
	if rec.op == opSynchronizeMultiRegionKey {
		out.ResponseElements = map[string]string{"keyId": e.Key}
		return
	}
	out.EventType = "AwsServiceEvent"
	if d != nil {
		out.ServiceEventDetails = d.Request
	}
}

// documentCall fills in a call that somebody made.
func (w *World) documentCall(out *trailRecord, rec record, e TrailEvent, d *detail) {
	out.UserIdentity = identityOf(e.Principal)
	out.SourceIPAddress, out.UserAgent = w.address(e.CallerRegion), "mrkctl-simulator"
	parameters := map[string]any{}
	if rec.key != 0 {
		parameters["keyId"] = e.Key
	}
	if rec.context != 0 && rec.op != opReEncrypt {
		parameters["encryptionContext"] = contextPairs(w.words.at(rec.context))
	}
	if rec.op == opReEncrypt {
		w.reencryption(parameters, rec)
	}
	if len(parameters) > 0 {
		out.RequestParameters = parameters
	}
	if d != nil && d.Request != nil {
		out.RequestParameters = json.RawMessage(d.Request)
	}
	if d != nil && d.Response != nil {
		out.ResponseElements = json.RawMessage(d.Response)
	} else if operations[rec.op].Changes && rec.code == 0 && rec.key != 0 && rec.op != opUpdatePrimaryRegion {
		out.ResponseElements = map[string]string{"keyId": e.Key}
	}
	if rec.flags&invoked == 0 {
		return
	}
	// The half of a call that happens in the other Region.
	out.UserIdentity["invokedBy"] = "kms.amazonaws.com"
	out.SourceIPAddress, out.UserAgent = "kms.amazonaws.com", "kms.amazonaws.com"
	if rec.op == opUpdatePrimaryRegion {
		out.RequestParameters = map[string]string{"keyId": e.Key, "primaryRegion": e.Region}
	}
}

// accountOf is the account in an ARN; empty for what is no ARN.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

// reencryption adds what a record of ReEncrypt shows of its two sides.
func (w *World) reencryption(parameters map[string]any, rec record) {
	delete(parameters, "keyId")
	for name, value := range map[string]uint32{"sourceKeyId": rec.source, "destinationKeyId": rec.key} {
		if value != 0 {
			parameters[name] = w.words.at(value)
		}
	}
	for name, value := range map[string]uint32{"sourceEncryptionContext": rec.sealed, "destinationEncryptionContext": rec.context} {
		if value != 0 {
			parameters[name] = contextPairs(w.words.at(value))
		}
	}
}

// identityOf describes a caller by its ARN.
func identityOf(arn string) map[string]any {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return map[string]any{"type": "Unknown", "arn": arn}
	}
	kind := "IAMUser"
	switch {
	case parts[5] == "root":
		kind = "Root"
	case strings.HasPrefix(parts[5], "assumed-role/"):
		kind = "AssumedRole"
	case strings.HasPrefix(parts[5], "federated-user/"):
		kind = "FederatedUser"
	case strings.HasPrefix(parts[5], "role/"):
		kind = "Role"
	}
	id := map[string]any{"type": kind, "arn": arn, "accountId": parts[4], "principalId": parts[5]}
	if kind == "IAMUser" {
		id["userName"] = parts[5][strings.LastIndexByte(parts[5], '/')+1:]
	}
	return id
}

// address is where callers of a Region call from: one documentation address a
// Region, and one for callers outside AWS.
func (w *World) address(regionName string) string {
	if r := w.region(regionName); r != nil {
		return fmt.Sprintf("198.51.100.%d", r.index+1)
	}
	return "203.0.113.1"
}

// trailCode is how a trail spells an error code: as on the wire, but that a
// refused permission is AccessDenied.
func trailCode(code string) string {
	if code == codeAccessDenied {
		return "AccessDenied"
	}
	return code
}
