package harness

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
)

// What a process prints is kept up to each mark: its beginning and its end where it is too much.
func TestPrinted(t *testing.T) {
	line := strings.Repeat("x", 999) + "\n"
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
		rest   string
	}{
		{"nothing", []string{mark}, "", ""},
		{"a line", []string{"one\n" + mark}, "one", ""},
		{"a mark in two pieces", []string{"one\n" + mark[:5], mark[5:] + "two\n"}, "one", "two"},
		{"the newest of two", []string{"one" + mark + "two" + mark + "three"}, "two", "three"},
		{"much", []string{"first\n", strings.Repeat(line, 2000), "last", mark, "more"}, "first\nxxx", "more"},
		{"much at once", []string{"first\n" + strings.Repeat(line, 2000) + "last" + mark}, "first\nxxx", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &printed{marked: make(chan string, 1)}
			for _, w := range tt.writes {
				io.WriteString(p, w)
			}
			got := p.upToMark()
			if len(tt.want) > 5 && strings.Contains(tt.name, "much") {
				if !strings.HasPrefix(got, tt.want) || !strings.HasSuffix(got, "xxx\nlast") || len(got) > 3*keptTail+keptHead && tt.name == "much" {
					t.Errorf("%d bytes: %.20q … %q", len(got), got, got[len(got)-20:])
				}
			} else if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := p.rest(); got != tt.rest {
				t.Errorf("the rest: %q, want %q", got, tt.rest)
			}
		})
	}
	p := &printed{marked: make(chan string, 1)}
	for range 100_000 {
		io.WriteString(p, line)
	}
	if len(p.text) > 2*keptTail+len(line) || !strings.Contains(p.rest(), fmt.Sprintf("\n… (%d bytes)\n", 100_000*1000-len(p.text))) {
		t.Errorf("%d bytes are kept, %d left out", len(p.text), p.left)
	}
}

// A process exchanges values whatever it prints, and its end is noticed.
func TestProcess(t *testing.T) {
	start := func(script string) *process {
		t.Helper()
		p, err := startProcess(exec.Command("sh", "-c", script))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	soon := func() time.Time { return time.Now().Add(10 * time.Second) }
	p := start(`echo out; echo err >&2; cat <&3 >&4; exit 4`)
	var got string
	if err := errors.Join(p.send("hello"), p.receive(&got, soon())); err != nil || got != "hello" {
		t.Errorf("%q, %v", got, err)
	}
	if err := p.receive(&got, time.Now().Add(10*time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nothing comes: %v", err)
	}
	p.end(10 * time.Second)
	if p.status() != "exit status 4" || p.printed.rest() != "out\nerr" {
		t.Errorf("%s, printed %q", p.status(), p.printed.rest())
	}
	p = start(`exit 0`)
	if err := p.receive(&got, soon()); !errors.Is(err, io.EOF) {
		t.Errorf("it has ended: %v", err)
	}
	p.end(10 * time.Second)
	p = start(`exec sleep 100`)
	p.end(10 * time.Millisecond)
	if p.status() != "signal: killed" {
		t.Errorf("it does not end: %s", p.status())
	}
	if _, err := startProcess(exec.Command("/nowhere/at/all")); err == nil {
		t.Error("there is no such program")
	}
}

// What ends a process is told by what the Go runtime prints, or by its status.
func TestCrashed(t *testing.T) {
	for _, tt := range []struct{ printed, message, stacks, before string }{
		{"", "exit status 3", "", ""},
		{"hello\nno panic: here", "exit status 3", "", "hello\nno panic: here"},
		{"hello\npanic: boom\n\ngoroutine 1", "panic: boom", "panic: boom\n\ngoroutine 1", "hello"},
		{"runtime: goroutine stack exceeds 1-byte limit\nfatal error: stack overflow\n\nx", "fatal error: stack overflow", "runtime: goroutine stack exceeds 1-byte limit\nfatal error: stack overflow\n\nx", ""},
		{"runtime/cgo: pthread_create failed: x\nSIGABRT: abort", "memory: runtime/cgo: pthread_create failed: x", "runtime/cgo: pthread_create failed: x\nSIGABRT: abort", ""},
		{"fatal error: runtime: out of memory\nx", "memory: fatal error: runtime: out of memory", "fatal error: runtime: out of memory\nx", ""},
		{"==================\nWARNING: DATA RACE\nx", "WARNING: DATA RACE", "WARNING: DATA RACE\nx", "=================="},
	} {
		var got judge.Failure
		crashed(&got, tt.printed, "exit status 3", 1<<20)
		message, memory := strings.CutPrefix(tt.message, "memory: ")
		message = "the client ended the process: " + message
		if memory {
			message = "the client takes more than 1 MB of memory, and " + message
		}
		want := judge.Failure{Message: message, Stacks: tt.stacks, Printed: tt.before}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.printed, diff)
		}
	}
}

// A race is a failure, beside the one that the scenario has.
func TestRaced(t *testing.T) {
	const printed = "hello\nWARNING: DATA RACE\nx"
	for _, tt := range []struct {
		res  judge.Result
		want string
	}{
		{judge.Result{Verdict: judge.Pass}, "the race detector has found a data race"},
		{judge.Result{Verdict: judge.Warn, Failure: &judge.Failure{Message: "a SUBSCRIBE"}}, "the race detector has found a data race; and a SUBSCRIBE"},
		{judge.Result{Verdict: judge.Fail, Failure: &judge.Failure{Message: "no PUBACK"}}, "no PUBACK; and the race detector has found a data race"},
	} {
		raced(&tt.res, printed)
		if tt.res.Verdict != judge.Fail || tt.res.Failure.Message != tt.want || tt.res.Failure.Stacks != "WARNING: DATA RACE\nx" {
			t.Errorf("%s: %+v, want %s", tt.res.Verdict, tt.res.Failure, tt.want)
		}
	}
}

// A worker gets the arguments of the test's own flags, and none of package testing's.
func TestOwnArguments(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", ""},
		{"-test.v=true -test.run=X -test.timeout=10m0s", ""},
		{"-test.v -dials -test.run X --addr=y -test.count 2 z -test.short", "-dials --addr=y z"},
		{"--test.run X test.y -test.unknown z", "test.y z"},
	} {
		if got := strings.Join(ownArguments(strings.Fields(tt.args)), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.args, got, tt.want)
		}
	}
}
