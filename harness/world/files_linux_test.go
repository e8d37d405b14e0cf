package world

import (
	"os"
	"strconv"
	"syscall"
	"testing"
)

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
