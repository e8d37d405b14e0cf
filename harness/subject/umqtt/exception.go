package umqtt

import (
	"errors"
	"fmt"
)

// An Exception is what Python raises.
type Exception struct {
	// Class is the name of the exception's class, such as OSError.
	Class string
	// Text is its argument, or "".
	Text string
	// Err is what caused it, or nil.
	Err error
}

// Error returns class and text as a traceback shows them.
func (e *Exception) Error() string {
	if e.Text == "" {
		return e.Class
	}
	return e.Class + ": " + e.Text
}

// Unwrap returns Err.
func (e *Exception) Unwrap() error { return e.Err }

func raise(class, format string, args ...any) error {
	return &Exception{Class: class, Text: fmt.Sprintf(format, args...)}
}

// osError is what a failing socket raises.
func osError(err error) error { return &Exception{Class: "OSError", Text: err.Error(), Err: err} }

// isOSError reports whether err is an OSError, the one class that the client expects.
func isOSError(err error) bool {
	var e *Exception
	return errors.As(err, &e) && e.Class == "OSError"
}

// The exceptions of a client that trusts what it reads.
func assertion() error { return raise("AssertionError", "") }
func index() error     { return raise("IndexError", "bytes index out of range") }
func noSocket() error  { return raise("AttributeError", "'NoneType' object has no attribute 'write'") }
