package subject

import "errors"

// Kind is a kind of error that a client's API reports. The list is closed; a step `client fails` may
// name one.
type Kind string

// The kinds of errors.
const (
	Other       Kind = "other"       // none of the others
	Closed      Kind = "closed"      // there is no connection, or it was closed by a call
	Network     Kind = "network"     // the connection failed, or could not be opened
	Timeout     Kind = "timeout"     // a wait reached its bound
	Depth       Kind = "depth"       // calls nest too deep
	Inflight    Kind = "inflight"    // too many messages are unacknowledged
	Invalid     Kind = "invalid"     // an argument breaks a rule of the protocol
	Refused     Kind = "refused"     // CONNACK or SUBACK with a code of failure
	Protocol    Kind = "protocol"    // the server broke a rule of the protocol
	Pending     Kind = "pending"     // the call ended, its message is still in flight
	Dropped     Kind = "dropped"     // the session was given up, the message with it
	Unsupported Kind = "unsupported" // the client does not do this
)

// Error is an error of a client's API with its kind.
type Error struct {
	Kind Kind
	Err  error
}

// Error returns the client's own text.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the client's own error.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of an error that a subject returned.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}
