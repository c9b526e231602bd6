package mrk

import (
	"regexp"
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

var (
	keyID     = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$`)
	aliasName = regexp.MustCompile(`^alias/[a-zA-Z0-9:/_-]{1,250}$`)
	region    = regexp.MustCompile(`^[a-z]{2}(-[a-z]+){1,3}-[0-9]{1,2}$`)
)

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
	case keyID.MatchString(name):
		r.ID = name
	case aliasName.MatchString(name):
		r.Alias = name
	case !strings.HasPrefix(name, "alias/") && aliasName.MatchString("alias/"+name):
		return Ref{}, badInput("%q is neither a key id nor an ARN nor an alias; did you mean alias/%s?", text, name)
	default:
		return Ref{}, badInput("%q is not a key id, a key ARN, an alias or an alias ARN", text)
	}
	return r, nil
}

// CheckAlias tells what is wrong with the name of an alias, if anything.
// AWS keeps names that begin with alias/aws/ to itself.
func CheckAlias(name string) error {
	if !aliasName.MatchString(name) {
		return badInput("%q is not an alias: write alias/ and then letters, digits, and any of / _ - :", name)
	}
	if strings.HasPrefix(name, "alias/aws/") {
		return badInput("%q can't be used: names that begin with alias/aws/ belong to AWS", name)
	}
	return nil
}

// CheckRegion tells what is wrong with the name of a Region, if anything.
func CheckRegion(name string) error {
	if !region.MatchString(name) {
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
