package world

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"umqtt/harness/transport"
)

// What OverTCP cannot do is an error, which leaves neither a socket open nor a file behind.
func TestOverTCPErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	ca := filepath.Join(t.TempDir(), "ca")
	if err := os.Mkdir(ca, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", ca)
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, c *Config)
		is     error
		text   string
	}{
		{"the file cannot be made", func(t *testing.T, _ *Config) { t.Setenv("TMPDIR", filepath.Join(ca, "none")) }, fs.ErrNotExist, "world: open "},
		{"the file cannot be written", func(t *testing.T, _ *Config) {
			signal.Ignore(syscall.SIGXFSZ)
			t.Cleanup(func() { signal.Reset(syscall.SIGXFSZ) })
			bound(t, syscall.RLIMIT_FSIZE, 10)
		}, syscall.EFBIG, "world: write "},
		{"the broker does not start", func(_ *testing.T, c *Config) { c.Misdeed = "sings" }, nil, `world: the broker has no misdeed "sings"`},
		{"the address is in use", func(_ *testing.T, c *Config) { c.Listen = taken.Addr().String() }, syscall.EADDRINUSE, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(open(t))
			c := Config{Broker: true, Transport: transport.TLS}
			tt.change(t, &c)
			w, err := OverTCP(c)
			if err == nil {
				w.Close()
				t.Fatal("there is no error")
			}
			if w != nil {
				t.Error("a world is returned beside the error")
			}
			if tt.is != nil && !errors.Is(err, tt.is) || !strings.HasPrefix(err.Error(), tt.text) {
				t.Errorf("the error is %q, want %q: %v", err, tt.text, tt.is)
			}
			if n := len(open(t)); n != before {
				t.Errorf("%d files are open after the error, want %d", n, before)
			}
			if left, err := os.ReadDir(ca); err != nil || len(left) > 0 {
				t.Errorf("files are left behind: %v, %v", left, err)
			}
		})
	}
}

// bound bounds a resource of the process until the test ends.
func bound(t *testing.T, resource int, limit uint64) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(resource, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(resource, &old); err != nil {
			t.Error(err)
		}
	})
}

// Where the process may open no further socket, OverTCP returns the error and keeps none of those it has opened.
func TestOverTCPWithoutSockets(t *testing.T) {
	w, err := OverTCP(Config{Broker: true}) // what the runtime opens once is open then
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	for free := range 2 { // of the two that it needs
		before := open(t)
		limit := old
		limit.Cur = 0
		for left := free; left >= 0; limit.Cur++ {
			if !before[int(limit.Cur)] {
				left--
			}
		}
		limit.Cur-- // the one that is not free any more
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Fatal(err)
		}
		w, err := OverTCP(Config{Broker: true})
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			w.Close()
			t.Errorf("with %d sockets there is a world", free)
		}
		if w != nil {
			t.Errorf("with %d sockets a world is returned beside the error %v", free, err)
		}
		if n := len(open(t)); n != len(before) {
			t.Errorf("with %d sockets %d files are open after the error, want %d", free, n, len(before))
		}
	}
}

// open returns the file descriptors that are open.
func open(t *testing.T) map[int]bool {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	fds := map[int]bool{}
	for _, e := range entries {
		if _, err := os.Readlink("/proc/self/fd/" + e.Name()); err != nil {
			continue // the one that read the directory
		}
		n, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		fds[n] = true
	}
	return fds
}
