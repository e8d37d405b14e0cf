package process

import (
	"errors"
	"strings"

	"umqtt/harness/child"
	"umqtt/harness/subject"
)

// What can be wrong with a process. Each is wrapped in an [*Error].
var (
	// ErrHello says that no hello came, or none that can be read.
	ErrHello = errors.New("no hello")
	// ErrVersion says that the hello is of another version of the protocol.
	ErrVersion = errors.New("another version of the protocol")
	// ErrProtocol says that the process broke the protocol.
	ErrProtocol = errors.New("the shim broke the protocol")
	// ErrExit says that the process ended by itself.
	ErrExit = errors.New("the client's process ended")
	// ErrHang says that a request was not answered.
	ErrHang = errors.New("the client's process hangs")
)

// An Error is a process that cannot be played, or played any further. It wraps one of the errors of this package, or
// [child.ErrNotStarted].
type Error struct {
	// Command is the program and its arguments.
	Command []string
	// Err says what is wrong.
	Err error
	// Stderr is the end of what the process wrote to standard error.
	Stderr string
}

// Error returns the command, and what is wrong with it.
func (e *Error) Error() string { return strings.Join(e.Command, " ") + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// fault is the error as a scenario ends with it. A process that ended or hangs is the client's doing; all else is
// the shim's.
func (e *Error) fault() *subject.Fault {
	return &subject.Fault{
		Err: e.Err, Setup: !errors.Is(e.Err, ErrExit) && !errors.Is(e.Err, ErrHang),
		Certain: errors.Is(e.Err, ErrExit) || errors.Is(e.Err, ErrProtocol), Printed: lastWords(nil, e.Stderr),
	}
}

// maxNotes is how many notes of a client are kept.
const maxNotes = 10

// maxLines is how many lines of standard error are shown.
const maxLines = 12

// lastWords shows notes of a client and the end of its standard error.
func lastWords(notes []string, stderr string) string {
	var b strings.Builder
	for _, n := range notes {
		b.WriteString("note: " + n + "\n")
	}
	b.WriteString(child.LastLines(stderr, maxLines))
	return strings.TrimSpace(b.String())
}
