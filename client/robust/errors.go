package robust

import (
	"errors"
	"fmt"

	"umqtt/client"
)

// Errors of this package, beside those of package client. Use [errors.Is].
var (
	// ErrGaveUp: the policy's limit ended the call. The error is a [*GaveUpError].
	ErrGaveUp = errors.New("gave up")
	// ErrPoison: PoisonAfter connections in a row ended at the same packet. The error
	// is a [*PoisonError].
	ErrPoison = errors.New("breaks every connection")
)

// GaveUpError reports that a call reached the limit of the policy. It matches
// ErrGaveUp.
type GaveUpError struct {
	Attempts int   // attempts to connect that the call made
	Err      error // why there is no connection, or [context.DeadlineExceeded]
}

// Error returns the number of attempts and the reason as text.
func (e *GaveUpError) Error() string {
	return fmt.Sprintf("%v; attempts to connect: %d; %v", ErrGaveUp, e.Attempts, e.Err)
}

// Is reports whether target is ErrGaveUp.
func (e *GaveUpError) Is(target error) bool { return target == ErrGaveUp }

// Unwrap returns the reason.
func (e *GaveUpError) Unwrap() error { return e.Err }

// PoisonError reports that the server ended PoisonAfter connections in a row at the
// same packet. It matches ErrPoison.
//
//   - A PUBLISH or SUBSCRIBE of a call is dropped. For a QoS 1 message
//     without clean session the whole session is dropped, since the standard lets
//     no client skip a message in flight [MQTT-4.4.0-1]: the next attempt to
//     connect is made with clean session, and the one after it without.
//     OnOutcome is called if no call waits for the message.
//   - A remembered subscription is forgotten: see Filter. OnNotice is called.
//   - A packet from the server breaks the protocol: only OnNotice is called.
type PoisonError struct {
	Times    int
	PacketID uint16 // of a QoS 1 PUBLISH; 0 otherwise
	Filter   string // of a remembered subscription; empty otherwise
	Err      error  // how the last connection ended
}

// Error returns as text what was dropped and how the last connection ended.
func (e *PoisonError) Error() string {
	what := "the packet"
	switch {
	case e.PacketID != 0:
		what = fmt.Sprintf("message %d", e.PacketID)
	case e.Filter != "":
		what = fmt.Sprintf("the subscription to %q", e.Filter)
	}
	return fmt.Sprintf("%s %v, %d in a row: %v", what, ErrPoison, e.Times, e.Err)
}

// Is reports whether target is ErrPoison.
func (e *PoisonError) Is(target error) bool { return target == ErrPoison }

// Unwrap returns how the last connection ended.
func (e *PoisonError) Unwrap() error { return e.Err }

// ResubscribeError reports that the server refused a remembered subscription after a
// reconnect. The subscription is forgotten, and OnNotice is called.
type ResubscribeError struct {
	Filter string
}

// Error returns the filter as text.
func (e *ResubscribeError) Error() string {
	return fmt.Sprintf("the server refused to subscribe %q again", e.Filter)
}

// cause strips an error of package client to why the connection ended, without
// what belongs to the call that met it.
func cause(err error) error {
	for {
		var inner error
		switch e := err.(type) {
		case *client.Error:
			inner = e.Err
		case *client.PendingError:
			inner = e.Err
		}
		if inner == nil {
			return err
		}
		err = inner
	}
}

// isFinal reports whether a failed attempt to connect makes further ones useless:
// a CONNACK with a code other than 3 (section 3.2.2.3), or settings that no
// CONNECT can have.
func isFinal(err error) bool {
	var refused *client.ConnackError
	var invalid *client.ValidationError
	return errors.As(err, &refused) && refused.Code != serverUnavailable || errors.As(err, &invalid)
}

const serverUnavailable = 3

// isRefusal reports whether a CONNACK refused the CONNECT.
func isRefusal(err error) bool {
	var refused *client.ConnackError
	return errors.As(err, &refused)
}

// isStore reports whether the caller's store failed, which no reconnect mends.
func isStore(err error) bool {
	var store *client.StoreError
	return errors.As(err, &store)
}

// isViolation reports whether a packet of the server's ended the connection.
func isViolation(err error) bool {
	var protocol *client.ProtocolError
	var oversize *client.OversizeError
	return errors.As(err, &protocol) || errors.As(err, &oversize) || errors.Is(err, client.ErrQoS2)
}

// byServer reports whether the server, as far as can be told, ended the connection
// or made the client end it. Silence is the network's fault.
func byServer(err error) bool {
	var lost *client.ConnectionError
	if !errors.As(err, &lost) {
		return isViolation(err)
	}
	var timeout interface{ Timeout() bool }
	return !errors.Is(err, client.ErrTimeout) && !(errors.As(lost.Err, &timeout) && timeout.Timeout())
}

// isWrite reports whether writing a packet ended the connection.
func isWrite(err error) bool {
	var lost *client.ConnectionError
	return errors.As(err, &lost) && lost.Op == "write"
}
