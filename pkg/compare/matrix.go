package compare

import (
	"slices"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/policy"
)

// AccessRow is what a class of principals may do with some actions, by Region:
// yes, if (under a condition), iam (left to IAM policies), iam if, denied, or -
// for nothing.
type AccessRow struct {
	Class   string            `json:"class"`
	Actions []string          `json:"actions"`
	In      map[string]string `json:"in"`
	// Conditions by Region, where there are any.
	Conditions map[string][]string `json:"conditions,omitempty"`
	Same       bool                `json:"same"`          // the cells are the same everywhere
	All        bool                `json:"all,omitempty"` // these are all actions that the key has
}

// accessMatrix works out who may do what, where. Actions that go together in
// every member share a row.
func (c *comparison) accessMatrix() {
	actions := c.actions()
	switch c.Matrix {
	case MatrixNone:
		return
	case MatrixShort:
		short := append(slices.Clone(c.critical()), "PutKeyPolicy", "UpdatePrimaryRegion", "ReplicateKey")
		actions = slices.DeleteFunc(actions, func(a string) bool { return !slices.Contains(short, a) })
	case MatrixFull:
	}
	for _, class := range c.judge.Classes() {
		var rows []AccessRow
		name := c.short(class.Name)
		if class.Name == policy.OwnAccount {
			name = class.Name
		}
		for _, action := range actions {
			row := AccessRow{Class: name, Actions: []string{action}, In: map[string]string{}, Conditions: map[string][]string{}, Same: true}
			key, nothing := "", true
			for i, m := range c.judged {
				cell := c.judge.Cell(i, class, action)
				row.In[m.Region] = cell.String()
				if len(cell.Conditions) > 0 {
					row.Conditions[m.Region] = cell.Conditions
				}
				nothing = nothing && cell.Best == policy.Silent && !cell.Deny
				row.Same = row.Same && cell.String() == row.In[c.judged[0].Region]
				key += cell.String() + strings.Join(cell.Conditions, ";") + "\x00"
			}
			if nothing {
				continue
			}
			at := slices.IndexFunc(rows, func(r AccessRow) bool { return rowKey(r, c.judged) == key })
			if at >= 0 {
				rows[at].Actions = append(rows[at].Actions, action)
				continue
			}
			rows = append(rows, row)
		}
		for i := range rows {
			rows[i].All = len(rows[i].Actions) == len(c.actions())
		}
		c.result.Access = append(c.result.Access, rows...)
	}
}

func rowKey(r AccessRow, members []mrk.Member) string {
	key := ""
	for _, m := range members {
		key += r.In[m.Region] + strings.Join(r.Conditions[m.Region], ";") + "\x00"
	}
	return key
}
