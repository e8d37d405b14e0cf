package ref

import (
	"errors"
	"fmt"
)

// The errors, for errors.Is.
var (
	// ErrClosed says that there is no connection.
	ErrClosed = errors.New("not connected")
	// ErrNetwork says that the connection failed, or could not be opened.
	ErrNetwork = errors.New("connection failed")
	// ErrTimeout says that the server did not answer in time.
	ErrTimeout = errors.New("no answer in time")
	// ErrProtocol says that the server broke a rule of the protocol.
	ErrProtocol = errors.New("protocol violation")
	// ErrInvalid says that an argument breaks a rule of the protocol.
	ErrInvalid = errors.New("invalid argument")
	// ErrRefused says that the server refused a connection or a filter.
	ErrRefused = errors.New("refused")
	// ErrDropped says that the session ended with the message in flight.
	ErrDropped = errors.New("session ended")
	// ErrInflight says that every packet identifier is in use.
	ErrInflight = errors.New("too many packets in flight")
)

// A ConnackError is a CONNACK with a return code other than 0. It matches [ErrRefused].
type ConnackError struct {
	Code byte // 1 to 5
}

// Error returns the code.
func (e *ConnackError) Error() string { return fmt.Sprintf("connection refused with code %d", e.Code) }

// Unwrap returns [ErrRefused].
func (e *ConnackError) Unwrap() error { return ErrRefused }

// violation returns an error that matches ErrProtocol.
func violation(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// network returns an error that matches ErrNetwork and err.
func network(err error) error { return fmt.Errorf("%w: %w", ErrNetwork, err) }

// ErrPending says that a call has ended with its message still in flight.
var ErrPending = errors.New("still in flight")
