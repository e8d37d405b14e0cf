package client

import (
	"errors"
	"fmt"
	"time"
)

// What can go wrong without details of its own. The errors that calls return
// wrap them: compare with [errors.Is].
var (
	// ErrClosed: there is no connection. A call that finds its connection closed
	// by a call inside the callback returns it as well.
	ErrClosed = errors.New("not connected")
	// ErrDepth: the call would nest deeper than MaxDepth, or more messages wait
	// for their PUBACK than are kept track of, 256. The connection stays open. It
	// comes before a byte is sent, unless so many messages come while a nested call
	// waits: that wait ends, a Publish's with a [*PendingError].
	ErrDepth = errors.New("calls nest too deep")
	// ErrInflight: MaxInflight messages are unacknowledged, or as many
	// subscriptions unanswered, after all that has arrived was taken up. The
	// connection stays open.
	ErrInflight = errors.New("too many unacknowledged packets")
	// ErrConcurrent: another goroutine is inside a call, or Trace calls back.
	ErrConcurrent = errors.New("concurrent call")
	// ErrTimeout: ConnectTimeout, AckTimeout or PingTimeout has passed.
	ErrTimeout = errors.New("timed out")
	// ErrQoS2: QoS 2 is not supported. Asked for, nothing was sent; sent by the
	// server, it closes the connection.
	ErrQoS2 = errors.New("QoS 2 is not supported")

	errPanic = errors.New("the callback did not return")
)

// Error is what a method of Client returns when it fails: which call, why, and
// the state that it leaves behind. With ErrConcurrent the state is the other
// call's affair and not told.
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

// PendingError is returned by a QoS 1 Publish that ended before its PUBACK came.
// The message stays in flight: a PUBACK read by a later call completes it, and
// Connect without a clean session sends it again. See [Client.InFlight].
type PendingError struct {
	PacketID uint16
	Err      error // why the wait ended
}

// Error tells the packet identifier and the reason.
func (e *PendingError) Error() string {
	return fmt.Sprintf("packet %d is unacknowledged: %v", e.PacketID, e.Err)
}

// Unwrap returns the reason.
func (e *PendingError) Unwrap() error { return e.Err }

// ConnectionError says that the connection was lost: the read or write that
// failed and, in Late, by how much the caller had overstayed the keep alive when
// this was seen, which is the likely reason if it is not 0.
type ConnectionError struct {
	Op   string // "dial", "read" or "write"
	Err  error  // of the connection; [io.EOF] where the server ended it
	Late time.Duration
}

// Error tells what failed.
func (e *ConnectionError) Error() string {
	if e.Late > 0 {
		return fmt.Sprintf("%s: %v; the keep alive was missed by %v", e.Op, e.Err, e.Late)
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

// Unwrap returns the connection's own error.
func (e *ConnectionError) Unwrap() error { return e.Err }

// ProtocolError says that the server broke a rule, for which the connection was
// closed [MQTT-4.8.0-1].
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

// ValidationError says that an argument or a setting breaks a rule. Nothing was
// sent and the connection is as it was.
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

// ConnackError says that the server refused the connection.
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

// SubscribeError says that the server refused some filters of a SUBSCRIBE. The
// others are subscribed, and the connection stays open.
type SubscribeError struct {
	Granted []byte // for each filter the granted QoS, or Refused
}

// Refused is the code that the server grants for a filter that it does not accept.
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

// StoreError says that Config.Store failed. With Op "load" there is no client;
// "put": the message was not sent; "delete": it was acknowledged, but may be sent
// again after a restart, as Config.OnNotice is told; "clear": Connect has closed the
// connection, since the older session's messages might come back.
type StoreError struct {
	Op       string
	PacketID uint16 // of the message; 0 with "load" and "clear"
	Err      error  // the store's
}

// Error tells what failed.
func (e *StoreError) Error() string {
	if e.PacketID == 0 {
		return fmt.Sprintf("store: %s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("store: %s packet %d: %v", e.Op, e.PacketID, e.Err)
}

// Unwrap returns the store's error.
func (e *StoreError) Unwrap() error { return e.Err }

// OversizeError says that the server sent a packet larger than MaxPacket. With
// OversizeSkip it was read past and acknowledged, the connection stays open, and
// Config.OnNotice is told.
type OversizeError struct {
	Size    int  // of the packet in bytes
	Skipped bool // it was read past; if not, the connection was closed
}

// Error tells the size.
func (e *OversizeError) Error() string {
	if e.Skipped {
		return fmt.Sprintf("skipped a PUBLISH of %d bytes, which is larger than MaxPacket", e.Size)
	}
	return fmt.Sprintf("a packet of %d bytes is larger than MaxPacket", e.Size)
}
