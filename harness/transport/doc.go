// Package transport is what can lie between MQTT and TCP: TLS, or WebSocket. It has both ends.
//
// A [Server] ends what a client under test speaks, in front of the proxy, so that the proxy, its faults and the capture
// see MQTT alone. It misbehaves as [Faults] tell it to: it shows a bad certificate, ends without a good-bye, answers in
// plain text, selects another subprotocol, sends text.
//
//	s := transport.NewServer(transport.TLS, authority, note)
//	conn := s.Accept(1, tcp)          // a Socket: MQTT, in the clear
//
// A [Target] says how a client reaches it, and speaks the client's end for the built-in subjects. [Habits] are what
// such a client can get wrong.
//
//	dial := s.Target().Over(dial, transport.Habits{})
//
// An [Authority] issues the certificates. It is made for the run, and its certificates are valid from the year 1999 to
// 2100: the clock of a simulated world begins in 2000.
//
// WebSocket is implemented here and not taken from a library: a server that is to send text frames, fragments and the wrong
// subprotocol needs each byte in its own hand, and the whole of the framing is shorter than the wrapping of a library.
package transport

import (
	"context"
	"net"
)

// Kind is what lies between MQTT and TCP.
type Kind string

// The kinds.
const (
	TCP       Kind = "tcp" // nothing
	TLS       Kind = "tls"
	WebSocket Kind = "websocket"
)

// Kinds returns the closed list of kinds.
func Kinds() []Kind { return []Kind{TCP, TLS, WebSocket} }

// Socket is an end of a connection that can be half-closed and reset.
type Socket interface {
	net.Conn
	CloseWrite() error
	Reset() error
}

// A DialFunc opens a connection.
type DialFunc = func(ctx context.Context) (net.Conn, error)
