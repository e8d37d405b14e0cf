package process

import (
	"runtime"
	"slices"

	"umqtt/harness/subject"
)

// Kinds lists the kinds of errors.
func Kinds() []subject.Kind { return slices.Clone(kinds) }

// Pid is the process id of a subject.
func Pid(s subject.Subject) int { return s.(*session).child.Pid() }

// AwaitAsked waits until a subject has been asked something.
func AwaitAsked(s subject.Subject) {
	for len(s.(*session).unanswered()) == 0 {
		runtime.Gosched()
	}
}
