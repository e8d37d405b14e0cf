package client

import (
	"errors"
	"fmt"
	"time"
)

// Errors without details of their own. The errors that calls return wrap them: use
// [errors.Is].
var (
	// ErrClosed: there is no connection, or a call inside the callback has closed it.
	ErrClosed = errors.New("not connected")
	// ErrDepth: the call would nest deeper than MaxDepth, or 256 received messages are
	// not acknowledged yet, because their callbacks run. The connection stays open, and
	// nothing was sent. If these messages arrive while a nested call waits, the wait
	// ends; a Publish then returns a [*PendingError].
	ErrDepth = errors.New("calls nest too deep")
	// ErrInflight: MaxInflight messages are unacknowledged, or as many SUBSCRIBE and
	// UNSUBSCRIBE packets unanswered, after all that has arrived was processed. The
	// connection stays open.
	ErrInflight = errors.New("too many unacknowledged packets")
	// ErrConcurrent: another goroutine is inside a call, or Trace, OnOutcome or
	// OnNotice called the client.
	ErrConcurrent = errors.New("concurrent call")
	// ErrTimeout: ConnectTimeout, AckTimeout or PingTimeout has passed.
	ErrTimeout = errors.New("timed out")
	// ErrQoS2: QoS 2 is not supported. A call that asks for it sends nothing. A QoS 2
	// packet from the server closes the connection.
	ErrQoS2 = errors.New("QoS 2 is not supported")

	errPanic = errors.New("the callback did not return")
)

// Error is the error of a method of Client: which call failed, why, and the state of
// the client after it. With ErrConcurrent the state is not set, since the other call
// may change it.
type Error struct {
	Op       string // the call: "connect", "publish", ...
	Err      error  // the reason
	Open     bool   // whether the connection is open
	InFlight int    // QoS 1 messages that are still unacknowledged
}

// Error describes the failure and the state.
func (e *Error) Error() string {
	if e.Err == ErrConcurrent {
		return fmt.Sprintf("mqtt %s: %v", e.Op, e.Err)
	}
	state := "closed"
	if e.Open {
		state = "open"
	}
	return fmt.Sprintf("mqtt %s: %v (connection %s, %d in flight)", e.Op, e.Err, state, e.InFlight)
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// PendingError is returned by a QoS 1 Publish that ended before its PUBACK arrived. The
// message stays in flight: a PUBACK that a later call reads completes it, and Connect
// without a clean session sends it again. See [Client.InFlight].
type PendingError struct {
	PacketID uint16
	Err      error // why the wait ended
}

// Error returns the packet identifier and the reason as text.
func (e *PendingError) Error() string {
	return fmt.Sprintf("packet %d is unacknowledged: %v", e.PacketID, e.Err)
}

// Unwrap returns the reason.
func (e *PendingError) Unwrap() error { return e.Err }

// ConnectionError reports that the connection was lost. Late, if not 0, is by how much
// the caller had exceeded the keep alive at that time, which is then the likely reason.
type ConnectionError struct {
	Op   string // "dial", "read" or "write"
	Err  error  // of the connection; [io.EOF] where the server ended it
	Late time.Duration
}

// Error returns the failed operation and the reason as text.
func (e *ConnectionError) Error() string {
	if e.Late > 0 {
		return fmt.Sprintf("%s: %v; the keep alive was missed by %v", e.Op, e.Err, e.Late)
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

// Unwrap returns the connection's own error.
func (e *ConnectionError) Unwrap() error { return e.Err }

// ProtocolError reports that the server broke a rule of the standard. The connection
// was closed [MQTT-4.8.0-1].
type ProtocolError struct {
	Statement string // such as "MQTT-2.2.2-1"; "2.2.3-must-2" where a rule of the section has no number
	Reason    string
	Err       error // ErrQoS2, or nil
}

// Error names the statement.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the server broke the protocol: %s [%s]", e.Reason, e.Statement)
}

// Unwrap returns Err.
func (e *ProtocolError) Unwrap() error { return e.Err }

// ValidationError reports an invalid argument or field of Config. Nothing was sent, and
// the connection is unchanged.
type ValidationError struct {
	Field     string // such as "topic name" or "KeepAlive"
	Statement string // as in ProtocolError; empty for a limit of this package
	Reason    string
	Err       error // ErrQoS2, or nil
}

// Error names the field and the statement.
func (e *ValidationError) Error() string {
	if e.Statement == "" {
		return fmt.Sprintf("%s: %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("%s: %s [%s]", e.Field, e.Reason, e.Statement)
}

// Unwrap returns Err.
func (e *ValidationError) Unwrap() error { return e.Err }

// ConnackError reports that the server refused the connection.
type ConnackError struct {
	Code byte // 1 to 5, section 3.2.2.3
}

// Error spells out the code.
func (e *ConnackError) Error() string {
	return fmt.Sprintf("refused with code %d: %s", e.Code, connackReasons[e.Code-1])
}

var connackReasons = [...]string{
	"unacceptable protocol version", "identifier rejected", "server unavailable",
	"bad user name or password", "not authorized",
}

// SubscribeError reports that the server refused some filters of a SUBSCRIBE. The
// others are subscribed, and the connection stays open.
type SubscribeError struct {
	Granted []byte // for each filter the granted QoS, or Refused
}

// Refused is the return code in a SUBACK for a filter that the server refuses.
const Refused = 0x80

// Error counts the filters.
func (e *SubscribeError) Error() string {
	n := 0
	for _, code := range e.Granted {
		if code == Refused {
			n++
		}
	}
	return fmt.Sprintf("the server refused %d of %d filters", n, len(e.Granted))
}

// StoreError reports that Config.Store failed. Op is "load": New failed; "put": the
// message was not sent; "delete": the message was acknowledged, but may be sent again
// after a restart, and only Config.OnNotice is called; "clear": Connect closed the
// connection, since messages of the earlier session might be sent again.
type StoreError struct {
	Op       string
	PacketID uint16 // of the message; 0 with "load" and "clear"
	Err      error  // the store's
}

// Error returns the failed operation and the reason as text.
func (e *StoreError) Error() string {
	if e.PacketID == 0 {
		return fmt.Sprintf("store: %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("store: %s packet %d: %v", e.Op, e.PacketID, e.Err)
}

// Unwrap returns the store's error.
func (e *StoreError) Unwrap() error { return e.Err }

// OversizeError reports that the server sent a packet larger than MaxPacket. With
// OversizeSkip the packet was discarded and acknowledged, the connection stays open,
// and only Config.OnNotice is called.
type OversizeError struct {
	Size    int  // of the packet in bytes
	Skipped bool // whether it was discarded; if not, the connection was closed
}

// Error returns the size as text.
func (e *OversizeError) Error() string {
	if e.Skipped {
		return fmt.Sprintf("skipped a PUBLISH of %d bytes, which is larger than MaxPacket", e.Size)
	}
	return fmt.Sprintf("a packet of %d bytes is larger than MaxPacket", e.Size)
}
