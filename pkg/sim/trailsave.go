package sim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// savedRecord is a record in a form of fixed size.
type savedRecord struct {
	At                                                                        int64
	Request                                                                   RequestID
	Seq, Principal, Key, Detail, Code, From, Context, Message, Source, Sealed uint32
	Op, Flags                                                                 uint8
}

// savedTrail is a page of a trail.
type savedTrail struct {
	Region  string
	Count   uint32   `json:",omitempty"`
	Details []detail `json:",omitempty"`
	Records []byte   `json:",omitempty"` // savedRecords, little endian
}

const wordsID = "words"

// saveTrails saves the trails, a page an entity, and the words they share.
func (w *World) saveTrails(add func(string, any) error) error {
	w.words.mu.RLock()
	text := w.words.text
	w.words.mu.RUnlock()
	if err := add(wordsID, text); err != nil {
		return err
	}
	for _, r := range w.regions {
		if r.trail.count == 0 {
			continue
		}
		for i, page := range r.trail.pages {
			var b bytes.Buffer
			for _, rec := range page {
				s := savedRecord{rec.at, rec.request, rec.seq, rec.principal, rec.key, rec.detail, rec.code, rec.from, rec.context, rec.message, rec.source, rec.sealed, uint8(rec.op), uint8(rec.flags)}
				if err := binary.Write(&b, binary.LittleEndian, s); err != nil {
					return fmt.Errorf("save trail of %s: %w", r.Name, err)
				}
			}
			out := savedTrail{Region: r.Name, Records: b.Bytes()}
			if i == 0 {
				out.Count, out.Details = r.trail.count, r.trail.details
			}
			if err := add(fmt.Sprintf("trail/%s/%08d", r.Name, i), out); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadTrail reads the words or one page. Pages come in order, words last.
func (w *World) loadTrail(byID map[string][]byte, id string) error {
	if id == wordsID {
		if err := decode(byID, id, &w.words.text); err != nil {
			return err
		}
		w.words.number = map[string]uint32{}
		for i, s := range w.words.text {
			w.words.number[s] = uint32(i + 1)
		}
		return nil
	}
	var s savedTrail
	if err := decode(byID, id, &s); err != nil {
		return err
	}
	r := w.region(s.Region)
	if r == nil || !strings.HasPrefix(id, "trail/"+s.Region+"/") {
		return fmt.Errorf("load simulated world: %s is of Region %q", id, s.Region)
	}
	t := &r.trail
	t.count = max(t.count, s.Count)
	t.details = append(t.details, s.Details...)
	size := binary.Size(savedRecord{})
	if len(s.Records)%size != 0 {
		return fmt.Errorf("load simulated world: %s is damaged: %d bytes are not a number of records", id, len(s.Records))
	}
	page := make([]record, 0, len(s.Records)/size)
	for in := bytes.NewReader(s.Records); in.Len() > 0; {
		var x savedRecord
		if err := binary.Read(in, binary.LittleEndian, &x); err != nil {
			return fmt.Errorf("load simulated world: %s is damaged: %w", id, err)
		}
		if x.Op >= uint8(opAllCount) || int(x.Detail) > len(t.details) {
			return fmt.Errorf("load simulated world: %s is damaged: record %d", id, x.Seq)
		}
		page = append(page, record{x.At, x.Request, x.Seq, x.Principal, x.Key, x.Detail, x.Code, x.From, x.Context, x.Message, x.Source, x.Sealed, Op(x.Op), recordFlags(x.Flags)})
	}
	t.pages = append(t.pages, page)
	return nil
}
