package sim

import (
	"errors"
	"io"

	keymaterial "github.com/mrkctl/mrkctl/pkg/sim/material"
)

// Read makes a source an io.Reader, for cryptography that draws for itself.
func (s *source) Read(b []byte) (int, error) {
	if err := s.read(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

var _ io.Reader = (*source)(nil)

// pair is a member's one key material, parsed: a key pair or a MAC key. It is
// parsed on first use, which may happen in several calls at once; the loser's
// work is thrown away.
func (m *member) pair() (*keymaterial.Key, error) {
	h := m.current
	if h == nil && len(m.held) == 1 {
		h = m.held[0] // generated key pairs are not in the list of materials
	}
	if h == nil {
		return nil, fail(codeInvalidState, "%s is pending import.", m.arn)
	}
	if k := h.parsed.Load(); k != nil {
		return k, nil
	}
	k, err := keymaterial.Parse(m.set.Spec, h.Secret)
	if err != nil {
		return nil, broken(codeInternal)
	}
	h.parsed.Store(k)
	return k, nil
}

// answered turns an error of package material into KMS's: refusals as they
// are, anything else a failure of the service.
func answered(err error) error {
	var r *keymaterial.RefusalError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return &Error{Code: r.Code, Message: r.Text, Status: 400}
	}
	return broken(codeInternal)
}
