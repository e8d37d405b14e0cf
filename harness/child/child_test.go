package child_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"umqtt/harness/child"
)

// shell starts a line of the shell.
func shell(t *testing.T, c child.Config, line string) *child.Process {
	t.Helper()
	c.Args = []string{"sh", "-c", line}
	p, err := child.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

func TestLines(t *testing.T) {
	p := shell(t, child.Config{Env: []string{"WORD=there"}}, `read word; printf '%s\r\n%s\n\nend' "$word" "$WORD"; printf oops >&2; exit 3`)
	if err := p.Write([]byte("hello\n"), time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"hello", "there", "", "end"} {
		if line, err := p.Line(); err != nil || string(line) != want {
			t.Fatalf("Line: %q, %v, want %q", line, err, want)
		}
	}
	if _, err := p.Line(); err != io.EOF {
		t.Errorf("at the end: %v, want io.EOF", err)
	}
	if exit := p.End(time.Minute); exit.String() != "exit status 3" || exit.Killed {
		t.Errorf("End: %v", exit)
	}
	if got := p.Stderr(); got != "oops" {
		t.Errorf("standard error: %q", got)
	}
}

func TestBounds(t *testing.T) {
	for _, test := range []struct {
		reason string
		config child.Config
		line   string
		want   error
	}{
		{"a line without end", child.Config{MaxLine: 100 << 10}, "yes | tr -d '\\n'", child.ErrLongLine},
		{"lines without end", child.Config{MaxOutput: 100 << 10}, "yes", child.ErrFlood},
		{"one line is just short enough", child.Config{MaxLine: 6}, "echo 12345", io.EOF},
		{"one is a byte too long", child.Config{MaxLine: 6}, "echo 123456", child.ErrLongLine},
	} {
		t.Run(test.reason, func(t *testing.T) {
			p := shell(t, test.config, test.line)
			var err error
			for err == nil {
				_, err = p.Line()
			}
			if !errors.Is(err, test.want) {
				t.Errorf("Line: %v, want %v", err, test.want)
			}
		})
	}
}

// A program that does not end is killed, and what it has started as well.
func TestEndKillsTheGroup(t *testing.T) {
	p := shell(t, child.Config{}, `trap '' TERM; sleep 1000 & echo $!; wait`)
	line, err := p.Line()
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	fmt.Sscan(string(line), &pid)
	if exit := p.End(time.Millisecond); !exit.Killed || exit.String() != "killed" {
		t.Errorf("End: %+v", exit)
	}
	gone(t, pid)
}

// A program that ends by itself does not leave behind what it has started.
func TestOrphansAreKilled(t *testing.T) {
	p := shell(t, child.Config{}, `sleep 1000 & echo $!`)
	line, err := p.Line()
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	fmt.Sscan(string(line), &pid)
	if exit := p.End(time.Minute); exit.Err != nil || exit.Killed {
		t.Errorf("End: %+v", exit)
	}
	gone(t, pid)
}

// gone waits until a process has ended: its init may have yet to wait for it.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && strings.Contains(string(b), ") Z ") || errors.Is(err, os.ErrNotExist) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d lives on: %s", pid, b)
		}
		exec.Command("true").Run() // takes a moment
	}
}

func TestWriteIsBounded(t *testing.T) {
	p := shell(t, child.Config{}, "sleep 1000")
	err := p.Write(make([]byte, 1<<20), 10*time.Millisecond)
	if !errors.Is(err, child.ErrNotRead) {
		t.Errorf("Write: %v", err)
	}
}

func TestTail(t *testing.T) {
	p := shell(t, child.Config{Tail: 20}, `for i in 1 2 3 4 5 6 7 8 9; do echo line $i >&2; done`)
	p.End(time.Minute)
	if got, want := p.Stderr(), "…\nline 8\nline 9\n"; got != want {
		t.Errorf("standard error: %q, want %q", got, want)
	}
}

func TestRenew(t *testing.T) {
	p := shell(t, child.Config{MaxOutput: 8}, `echo 123456; echo before >&2; read next; echo 123456; echo after >&2; echo 1`)
	p.Line()
	for p.Stderr() == "" {
		exec.Command("true").Run() // takes a moment
	}
	p.Renew()
	p.Write([]byte("go\n"), time.Minute)
	if line, err := p.Line(); string(line) != "123456" || err != nil {
		t.Errorf("Line: %q, %v", line, err)
	}
	if _, err := p.Line(); !errors.Is(err, child.ErrFlood) {
		t.Errorf("Line: %v, want ErrFlood", err)
	}
	p.End(time.Minute)
	if got := p.Stderr(); got != "after\n" {
		t.Errorf("standard error: %q", got)
	}
}

func TestNotStarted(t *testing.T) {
	for _, args := range [][]string{nil, {"/no/such/program"}, {"no-such-program"}} {
		if _, err := child.Start(child.Config{Args: args}); !errors.Is(err, child.ErrNotStarted) {
			t.Errorf("%q: %v, want ErrNotStarted", args, err)
		}
	}
}

func TestKillAll(t *testing.T) {
	p := shell(t, child.Config{}, "sleep 1000")
	child.KillAll()
	if exit, ended := p.Await(time.Minute); !ended || exit.String() != "signal: killed" {
		t.Errorf("Await: %v, %t", exit, ended)
	}
}
