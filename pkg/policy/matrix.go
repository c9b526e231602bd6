package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Matrix is what a key policy lets each principal do, action by action, under
// which conditions. Statement order, splitting, duplication, Sids and spelling
// do not show in it.
type Matrix struct {
	account string
	cells   map[place]*Cell
	// Unclear lists what the matrix can't express, such as NotPrincipal. A
	// comparison with something unclear is never called equal.
	Unclear []string
}

type place struct{ principal, action string }

// Cell is what a policy says of one principal and one action. Each set holds
// conditions in a canonical spelling; the empty one is unconditional.
type Cell struct {
	Allow map[string]bool
	Deny  map[string]bool
}

// The names of principals that stand for many.
const (
	Anyone     = "*"           // everybody
	OwnAccount = "own account" // whoever the account's IAM policies let in
)

// Actions is the universe of KMS actions that a key policy can be about, in
// alphabetical order (KMS service authorization reference; actions that have no
// key as their resource are left out).
func Actions() []string {
	return strings.Fields(`CancelKeyDeletion CreateAlias CreateGrant Decapsulate Decrypt DeleteAlias DeleteImportedKeyMaterial
		DeriveSharedSecret DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation Encapsulate Encrypt GenerateDataKey
		GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyLastUsage GetKeyPolicy
		GetKeyRotationStatus GetParametersForImport GetPublicKey ImportKeyMaterial ListGrants ListKeyPolicies ListKeyRotations
		ListResourceTags PutKeyPolicy ReEncryptFrom ReEncryptTo ReplicateKey RetireGrant RevokeGrant RotateKeyOnDemand
		ScheduleKeyDeletion Sign SynchronizeMultiRegionKey TagResource UntagResource UpdateAlias UpdateKeyDescription
		UpdatePrimaryRegion Verify VerifyMac`)
}

// Place says how values that name a Region are read: the member's own Region
// becomes the same word in every member, so that what is right in each reads
// the same; a sibling's Region stays foreign.
type Place struct {
	Region   string   // of the member whose policy it is
	Siblings []string // Regions of the other members
	Account  string   // that owns the key
}

// Abstract replaces Regions in a text.
func (p Place) Abstract(text string) string {
	if p.Region != "" {
		text = strings.ReplaceAll(text, p.Region, "<region>")
	}
	for _, s := range p.Siblings {
		if s != p.Region {
			text = strings.ReplaceAll(text, s, "<sibling "+s+">")
		}
	}
	return text
}

// Matrix works a document out for a member.
func (d *Document) Matrix(at Place) *Matrix {
	m := &Matrix{account: at.Account, cells: map[place]*Cell{}}
	for i := range d.Statements {
		s := &d.Statements[i]
		if len(s.NotPrincipals) > 0 {
			m.Unclear = append(m.Unclear, fmt.Sprintf("statement %d names principals by exception (NotPrincipal)", i+1))
			continue
		}
		condition := at.Abstract(canonical(s.Conditions))
		for _, action := range s.actions() {
			for _, p := range s.Principals {
				c := m.cell(at.principal(p), action)
				if s.Deny {
					c.Deny[condition] = true
				} else {
					c.Allow[condition] = true
				}
			}
		}
	}
	return m
}

func (m *Matrix) cell(principal, action string) *Cell {
	id := place{principal, action}
	c := m.cells[id]
	if c == nil {
		c = &Cell{Allow: map[string]bool{}, Deny: map[string]bool{}}
		m.cells[id] = c
	}
	return c
}

// principal is the canonical name of a principal.
func (p Place) principal(x Principal) string {
	switch {
	case x.Name == "*":
		return Anyone
	case x.Kind == "AWS" && (x.Name == p.Account || strings.HasSuffix(x.Name, ":iam::"+p.Account+":root")):
		return OwnAccount
	case x.Kind == "AWS":
		return p.Abstract(x.Name)
	}
	return strings.ToLower(x.Kind) + " " + p.Abstract(x.Name)
}

// actions lists the actions of a statement.
func (s *Statement) actions() []string {
	matches := func(patterns []string, action string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			return Matches(strings.ToLower(pattern), "kms:"+strings.ToLower(action))
		})
	}
	var list []string
	for _, action := range Actions() {
		if len(s.NotActions) > 0 && !matches(s.NotActions, action) || matches(s.Actions, action) {
			list = append(list, action)
		}
	}
	return list
}

// canonical spells conditions so that what means the same reads the same.
func canonical(conditions []Condition) string {
	var lines []string
	for _, c := range conditions {
		op := strings.NewReplacer("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike").Replace(c.Operator)
		values := slices.Clone(c.Values)
		if strings.HasPrefix(op, "Bool") || strings.HasPrefix(op, "Null") {
			for i := range values {
				values[i] = strings.ToLower(values[i])
			}
		}
		slices.Sort(values)
		lines = append(lines, fmt.Sprintf("%s %s %s", op, strings.ToLower(c.Key), strings.Join(slices.Compact(values), "|")))
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), " and ")
}

// Principals lists whom the matrix is about, in alphabetical order.
func (m *Matrix) Principals() []string {
	names := map[string]bool{}
	for id := range m.cells {
		names[id.principal] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// byIAM begins the conditions under which a policy leaves an action to the IAM
// policies of the account: less than an allowance of its own.
const byIAM = "by IAM "

// Of is what a principal may do with an action in effect: what is said of it,
// of everybody, and of its account. An account that is allowed something leaves
// it to IAM; one that is denied something is denied it whole.
func (m *Matrix) Of(principal, action string) Cell {
	out := Cell{Allow: map[string]bool{}, Deny: map[string]bool{}}
	for _, name := range []string{principal, Anyone} {
		if c := m.cells[place{name, action}]; c != nil {
			maps.Copy(out.Allow, c.Allow)
			maps.Copy(out.Deny, c.Deny)
		}
	}
	if c := m.cells[place{OwnAccount, action}]; c != nil && strings.Contains(principal, "::"+m.account+":") {
		maps.Copy(out.Deny, c.Deny)
		for condition := range c.Allow {
			out.Allow[byIAM+condition] = true
		}
	}
	return out
}
