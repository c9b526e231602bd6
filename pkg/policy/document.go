// Package policy reads IAM and KMS policy documents and says what they decide
// about a request. It knows the language of policies and nothing else: who a
// caller is and what a request carries are passed in.
package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Document is a policy document.
type Document struct {
	Version    string
	ID         string
	Statements []Statement
}

// Statement is one statement of a policy.
type Statement struct {
	SID string
	// Deny says that the statement denies; otherwise it allows.
	Deny bool
	// Principals are whom it is about; none in an identity policy, which is
	// about whoever has it. Others are all but the NotPrincipals.
	Principals, NotPrincipals []Principal
	// Actions it is about, such as kms:Decrypt or kms:*; or all but NotActions.
	Actions, NotActions []string
	// Resources it is about, as ARNs with wildcards; or all but NotResources.
	Resources, NotResources []string
	// Conditions must all hold.
	Conditions []Condition
	// At is where the statement stands in the text that was parsed.
	At Span
}

// Principal is one principal of a statement: its kind (AWS, Service, Federated,
// CanonicalUser) and its name. Everybody is kind AWS, name *.
type Principal struct{ Kind, Name string }

// Condition is one line of a condition block: an operator, a key, and the
// values of which one has to match.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// Parse reads a policy document. It fails on what is not JSON, has no
// statement, gives a member twice, or has a statement with an unknown member,
// without an effect or with a condition operator that does not exist; the error
// says which.
func Parse(text string) (*Document, error) {
	spans, err := walk(text)
	if err != nil {
		return nil, fmt.Errorf("parse policy: %w", err)
	}
	var raw struct {
		Version   string          `json:"Version"`
		ID        string          `json:"Id"`
		Statement json.RawMessage `json:"Statement"`
	}
	if err := strict(text, &raw); err != nil {
		return nil, fmt.Errorf("parse policy: %w", err)
	}
	if raw.Version != "" && raw.Version != "2012-10-17" && raw.Version != "2008-10-17" {
		return nil, fmt.Errorf("parse policy: version %q is neither 2012-10-17 nor 2008-10-17", raw.Version)
	}
	d := &Document{Version: raw.Version, ID: raw.ID}
	var list []json.RawMessage
	if trimmed := bytes.TrimSpace(raw.Statement); len(trimmed) > 0 && trimmed[0] == '{' {
		list = []json.RawMessage{raw.Statement}
	} else if err := json.Unmarshal(raw.Statement, &list); err != nil || len(list) == 0 {
		return nil, fmt.Errorf("parse policy: it has no statement")
	}
	for i, text := range list {
		s, err := parseStatement(text)
		if err != nil {
			return nil, fmt.Errorf("parse policy: statement %d: %w", i+1, err)
		}
		if i < len(spans) {
			s.At = spans[i]
		}
		d.Statements = append(d.Statements, s)
	}
	return d, nil
}

// strict decodes one JSON value that has no members but those known.
func strict(text string, into any) error {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if dec.More() {
		return fmt.Errorf("something follows the document")
	}
	return nil
}

func parseStatement(text json.RawMessage) (Statement, error) {
	var raw struct {
		SID          string                                `json:"Sid"`
		Effect       string                                `json:"Effect"`
		Principal    json.RawMessage                       `json:"Principal"`
		NotPrincipal json.RawMessage                       `json:"NotPrincipal"`
		Action       words                                 `json:"Action"`
		NotAction    words                                 `json:"NotAction"`
		Resource     words                                 `json:"Resource"`
		NotResource  words                                 `json:"NotResource"`
		Condition    map[string]map[string]json.RawMessage `json:"Condition"`
	}
	if err := strict(string(text), &raw); err != nil {
		return Statement{}, err
	}
	s := Statement{
		SID: raw.SID, Deny: raw.Effect == "Deny", Actions: raw.Action, NotActions: raw.NotAction,
		Resources: raw.Resource, NotResources: raw.NotResource,
	}
	if raw.Effect != "Allow" && raw.Effect != "Deny" {
		return s, fmt.Errorf("effect %q is neither Allow nor Deny", raw.Effect)
	}
	var err error
	if s.Principals, err = parsePrincipals(raw.Principal); err != nil {
		return s, err
	}
	if s.NotPrincipals, err = parsePrincipals(raw.NotPrincipal); err != nil {
		return s, err
	}
	s.Conditions, err = parseConditions(raw.Condition)
	return s, err
}

// words is a string or a list of strings.
type words []string

// UnmarshalJSON reads either form.
func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*w = words{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return fmt.Errorf("%s is neither a string nor a list of strings", b)
	}
	*w = many
	return nil
}

func parsePrincipals(text json.RawMessage) ([]Principal, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var everybody string
	if json.Unmarshal(text, &everybody) == nil {
		if everybody != "*" {
			return nil, fmt.Errorf("principal %q is neither * nor named by its kind", everybody)
		}
		return []Principal{{"AWS", "*"}}, nil
	}
	var byKind map[string]words
	if err := json.Unmarshal(text, &byKind); err != nil {
		return nil, fmt.Errorf("principal: %w", err)
	}
	var list []Principal
	for _, kind := range []string{"AWS", "Service", "Federated", "CanonicalUser"} {
		for _, name := range byKind[kind] {
			list = append(list, Principal{kind, name})
		}
		delete(byKind, kind)
	}
	for kind := range byKind {
		return nil, fmt.Errorf("unknown kind of principal %q", kind)
	}
	return list, nil
}

func parseConditions(block map[string]map[string]json.RawMessage) ([]Condition, error) {
	var list []Condition
	for operator, keys := range block {
		if !knownOperator(operator) {
			return nil, fmt.Errorf("unknown condition operator %q", operator)
		}
		for key, text := range keys {
			values, err := conditionValues(text)
			if err != nil {
				return nil, fmt.Errorf("condition %s %s: %w", operator, key, err)
			}
			list = append(list, Condition{operator, key, values})
		}
	}
	// The blocks are maps: an order of their own makes a document's value the
	// same each time it is read.
	slices.SortFunc(list, func(a, b Condition) int {
		return slices.Compare([]string{a.Operator, a.Key}, []string{b.Operator, b.Key})
	})
	return list, nil
}

// conditionValues reads a value or a list of values; booleans and numbers are
// taken as they are written.
func conditionValues(text json.RawMessage) ([]string, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var values []string
	for _, x := range list {
		switch x := x.(type) {
		case string:
			values = append(values, x)
		case bool, json.Number:
			values = append(values, fmt.Sprint(x))
		default:
			return nil, fmt.Errorf("%v is neither a string, a number nor a boolean", x)
		}
	}
	return values, nil
}
