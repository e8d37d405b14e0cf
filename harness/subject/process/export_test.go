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

// HoldStarts has no process of a program start until the function that it returns is called.
func HoldStarts(p *Program) (release func()) {
	for range cap(p.starts) {
		p.starts <- struct{}{}
	}
	return func() {
		for range cap(p.starts) {
			<-p.starts
		}
	}
}
