package harness

import (
	"regexp"
	"strings"

	"umqtt/harness/judge"
)

// crashed says in a failure how a subject has ended its process: with what the Go runtime has to say, or with an
// exit status. memory is what the process was to take at most; 0 is no bound.
func crashed(f *judge.Failure, printed, status string, memory int64) {
	before, text := cutAt(printed, "panic: ", "fatal error: ", "runtime: goroutine stack exceeds", "WARNING: DATA RACE", "runtime/cgo: ", "SIG")
	f.Message, f.Stacks, f.Printed = "the client ended the process: "+status, text, before
	if text == "" {
		return
	}
	f.Message = "the client ended the process: " + headline(text)
	if memory > 0 && outOfMemory.MatchString(headline(text)) {
		f.Message = tooMuch(memory) + ", and " + f.Message
	}
}

// outOfMemory matches how the Go runtime says that the system gives no more memory: see limitData.
var outOfMemory = regexp.MustCompile(`out of memory|cannot allocate memory|pthread_create failed`)

// headline is the line that names a crash.
func headline(text string) string {
	if _, fatal := cutAt(text, "panic: ", "fatal error: "); fatal != "" {
		text = fatal
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// cutAt cuts a text before its first line with one of the beginnings.
func cutAt(text string, beginnings ...string) (before, from string) {
	at := 0
	for line := range strings.Lines(text) {
		for _, b := range beginnings {
			if strings.HasPrefix(line, b) {
				return strings.TrimSpace(text[:at]), strings.TrimSpace(text[at:])
			}
		}
		at += len(line)
	}
	return text, ""
}

// raced makes the race detector's finding a failure of the result.
func raced(res *judge.Result, printed string) {
	_, text := cutAt(printed, "WARNING: DATA RACE")
	f := judge.Failure{Message: "the race detector has found a data race"}
	if res.Failure != nil {
		f = *res.Failure
		f.Message += "; and the race detector has found a data race"
		if res.Verdict != judge.Fail {
			f.Message = "the race detector has found a data race; and " + res.Failure.Message
		}
	} else if res.Capture != nil {
		f.Last = judge.LastOf(res.Capture)
	}
	f.Stacks = text
	res.Verdict, res.Failure = judge.Fail, &f
}
