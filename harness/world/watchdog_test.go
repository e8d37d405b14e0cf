package world

import (
	"strings"
	"testing"
)

// A bubble is locked when all of its goroutines wait, and one of them for a mutex.
func TestLocked(t *testing.T) {
	const (
		outside = "goroutine 1 [running]:\nmain()\n\n"
		waits   = "goroutine 2 [chan receive (durable), synctest bubble 1]:\na()\n\n"
		sleeps  = "goroutine 3 [sleep (durable), synctest bubble 1]:\nb()\n\n"
		locks   = "goroutine 4 [sync.Mutex.Lock, synctest bubble 1]:\nc()\n\n"
		longer  = "goroutine 4 [sync.Mutex.Lock, 2 minutes, synctest bubble 1]:\nc()\n\n"
		runs    = "goroutine 5 [runnable, synctest bubble 1]:\nd()\n\n"
		reads   = "goroutine 6 [IO wait, synctest bubble 1]:\ne()\n\n"
		other   = "goroutine 7 [sync.Mutex.Lock, synctest bubble 11]:\nf()\n\n"
	)
	for _, tt := range []struct {
		name, dump string
		want       bool
	}{
		{"a mutex", outside + waits + sleeps + locks, true},
		{"a mutex, behind text that is no goroutine", "SIGQUIT: quit\n\n" + waits + locks, true},
		{"for long", waits + longer, true},
		{"without a mutex", outside + waits + sleeps, false},
		{"one runs", waits + locks + runs, false},
		{"one reads", waits + locks + reads, false},
		{"the mutex of another bubble", waits + other, false},
		{"nothing", "", false},
	} {
		if got := locked(tt.dump, "synctest bubble 1"); (got != "") != tt.want {
			t.Errorf("%s: %q, want one: %t", tt.name, got, tt.want)
		}
	}
	if locked(locks, "synctest bubble 1") == "" || locked(locks, "synctest bubble 1") != locked(longer, "synctest bubble 1") {
		t.Error("the time that it waits tells them apart")
	}
	for _, name := range []any{nil, ""} {
		for _, dump := range []string{locks, "goroutine 8 [sync.Mutex.Lock]:\ng()\n\n"} {
			if locked(dump, name) != "" {
				t.Errorf("a bubble that has no name yet is locked by %q", dump)
			}
		}
	}
}

// A bubble waits for ever when four looks in a row find the same goroutines waiting for a mutex.
func TestVigil(t *testing.T) {
	for _, tt := range []struct {
		looks string // what each finds; a blank is nothing
		want  int    // the look that is the first to say so, from 1; 0 is none
	}{
		{"", 0}, {"aaa", 0}, {"aaaa", 4}, {"abbbb", 5}, {"aaabaaab", 0}, {"aaa aaa", 0}, {"aaa aaaa", 8}, {"        ", 0}, {"    aaaa", 8},
	} {
		var v vigil
		got := 0
		for i, find := range strings.Split(tt.looks, "") {
			if v.lasts(strings.TrimSpace(find)) && got == 0 {
				got = i + 1
			}
		}
		if got != tt.want {
			t.Errorf("%q: look %d says that it lasts, want %d", tt.looks, got, tt.want)
		}
	}
}

// The stacks are whole: what they end with is the end of a line.
func TestStacks(t *testing.T) {
	if s := stacks(); !strings.HasPrefix(s, "goroutine ") || !strings.HasSuffix(s, "\n") {
		t.Errorf("the stacks are %.40q … %q", s, s[max(0, len(s)-40):])
	}
}
