package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// readiness asks of every member whether it could be the primary.
func (c *comparison) readiness() {
	if c.judge == nil || !c.primary.MultiRegion {
		return
	}
	first := slices.IndexFunc(c.judged, func(m mrk.Member) bool { return m.Region == c.set.Primary })
	for i, m := range c.judged {
		promoters := c.whoMay(i, "UpdatePrimaryRegion")
		switch {
		case len(promoters) == 0:
			c.find("MRK601", m.Region, "no principal may call UpdatePrimaryRegion")
		case first >= 0 && first != i && !slices.ContainsFunc(c.whoMay(first, "UpdatePrimaryRegion"), func(name string) bool { return slices.Contains(promoters, name) }):
			c.find("MRK601", m.Region, "nobody may call UpdatePrimaryRegion both here and in "+c.set.Primary)
		}
		if len(c.whoMay(i, "ReplicateKey")) == 0 && !(slices.Contains(c.Expect.PrimaryOnly, "ReplicateKey") && i != first) {
			c.find("MRK602", m.Region, "no principal may call ReplicateKey")
		}
		if rotates := slices.Contains(c.actions(), "RotateKeyOnDemand"); rotates && len(c.whoMay(i, "RotateKeyOnDemand"))+len(c.whoMay(i, "EnableKeyRotation")) == 0 {
			c.find("MRK603", m.Region, "no principal may call RotateKeyOnDemand or EnableKeyRotation")
		}
		role := c.judge.With(serviceLinked(m))
		if cell := c.judge.Cell(i, role, "SynchronizeMultiRegionKey"); cell.Deny && cell.Worst == policy.Silent {
			c.find("MRK604", m.Region, "SynchronizeMultiRegionKey is denied to KMS's own role", principal(role.Name), func(f *Finding) { f.Evidence = c.evidence(i, cell.Statements...) })
		}
	}
}

// serviceLinked is the role as which KMS copies shared properties (KMS
// developer guide, "Authorizing AWS KMS to synchronize multi-Region keys").
func serviceLinked(m mrk.Member) string {
	partition := "aws"
	if part := strings.Split(m.ARN, ":"); len(part) > 1 {
		partition = part[1]
	}
	return "arn:" + partition + ":iam::" + accountOf(m) + ":role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
}

// whoMay lists the classes that may do something under some condition.
func (c *comparison) whoMay(i int, action string) []string {
	var names []string
	for _, class := range c.judge.Classes() {
		if !class.Service && c.judge.Cell(i, class, action).Best != policy.Silent {
			names = append(names, class.Name)
		}
	}
	return names
}

// onTheDay looks for what only matters when a Region is gone.
func (c *comparison) onTheDay(down []string) {
	for _, m := range c.members {
		if why := managedBy(m); why != "" {
			c.find("MRK607", m.Region, why, principal("infrastructure as code"))
		}
	}
	for _, gone := range c.members {
		if !slices.Contains(down, gone.Region) {
			continue
		}
		for _, m := range c.members {
			here, there := requestQuota(m.Region), requestQuota(gone.Region)
			if !slices.Contains(down, m.Region) && here < there {
				c.find("MRK611", m.Region, fmt.Sprintf("%d,000 cryptographic requests a second by default, and %d,000 in %s", here/1000, there/1000, gone.Region), principal(gone.Region))
			}
		}
	}
}

// managedBy says by which tag a member belongs to infrastructure as code.
func managedBy(m mrk.Member) string {
	for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
		v := m.Tags[k]
		low := strings.ToLower(k + "=" + v)
		for _, word := range []string{"aws:cloudformation:", "terraform", "opentofu", "pulumi"} {
			if strings.Contains(low, word) {
				return fmt.Sprintf("tagged %s=%s: a promotion breaks what is recorded there", k, v)
			}
		}
	}
	return ""
}

// requestQuota is how many symmetric cryptographic requests KMS answers in a
// second in a Region by default (KMS developer guide, "Request quotas").
func requestQuota(region string) int {
	switch region {
	case "us-east-1", "us-west-2", "eu-west-1":
		return 100_000
	case "us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2":
		return 20_000
	}
	return 10_000
}
