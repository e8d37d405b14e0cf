package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"umqtt/harness/near"
	"umqtt/harness/spec"
)

// Version is the version of the protocol.
const Version = 1

// Hello is what a shim says of its client and itself.
type Hello struct {
	Protocol int            `json:"hello"`
	Name     string         `json:"name"`
	Version  string         `json:"version"`
	Features []spec.Feature `json:"features"`
	Idle     bool           `json:"idle"`
	Reusable bool           `json:"reusable"`
}

// same reports whether two processes say the same.
func (h Hello) same(other Hello) bool {
	features := slices.Equal(h.Features, other.Features)
	return features && h.Name == other.Name && h.Idle == other.Idle && h.Reusable == other.Reusable
}

// readHello reads the first line of a process.
func (c *conn) readHello(limit time.Duration) (Hello, error) {
	type read struct {
		line []byte
		err  error
	}
	first := make(chan read, 1)
	go func() {
		line, err := c.child.Line()
		first <- read{line, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var r read
	select {
	case r = <-first:
	case <-timer.C:
		return Hello{}, fmt.Errorf("%w within %v", ErrHello, limit)
	}
	switch {
	case errors.Is(r.err, io.EOF):
		if exit, ended := c.child.Await(time.Second); ended {
			return Hello{}, fmt.Errorf("%w: the process ended: %v", ErrHello, exit)
		}
		return Hello{}, fmt.Errorf("%w: the process closed its standard output", ErrHello)
	case r.err != nil:
		return Hello{}, fmt.Errorf("%w: %w", ErrHello, r.err)
	}
	return parseHello(r.line)
}

// parseHello reads a hello.
func parseHello(line []byte) (Hello, error) {
	var h Hello
	var is struct{ Hello *int }
	if err := json.Unmarshal(line, &is); err != nil || is.Hello == nil {
		return h, fmt.Errorf("%w: the first line is %s", ErrHello, quote(line))
	}
	if *is.Hello != Version {
		return h, fmt.Errorf("%w: hello is %d, and this harness speaks %d", ErrVersion, *is.Hello, Version)
	}
	if err := json.Unmarshal(line, &h); err != nil {
		return h, fmt.Errorf("%w: %v", ErrHello, err)
	}
	if h.Name == "" {
		return h, fmt.Errorf("%w: it has no name", ErrHello)
	}
	if !nameable(h.Name) || !printable(h.Version) {
		return h, fmt.Errorf("%w: name %q and version %q: names have up to %d bytes that print, without slashes, and more than dots", ErrHello, h.Name, h.Version, maxName)
	}
	return h, checkFeatures(h.Features)
}

// maxName bounds the bytes of a name and of a version.
const maxName = 100

// nameable reports whether a name can be shown, and be that of a folder.
func nameable(s string) bool {
	return printable(s) && !strings.ContainsAny(s, `/\`) && strings.Trim(s, ".") != ""
}

func printable(s string) bool {
	return len(s) <= maxName && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// checkFeatures returns an error for a word that is no feature, or stands there twice.
func checkFeatures(list []spec.Feature) error {
	var names []string
	for _, f := range spec.Features() {
		names = append(names, string(f.Name))
	}
	for i, f := range list {
		if slices.Contains(list[:i], f) {
			return fmt.Errorf("%w: it has the feature %q twice", ErrHello, f)
		}
		if !slices.Contains(names, string(f)) {
			meant := ""
			if name := near.Word(string(f), names); name != "" {
				meant = fmt.Sprintf("; %q may be meant", name)
			}
			return fmt.Errorf("%w: there is no feature %q%s", ErrHello, f, meant)
		}
	}
	return nil
}
