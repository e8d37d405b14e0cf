// Package proxy carries the connections of a client, the subject, to its peer and applies fault rules to them.
//
// The fault engine has two drivers, one for each world. [Stepper] moves packets between in-memory
// connections inside a testing/synctest bubble: one whole packet at a time, each followed by waiting
// until the whole bubble is idle, so that the same seed gives the same trace. [TCP] pumps bytes
// between real sockets. Both frame MQTT packets out of the stream however it is split, fall back to
// raw bytes where it is not MQTT, record the subject's side in a capture, and offer the same controls
// ([Link]).
//
// Towards the peer there is either a connection ([Config].Peer dials it: a broker) or nobody, in which
// case the caller plays the peer with [Link].Send and [Link].EndPeer (a script).
package proxy

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// Config says what a proxy stands between.
type Config struct {
	// Engine decides about every packet and every new connection of the subject. The proxy locks it.
	Engine *fault.Engine
	// Recorder gets the subject's side: what it sent, before faults, what it was handed, after
	// faults, and the engine's decisions.
	Recorder *capture.Recorder
	// Listen is where the driver of the real world listens, as host:port; empty is a free port of 127.0.0.1.
	Listen string
	// Dialed tells that the subject connects by [TCP.Dial] alone: the driver of the real world resets what anybody else
	// opens, and records nothing of it. Otherwise a client of another process may connect, too.
	Dialed bool
	// Buffer bounds, in bytes, what the subject has sent on a connection and nobody has read: a write beyond that waits.
	// The proxy then reads no more than it hands over, and a rule that cuts or stalls need not wait for the end of the
	// packet. 0 is no bound. In the real world the buffers of the system are made as small as it lets them be.
	Buffer int
	// Front returns what the driver of the real world has of connection number conn in place of s: the end of a
	// transport that carries MQTT. Nil: MQTT is what s carries.
	Front func(conn int, s Socket) Socket
	// Collect, if it is not nil, is called by the driver of the simulated world before it takes what the endpoints
	// have written: by one goroutine, while all others wait.
	Collect func()
	// Explorer, if it is not nil, chooses the order in the simulated world in place of the stepper's, and is told what
	// each move touches.
	Explorer Explorer
	// Packets is how many packets the subject may send without letting virtual time pass; below
	// MaxInstantPackets it is that many.
	Packets int
	// Peer dials the peer for each connection of the subject. Nil: the caller is the peer.
	Peer func(ctx context.Context) (net.Conn, error)
	// Forget makes the peer lose the sessions of the subject: it is called before Peer where
	// [fault.Engine.Forgets] says so. Nil does nothing.
	Forget func()
}

// Link is what the two drivers have in common: the subject's way to its peer, under control.
// Connections are numbered from 1 in the order the subject opened them; a number that does not exist
// is ErrNoConn. All methods are safe for concurrent use.
type Link interface {
	// Dial opens a connection of the subject. A refusal is a *net.OpError around ECONNREFUSED.
	Dial(ctx context.Context) (net.Conn, error)
	// Now is the time since the link was made.
	Now() time.Duration
	// Await lets the world go on until done reports true or the limit has passed, and reports
	// done's last answer. It is called by one goroutine, the one that plays the scenario.
	Await(done func() bool, limit time.Duration) bool
	// Wake makes Await look at done again.
	Wake()
	// Conns is the number of connections opened so far.
	Conns() int
	// Ended reports whether the peer, or a fault, has ended the connection.
	Ended(conn int) bool
	// Open lists the connections that the subject has not ended and no fault has reset.
	Open() []int
	// Drain reads all that the subject sends from here on, whatever stops it, so that the end of its connections shows.
	Drain()
	// Settle waits until Conns counts every connection that the subject has opened. In the real world the
	// subject's dial returns before the proxy accepts the connection. It is called by the goroutine that
	// calls Await.
	Settle()
	// Err is the first error of a rule, see [fault.Engine.Err], or of a subject that goes beyond all bounds:
	// an error of the kinds [ErrDials] and [ErrFlood].
	Err() error

	// Arm adds a rule.
	Arm(r fault.Rule)
	// Held reports whether rules of this name hold anything.
	Held(name string) bool
	// Release hands over what the rules of this name hold.
	Release(name string) error
	// Cut ends a connection now; what is on its way is lost.
	Cut(conn int, how fault.Ending) error
	// Stall stops these directions of a connection until Heal.
	Stall(conn int, d fault.Dirs) error
	// Heal ends a connection's stall.
	Heal(conn int) error
	// Down resets every connection and refuses new ones until Up.
	Down()
	// Up ends Down.
	Up()

	// Send hands data to the subject as its peer would: one packet, or raw bytes when it is none.
	Send(conn int, data []byte) error
	// EndPeer ends the connection from the peer's side: FIN and HalfClose end what is sent to the
	// subject, RST both directions.
	EndPeer(conn int, how fault.Ending) error
}

// ErrNoConn is returned for a connection that the subject has not opened.
var ErrNoConn = errors.New("proxy: no such connection")

// refused is the error of a refused connection, as a real dial has it.
func refused(addr net.Addr) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: addr, Err: syscall.ECONNREFUSED}
}

// Socket is an end of a connection that can be half-closed and reset.
type Socket interface {
	net.Conn
	CloseWrite() error
	Reset() error
}

type socket = Socket

var directions = [...]wire.Direction{wire.ToServer, wire.ToClient}
