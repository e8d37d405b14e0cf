package transport

import (
	"crypto/tls"
	"net"
	"os"
	"time"
)

// tryRead reads what is there without waiting: (0, nil) when there is nothing. A connection without TryRead is read
// with a short deadline, which stays: whoever reads on sets another.
func tryRead(c net.Conn, p []byte) (int, error) {
	if t, ok := c.(interface{ TryRead([]byte) (int, error) }); ok {
		return t.TryRead(p)
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return 0, err
	}
	n, err := c.Read(p)
	if isTimeout(err) {
		err = nil
	}
	return n, err
}

func isTimeout(err error) bool {
	t, ok := err.(net.Error)
	return ok && t.Timeout()
}

// tlsClient is a connection of TLS that can be read without waiting.
type tlsClient struct {
	*tls.Conn
	under *watched
}

// TryRead reads what is there without waiting: (0, nil) when there is nothing.
func (c *tlsClient) TryRead(p []byte) (int, error) {
	c.under.trying = true
	defer func() { c.under.trying = false }()
	n, err := c.Conn.Read(p)
	if isTimeout(err) {
		err = nil
	}
	return n, err
}

// nothingNow is an error like that of a passed deadline: crypto/tls keeps the part of a record that it has.
type nothingNow struct{}

func (nothingNow) Error() string   { return "transport: nothing to read now" }
func (nothingNow) Timeout() bool   { return true }
func (nothingNow) Temporary() bool { return true }
func (nothingNow) Unwrap() error   { return os.ErrDeadlineExceeded }
