package target

import (
	"fmt"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// principal is who a role is in a simulated account: the session of an assumed
// role that is named for the role and for the Region it calls from, so that a
// trail tells who called from where.
func principal(account, role, from string) *sim.Principal {
	name, id := "mrkctl-operator", "AROAMRKCTLOPERATOR00X"
	if role != "" {
		name, id = "drill-"+role, "AROAMRKCTLDRILLROLE0X"
	}
	session := from
	if session == "" {
		session = "outside"
	}
	partition := "aws"
	if r, ok := sim.LookupRegion(from); ok {
		partition = r.Partition
	}
	return (&sim.Principal{
		ARN:      fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", account, name, session),
		Account:  account,
		ID:       id + ":" + session,
		Operator: role == "",
	}).In(partition)
}
