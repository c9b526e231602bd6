package ledger

import (
	"cmp"
	"slices"
)

// Definite reports whether an error code is an answer about a ciphertext. AWS's
// codes begin with a capital letter; our own words for what a network did do
// not, and are never definite. Nor are the answers after which the same call may
// succeed a moment later.
func Definite(code string) bool {
	switch code {
	case "ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException",
		"KMSInternalException", "InternalFailure", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException",
		"DependencyTimeoutException", "KeyUnavailableException", "RequestTimeout", "RequestTimeoutException", "RequestExpired",
		"ExpiredTokenException", "InvalidSignatureException", "UnrecognizedClientException", "IncompleteSignature":
		return false
	}
	return code != "" && code[0] >= 'A' && code[0] <= 'Z'
}

// Failures says why ciphertexts of a key set are lost in a Region, the
// commonest reason first. Of more than a million lost ciphertexts only the
// first million are told apart.
func (b *Book) Failures(key, region string) []Failure {
	b.mu.Lock()
	defer b.mu.Unlock()
	k, r := b.keys.find(key), b.regions.find(region)
	if k < 0 || r < 0 {
		return nil
	}
	found := make([]Failure, len(b.codes.list))
	for at, code := range b.lost {
		if int(at.region) != r || int(b.entry(at.n).key) != k {
			continue
		}
		f := &found[code]
		if f.Count++; f.First == 0 || at.n < f.First {
			f.Code, f.First = b.codes.list[code], at.n
		}
	}
	found = slices.DeleteFunc(found, func(f Failure) bool { return f.Count == 0 })
	slices.SortFunc(found, func(x, y Failure) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Code, y.Code))
	})
	return found
}

// Fate is what became of the plaintexts of a key set, whatever the Region.
type Fate struct {
	Total       int64
	Recoverable int64 // at least one Region reads it
	Gone        int64 // at least one Region refused it and none reads it
	Unproven    int64 // no Region gave a definite answer
	FirstGone   int64 // number of the first that is gone; 0 for none
}

// Fate counts the ciphertexts of a key set by whether any Region at all can
// still read them.
func (b *Book) Fate(key string) Fate {
	b.mu.Lock()
	defer b.mu.Unlock()
	var f Fate
	k := b.keys.find(key)
	for n := int64(1); k >= 0 && n <= b.top; n++ {
		e := b.entry(n)
		switch {
		case !e.made || int(e.key) != k:
			continue
		case e.readable != 0:
			f.Recoverable++
		case e.lost != 0:
			if f.Gone++; f.FirstGone == 0 {
				f.FirstGone = n
			}
		default:
			f.Unproven++
		}
		f.Total++
	}
	return f
}

// Keys returns the key sets that made a ciphertext, in the order of their first.
func (b *Book) Keys() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.keys.list)
}
