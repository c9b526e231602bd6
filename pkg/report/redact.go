package report

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Redactions lists what a report can leave out, what holds others first: an ARN
// without its account would not be known for one any more.
func Redactions() []string { return []string{"arn", "principal", "account", "host"} }

// Redact masks, in every text of the report, what the given words name:
//
//	account    account ids
//	arn        whole ARNs
//	principal  users, roles and sessions
//	host       host names and addresses
//
// The runbook inside the report is masked as well, so its hash no longer is
// that of the text beside it. The journal is never changed.
func (m *Model) Redact(words ...string) error {
	for _, word := range words {
		if !slices.Contains(Redactions(), word) {
			return fmt.Errorf("cannot redact %q: use %s", word, strings.Join(Redactions(), ", "))
		}
	}
	var masks []func(string) string
	for _, word := range Redactions() {
		if !slices.Contains(words, word) {
			continue
		}
		masks = append(masks, m.mask(word))
		if !slices.Contains(m.Evidence.Redacted, word) {
			m.Evidence.Redacted = append(m.Evidence.Redacted, word)
		}
	}
	schema := m.Schema
	mapStrings(reflect.ValueOf(m).Elem(), func(s string) string {
		for _, mask := range masks {
			s = mask(s)
		}
		return s
	})
	m.Schema = schema
	return nil
}

// Account ids and principals are looked for inside ARNs first; what could be an
// account id is any number of twelve digits.
const (
	patternARN       = `arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:[0-9*]*:[^\s"'<>,;)\]}]+`
	patternAccount   = `(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)[0-9]{12}\b`
	patternTwelve    = `\b[0-9]{12}\b`
	patternPrincipal = `(arn:aws[a-z-]*:(?:iam|sts):[a-z0-9-]*:[0-9*()a-z]*:)[^\s"'<>,;)\]}]+`
	// A URL's host, a name under a well-known domain, or an IPv4 address.
	patternHost = `(?i)(://)[^/\s"'<>]+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|aws|local|internal|localhost)(?:\.cn)?(?::[0-9]+)?\b|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]+)?\b`
)

func (m *Model) mask(word string) func(string) string {
	switch word {
	case "account":
		own, account, twelve := m.Origin.Account, regexp.MustCompile(patternAccount), regexp.MustCompile(patternTwelve)
		return func(s string) string {
			if len(own) >= 4 {
				s = strings.ReplaceAll(s, own, "(account)")
			}
			return twelve.ReplaceAllString(account.ReplaceAllString(s, "${1}(account)"), "(account)")
		}
	case "arn":
		arn := regexp.MustCompile(patternARN)
		return func(s string) string { return arn.ReplaceAllString(s, "(arn)") }
	case "principal":
		caller, principal := m.Origin.Caller, regexp.MustCompile(patternPrincipal)
		return func(s string) string {
			if caller != "" {
				s = strings.ReplaceAll(s, caller, "(principal)")
			}
			return principal.ReplaceAllString(s, "${1}(principal)")
		}
	default:
		host := regexp.MustCompile(patternHost)
		return func(s string) string { return host.ReplaceAllString(s, "${1}(host)") }
	}
}

// mapStrings changes every string that can be reached from v.
func mapStrings(v reflect.Value, change func(string) string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() {
			v.SetString(change(v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			mapStrings(v.Elem(), change)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				mapStrings(v.Field(i), change)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			mapStrings(v.Index(i), change)
		}
	case reflect.Map: // its texts can't be set where they are
		for _, key := range v.MapKeys() {
			k, text := reflect.New(key.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
			k.Set(key)
			text.Set(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Value{})
			mapStrings(k, change)
			mapStrings(text, change)
			v.SetMapIndex(k, text)
		}
	default: // no text in it
	}
}
