package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
)

// The database trusts the file it maps into memory: a page that is not there
// ends the program, and pages that point in a circle never end. So the file's
// outline is checked before the database sees it: the two meta pages, the
// length they promise, and the tree of pages under the newer one.

const (
	pageHeader   = 16
	metaLength   = 64
	metaMagic    = 0xED0CDAED
	branchPage   = 0x01
	leafPage     = 0x02
	elementSize  = 16
	bucketLeaf   = 0x01
	bucketHeader = 16
)

// meta is one of the two pages that say where a database's tree begins.
type meta struct {
	pageSize, root, pages, tx uint64
}

// inspect checks the outline of the file at path. fresh says that there is no
// file, or an empty one.
func inspect(path string) (fresh bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err == nil, err
	}
	if !info.Mode().IsRegular() {
		return false, errors.New("it is not a regular file")
	}
	m, err := newestMeta(f, info.Size())
	if err != nil {
		return false, err
	}
	if want := int64(m.pages * m.pageSize); info.Size() < want {
		return false, fmt.Errorf("it is cut short: %d bytes, should be %d", info.Size(), want)
	}
	w := walk{file: f, meta: m, seen: make([]bool, m.pages)}
	return false, w.page(m.root, 0)
}

func newestMeta(f io.ReaderAt, size int64) (meta, error) {
	var best meta
	found := false
	// The second meta page is one page into the file, whose size the first says;
	// when the first is damaged, the usual sizes are tried.
	for _, at := range []int64{0, 4096, 8192, 16384, 65536} {
		var b [pageHeader + metaLength]byte
		if _, err := f.ReadAt(b[:], at); err != nil {
			continue
		}
		m := b[pageHeader:]
		sum := fnv.New64a()
		sum.Write(m[:metaLength-8])
		if binary.LittleEndian.Uint32(m) != metaMagic || binary.LittleEndian.Uint64(m[56:]) != sum.Sum64() {
			continue
		}
		got := meta{
			pageSize: uint64(binary.LittleEndian.Uint32(m[8:])), root: binary.LittleEndian.Uint64(m[16:]),
			pages: binary.LittleEndian.Uint64(m[40:]), tx: binary.LittleEndian.Uint64(m[48:]),
		}
		if at != 0 && uint64(at) != got.pageSize {
			continue
		}
		if !found || got.tx > best.tx {
			best, found = got, true
		}
	}
	switch {
	case !found:
		return best, errors.New("it is not a database, or damaged at its beginning")
	case best.pageSize < 1024 || best.pageSize > 1<<16 || best.pages > uint64(size)/best.pageSize+1<<20:
		return best, errors.New("it is damaged: it has impossible sizes")
	}
	return best, nil
}

// walk visits the pages of a database's trees.
type walk struct {
	file io.ReaderAt
	meta meta
	seen []bool
}

// page checks one page and what is under it.
func (w *walk) page(id uint64, depth int) error {
	if id < 2 || id >= w.meta.pages || w.seen[id] || depth > 64 {
		return fmt.Errorf("it is damaged: page %d is out of place", id)
	}
	head := make([]byte, pageHeader)
	if _, err := w.file.ReadAt(head, int64(id*w.meta.pageSize)); err != nil {
		return fmt.Errorf("it is damaged: page %d: %w", id, err)
	}
	overflow := uint64(binary.LittleEndian.Uint32(head[12:]))
	if overflow >= w.meta.pages || id+overflow >= w.meta.pages {
		return fmt.Errorf("it is damaged: page %d is too long", id)
	}
	for i := id; i <= id+overflow; i++ {
		w.seen[i] = true
	}
	body := make([]byte, (overflow+1)*w.meta.pageSize)
	if _, err := w.file.ReadAt(body, int64(id*w.meta.pageSize)); err != nil {
		return fmt.Errorf("it is damaged: page %d: %w", id, err)
	}
	if binary.LittleEndian.Uint64(body) != id {
		return fmt.Errorf("it is damaged: page %d calls itself another", id)
	}
	if err := w.elements(body, depth); err != nil {
		return fmt.Errorf("it is damaged: page %d: %w", id, err)
	}
	return nil
}

// elements checks the elements of a page, or of a bucket that is kept within
// one: body begins with a page header.
func (w *walk) elements(body []byte, depth int) error {
	kind := binary.LittleEndian.Uint16(body[8:])
	count := int(binary.LittleEndian.Uint16(body[10:]))
	if pageHeader+count*elementSize > len(body) || kind == branchPage && count == 0 {
		return errors.New("it has too many elements, or too few")
	}
	for i := range count {
		at := pageHeader + i*elementSize
		e := body[at : at+elementSize]
		switch kind {
		case branchPage:
			if err := within(body, at, binary.LittleEndian.Uint32(e), uint64(binary.LittleEndian.Uint32(e[4:]))); err != nil {
				return err
			}
			if err := w.page(binary.LittleEndian.Uint64(e[8:]), depth+1); err != nil {
				return err
			}
		case leafPage:
			if err := w.leaf(body, at, e, depth); err != nil {
				return err
			}
		default:
			return fmt.Errorf("it is of kind %#x", kind)
		}
	}
	return nil
}

func (w *walk) leaf(body []byte, at int, e []byte, depth int) error {
	pos := binary.LittleEndian.Uint32(e[4:])
	key, value := uint64(binary.LittleEndian.Uint32(e[8:])), uint64(binary.LittleEndian.Uint32(e[12:]))
	if err := within(body, at, pos, key+value); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(e)&bucketLeaf == 0 {
		return nil
	}
	// A bucket: its root page, or, when small, its page within the value.
	if value < bucketHeader {
		return errors.New("a bucket has no header")
	}
	b := body[at+int(pos)+int(key) : at+int(pos)+int(key+value)]
	if root := binary.LittleEndian.Uint64(b); root != 0 {
		return w.page(root, depth+1)
	}
	if len(b) < bucketHeader+pageHeader {
		return errors.New("a bucket has no page")
	}
	return w.elements(b[bucketHeader:], depth+1)
}

// within checks that what an element points at is in its page.
func within(body []byte, at int, pos uint32, length uint64) error {
	if uint64(at)+uint64(pos)+length > uint64(len(body)) || pos < elementSize {
		return errors.New("an element points out of it")
	}
	return nil
}
