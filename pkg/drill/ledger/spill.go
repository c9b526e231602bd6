package ledger

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"
)

// spill is the file of ciphertexts: one after the other, each as its length,
// its number, the length of its encryption context (all three varints), the
// context as JSON and the blob.
type spill struct {
	file     *os.File
	written  int64  // bytes in the file
	pending  []byte // what follows them and is not written yet
	head     []byte // the first bytes of the file, up to keptHead, for reading
	contexts map[uint64]map[string]string
	err      error
}

const (
	spillBuffer  = 1 << 18
	lengthBits   = 16
	maxBody      = 1<<lengthBits - 1
	maxOffset    = math.MaxInt64 >> lengthBits
	keptContexts = 4096
	keptHead     = 48 << 20 // most drills never read a ciphertext from the disk
)

func newSpill(file *os.File) *spill {
	// An offset of 0 stands for no blob, so the file begins with its name.
	return &spill{file: file, pending: []byte("mrkctl ciphertexts 1\n"), contexts: map[uint64]map[string]string{}}
}

// put appends a ciphertext. It returns where its body is, offset and length in
// one number, and the hash of its context.
func (s *spill) put(n int64, context map[string]string, blob []byte) (at, hash uint64, err error) {
	if s.err != nil {
		return 0, 0, s.err
	}
	var text []byte
	if len(context) > 0 {
		if text, err = json.Marshal(context); err != nil {
			return 0, 0, fmt.Errorf("ledger: encryption context: %w", err)
		}
		hash = hashOf(text)
		s.remember(hash, context)
	}
	var head []byte
	head = binary.AppendVarint(head, n)
	head = binary.AppendUvarint(head, uint64(len(text)))
	body := len(head) + len(text) + len(blob)
	if body > maxBody {
		return 0, 0, fmt.Errorf("ledger: a ciphertext of %d bytes is larger than any of KMS", len(blob))
	}
	s.pending = binary.AppendUvarint(s.pending, uint64(body))
	offset := s.written + int64(len(s.pending))
	if offset > maxOffset {
		return 0, 0, errors.New("ledger: the file of ciphertexts is full")
	}
	s.pending = append(append(append(s.pending, head...), text...), blob...)
	if len(s.pending) >= spillBuffer {
		s.flush()
	}
	return uint64(offset)<<lengthBits | uint64(body), hash, s.err
}

// remember keeps a context, so that those that come again and again are not
// parsed again and again.
func (s *spill) remember(hash uint64, context map[string]string) {
	if _, ok := s.contexts[hash]; !ok && len(s.contexts) < keptContexts {
		s.contexts[hash] = context
	}
}

// get reads a ciphertext back.
func (s *spill) get(at, hash uint64) (context map[string]string, blob []byte, err error) {
	offset, body := int64(at>>lengthBits), make([]byte, at&maxBody)
	switch end := offset + int64(len(body)); {
	case end <= int64(len(s.head)):
		copy(body, s.head[offset:])
	case offset >= s.written:
		copy(body, s.pending[offset-s.written:])
	default:
		if _, err := s.file.ReadAt(body, offset); err != nil {
			return nil, nil, fmt.Errorf("read it back: %w", err)
		}
	}
	_, text, blob, err := split(body)
	if err != nil || len(text) == 0 {
		return nil, blob, err
	}
	if context, ok := s.contexts[hash]; ok {
		return context, blob, nil
	}
	if err := json.Unmarshal(text, &context); err != nil {
		return nil, nil, fmt.Errorf("its encryption context: %w", err)
	}
	s.remember(hash, context)
	return context, blob, nil
}

// split takes a body apart.
func split(body []byte) (n int64, context, blob []byte, err error) {
	n, used := binary.Varint(body)
	if used > 0 {
		body = body[used:]
		length, more := binary.Uvarint(body)
		if more > 0 && length <= uint64(len(body)-more) {
			return n, body[more : more+int(length)], body[more+int(length):], nil
		}
	}
	return 0, nil, nil, errors.New("the file of ciphertexts is damaged")
}

// scan walks through the file of a run that died, hands over what is whole and
// cuts off the rest.
func (s *spill) scan(do func(n int64, at, context uint64)) error {
	in := bufio.NewReaderSize(s.file, spillBuffer)
	name := make([]byte, len(s.pending))
	if _, err := io.ReadFull(in, name); err != nil || string(name) != string(s.pending) {
		return errors.New("the file of ciphertexts is not one of mrkctl's")
	}
	whole := int64(len(name))
	for {
		length, err := binary.ReadUvarint(in)
		if err != nil || length > maxBody {
			break
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			break
		}
		n, context, _, err := split(body)
		if err != nil {
			break
		}
		start := whole + int64(len(binary.AppendUvarint(nil, length)))
		hash := uint64(0)
		if len(context) > 0 {
			hash = hashOf(context)
		}
		do(n, uint64(start)<<lengthBits|length, hash)
		whole = start + int64(length)
	}
	s.written, s.pending = whole, s.pending[:0]
	if err := s.file.Truncate(whole); err != nil {
		return fmt.Errorf("cut off its torn end: %w", err)
	}
	_, err := s.file.Seek(whole, io.SeekStart)
	return err
}

func (s *spill) flush() {
	if s.err != nil || len(s.pending) == 0 {
		return
	}
	if _, err := s.file.Write(s.pending); err != nil {
		s.err = fmt.Errorf("ledger: write the ciphertexts: %w", err)
		return
	}
	if s.written == int64(len(s.head)) && len(s.head)+len(s.pending) <= keptHead {
		s.head = append(s.head, s.pending...)
	}
	s.written += int64(len(s.pending))
	s.pending = s.pending[:0]
}

func (s *spill) sync() error {
	if s.flush(); s.err != nil {
		return s.err
	}
	if err := s.file.Sync(); err != nil {
		s.err = fmt.Errorf("ledger: sync the ciphertexts: %w", err)
	}
	return s.err
}

func (s *spill) close() error {
	err := s.sync()
	if s.err == nil {
		s.err = errors.New("ledger: closed")
	}
	return errors.Join(err, s.file.Close())
}

func hashOf(context []byte) uint64 {
	h := fnv.New64a()
	h.Write(context)
	return h.Sum64()
}
