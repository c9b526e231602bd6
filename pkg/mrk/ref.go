package mrk

import (
	"strings"
)

// Ref is a parsed reference to a key: a key id, a key ARN, an alias name or an
// alias ARN.
type Ref struct {
	Text    string // as given
	ID      string // key id; empty for an alias
	Alias   string // alias/…; empty for a key
	Region  string // from an ARN; empty otherwise
	Account string // from an ARN; empty otherwise
}

// isKeyID tells whether a text has the form of a key id: mrk- and 32 digits, or
// a UUID. Forms are checked by hand; compiled patterns would cost every start
// of the program a millisecond.
func isKeyID(s string) bool {
	if digits, ok := strings.CutPrefix(s, "mrk-"); ok {
		return len(digits) == 32 && allHex(digits)
	}
	part := strings.Split(s, "-")
	if len(part) != 5 {
		return false
	}
	for i, n := range []int{8, 4, 4, 4, 12} {
		if len(part[i]) != n || !allHex(part[i]) {
			return false
		}
	}
	return true
}

func allHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// isAlias tells whether a text has the form of an alias.
func isAlias(s string) bool {
	name, ok := strings.CutPrefix(s, "alias/")
	if !ok || name == "" || len(s) > 256 {
		return false
	}
	for _, c := range []byte(name) {
		if !isAlnum(c) && strings.IndexByte(":/_-", c) < 0 {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isRegion tells whether a text has the form of a Region: two letters, words,
// a number.
func isRegion(s string) bool {
	part := strings.Split(s, "-")
	last := len(part) - 1
	if last < 2 || last > 4 || len(part[0]) < 2 || len(part[0]) > 4 || len(part[last]) < 1 || len(part[last]) > 2 {
		return false
	}
	for i, p := range part {
		set := "abcdefghijklmnopqrstuvwxyz"
		if i == last {
			set = "0123456789"
		}
		if p == "" || strings.Trim(p, set) != "" {
			return false
		}
	}
	return true
}

// ParseRef reads a reference to a key as an operator writes it.
func ParseRef(text string) (Ref, error) {
	r := Ref{Text: text}
	name := text
	if strings.HasPrefix(text, "arn:") {
		part := strings.SplitN(text, ":", 6)
		if len(part) != 6 || part[2] != "kms" || part[3] == "" || part[4] == "" {
			return Ref{}, badInput("%q is not the ARN of a KMS key or alias; one looks like arn:aws:kms:us-east-1:111122223333:key/mrk-…", text)
		}
		r.Region, r.Account = part[3], part[4]
		name = strings.TrimPrefix(part[5], "key/")
	}
	switch {
	case isKeyID(name):
		r.ID = name
	case isAlias(name):
		r.Alias = name
	case !strings.HasPrefix(name, "alias/") && isAlias("alias/"+name):
		return Ref{}, badInput("%q is neither a key id nor an ARN nor an alias; did you mean alias/%s?", text, name)
	default:
		return Ref{}, badInput("%q is not a key id, a key ARN, an alias or an alias ARN", text)
	}
	return r, nil
}

// CheckAlias tells what is wrong with the name of an alias, if anything.
// AWS keeps names that begin with alias/aws/ to itself.
func CheckAlias(name string) error {
	if !strings.HasPrefix(name, "alias/") && isAlias("alias/"+name) {
		return badInput("%q is not an alias, whose name begins with alias/; did you mean alias/%s?", name, name)
	}
	if !isAlias(name) {
		return badInput("%q is not an alias: write alias/ and then letters, digits, and any of / _ - :", name)
	}
	if strings.HasPrefix(name, "alias/aws/") {
		return badInput("%q can't be used: names that begin with alias/aws/ belong to AWS", name)
	}
	return nil
}

// CheckRegion tells what is wrong with the name of a Region, if anything.
func CheckRegion(name string) error {
	if !isRegion(name) {
		return badInput("%q is not a Region; one looks like eu-west-1", name)
	}
	return nil
}

// EveryRegion returns the Regions of partition aws in which KMS has
// multi-Region keys, those first that every account has.
func EveryRegion() []string {
	return []string{
		"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
		"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
		"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
		"af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
		"ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1", "mx-central-1",
	}
}
