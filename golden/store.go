package golden

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"umqtt/harness/capture"
)

// embedded holds the whole folder, since no pattern may name subjects that have no goldens yet.
//
//go:embed *
var embedded embed.FS

// A store is a place of goldens.
type store struct {
	files fs.FS
	dir   string // the folder of files, "" when they are embedded
}

// source returns the place of the goldens: in a test binary the folder of this package's source
// when it is there, else what is embedded.
func source() store {
	if _, file, _, ok := runtime.Caller(0); ok && testing.Testing() && filepath.IsAbs(file) {
		if _, err := os.Stat(file); err == nil {
			dir := filepath.Dir(file)
			return store{os.DirFS(dir), dir}
		}
	}
	return store{files: embedded}
}

// name returns the path of a golden in its store.
func name(subject, scenario string) (string, error) {
	file := subject + "/" + scenario + ext
	if subject == "" || scenario == "" || strings.Contains(subject, "/") || !fs.ValidPath(file) || path.Base(file) == ext {
		return "", fmt.Errorf("golden: subject %q or scenario %q is not valid in a file name", subject, scenario)
	}
	return file, nil
}

// read returns the text of a golden, and its path from the module's root.
func (s store) read(subject, scenario string) (file string, text []byte, err error) {
	if file, err = name(subject, scenario); err != nil {
		return "", nil, err
	}
	text, err = fs.ReadFile(s.files, file)
	if file = path.Join(root, file); errors.Is(err, fs.ErrNotExist) {
		err = &MissingError{file}
	}
	return file, text, err
}

func (s store) load(subject, scenario string) (*capture.Capture, error) {
	file, text, err := s.read(subject, scenario)
	if err != nil {
		return nil, err
	}
	return capture.Parse(file, text)
}

func (s store) compare(subject, scenario string, c *capture.Capture) error {
	file, text, err := s.read(subject, scenario)
	if err != nil || bytes.Equal(text, capture.Format(c)) {
		return err
	}
	want, err := capture.Parse(file, text) // for where they differ
	if err != nil {
		return err
	}
	if diff := capture.Diff(c, want); diff != "" {
		return &ChangedError{file, diff}
	}
	return nil
}

func (s store) update(subject, scenario string, c *capture.Capture) error {
	if err := s.writable(); err != nil {
		return err
	}
	file, err := name(subject, scenario)
	if err != nil {
		return err
	}
	text := capture.Format(c)
	if _, err := capture.Parse(path.Join(root, file), text); err != nil {
		return fmt.Errorf("golden: the capture cannot be read back: %w", err)
	}
	if old, err := fs.ReadFile(s.files, file); err == nil && string(old) == string(text) {
		return nil
	}
	target := filepath.Join(s.dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	return os.WriteFile(target, text, 0o666)
}

func (s store) orphans(known func(subject, scenario string) bool) ([]string, error) {
	var list []string
	err := fs.WalkDir(s.files, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		subject, rest, ok := strings.Cut(file, "/")
		if !ok {
			return nil // this package's own files
		}
		if scenario, ok := strings.CutSuffix(rest, ext); !ok || !known(subject, scenario) {
			list = append(list, path.Join(root, file))
		}
		return nil
	})
	return list, err
}

func (s store) prune(known func(subject, scenario string) bool) ([]string, error) {
	if err := s.writable(); err != nil {
		return nil, err
	}
	list, err := s.orphans(known)
	if err != nil {
		return nil, err
	}
	for _, file := range list {
		target := filepath.Join(s.dir, filepath.FromSlash(strings.TrimPrefix(file, root+"/")))
		if err := os.Remove(target); err != nil {
			return nil, err
		}
		// An empty folder cannot be embedded; one that is not empty cannot be removed.
		for dir := filepath.Dir(target); dir != s.dir && os.Remove(dir) == nil; {
			dir = filepath.Dir(dir)
		}
	}
	return list, nil
}

// writable returns why goldens are not written, if they are not.
func (s store) writable() error {
	// Whatever is neither empty nor clearly "no" counts, since systems differ in what they set.
	if v := os.Getenv("CI"); v != "" {
		if on, err := strconv.ParseBool(v); err != nil || on {
			return ErrCI
		}
	}
	if s.dir == "" {
		return ErrReadOnly
	}
	return nil
}
