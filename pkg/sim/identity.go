package sim

import (
	"regexp"
	"strings"
	"sync"
)

// identities are the users and roles that a world knows, by ARN, with the
// unique ids behind them. A world that knows none takes every well-formed
// principal for real.
type identities map[string]string

// AddIdentity makes a user or role known to the world: from now on it, and only
// what is known, can be named in grants. The id is the unique id behind the ARN
// (AIDA…, AROA…): another role of the same name made later has another one.
func (w *World) AddIdentity(arn, id string) {
	if w.identities == nil {
		w.identities = identities{}
	}
	w.identities[arn] = id
	w.touchWorld()
}

// RemoveIdentity makes the world forget a user or role. Grants go on naming it
// by its id.
func (w *World) RemoveIdentity(arn string) {
	delete(w.identities, arn)
	w.touchWorld()
}

var principalARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws[a-z-]*:(iam|sts)::(\d{12}):(root|user/.+|role/.+|assumed-role/[^/]+/[^/]+|federated-user/[^/]+)$`)
})

// known turns the spelling of a principal into the one under which grants keep
// it: the id where one is known, else the ARN. The second result is false for
// one that nobody is behind, the third for one that is no principal's spelling.
func (ids identities) known(spelling string) (kept string, exists, valid bool) {
	if !strings.HasPrefix(spelling, "arn:") {
		role, _, _ := strings.Cut(spelling, ":")
		return spelling, len(ids) == 0 || ids.arnOf(role) != "", true
	}
	parts := principalARN().FindStringSubmatch(spelling)
	if parts == nil {
		return "", false, false
	}
	if len(ids) == 0 {
		return spelling, true, true
	}
	if id, ok := ids[spelling]; ok {
		return id, true, true
	}
	account := parts[2]
	if rest, ok := strings.CutPrefix(parts[3], "assumed-role/"); ok {
		role, session, _ := strings.Cut(rest, "/")
		for arn, id := range ids {
			if strings.Contains(arn, "::"+account+":role/") && strings.HasSuffix(arn, "/"+role) {
				return id + ":" + session, true, true
			}
		}
		return "", false, true
	}
	if parts[3] == "root" || strings.HasPrefix(parts[3], "federated-user/") {
		for arn := range ids {
			if strings.Contains(arn, "::"+account+":") {
				return spelling, true, true
			}
		}
	}
	return "", false, true
}

// arnOf is the ARN that an id stands for now; empty when nobody has it.
func (ids identities) arnOf(id string) string {
	for arn, known := range ids {
		if known == id {
			return arn
		}
	}
	return ""
}

// shown spells a kept principal for an answer: as an ARN while its identity exists.
//
// Rules: MRK-GRANT-05.
func (ids identities) shown(kept string) string {
	if strings.HasPrefix(kept, "arn:") {
		return kept
	}
	id, session, isSession := strings.Cut(kept, ":")
	arn := ids.arnOf(id)
	if arn == "" {
		return kept
	}
	if !isSession {
		return arn
	}
	account := accountOf(arn)
	_, rest, _ := strings.Cut(arn, ":")
	partition, _, _ := strings.Cut(rest, ":")
	return "arn:" + partition + ":sts::" + account + ":assumed-role/" + arn[strings.LastIndexByte(arn, '/')+1:] + "/" + session
}

// covers says whether a caller is a kept principal: the very one, or a session
// of that role.
//
// Rules: MRK-GRANT-09.
func (ids identities) covers(kept string, p *Principal) bool {
	if kept == p.ARN || kept == p.ID {
		return true
	}
	if mine, ok, _ := ids.known(p.ARN); ok && (mine == kept || strings.HasPrefix(mine, kept+":")) {
		return true
	}
	// A role's ARN covers its sessions, whatever its path.
	parts := principalARN().FindStringSubmatch(kept)
	mine := principalARN().FindStringSubmatch(p.ARN)
	if parts == nil || mine == nil || parts[2] != mine[2] {
		return false
	}
	role, isRole := strings.CutPrefix(parts[3], "role/")
	session, isSession := strings.CutPrefix(mine[3], "assumed-role/")
	return isRole && isSession && strings.HasPrefix(session, role[strings.LastIndexByte(role, '/')+1:]+"/")
}
