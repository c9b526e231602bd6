package runbook

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

var (
	namePattern   = pattern(`^[a-z0-9][a-z0-9-]{0,62}$`)
	regionPattern = pattern(`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`)
	// aliasPattern follows AliasName of the KMS API; alias/aws/ is AWS's own. Its
	// length is checked beside it: as a repetition it takes a millisecond to
	// compile.
	aliasPattern   = pattern(`^alias/[a-zA-Z0-9/_-]+$`)
	accountPattern = pattern(`^[0-9]{12}$`)
	codePattern    = pattern(`^[A-Z][A-Za-z]+$`)
	keptPattern    = pattern(`^\$[a-z0-9][a-z0-9-]*$`)
)

// longestAlias is the longest AliasName of the KMS API, in bytes.
const longestAlias = 256

// Unreachable is the word that runbooks and journals use for an endpoint that
// does not answer at all, so that there is no AWS error code.
const Unreachable = "region-unreachable"

// checkText says whether a text is of its kind.
func checkText(kind, s string) error {
	bad := func(what string) error { return fmt.Errorf("%q is not %s", s, what) }
	switch kind {
	case "name":
		if !namePattern().MatchString(s) {
			return bad("a name")
		}
	case "about":
		if len(s) < 20 {
			return fmt.Errorf("about says too little: %q", s)
		}
	case "region":
		if !regionPattern().MatchString(s) {
			return bad("a Region")
		}
	case "alias":
		if !aliasPattern().MatchString(s) || len(s) > longestAlias {
			return bad("an alias")
		}
		if strings.HasPrefix(s, "alias/aws/") {
			return fmt.Errorf("%q belongs to AWS", s)
		}
	case "account":
		if !accountPattern().MatchString(s) {
			return bad("an account")
		}
	case "verb":
		if _, ok := FindVerb(s); !ok && s != "nothing" {
			return fmt.Errorf("unknown verb %q", s)
		}
	case "error":
		if s != Unreachable && !slices.Contains(errorCodes(), s) {
			return fmt.Errorf("unknown error code %q", s)
		}
	case "operation":
		if !codePattern().MatchString(s) || !slices.Contains(operations(), s) {
			return fmt.Errorf("unknown KMS operation %q", s)
		}
	case "event":
		if !slices.Contains(operations(), s) && !slices.Contains(serviceEvents(), s) {
			return fmt.Errorf("unknown event %q", s)
		}
	case "ciphertexts":
		if s != "all" && s != "sample" && !keptPattern().MatchString(s) {
			return bad("a set of ciphertexts")
		}
	}
	return nil
}

// checkNumber says whether a number is of its kind.
func checkNumber(kind string, v reflect.Value) error {
	if v.Kind() == reflect.Float64 {
		if v.Float() < 0 {
			return fmt.Errorf("%v is less than nothing", v.Float())
		}
		return nil
	}
	n := v.Int()
	switch {
	case kind == "days" && (n < 7 || n > 30):
		return fmt.Errorf("%d is not between 7 and 30 days", n)
	case kind == "count" && (n < 1 || n > 1_000_000):
		return fmt.Errorf("%d is not between 1 and 1000000", n)
	case n < 0:
		return fmt.Errorf("%d is less than nothing", n)
	}
	return nil
}

// suggestText returns what was probably meant by a text that is not of its kind.
func suggestText(kind, s string) string {
	switch kind {
	case "verb":
		return nearest(s, verbNames())
	case "error":
		return nearest(s, append([]string{Unreachable}, errorCodes()...))
	case "operation":
		return nearest(s, operations())
	case "event":
		return nearest(s, slices.Concat(operations(), serviceEvents()))
	case "region":
		return nearest(s, someRegions())
	}
	return ""
}

// someRegions are those whose misspellings are worth a suggestion.
func someRegions() []string {
	return []string{
		"us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3",
		"eu-central-1", "eu-north-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "ap-south-1", "sa-east-1", "ca-central-1",
	}
}

func verbNames() []string {
	var out []string
	for _, v := range Verbs() {
		out = append(out, v.Name)
	}
	return out
}

// wanted says what a scalar field takes.
func wanted(t reflect.Type, f field) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(f.enum) > 0 {
		return oneOf(f.enum)
	}
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration such as 30s, 5m, 1h30m or 7d"
	case reflect.TypeFor[Rate]():
		return "a rate such as 20/s, 90/m or 4/h"
	case reflect.TypeFor[Percent]():
		return "a share such as 99.9%"
	case reflect.TypeFor[SLO]():
		return "a limit such as " + sloShape
	case reflect.TypeFor[Count]():
		return "a count such as 0, >= 1 or < 10"
	case reflect.TypeFor[Window]():
		return "a window such as " + windowShape
	case reflect.TypeFor[Date]():
		return "a date such as 2026-12-24"
	}
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	default: // text, below
	}
	switch f.kind {
	case "name":
		return "lower case letters, digits and hyphens"
	case "about":
		return "the hypothesis in a sentence of twenty letters or more"
	case "region":
		return "a Region such as us-east-1"
	case "alias":
		return "an alias such as alias/payments"
	case "account":
		return `twelve digits in quotes, as "111122223333"`
	case "verb":
		return oneOf(verbNames())
	case "error":
		return "an AWS error code such as KMSInvalidStateException, or " + Unreachable
	case "operation":
		return "a KMS operation such as UpdatePrimaryRegion"
	case "event":
		return "a KMS operation, or " + strings.Join(serviceEvents(), ", ")
	case "ciphertexts":
		return "all, sample, or $name of a step that kept its ciphertexts"
	}
	return "text"
}
