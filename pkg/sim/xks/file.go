package xks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// keyFile is how the keys of a manager are kept: by id, in Base64.
type keyFile struct {
	Version int               `json:"version"`
	Keys    map[string][]byte `json:"keys"`
}

const keyFileVersion = 1

// OpenKeys reads the keys kept in a file, makes those of ids that are not in it
// yet, and writes the file, readable by its owner alone, when it made any. An
// empty path keeps nothing. It fails when the file is damaged or of another
// version, or an id is not one that KMS takes.
func OpenKeys(path string, random io.Reader, ids []string) (*Keys, error) {
	kept := keyFile{Version: keyFileVersion, Keys: map[string][]byte{}}
	if path != "" {
		data, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("open external keys: %w", err)
		default:
			if err := json.Unmarshal(data, &kept); err != nil {
				return nil, fmt.Errorf("open external keys: %s is not a file of keys: %w", path, err)
			}
			if kept.Version != keyFileVersion {
				return nil, fmt.Errorf("open external keys: %s is of version %d, this program reads version %d", path, kept.Version, keyFileVersion)
			}
			if kept.Keys == nil {
				kept.Keys = map[string][]byte{}
			}
		}
	}
	made := false
	for _, id := range ids {
		if kept.Keys[id] != nil {
			continue
		}
		secret := make([]byte, 32)
		if _, err := io.ReadFull(random, secret); err != nil {
			return nil, fmt.Errorf("make external key %s: %w", id, err)
		}
		kept.Keys[id], made = secret, true
	}
	k := &Keys{}
	for id, secret := range kept.Keys {
		if err := k.Add(id, secret); err != nil {
			return nil, err
		}
	}
	if path != "" && made {
		return k, kept.write(path)
	}
	return k, nil
}

// write puts the keys into the file in one step: into one beside it first, so
// that an interruption leaves the old keys whole.
func (f keyFile) write(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("keep external keys: %w", err)
		}
	}()
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // readable by its owner alone
	if err != nil {
		return err
	}
	_, err = part.Write(append(data, '\n'))
	err = errors.Join(err, part.Sync(), part.Close())
	if err == nil {
		err = os.Rename(part.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part.Name()))
	}
	return nil
}

// IDs lists the keys of a manager, in order.
func (k *Keys) IDs() []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return slices.Sorted(maps.Keys(k.byID))
}
