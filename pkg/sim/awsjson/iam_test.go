package awsjson

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// frozen is a served world whose time stands still unless it is moved on: so
// that a slow machine does not see what only lasts a second go by.
func frozen(t *testing.T, o HandlerOptions) (*Server, string) {
	t.Helper()
	c := clock.NewVirtual(time.Now())
	w, err := sim.New(sim.Options{Start: c.Now(), NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	s := New(w, c)
	server := httptest.NewServer(s.Handler(o))
	t.Cleanup(server.Close)
	return s, server.URL
}

func iamClient(url, accessKey string) *iam.Client {
	return iam.New(iam.Options{Region: "us-east-1", BaseEndpoint: &url, Credentials: keyPair(accessKey, "test"), Retryer: aws.NopRetryer{}, HTTPClient: whole{}})
}

// refused checks code and text of an error.
func refused(t *testing.T, what string, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != text {
		t.Errorf("%s: got %v, want %s: %s", what, err, code, text)
	}
}

// TestServiceRole is what the recordings multi_region and
// multi_region_permissions saw of the service-linked role, with IAM's own
// client: MRK-ROLE-01, MRK-ROLE-02, MRK-ROLE-03, MRK-ROLE-04, MRK-ROLE-07
// [1/1-8, 1/87].
func TestServiceRole(t *testing.T) {
	server, address := frozen(t, HandlerOptions{})
	ctx := context.Background()
	roles, keys := iamClient(address, "test"), signingClient(address, "us-east-1", keyPair("test", "test"))
	get := &iam.GetRoleInput{RoleName: aws.String(sim.ServiceRoleName)}

	const none = "The role with name AWSServiceRoleForKeyManagementServiceMultiRegionKeys cannot be found."
	_, err := roles.GetRole(ctx, get) // [1/1]
	refused(t, "before the first set", err, "NoSuchEntity", none)
	_, err = roles.DeleteServiceLinkedRole(ctx, &iam.DeleteServiceLinkedRoleInput{RoleName: get.RoleName})
	refused(t, "delete what is not there", err, "NoSuchEntity", none)
	if _, err = keys.CreateKey(ctx, &kms.CreateKeyInput{}); err != nil {
		t.Fatal(err)
	}
	_, err = roles.GetRole(ctx, get)
	refused(t, "a single-Region key needs none", err, "NoSuchEntity", none)

	made, err := keys.CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)}) // [1/1a]
	if err != nil {
		t.Fatal(err)
	}
	got, err := roles.GetRole(ctx, get) // [1/2]
	if err != nil {
		t.Fatal(err)
	}
	checkServiceRole(t, got.Role, *made.KeyMetadata.CreationDate)
	policies, err := roles.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: get.RoleName}) // [1/3]
	if err != nil || policies.IsTruncated || len(policies.AttachedPolicies) != 1 ||
		*policies.AttachedPolicies[0].PolicyName != "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy" ||
		*policies.AttachedPolicies[0].PolicyArn != "arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy" {
		t.Errorf("%+v %v", policies, err)
	}
	create := &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String(sim.ServiceRoleService)}
	_, err = roles.CreateServiceLinkedRole(ctx, create) // [1/4]
	refused(t, "make it again", err, "InvalidInput", "Service role name AWSServiceRoleForKeyManagementServiceMultiRegionKeys has been taken in this account, please try a different suffix.")

	remove := func() *string {
		t.Helper()
		out, err := roles.DeleteServiceLinkedRole(ctx, &iam.DeleteServiceLinkedRoleInput{RoleName: get.RoleName}) // [1/5]
		if err != nil || !strings.HasPrefix(*out.DeletionTaskId, "task/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys/") {
			t.Fatal(out, err)
		}
		return out.DeletionTaskId
	}
	status := func(task *string) (*iam.GetServiceLinkedRoleDeletionStatusOutput, error) {
		return roles.GetServiceLinkedRoleDeletionStatus(ctx, &iam.GetServiceLinkedRoleDeletionStatusInput{DeletionTaskId: task})
	}
	skip := func(d time.Duration) {
		t.Helper()
		if err := server.Skip(d); err != nil {
			t.Fatal(err)
		}
	}
	task := remove()
	_, err = status(task)
	refused(t, "at once", err, "NoSuchEntity", "Cannot find deletion status for given id.") // [1/6]
	skip(3 * time.Second)
	if out, err := status(task); err != nil || out.Status != iamtypes.DeletionTaskStatusTypeInProgress || out.Reason != nil { // [1/7]
		t.Errorf("%+v %v", out, err)
	}
	if again := remove(); *again != *task {
		t.Errorf("a second deletion is %s, the first %s", *again, *task)
	}
	skip(6 * time.Second)
	out, err := status(task) // [1/8]
	if err != nil || out.Status != iamtypes.DeletionTaskStatusTypeFailed || *out.Reason.Reason != "Account owns one or more multi-Region keys" ||
		len(out.Reason.RoleUsageList) != 1 || *out.Reason.RoleUsageList[0].Region != "us-east-1" ||
		len(out.Reason.RoleUsageList[0].Resources) != 1 || out.Reason.RoleUsageList[0].Resources[0] != *made.KeyMetadata.Arn {
		t.Errorf("%+v %v", out, err)
	}
	if _, err := roles.GetRole(ctx, get); err != nil {
		t.Errorf("the role went although its deletion failed: %v", err)
	}

	// Once the last multi-Region key is gone the role can go. [1/87]
	if _, err := keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: made.KeyMetadata.KeyId, PendingWindowInDays: aws.Int32(7)}); err != nil {
		t.Fatal(err)
	}
	skip(8 * 24 * time.Hour)
	_, err = keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: made.KeyMetadata.Arn})
	refused(t, "the key", err, "NotFoundException", "Key '"+*made.KeyMetadata.Arn+"' does not exist")
	task = remove()
	skip(time.Minute)
	if out, err := status(task); err != nil || out.Status != iamtypes.DeletionTaskStatusTypeSucceeded || out.Reason != nil {
		t.Errorf("%+v %v", out, err)
	}
	_, err = roles.GetRole(ctx, get)
	refused(t, "the role", err, "NoSuchEntity", none)
	back, err := roles.CreateServiceLinkedRole(ctx, create)
	if err != nil || *back.Role.RoleId == *got.Role.RoleId {
		t.Errorf("made anew: %+v %v", back, err)
	}
}

