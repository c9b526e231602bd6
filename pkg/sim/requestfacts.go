package sim

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// request is what policies are asked about this task. It keeps a copy of the
// task, so that the tasks of plain calls need not live on the heap.
func (t task) request(m *member, p *Principal) *policy.Request {
	r := &policy.Request{
		Action: "kms:" + t.action(), Resource: "*",
		Caller: policy.Caller{ARN: p.ARN, Account: p.Account, Service: p.Service, Role: roleOf(p.ARN)},
	}
	if m != nil {
		r.Resource = m.arn
	}
	r.Values = func(key string) ([]string, bool) { return t.fact(m, p, key) }
	return r
}

// roleOf is the ARN of the role behind a session, without the role's path;
// empty for other callers.
func roleOf(arn string) string {
	head, rest, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return strings.Replace(head, ":sts:", ":iam:", 1) + ":role/" + name
}

// fact is the value of a condition key, whose name comes in lower case.
func (t *task) fact(m *member, p *Principal, key string) ([]string, bool) {
	if v, ok := t.fromRequest(key); ok {
		return v, true
	}
	if v, ok := t.derived(m, key); ok {
		return v, true
	}
	if m != nil {
		if v, ok := m.fact(key); ok {
			return v, true
		}
	}
	switch key {
	case "aws:principalarn":
		if role := roleOf(p.ARN); role != "" {
			return []string{role}, true
		}
		return []string{p.ARN}, true
	case "aws:principalaccount", "kms:calleraccount":
		return []string{p.Account}, true
	case "aws:userid":
		return []string{p.ID}, p.ID != ""
	case "aws:requestedregion":
		return []string{t.r.Name}, true
	case "aws:securetransport":
		return []string{"true"}, true
	case "aws:sourceip":
		return []string{t.w.address(t.c.From)}, t.c.ViaService == ""
	case "aws:currenttime":
		return []string{t.w.Now().Format(time.RFC3339)}, true
	case "aws:epochtime":
		return []string{strconv.FormatInt(t.w.Now().Unix(), 10)}, true
	case "kms:viaservice":
		return []string{t.c.ViaService}, t.c.ViaService != ""
	}
	return nil, false
}

// fact is the value of a condition key that is about the key.
func (m *member) fact(key string) ([]string, bool) {
	switch key {
	case "kms:multiregion":
		return []string{strconv.FormatBool(m.set.Multi)}, true
	case "kms:multiregionkeytype":
		if !m.set.Multi {
			return nil, false
		}
		if m.isPrimary() {
			return []string{"PRIMARY"}, true
		}
		return []string{"REPLICA"}, true
	case "kms:keyspec":
		return []string{string(m.set.Spec)}, true
	case "kms:keyusage":
		return []string{string(m.set.Usage)}, true
	case "kms:keyorigin":
		return []string{string(m.set.Origin)}, true
	case "kms:resourcealiases":
		return m.names, len(m.names) > 0
	}
	if name, ok := strings.CutPrefix(key, "aws:resourcetag/"); ok {
		for _, tg := range m.tags {
			if strings.EqualFold(tg.Key, name) {
				return []string{tg.Value}, true
			}
		}
	}
	return nil, false
}

// requestKeys are the condition keys that are members of requests.
//
//nolint:gochecknoglobals // a table that nothing changes
var requestKeys = map[string]string{
	"kms:primaryregion": "PrimaryRegion", "kms:replicaregion": "ReplicaRegion", "kms:keyspec": "KeySpec", "kms:keyusage": "KeyUsage",
	"kms:keyorigin": "Origin", "kms:multiregion": "MultiRegion", "kms:bypasspolicylockoutsafetycheck": "BypassPolicyLockoutSafetyCheck",
	"kms:scheduledeletionpendingwindowindays": "PendingWindowInDays", "kms:schedulekeydeletionpendingwindowindays": "PendingWindowInDays",
	"kms:encryptionalgorithm": "EncryptionAlgorithm", "kms:signingalgorithm": "SigningAlgorithm", "kms:macalgorithm": "MacAlgorithm",
	"kms:keyagreementalgorithm": "KeyAgreementAlgorithm", "kms:messagetype": "MessageType", "kms:datakeypairspec": "KeyPairSpec",
	"kms:wrappingalgorithm": "WrappingAlgorithm", "kms:wrappingkeyspec": "WrappingKeySpec", "kms:expirationmodel": "ExpirationModel",
	"kms:validto": "ValidTo", "kms:granteeprincipal": "GranteePrincipal", "kms:retiringprincipal": "RetiringPrincipal",
	"kms:granteeserviceprincipal": "GranteeServicePrincipal", "kms:retiringserviceprincipal": "RetiringServicePrincipal",
	"kms:grantoperations": "Operations", "kms:customkeystoreid": "CustomKeyStoreId",
}

// fromRequest is the value of a condition key that the request carries.
//
// Rules: MRK-POLICY-11.
func (t *task) fromRequest(key string) ([]string, bool) {
	switch key {
	case "kms:rotationperiodindays":
		if t.op != opEnableKeyRotation {
			return nil, false
		}
		if days, ok := t.member("RotationPeriodInDays"); ok {
			return days, true
		}
		return []string{"365"}, true // present also when the request omits it
	case "kms:encryptioncontextkeys":
		var names []string
		for name := range contextPairs(t.known) {
			names = append(names, name)
		}
		return names, len(names) > 0
	case "kms:requestalias":
		if id, ok := t.member("KeyId"); ok {
			if at := strings.Index(id[0], "alias/"); at >= 0 {
				return []string{id[0][at:]}, true
			}
		}
		return nil, false
	case "kms:grantisforawsresource":
		// Documented for these three alone (developer guide, "AWS KMS condition keys").
		switch t.op {
		case opCreateGrant, opListGrants, opRevokeGrant:
			return []string{strconv.FormatBool(t.c.ViaService != "")}, true
		default:
			return nil, false
		}
	case "aws:tagkeys":
		return t.tagKeys()
	}
	if name, ok := strings.CutPrefix(key, "kms:encryptioncontext:"); ok {
		for k, v := range contextPairs(t.known) {
			if strings.EqualFold(k, name) {
				return []string{v}, true
			}
		}
		return nil, false
	}
	if name, ok := strings.CutPrefix(key, "kms:recipientattestation:"); ok {
		return t.attested(name)
	}
	if member, ok := requestKeys[key]; ok {
		return t.member(member)
	}
	return nil, false
}

// tagKeys lists the keys of tags that come with the request.
func (t *task) tagKeys() ([]string, bool) {
	v := reflect.Indirect(reflect.ValueOf(t.in))
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	f := v.FieldByName("Tags")
	if !f.IsValid() {
		return nil, false
	}
	tags, ok := f.Interface().([]types.Tag)
	var names []string
	for _, tg := range tags {
		names = append(names, text(tg.TagKey))
	}
	return names, ok && len(names) > 0
}

// member is a member of the request as text; false when it is absent.
func (t *task) member(name string) ([]string, bool) {
	v := reflect.Indirect(reflect.ValueOf(t.in))
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	f := v.FieldByName(name)
	if !f.IsValid() || f.IsZero() {
		return nil, false
	}
	if f.Kind() == reflect.Pointer {
		f = f.Elem()
	}
	if at, ok := f.Interface().(time.Time); ok {
		return []string{at.UTC().Format(time.RFC3339)}, true
	}
	if f.Kind() == reflect.Slice {
		var list []string
		for i := range f.Len() {
			list = append(list, fmt.Sprint(f.Index(i).Interface()))
		}
		return list, true
	}
	return []string{fmt.Sprint(f.Interface())}, true
}
