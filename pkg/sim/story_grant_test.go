package sim

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cockroachdb/datadriven"
)

// grantCommands are those about grants and identities.
func grantCommands() map[string]command {
	return map[string]command{
		"grant": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.CreateGrantInput{KeyId: o.key(s), Name: o.text("name"), GranteePrincipal: o.text("to"), RetiringPrincipal: o.text("retiring"), DryRun: dryOf(o)}
			for _, op := range strings.Split(o.named["for"], ",") {
				in.Operations = append(in.Operations, types.GrantOperation(op))
			}
			if m := contextOf(o); m != nil {
				in.Constraints = &types.GrantConstraints{EncryptionContextSubset: m}
			}
			out, err := s.w.CreateGrant(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			name := o.named["as"]
			word := "a new grant"
			for other, id := range s.tokens {
				if id == *out.GrantId && strings.HasPrefix(other, "grant ") {
					word = "the grant " + strings.TrimPrefix(other, "grant ")
				}
			}
			s.tokens["token "+name] = *out.GrantToken
			if word == "a new grant" {
				s.tokens["grant "+name] = *out.GrantId
			}
			return fmt.Sprintf("%s, id of %d digits", word, len(*out.GrantId)), nil
		},
		"grants": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.ListGrantsInput{KeyId: o.key(s), GranteePrincipal: o.text("to"), Limit: o.number("limit")}
			if v := o.named["id"]; v != "" {
				in.GrantId = ptr(s.tokens["grant "+v])
			}
			out, err := s.w.ListGrants(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			return s.grantText(out.Grants) + fmt.Sprintf("truncated %v", out.Truncated), nil
		},
		"retirable": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ListRetirableGrants(s.call(o.at(0)), &kms.ListRetirableGrantsInput{RetiringPrincipal: o.text("by")})
			if err != nil {
				return "", err
			}
			return s.grantText(out.Grants) + fmt.Sprintf("truncated %v", out.Truncated), nil
		},
		"retire": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.RetireGrantInput{DryRun: dryOf(o)}
			if v := o.named["token"]; v != "" {
				in.GrantToken = &v
				if token, ok := s.tokens["token "+v]; ok {
					in.GrantToken = &token
				}
			} else {
				in.KeyId, in.GrantId = o.key(s), ptr(s.tokens["grant "+o.named["id"]])
			}
			_, err := s.w.RetireGrant(s.call(o.at(0)), in)
			return "", err
		},
		"revoke": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			id := o.named["id"]
			if known, ok := s.tokens["grant "+id]; ok {
				id = known
			}
			_, err := s.w.RevokeGrant(s.call(o.at(0)), &kms.RevokeGrantInput{KeyId: o.key(s), GrantId: &id, DryRun: dryOf(o)})
			return "", err
		},
		"identity": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			if o.flag("gone") {
				s.w.RemoveIdentity(o.at(0))
				return "", nil
			}
			s.w.AddIdentity(o.at(0), o.named["id"])
			return "", nil
		},
		"as": func(s *story, o options, d *datadriven.TestData) (string, error) {
			s.who = admin()
			if o.at(0) == "admin" {
				return "", nil
			}
			account := o.named["account"]
			if account == "" {
				account = "111122223333"
			}
			s.who = &Principal{ARN: "arn:aws:iam::" + account + ":role/" + o.at(0), Account: account, Session: policyOf(o.named["session"]), Boundary: policyOf(o.named["boundary"])}
			if o.flag("federated") {
				s.who.ARN = "arn:aws:sts::" + account + ":federated-user/" + o.at(0)
				s.who.Policies = []string{}
			}
			if name, ok := o.named["named"]; ok {
				s.who.ARN = "arn:aws:sts::" + account + ":assumed-role/" + o.at(0) + "/" + name
			}
			if v := o.named["may"]; v == "nothing" {
				s.who.Policies = []string{}
			} else if v != "" {
				s.who.Policies = []string{policyOf(v)}
			}
			if d.Input != "" {
				s.who.Policies = []string{d.Input}
			}
			return "", nil
		},
	}
}

// policyOf spells out allow:ACTION or deny:ACTION, an action of KMS unless it
// names another service.
func policyOf(short string) string {
	effect, action, ok := strings.Cut(short, ":")
	if !ok {
		return ""
	}
	effect = strings.ToUpper(effect[:1]) + effect[1:]
	if !strings.Contains(action, ":") {
		action = "kms:" + action
	}
	text := fmt.Sprintf(`{"Statement":[{"Effect":%q,"Action":%q,"Resource":"*"}`, effect, action)
	if effect == "Deny" {
		text += `,{"Effect":"Allow","Action":"*","Resource":"*"}`
	}
	return text + "]}"
}

// grantText is one line for each grant.
func (s *story) grantText(list []types.GrantListEntry) string {
	var b strings.Builder
	for _, g := range list {
		name := "?"
		for other, id := range s.tokens {
			if id == *g.GrantId && strings.HasPrefix(other, "grant ") {
				name = strings.TrimPrefix(other, "grant ")
			}
		}
		fmt.Fprintf(&b, "%s on %s to %s for %v by %s, whole seconds %v", name, *g.KeyId, *g.GranteePrincipal, g.Operations, *g.IssuingAccount, g.CreationDate.Nanosecond() == 0)
		if g.RetiringPrincipal != nil {
			fmt.Fprintf(&b, ", retired by %s", *g.RetiringPrincipal)
		}
		if g.Constraints != nil {
			fmt.Fprintf(&b, ", if %v", g.Constraints.EncryptionContextSubset)
		}
		b.WriteString("\n")
	}
	return b.String()
}
