package simnet_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"umqtt/harness/simnet"
)

// TryRead and Ended in every state of a connection.
func TestTryReadAndEnded(t *testing.T) {
	tests := []struct {
		name  string
		make  func(own, peer *simnet.Conn)
		reads []result // of successive calls with room for four bytes
		ended simnet.Ending
	}{
		{"nothing there", func(own, peer *simnet.Conn) {}, []result{{0, ""}, {0, ""}}, simnet.Open},
		{"bytes", func(own, peer *simnet.Conn) { write(peer, "123456") },
			[]result{{4, ""}, {2, ""}, {0, ""}}, simnet.Open},
		{"fin", func(own, peer *simnet.Conn) { _ = peer.CloseWrite() },
			[]result{{0, "EOF"}, {0, "EOF"}}, simnet.FIN},
		{"bytes and fin", func(own, peer *simnet.Conn) { write(peer, "12"); _ = peer.Close() },
			[]result{{2, ""}, {0, "EOF"}}, simnet.FIN},
		{"rst", func(own, peer *simnet.Conn) { _ = peer.Reset() },
			[]result{{0, "ECONNRESET"}, {0, "ECONNRESET"}}, simnet.RST},
		{"bytes and rst", func(own, peer *simnet.Conn) { write(peer, "12"); _ = peer.Reset() },
			[]result{{2, ""}, {0, "ECONNRESET"}}, simnet.RST},
		{"fin and rst", func(own, peer *simnet.Conn) { _ = peer.CloseWrite(); _ = peer.Reset() },
			[]result{{0, "EOF"}}, simnet.RST},
		{"fin, answered by rst", func(own, peer *simnet.Conn) { _ = peer.Close(); write(own, "lost") },
			[]result{{0, "EOF"}}, simnet.RST},
		{"own fin", func(own, peer *simnet.Conn) { _ = own.CloseWrite() },
			[]result{{0, ""}}, simnet.Open},
		{"own close", func(own, peer *simnet.Conn) { write(peer, "12"); _ = own.Close() },
			[]result{{0, "CLOSED"}}, simnet.Open},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBoth(t, func(t *testing.T, w where) {
				own, peer := simnet.Pipe(0)
				tt.make(own, peer)
				if got := own.Ended(); got != tt.ended {
					t.Errorf("ended by %v before reading, want %v", got, tt.ended)
				}
				for i, want := range tt.reads {
					n, err := own.TryRead(make([]byte, 4))
					if got := (result{n, errName(err)}); got != want {
						t.Errorf("TryRead %d gave %v, want %v", i, got, want)
					}
				}
				if got := own.Ended(); got != tt.ended {
					t.Errorf("ended by %v after reading, want %v", got, tt.ended)
				}
			})
		})
	}
}

func write(c *simnet.Conn, text string) { _, _ = c.Write([]byte(text)) }

// Reads into nothing return at once; a write of nothing reports a broken
// connection and is otherwise without effect.
func TestEmptyBuffers(t *testing.T) {
	own, peer := simnet.Pipe(0)
	peer.OnReadable(func() { t.Error("a write of nothing was reported as readable") })
	if n, err := own.Write(nil); n != 0 || err != nil {
		t.Errorf("Write gave %d, %v", n, err)
	}
	if n, err := own.Read(nil); n != 0 || err != nil {
		t.Errorf("Read gave %d, %v", n, err)
	}
	if n, err := own.TryRead(nil); n != 0 || err != nil {
		t.Errorf("TryRead gave %d, %v", n, err)
	}
	peer.OnReadable(nil)
	_ = peer.Reset()
	if _, err := own.Write(nil); errName(err) != "ECONNRESET" {
		t.Errorf("Write gave %v after an RST", err)
	}
}

// The callback runs for bytes, FIN and RST, finds them readable, may use the
// connection, and is not called for what makes nothing readable.
func TestOnReadable(t *testing.T) {
	inBoth(t, func(t *testing.T, w where) {
		own, peer := simnet.Pipe(4)
		var seen []result
		own.OnReadable(func() {
			n, err := own.TryRead(make([]byte, 8))
			seen = append(seen, result{n, errName(err)})
		})
		steps := []struct {
			name string
			do   func()
			want []result
		}{
			{"bytes", func() { write(peer, "12") }, []result{{2, ""}}},
			{"more than fits", func() { write(peer, "123456") }, []result{{4, ""}, {2, ""}}},
			{"a write of its own", func() { write(own, "12") }, nil},
			{"a read by the peer", func() { _, _ = peer.Read(make([]byte, 8)) }, nil},
			{"fin", func() { _ = peer.CloseWrite() }, []result{{0, "EOF"}}},
			{"the same fin again", func() { _ = peer.CloseWrite() }, nil},
			{"close after fin", func() { _ = peer.Close() }, nil},
		}
		for _, s := range steps {
			seen = nil
			s.do()
			if !slices.Equal(seen, s.want) {
				t.Errorf("%s: %v, want %v", s.name, seen, s.want)
			}
		}
	})
}

func TestOnReadableRST(t *testing.T) {
	own, peer := simnet.Pipe(0)
	calls := 0
	own.OnReadable(func() { calls++ })
	_ = peer.Reset()
	if calls != 1 {
		t.Errorf("%d calls for an RST", calls)
	}
	own, peer = simnet.Pipe(0)
	own.OnReadable(func() { calls++ })
	own.OnReadable(nil)
	write(peer, "x")
	if calls != 1 {
		t.Error("called after it was removed")
	}
}

// Names are shared by the ends, and appear in errors.
func TestAddrs(t *testing.T) {
	a, b := simnet.Pipe(0)
	a.SetAddrs("subject", "broker")
	for _, tt := range []struct{ what, got, want string }{
		{"a's local", a.LocalAddr().String(), "subject"},
		{"a's remote", a.RemoteAddr().String(), "broker"},
		{"b's local", b.LocalAddr().String(), "broker"},
		{"b's remote", b.RemoteAddr().String(), "subject"},
		{"the network", a.LocalAddr().Network(), "sim"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	_ = b.Reset()
	_, err := a.Read(make([]byte, 1))
	if want := "read sim subject->broker: read: connection reset by peer"; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// A bubble whose goroutines all wait on connections counts as idle.
func TestWaitsAreDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := simnet.Pipe(1)
		ends := []<-chan result{
			start(a.Read, make([]byte, 1)),
			start(b.Read, make([]byte, 1)),
		}
		synctest.Wait() // returns only if both reads wait durably
		_ = a.Close()
		_ = b.Close()
		for _, c := range ends {
			<-c
		}
	})
}