func checkServiceRole(t *testing.T, r *iamtypes.Role, made time.Time) {
	t.Helper()
	trust, err := url.QueryUnescape(*r.AssumeRolePolicyDocument)
	if err != nil || trust != `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"mrk.kms.amazonaws.com"},"Action":"sts:AssumeRole"}]}` {
		t.Errorf("trust policy %s: %v", trust, err)
	}
	if *r.Path != "/aws-service-role/mrk.kms.amazonaws.com/" || *r.RoleName != sim.ServiceRoleName ||
		*r.Arn != "arn:aws:iam::111122223333:role/aws-service-role/mrk.kms.amazonaws.com/"+sim.ServiceRoleName ||
		*r.Description != "Enables access to AWS services and resources required for AWS KMS Multi-Region Keys" ||
		*r.MaxSessionDuration != 3600 || r.RoleLastUsed == nil || r.RoleLastUsed.LastUsedDate != nil || r.RoleLastUsed.Region != nil ||
		len(*r.RoleId) != 21 || !strings.HasPrefix(*r.RoleId, "AROA") {
		t.Errorf("%+v", r)
	}
	if !r.CreateDate.Equal(made.Truncate(time.Second)) {
		t.Errorf("the role is of %s, the key of %s", r.CreateDate, made)
	}
}

// TestIAMRefuses: IAM asks the caller's own policies, and has no other
// operations and services here (MRK-ROLE-06).
func TestIAMRefuses(t *testing.T) {
	nobody := Credential{AccessKey: "nobody", Secret: "test", Principal: &sim.Principal{
		ARN: "arn:aws:iam::111122223333:user/nobody", Account: "111122223333", Policies: []string{},
	}}
	_, address := served(t, HandlerOptions{Credentials: []Credential{nobody}})
	ctx := context.Background()
	_, err := iamClient(address, "nobody").GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(sim.ServiceRoleName)})
	refused(t, "without leave", err, "AccessDenied", "User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: iam:GetRole on resource: "+
		"arn:aws:iam::111122223333:role/aws-service-role/mrk.kms.amazonaws.com/"+sim.ServiceRoleName+" because no identity-based policy allows the iam:GetRole action")
	all := iamClient(address, "test")
	_, err = all.ListUsers(ctx, &iam.ListUsersInput{})
	refused(t, "what is not served", err, "InvalidAction", "Could not find operation ListUsers for version 2010-05-08")
	_, err = all.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("app")})
	refused(t, "another role", err, "NoSuchEntity", "The role with name app cannot be found.")
	_, err = all.CreateServiceLinkedRole(ctx, &iam.CreateServiceLinkedRoleInput{AWSServiceName: aws.String("elasticmapreduce.amazonaws.com")})
	if codeOf(err) != "InvalidInput" {
		t.Errorf("another service: %v", err)
	}
}
