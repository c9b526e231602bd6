package sim

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// AddManagedKey makes the key that AWS manages for a service in a Region, such
// as alias/aws/sqs for sqs, for an account: what AWS does when the service is
// first used without a key of one's own. It returns the key's id, also when the
// key is there already. It fails when there is no such Region. It needs
// exclusive access.
//
// Rules: MRK-MANAGED-01.
func (w *World) AddManagedKey(regionName, account, service string) (string, error) {
	r := w.region(regionName)
	if r == nil {
		return "", fmt.Errorf("add AWS managed key for %s: no Region %q in this world", service, regionName)
	}
	name := "alias/aws/" + service
	if a := r.aliases[account+"/"+name]; a != nil {
		return a.Target, nil
	}
	id, err := w.newKeyID(false)
	if err != nil {
		return "", fmt.Errorf("add AWS managed key for %s: %w", service, err)
	}
	set := &keySet{
		ID: id, Account: account, Spec: types.KeySpecSymmetricDefault, Usage: types.KeyUsageTypeEncryptDecrypt,
		Origin: types.OriginTypeAwsKms, Manager: types.KeyManagerTypeAws, Primary: regionName, bound: binding(id),
	}
	first, err := w.makeMaterial(set)
	if err != nil {
		return "", fmt.Errorf("add AWS managed key for %s: %w", service, err)
	}
	m := w.newMember(set, r)
	upper := strings.ToUpper(service)
	m.description = managedDescription(upper)
	m.setPolicy(managedPolicy(r, account, service, upper))
	m.view.Primary = regionName
	m.hold(first)
	m.view.Materials = []keyMaterial{{ID: first.ID, State: types.KeyMaterialStateCurrent}}
	m.settle()
	w.addAlias(m, name)
	return id, nil
}

// managedDescription is the description of a managed key; that of SQS was
// recorded, those of other services follow its pattern.
func managedDescription(service string) string {
	if service == "SQS" {
		return "Default key that protects my SQS messages when no other key is defined"
	}
	return "Default key that protects my " + service + " data when no other key is defined"
}

// managedPolicy is the policy of a managed key: the service may use it on the
// account's behalf, and nobody may manage it.
func managedPolicy(r *region, account, service, upper string) string {
	long := upper
	if service == "sqs" {
		long = "Simple Queue Service (SQS)"
	}
	sid := "Allow access through " + long + " for all principals in the account that are authorized to use " + upper
	text, _ := printPolicy(fmt.Sprintf(`{"Version":"2012-10-17","Id":"auto-%s-1","Statement":[`+
		`{"Sid":%q,"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*",`+
		`"Condition":{"StringEquals":{"kms:ViaService":"%s.%s.%s","kms:CallerAccount":%q}}},`+
		`{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{"AWS":"arn:%s:iam::%s:root"},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}]}`,
		service, sid, service, r.Name, DNSSuffix(r.Partition), account, r.Partition, account))
	return text
}
