package fuzz

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The input is a program for a hostile server, and for the caller of the client that has to live with it
// (see program_test.go). Whatever it is, the client stays in step with the bytes that the server sent, or
// closes with an error that says why:
//
//   - No call panics, or outlives its context.
//   - The callback gets the messages that were sent, whole, each once, in their order, and none after the
//     first thing that the standard forbids. By the time the client has read that, it has closed.
//   - PUBACKs are for those messages, in their order, after the callback has returned.
//   - Every write is one packet that a server accepts.
//   - A call that succeeds has been answered, and its error tells truly whether the connection is open.
//
// What the standard forbids is for package wire to say (judge_test.go).
func FuzzClientReceive(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		watchdog := time.AfterFunc(30*time.Second, func() {
			debug.SetTraceback("all")
			panic(fmt.Sprintf("the bubble hangs on %q", input))
		})
		defer watchdog.Stop()
		synctest.Test(t, func(t *testing.T) {
			d := newDuel(&source{input})
			d.play()
			d.judge()
			d.finish()
			if len(d.faults) > 0 {
				t.Errorf("%s\nprogram:\n\t%s", strings.Join(d.faults, "\n"), strings.Join(d.script, "\n\t"))
			}
		})
	})
}
