package sim

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// ListKeys lists the keys of the caller's account in the endpoint's Region, in
// the order in which they were made.
func (w *World) ListKeys(c *Call, in *kms.ListKeysInput) (out *kms.ListKeysOutput, err error) {
	t, err := w.begin(c, opListKeys, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	if err := t.authorizeAccount(); err != nil {
		return nil, err
	}
	limit := 100
	if in.Limit != nil {
		if err := outOfRange("limit", int64(*in.Limit), 1, 1000); err != nil {
			return nil, err
		}
		limit = int(*in.Limit)
	}
	// The page is cut out of the Region's own list: with a hundred thousand
	// keys it must not cost a copy of them all.
	from := 0
	if in.Marker != nil {
		serial, ok := readMarker(*in.Marker)
		after, err := strconv.ParseUint(serial, 10, 64)
		if !ok || err != nil {
			return nil, fail(codeInvalidMarker, "")
		}
		from = t.r.placeAfter(after)
	}
	out = &kms.ListKeysOutput{Keys: []types.KeyListEntry{}}
	var next *string
	var last *member
	for _, m := range t.r.order[from:] {
		if m.set.Account != c.Principal.Account {
			continue
		}
		if len(out.Keys) == limit {
			marker := makeMarker(strconv.FormatUint(last.serial, 10))
			next = &marker
			break
		}
		out.Keys = append(out.Keys, types.KeyListEntry{KeyId: &m.set.ID, KeyArn: &m.arn})
		last = m
	}
	out.NextMarker, out.Truncated = next, next != nil
	return out, nil
}

// GetKeyLastUsage shows when a member was last used in cryptography. Members
// do not share it.
func (w *World) GetKeyLastUsage(c *Call, in *kms.GetKeyLastUsageInput) (out *kms.GetKeyLastUsageOutput, err error) {
	t, err := w.begin(c, opGetKeyLastUsage, in)
	defer t.end(&err)
	if err != nil {
		return nil, err
	}
	m, err := t.key(in.KeyId)
	if err != nil {
		return nil, err
	}
	out = &kms.GetKeyLastUsageOutput{
		KeyId: &m.arn, KeyCreationDate: moment(m.created), KeyLastUsage: &types.KeyLastUsageData{},
		TrackingStartDate: moment(w.trackedSince(m)),
	}
	m.useMu.Lock()
	used := m.used
	m.useMu.Unlock()
	if used.At != 0 {
		request := used.Request.String()
		event := eventIDOf(m.region.Name, used.Request, used.At)
		out.KeyLastUsage = &types.KeyLastUsageData{
			Operation: types.KeyLastUsageTrackingOperation(used.Op.String()), Timestamp: moment(used.At / 1e9 * 1e9),
			KmsRequestId: &request, CloudTrailEventId: &event,
		}
	}
	return out, nil
}

// trackedSince is from when on a member's last use is known.
func (w *World) trackedSince(m *member) int64 {
	if w.nowNanos() >= usageTracked && m.created < usageTracked {
		return usageTracked
	}
	return m.created
}

// usageTracked is the day since which AWS tracks last usage: 23 April 2026 (service model).
const usageTracked = 1776902400e9
