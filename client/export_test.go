package client

import (
	"net"
	"time"
)

// MaxAcks is the size of the ring of PUBACKs.
const MaxAcks = maxAcks

// SetLastID sets the counter of packet identifiers.
func SetLastID(c *Client, id uint16) { c.lastID = id }

// BufferSize is the size of the receive buffer.
func BufferSize(c *Client) int { return len(c.in.buf) }

// WriteSizes are the sizes of the buffers for QoS 0 and of the free slots.
func WriteSizes(c *Client) []int {
	sizes := []int{cap(c.out)}
	for _, s := range c.inflight.free {
		sizes = append(sizes, cap(s.packet))
	}
	return sizes
}

// BelowTLS is the connection that crypto/tls gets for conn.
func BelowTLS(conn net.Conn, writeTimeout time.Duration) net.Conn {
	return &tlsTransport{Conn: conn, try: newTry(conn), timeout: writeTimeout}
}

// Room returns where a Read begins and ends, with a receive buffer of so many bytes of
// which those from r to w are not used up, and a packet of need bytes. r and w are those
// afterwards.
func Room(size, floor, r, w, need int) (begin, end, rAfter, wAfter int) {
	in := input{buf: make([]byte, size), floor: floor, r: r, w: w, bound: size}
	room := in.room(need)
	return len(in.buf) - cap(room), len(in.buf) - cap(room) + len(room), in.r, in.w
}

// Try reads from a connection what is there, without waiting.
func Try(conn net.Conn, p []byte) (int, error) { return newTry(conn)(p) }

// TryBelowTLS is what crypto/tls reads while the client tries.
func TryBelowTLS(conn net.Conn, p []byte) (int, error) {
	t := &tlsTransport{Conn: conn, try: newTry(conn), trying: true}
	return t.Read(p)
}
