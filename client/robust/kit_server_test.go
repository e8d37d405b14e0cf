package robust_test

import (
	"context"
	"fmt"
	"testing/synctest"
	"time"

	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// server is the server's end of one connection.
type server struct {
	w *world
	*simnet.Conn
	f wire.Framer
}

// accept waits for a connection and its CONNECT, which must come at that time.
func (w *world) accept(at time.Duration, connect string) *server {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 24*time.Hour)
	defer cancel()
	c, err := w.l.AcceptContext(ctx)
	if err != nil {
		w.Fatalf("no connection: %v", err)
	}
	s := &server{w: w, Conn: c}
	w.at(at)
	s.want(connect)
	return s
}

const (
	cleanConnect = `CONNECT level=4 clean=1 keepalive=0 id="c"`
	keepConnect  = `CONNECT level=4 clean=0 keepalive=0 id="c"`
)

// join accepts a connection and answers its CONNECT.
func (w *world) join(at time.Duration, clean, present bool) *server {
	w.Helper()
	connect := keepConnect
	if clean {
		connect = cleanConnect
	}
	s := w.accept(at, connect)
	s.send(&wire.Connack{SessionPresent: present})
	return s
}

// joined is a client that has connected at the beginning.
func (w *world) joined(clean bool) *server {
	w.Helper()
	r := w.connect(clean)
	s := w.join(0, clean, false)
	r.ok()
	return s
}

// want waits for a packet.
func (s *server) want(packets ...string) {
	s.w.Helper()
	for _, want := range packets {
		if got := wire.Describe(s.next()); got != want {
			s.w.Fatalf("the server got %s\nwant %s", got, want)
		}
	}
}

// next returns the next packet, or nil at the end of the connection.
func (s *server) next() []byte {
	buf := make([]byte, 1024)
	_ = s.SetReadDeadline(time.Now().Add(24 * time.Hour))
	for {
		frame, err := s.f.Next()
		if err != nil {
			s.w.Fatal(err)
		}
		if frame != nil {
			return frame
		}
		n, err := s.Read(buf)
		if n == 0 && err != nil {
			return nil
		}
		_, _ = s.f.Write(buf[:n])
	}
}

// silent checks that nothing more has come.
func (s *server) silent() {
	s.w.Helper()
	synctest.Wait()
	buf := make([]byte, 64)
	if n, err := s.TryRead(buf); n > 0 || err != nil {
		s.w.Fatalf("the server got %s, %v, want silence", wire.Describe(buf[:n]), err)
	}
}

// ended waits for the client to end the connection.
func (s *server) ended() {
	s.w.Helper()
	if got := s.next(); got != nil {
		s.w.Fatalf("the server got %s, want the end", wire.Describe(got))
	}
	_ = s.Close()
}

func (s *server) send(p wire.Packet) { s.raw(p.Append(nil)) }

func (s *server) raw(b []byte) {
	s.w.Helper()
	if _, err := s.Write(b); err != nil {
		s.w.Fatal(err)
	}
}

// fin ends the connection.
func (s *server) fin() { _ = s.Close() }

func publishText(id int, dup bool, payload string) string {
	d := 0
	if dup {
		d = 1
	}
	return fmt.Sprintf("PUBLISH qos=1 dup=%d retain=0 topic=%q id=%d payload=%q", d, "t", id, payload)
}
