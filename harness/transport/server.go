package transport

import (
	"cmp"
	"io"
	"sync"
	"time"
)

// A Server ends what clients speak below MQTT. It is safe for concurrent use.
type Server struct {
	kind      Kind
	authority *Authority // of TLS
	note      func(conn int, text string)

	mu     sync.Mutex
	faults Faults
}

// NewServer returns a server. It tells note what a capture of MQTT does not show: what a client offers, and what it
// sends that is not the transport's. The authority is for TLS, and nil otherwise.
func NewServer(kind Kind, authority *Authority, note func(conn int, text string)) *Server {
	return &Server{kind: kind, authority: authority, note: note}
}

// Target says how a client reaches the server.
func (s *Server) Target() Target {
	switch s.kind {
	case TLS:
		return Target{Kind: TLS, ServerName: "127.0.0.1", CA: s.authority.PEM()}
	case WebSocket:
		return Target{Kind: WebSocket, ServerName: "127.0.0.1", Path: "/mqtt"}
	}
	return Target{Kind: TCP}
}

// Misbehave has the server do what f says from here on: at the next handshake and the next end of any connection.
func (s *Server) Misbehave(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

func (s *Server) now() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

// Accept takes over connection number id of a client and returns it as MQTT sees it. It waits for nothing: the first
// Read makes the handshake. What is written before waits for it.
//
// Where the handshake fails the connection stays open until the client ends it. What the client sends then in plain
// text, it is read as if it were MQTT; what is written to it is lost.
func (s *Server) Accept(id int, raw Socket) Socket {
	return &conn{Socket: raw, server: s, id: id, ready: make(chan struct{}), over: make(chan struct{})}
}

// A stream is what the bytes of MQTT travel in.
type stream interface {
	io.ReadWriter
	// goodbye says that nothing more is written.
	goodbye() error
}

// conn is a connection as the server has it.
type conn struct {
	Socket
	server *Server
	id     int

	opened bool          // by the goroutine that reads
	ready  chan struct{} // closed when the stream is there
	stream stream
	over   chan struct{} // closed with the connection
	once   sync.Once
}

func (c *conn) note(text string) {
	if c.server.note != nil {
		c.server.note(c.id, text)
	}
}

// Read implements [net.Conn]. The end of a client, however it says so, is io.EOF.
func (c *conn) Read(p []byte) (int, error) {
	if !c.opened {
		c.opened = true
		c.stream = c.handshake()
		close(c.ready)
	}
	if len(p) == 0 {
		return 0, nil
	}
	return c.stream.Read(p)
}

// handshake returns the stream that the client is ready for.
func (c *conn) handshake() stream {
	switch c.server.kind {
	case TLS:
		return c.serveTLS()
	case WebSocket:
		return c.serveWebSocket()
	}
	return plain{c.Socket}
}

// Write implements [net.Conn]. Bytes for a client that is gone, or whose handshake failed, are lost.
func (c *conn) Write(p []byte) (int, error) {
	select {
	case <-c.ready:
		return c.stream.Write(p)
	case <-c.over:
		return len(p), nil
	}
}

// farewell bounds the writing of a good-bye to a client that reads nothing.
const farewell = 100 * time.Millisecond

// CloseWrite ends what the client reads, as the faults have it.
func (c *conn) CloseWrite() error {
	end := cmp.Or(c.server.now().End, Whole)
	select {
	case <-c.ready:
		if end == Truncated {
			break
		}
		c.SetWriteDeadline(time.Now().Add(farewell))
		c.stream.goodbye() // whoever does not read it sees the end of TCP
		c.SetWriteDeadline(time.Time{})
		if end == Goodbye {
			return nil
		}
	default:
	}
	return c.Socket.CloseWrite()
}

// Reset ends the connection with RST, in the middle of whatever the transport does.
func (c *conn) Reset() error {
	c.once.Do(func() { close(c.over) })
	return c.Socket.Reset()
}

// Close ends the connection without a good-bye.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.over) })
	return c.Socket.Close()
}

// plain is a stream of bytes as they come.
type plain struct{ Socket }

func (p plain) goodbye() error { return nil }

// A failed is the stream of a client whose handshake failed. What rest reads of it is MQTT in plain text, if
// anything.
type failed struct{ rest io.Reader }

func (f failed) Read(p []byte) (int, error)  { return f.rest.Read(p) }
func (f failed) Write(p []byte) (int, error) { return len(p), nil }
func (f failed) goodbye() error              { return nil }

// Join copies between the two sockets, which are the ends of two connections, until both have ended. It passes
// on how.
func Join(a, b Socket) {
	var done sync.WaitGroup
	done.Go(func() { pass(a, b) })
	done.Go(func() { pass(b, a) })
	done.Wait()
	a.Close()
	b.Close()
}

// pass copies one direction, and its end. Where nobody reads any more the writer is told.
func pass(to, from Socket) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, failed := to.Write(buf[:n]); failed != nil {
				from.Reset()
				to.Reset()
				return
			}
		}
		switch {
		case err == io.EOF:
			to.CloseWrite()
			return
		case err != nil:
			to.Reset()
			return
		}
	}
}
