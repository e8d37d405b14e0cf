package ref_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/simnet"
	"umqtt/harness/subject/ref"
	"umqtt/harness/wire"
)

// A server is the other end of the client's connections, played packet by packet from the root of a bubble.
type server struct {
	t      *testing.T
	c      *ref.Client
	mu     sync.Mutex // of conns, to which the client's dials add
	conns  []*simnet.Conn
	framer wire.Framer
	got    []string // messages of the callback
	done   []string // outcomes
}

// play runs a linear script in a bubble, with a client that is connected.
func play(t *testing.T, h ref.Habits, script func(s *server)) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{t: t}
		s.c = ref.New(ref.Config{
			Dial:      s.dial,
			OnMessage: func(m ref.Message) { s.got = append(s.got, string(m.Payload)) },
			Habits:    h,
		})
		defer func() {
			s.c.Abort()
			for _, c := range s.all() {
				c.Close()
			}
			settle()
		}()
		script(s)
	})
}

// dial makes a connection to the server.
func (s *server) dial(context.Context) (net.Conn, error) {
	near, far := simnet.Pipe(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, far)
	return near, nil
}

// all returns the connections there have been.
func (s *server) all() []*simnet.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.conns)
}

// newest returns the newest connection, nil if there was none.
func (s *server) newest() *simnet.Conn {
	if all := s.all(); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// settle lets the client do all that it has been given, packets that came in one piece included.
func settle() {
	time.Sleep(time.Millisecond)
	synctest.Wait()
}

// connect has the client connect, with this answer.
func (s *server) connect(present bool) {
	s.t.Helper()
	errs := make(chan error, 1)
	go func() {
		_, err := s.c.Connect(s.t.Context(), ref.Options{ClientID: "c1"})
		errs <- err
	}()
	s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
	s.send(&wire.Connack{SessionPresent: present})
	if err := <-errs; err != nil {
		s.t.Fatalf("connect: %v", err)
	}
}

func (s *server) publish(qos byte, payload string) {
	s.c.Publish(s.t.Context(), ref.Message{Topic: "t", QoS: qos, Payload: []byte(payload)}, func(err error) {
		s.done = append(s.done, fmt.Sprint(payload, " ", err))
	})
}

// want reads whatever the client has sent by now, and compares it, packet by packet.
func (s *server) want(packets ...string) {
	s.t.Helper()
	settle()
	var got []string
	if len(s.all()) > 0 {
		buf := make([]byte, 1<<16)
		n, _ := s.newest().TryRead(buf)
		s.framer.Write(buf[:n])
		for {
			frame, err := s.framer.Next()
			if frame == nil || err != nil {
				break
			}
			got = append(got, wire.Describe(frame))
		}
	}
	if diff := cmp.Diff(packets, got); diff != "" {
		s.t.Fatalf("packets (-want +got):\n%s", diff)
	}
}

// send sends packets in one piece.
func (s *server) send(packets ...wire.Packet) {
	var b []byte
	for _, q := range packets {
		b = q.Append(b)
	}
	s.newest().Write(b)
	settle()
}

// cut ends the newest connection.
func (s *server) cut() {
	s.newest().Reset()
	s.framer.Reset()
	settle()
}

func (s *server) wantDone(done ...string) {
	s.t.Helper()
	settle()
	if diff := cmp.Diff(done, s.done); diff != "" {
		s.t.Fatalf("outcomes (-want +got):\n%s", diff)
	}
}
