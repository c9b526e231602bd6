package xks

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestKeysAreKept: what one manager encrypted the next one opens, with keys that
// only the owner of the file can read.
func TestKeysAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	first, err := OpenKeys(path, rand.Reader, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := first.seal("a", rand.Reader, []byte("plaintext"), nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenKeys(path, rand.Reader, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := second.open("a", s, nil); err != nil || !bytes.Equal(got, []byte("plaintext")) {
		t.Errorf("%q %v", got, err)
	}
	third, err := OpenKeys(path, rand.Reader, nil)
	if err != nil || !slices.Equal(third.IDs(), []string{"a", "b"}) {
		t.Errorf("%v %v", third.IDs(), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestKeyFileIsChecked(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"damaged": `{"version":1,"keys":{"a":"AAAA`, "other version": `{"version":9}`, "short key": `{"version":1,"keys":{"a":"AAAA"}}`, "bad id": `{"version":1,"keys":{"a/b":"AAAA"}}`,
	} {
		path := filepath.Join(dir, "keys.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKeys(path, rand.Reader, []string{"new"}); err == nil {
			t.Errorf("%s: the file is read", name)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != content {
			t.Errorf("%s: the file was changed: %q", name, after)
		}
	}
	if _, err := OpenKeys(filepath.Join(dir, "none", "keys.json"), rand.Reader, []string{"a"}); err == nil {
		t.Error("keys are kept in a directory that does not exist")
	}
	if _, err := OpenKeys("", rand.Reader, []string{"a b"}); err == nil {
		t.Error("a key with a space in its id is made")
	}
}
