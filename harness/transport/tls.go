package transport

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"syscall"
)

// The types of TLS records lie between these (RFC 8446, 5.1). No MQTT packet that opens a connection begins so.
const (
	firstRecord = 0x14
	lastRecord  = 0x18
)

// isRecord reports whether a record of TLS can begin with b.
func isRecord(b byte) bool { return firstRecord <= b && b <= lastRecord }

// serveTLS makes the handshake of TLS.
func (c *conn) serveTLS() stream {
	first := make([]byte, 1)
	if _, err := io.ReadFull(c.Socket, first); err != nil {
		return failed{ended{err}}
	}
	back := unread{c.Socket, bytes.NewReader(first)}
	faults := c.server.now()
	if !isRecord(first[0]) {
		c.note(NoteTLS + "the client sends plain text")
		c.Socket.Write([]byte{0x15, 3, 1, 0, 2, 2, 10}) // the alert of a message that is not expected
		c.Socket.CloseWrite()
		return failed{back}
	}
	switch cmp.Or(faults.Answer, Proper) {
	case PlainText:
		c.Socket.Write(plainAnswer)
		return failed{&skipper{from: back}}
	case Nothing:
		return failed{&skipper{from: back}}
	}
	t := tls.Server(back, &tls.Config{
		Certificates:           []tls.Certificate{c.server.authority.certs[cmp.Or(faults.Certificate, Good)]},
		SessionTicketsDisabled: true, // a client would find them unread when it closes
		CurvePreferences:       []tls.CurveID{tls.X25519, tls.CurveP256},
	})
	if err := t.HandshakeContext(context.Background()); err != nil {
		c.note(NoteTLS + why(err))
		if errors.Is(err, syscall.ECONNRESET) {
			return failed{ended{err}}
		}
		return failed{&skipper{from: back}}
	}
	return tlsStream{t}
}

// why says why a handshake failed, in words that do not depend on addresses.
func why(err error) string {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the client ends the connection during the handshake"
	case errors.Is(err, syscall.ECONNRESET):
		return "the client resets the connection during the handshake"
	}
	return "the handshake fails: " + err.Error()
}

// tlsStream is what travels in TLS.
type tlsStream struct{ *tls.Conn }

// Read reads. A client that ends TCP without close_notify has ended, too.
func (s tlsStream) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func (s tlsStream) goodbye() error { return s.CloseWrite() }

// unread is a socket of which a part has been read already.
type unread struct {
	Socket
	part io.Reader
}

func (u unread) Read(p []byte) (int, error) {
	if n, err := u.part.Read(p); err == nil {
		return n, nil
	}
	return u.Socket.Read(p)
}

// ended reads the end of a connection.
type ended struct{ err error }

func (e ended) Read([]byte) (int, error) { return 0, e.err }

// A skipper reads past records of TLS. Behind them, bytes are what they are.
type skipper struct {
	from   io.Reader
	head   []byte // of the next record, as far as it is there
	body   int    // bytes of a record that are still to come
	opened bool   // something else has come
}

func (s *skipper) Read(p []byte) (int, error) {
	for {
		n, err := s.from.Read(p)
		if s.opened || err != nil {
			return n, err
		}
		if rest := s.skip(p[:n]); len(rest) > 0 {
			return copy(p, rest), nil
		}
	}
}

// skip returns what is behind the records in b.
func (s *skipper) skip(b []byte) []byte {
	for len(b) > 0 {
		if s.body > 0 {
			k := min(s.body, len(b))
			s.body, b = s.body-k, b[k:]
			continue
		}
		if len(s.head) == 0 && !isRecord(b[0]) {
			s.opened = true
			return b
		}
		k := min(5-len(s.head), len(b))
		s.head, b = append(s.head, b[:k]...), b[k:]
		if len(s.head) == 5 {
			s.body, s.head = int(s.head[3])<<8|int(s.head[4]), nil
		}
	}
	return nil
}
