package client

import (
	"crypto/tls"
	"net"
	"os"
	"time"
)

// tryFunc reads what is there now: (0, nil) if nothing is.
type tryFunc func(p []byte) (int, error)

// tryReader is a connection that can be read without waiting; see Config.Dial.
type tryReader interface {
	TryRead(p []byte) (n int, err error)
}

// newTry finds the way to read a connection without waiting.
func newTry(conn net.Conn) tryFunc {
	if t, ok := conn.(tryReader); ok {
		return t.TryRead
	}
	if try := rawTry(conn); try != nil {
		return try
	}
	return func(p []byte) (int, error) { return briefRead(conn, p) }
}

// briefRead is for connections that can only be read with a deadline: one that
// has passed would miss bytes that are there.
func briefRead(conn net.Conn, p []byte) (int, error) {
	if err := conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return 0, err
	}
	n, err := conn.Read(p)
	if err != nil && isTimeout(err) {
		err = nil
	}
	return n, err
}

// tlsTransport is the connection below TLS. While trying is set, its Read does not
// wait: it fails with an error that makes crypto/tls keep the part of a record
// that it has.
//
// TLS writes while it reads, too: the answer to a request for new keys. The deadline
// of the last packet has often passed then, and a write that fails by it would be the
// end of the connection, so such a write gets a deadline of its own. And TLS gives its
// good-bye five seconds, which are cut to what a packet has.
type tlsTransport struct {
	net.Conn
	try     tryFunc
	trying  bool
	timeout time.Duration // WriteTimeout
	writeBy time.Time     // the write deadline
}

func (t *tlsTransport) SetWriteDeadline(at time.Time) error {
	if latest := time.Now().Add(t.timeout); at.After(latest) {
		at = latest
	}
	t.writeBy = at
	return t.Conn.SetWriteDeadline(at)
}

func (t *tlsTransport) Write(p []byte) (int, error) {
	if now := time.Now(); !t.writeBy.IsZero() && now.After(t.writeBy) {
		if err := t.SetWriteDeadline(now.Add(t.timeout)); err != nil {
			return 0, err
		}
	}
	return t.Conn.Write(p)
}

func (t *tlsTransport) Read(p []byte) (int, error) {
	if !t.trying {
		return t.Conn.Read(p)
	}
	n, err := t.try(p)
	if n == 0 && err == nil {
		return 0, nothingNow{}
	}
	return n, err
}

func (t *tlsTransport) tryThrough(conn *tls.Conn) tryFunc {
	return func(p []byte) (int, error) {
		t.trying = true
		defer func() { t.trying = false }()
		n, err := conn.Read(p)
		if err != nil && isTimeout(err) {
			err = nil
		}
		return n, err
	}
}

// nothingNow is a [net.Error] like that of a passed deadline.
type nothingNow struct{}

func (nothingNow) Error() string   { return "nothing to read now" }
func (nothingNow) Timeout() bool   { return true }
func (nothingNow) Temporary() bool { return true }
func (nothingNow) Unwrap() error   { return os.ErrDeadlineExceeded }

var _ net.Error = nothingNow{}
