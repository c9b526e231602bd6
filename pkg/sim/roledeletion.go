package sim

import (
	"crypto/sha256"
	"slices"
	"strconv"
)

// RoleDeletion is how far the deletion of a service-linked role has come.
type RoleDeletion struct {
	// Status is IN_PROGRESS, FAILED or SUCCEEDED.
	Status string
	// Reason is why it failed, and Usage which keys still need the role.
	Reason string
	Usage  []RoleUsage
}

// RoleUsage is the keys of a Region that need the role, by their ARNs.
type RoleUsage struct {
	Region    string
	Resources []string
}

// The states of a deletion.
const (
	roleInProgress = "IN_PROGRESS"
	roleFailed     = "FAILED"
	roleSucceeded  = "SUCCEEDED"
)

// roleDeletion is a deletion as a world keeps it.
type roleDeletion struct {
	Task               string
	Partition, Account string
	Shown              int64 // from when on IAM knows the task
	RoleDeletion
}

// keptRoleDeletions is how many deletions a world remembers.
const keptRoleDeletions = 100

// DeleteServiceRole is IAM's DeleteServiceLinkedRole: it begins a deletion and
// returns the name of its task. While one is under way, that is it.
//
// Rules: MRK-ROLE-04, MRK-ROLE-07.
func (w *World) DeleteServiceRole(c *Call, name string) (string, error) {
	role, err := w.iam(c, "DeleteServiceLinkedRole")
	if err == nil {
		role, err = w.existing(role, name)
	}
	if err != nil {
		return "", err
	}
	for _, d := range w.roleDeletions {
		if d.Status == roleInProgress && d.Account == role.Account && d.Partition == role.Partition {
			return d.Task, nil
		}
	}
	d := &roleDeletion{
		Task:      "task" + serviceRolePath + ServiceRoleName + "/" + w.roleTaskID(role),
		Partition: role.Partition, Account: role.Account,
		Shown:        w.nowNanos() + int64(w.times.within(w.options.Timing.RoleTaskShown)),
		RoleDeletion: RoleDeletion{Status: roleInProgress},
	}
	if n := len(w.roleDeletions) - keptRoleDeletions + 1; n > 0 {
		w.roleDeletions = slices.Delete(w.roleDeletions, 0, n)
	}
	w.roleDeletions = append(w.roleDeletions, d)
	w.after(w.times.within(w.options.Timing.RoleTask), event{Kind: evRoleDeletion, Arg: d.Task})
	w.touchWorld()
	return d.Task, nil
}

// roleTaskID is the id of a new task, a UUID of its own for each moment.
func (w *World) roleTaskID(r serviceRole) string {
	sum := sha256.Sum256(append(slices.Clone(w.sealing), "task"+r.arn()+strconv.FormatInt(w.nowNanos(), 10)...))
	var id RequestID
	copy(id[:], sum[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

// roleDeletionEnds settles a deletion: it fails while the account owns a
// multi-Region key in any state, else the role is gone.
//
// Rules: MRK-ROLE-04.
func (w *World) roleDeletionEnds(task string) {
	d := w.roleDeletion(task)
	if d == nil || d.Status != roleInProgress {
		return
	}
	for _, r := range w.regions {
		if r.Partition != d.Partition {
			continue
		}
		var arns []string
		for _, m := range r.order {
			if m.set.Multi && m.set.Account == d.Account {
				arns = append(arns, m.arn)
			}
		}
		if len(arns) > 0 {
			d.Usage = append(d.Usage, RoleUsage{Region: r.Name, Resources: arns})
		}
	}
	if len(d.Usage) > 0 {
		d.Status, d.Reason = roleFailed, "Account owns one or more multi-Region keys"
	} else {
		d.Status = roleSucceeded
		w.roles = slices.DeleteFunc(w.roles, func(r serviceRole) bool { return r.Account == d.Account && r.Partition == d.Partition })
	}
	w.touchWorld()
}

func (w *World) roleDeletion(task string) *roleDeletion {
	for _, d := range w.roleDeletions {
		if d.Task == task {
			return d
		}
	}
	return nil
}

// ServiceRoleDeletion is IAM's GetServiceLinkedRoleDeletionStatus. Right after
// it was begun IAM does not yet know a deletion. It needs no more than shared
// access.
//
// Rules: MRK-ROLE-04.
func (w *World) ServiceRoleDeletion(c *Call, task string) (RoleDeletion, error) {
	if _, err := w.iam(c, "GetServiceLinkedRoleDeletionStatus"); err != nil {
		return RoleDeletion{}, err
	}
	d := w.roleDeletion(task)
	if d == nil || d.Account != c.Principal.Account || w.nowNanos() < d.Shown {
		return RoleDeletion{}, noEntity("Cannot find deletion status for given id.")
	}
	return d.RoleDeletion, nil
}
