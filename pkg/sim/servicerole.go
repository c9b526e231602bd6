package sim

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mrkctl/mrkctl/pkg/policy"
)

// The service-linked role with which KMS keeps related keys in step: its name,
// the service it belongs to, and the policy that IAM attaches to it.
const (
	ServiceRoleName    = "AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
	ServiceRoleService = "mrk.kms.amazonaws.com"
	ServiceRolePolicy  = "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
)

const (
	serviceRolePath = "/aws-service-role/" + ServiceRoleService + "/"
	makeServiceRole = "iam:CreateServiceLinkedRole"
)

// ServiceRole is the service-linked role of one account.
type ServiceRole struct {
	// ARN, Path, Name and ID are the role's; ID is the unique one (AROA…).
	ARN, Path, Name, ID string
	// Created is when the role was made, in whole seconds.
	Created time.Time
	// Trust is its trust policy, as JSON; PolicyARN is the policy attached to it.
	Trust, PolicyARN string
	// Description is IAM's own.
	Description string
	// MaxSession is how long a session of it may last.
	MaxSession time.Duration
}

// serviceRole is a service-linked role as a world keeps it. A partition's
// accounts are its own.
type serviceRole struct {
	Partition, Account string
	Created            int64
}

func (r serviceRole) arn() string {
	return "arn:" + r.Partition + ":iam::" + r.Account + ":role" + serviceRolePath + ServiceRoleName
}

// shown is the role as IAM answers it.
//
// Rules: MRK-ROLE-02.
func (w *World) shownRole(r serviceRole) ServiceRole {
	// The id takes nothing from the world's randomness: whoever asks for the
	// role must not change what keys are drawn.
	sum := sha256.Sum256(append(slices.Clone(w.sealing), r.arn()+strconv.FormatInt(r.Created, 10)...))
	return ServiceRole{
		ARN: r.arn(), Path: serviceRolePath, Name: ServiceRoleName,
		ID:          "AROA" + base32.StdEncoding.EncodeToString(sum[:])[:17],
		Created:     time.Unix(0, r.Created).UTC().Truncate(time.Second),
		Trust:       `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + ServiceRoleService + `"},"Action":"sts:AssumeRole"}]}`,
		PolicyARN:   "arn:" + r.Partition + ":iam::aws:policy/aws-service-role/" + ServiceRolePolicy,
		Description: "Enables access to AWS services and resources required for AWS KMS Multi-Region Keys",
		MaxSession:  time.Hour,
	}
}

// serviceRoleOf finds an account's role; nil when there is none.
func (w *World) serviceRoleOf(partition, account string) *serviceRole {
	for i := range w.roles {
		if w.roles[i].Account == account && w.roles[i].Partition == partition {
			return &w.roles[i]
		}
	}
	return nil
}

// needServiceRole checks, before a multi-Region key is made, that its account
// has the role, or that the caller may have it made.
//
// Rules: MRK-ROLE-05, MRK-ROLE-06.
func (t *task) needServiceRole() error {
	if t.w.serviceRoleOf(t.r.Partition, t.c.Principal.Account) != nil {
		return nil
	}
	role := serviceRole{Partition: t.r.Partition, Account: t.c.Principal.Account}
	if why := t.iamRefusal(makeServiceRole, role.arn()); why != "" {
		return fail(codeAccessDenied, "%s", why)
	}
	return nil
}

// keepServiceRole makes an account's role unless it is there.
//
// Rules: MRK-ROLE-01.
func (w *World) keepServiceRole(partition, account string) {
	if w.serviceRoleOf(partition, account) == nil {
		w.roles = append(w.roles, serviceRole{Partition: partition, Account: account, Created: w.nowNanos()})
		w.touchWorld()
	}
}

// restoreServiceRoles gives the accounts of a world that was saved before
// worlds had roles the one that their keys imply.
func (w *World) restoreServiceRoles() {
	for _, id := range sortedKeys(w.sets) {
		set := w.sets[id]
		if !set.Multi || len(set.members) == 0 {
			continue
		}
		m := set.members[0]
		if w.serviceRoleOf(m.region.Partition, set.Account) == nil {
			w.roles = append(w.roles, serviceRole{Partition: m.region.Partition, Account: set.Account, Created: m.created})
		}
	}
}

// iamRefusal is why the caller's own policies do not let it do something in
// IAM; empty when they do.
func (t *task) iamRefusal(action, resource string) string {
	p := t.c.Principal
	r := t.request(nil, p)
	r.Action, r.Resource = action, resource
	facts := r.Values
	r.Values = func(key string) ([]string, bool) {
		if key == "iam:awsservicename" {
			return []string{ServiceRoleService}, true
		}
		return facts(key)
	}
	text := "User: " + p.ARN + " is not authorized to perform: " + action + " on resource: " + resource
	for _, by := range []struct {
		texts      []string
		kind, with string
	}{
		{p.Policies, "identity-based policy", "an identity-based policy"},
		{one(p.Boundary), "permissions boundary", "a permissions boundary"},
		{one(p.Session), "session policy", "a session policy"},
	} {
		if by.texts == nil {
			continue
		}
		switch t.w.identityOpinion(r, by.texts...) {
		case policy.Denied:
			return text + " with an explicit deny in " + by.with
		case policy.Silent:
			return text + " because no " + by.kind + " allows the " + action + " action"
		default:
		}
	}
	return ""
}

// iam admits a call to IAM and checks that the caller may do it.
func (w *World) iam(c *Call, action string) (serviceRole, error) {
	t := task{w: w, c: c, r: w.region(c.Region)}
	if t.r == nil {
		return serviceRole{}, fail("UnknownEndpoint", "no Region %s in this world", c.Region)
	}
	role := serviceRole{Partition: t.r.Partition, Account: c.Principal.Account}
	if why := t.iamRefusal("iam:"+action, role.arn()); why != "" {
		return role, &Error{Code: "AccessDenied", Message: why, Status: 403}
	}
	return role, nil
}

// noEntity is IAM's answer about what it does not have.
func noEntity(text string) error { return &Error{Code: "NoSuchEntity", Message: text, Status: 404} }

// existing finds the role that a call names. The world has no other role.
func (w *World) existing(role serviceRole, name string) (serviceRole, error) {
	if r := w.serviceRoleOf(role.Partition, role.Account); r != nil && strings.EqualFold(name, ServiceRoleName) {
		return *r, nil
	}
	return role, noEntity("The role with name " + name + " cannot be found.")
}

// ServiceRole is IAM's GetRole, for the one role a world has. It needs no more
// than shared access.
//
// Rules: MRK-ROLE-01, MRK-ROLE-02.
func (w *World) ServiceRole(c *Call, name string) (ServiceRole, error) {
	role, err := w.iam(c, "GetRole")
	if err == nil {
		role, err = w.existing(role, name)
	}
	if err != nil {
		return ServiceRole{}, err
	}
	return w.shownRole(role), nil
}

// ServiceRolePolicies is IAM's ListAttachedRolePolicies: the role, whose policy
// is attached to it. It needs no more than shared access.
//
// Rules: MRK-ROLE-02.
func (w *World) ServiceRolePolicies(c *Call, name string) (ServiceRole, error) {
	role, err := w.iam(c, "ListAttachedRolePolicies")
	if err == nil {
		role, err = w.existing(role, name)
	}
	if err != nil {
		return ServiceRole{}, err
	}
	return w.shownRole(role), nil
}

// CreateServiceRole is IAM's CreateServiceLinkedRole. Of all services only that
// of multi-Region keys is known.
//
// Rules: MRK-ROLE-03.
func (w *World) CreateServiceRole(c *Call, service string) (ServiceRole, error) {
	role, err := w.iam(c, "CreateServiceLinkedRole")
	switch {
	case err != nil:
		return ServiceRole{}, err
	case service != ServiceRoleService:
		return ServiceRole{}, &Error{Code: "InvalidInput", Message: "This simulated world has service-linked roles of " + ServiceRoleService + " only, not of " + service + ".", Status: 400}
	case w.serviceRoleOf(role.Partition, role.Account) != nil:
		return ServiceRole{}, &Error{Code: "InvalidInput", Message: "Service role name " + ServiceRoleName + " has been taken in this account, please try a different suffix.", Status: 400}
	}
	w.keepServiceRole(role.Partition, role.Account)
	return w.shownRole(*w.serviceRoleOf(role.Partition, role.Account)), nil
}
