package mutant_test

import (
	"errors"
	"net"
	"testing"

	"umqtt/harness/fault"
	"umqtt/harness/mutant"
	"umqtt/harness/wire"
)

// A connection that is closed ends as one without tampering does: with RST when something was unread.
func TestClose(t *testing.T) {
	for _, tt := range []struct {
		reason string
		unread []byte // what the peer has sent
		taken  int    // how much of it the subject has read
		end    func(subjectEnd) error
		how    string
	}{
		{"nothing unread", nil, 0, subjectEnd.Close, "FIN"},
		{"all read", hi, len(hi), subjectEnd.Close, "FIN"},
		{"a packet in the socket", hi, 0, subjectEnd.Close, "RST"},
		{"part of a packet read", hi, 3, subjectEnd.Close, "RST"},
		{"reset", nil, 0, subjectEnd.Reset, "RST"},
		{"half-closed", hi, 0, subjectEnd.CloseWrite, "FIN"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			inBoth(t, func(t *testing.T, n network) {
				l := n.connect(asIs())
				if tt.unread != nil {
					n.write(l.peer, tt.unread)
				}
				if tt.taken > 0 {
					l.subject.Read(make([]byte, tt.taken))
				}
				if err := tt.end(l.subject); err != nil {
					t.Fatal(err)
				}
				n.wants(l.peer, nil, tt.how)
			})
		})
	}
}

// Part of a packet that was read but not handed over is unread too.
func TestCloseWithPartOfAPacket(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(asIs())
		n.write(l.peer, hi[:5])
		n.wants(l.subject, nil, "")
		l.subject.Close()
		n.wants(l.peer, nil, "RST")
	})
}

func TestAfterClose(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(asIs())
		failed := make(chan error, 1)
		go func() {
			_, err := l.subject.Read(make([]byte, 1))
			failed <- err
		}()
		n.settle()
		l.subject.Close()
		_, write := l.subject.Write(ping)
		_, read := l.subject.Read(make([]byte, 1))
		for what, err := range map[string]error{"a Read that waits": <-failed, "Write": write, "Read": read, "Close": l.subject.Close()} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: %v, want ErrClosed", what, err)
			}
		}
	})
}

// CloseWrite leaves the other direction open.
func TestCloseWriteGoesOnReading(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(asIs())
		l.subject.CloseWrite()
		n.write(l.peer, hi)
		n.wants(l.subject, hi, "")
	})
}

// With Keep the peer does not see the close, and the subject does not see that.
func TestKeep(t *testing.T) {
	m := mutant.Mutant{Name: "test", Rewrite: func() mutant.Rewrite {
		return mutant.Rewrite{Keep: func(conn int) bool { return conn == 1 }}
	}}
	inBoth(t, func(t *testing.T, n network) {
		open := n.subject(m)
		l := open()
		failed := make(chan error, 1)
		go func() {
			_, err := l.subject.Read(make([]byte, 1))
			failed <- err
		}()
		n.settle()
		if err := l.subject.Close(); err != nil {
			t.Error(err)
		}
		if err := <-failed; !errors.Is(err, net.ErrClosed) {
			t.Errorf("a Read that waits: %v, want ErrClosed", err)
		}
		if _, err := l.subject.Write(ping); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write: %v, want ErrClosed", err)
		}
		n.wants(l.peer, nil, "")
		l = open()
		l.subject.Close()
		n.wants(l.peer, nil, "FIN")
	})
}

// A rule may cut the connection: inside a packet the subject sends, or one it is handed.
func TestCut(t *testing.T) {
	for _, tt := range []struct {
		reason        string
		dirs          fault.Dirs
		how           fault.Ending
		subject, peer string // how each goes on
	}{
		{"the subject sends, FIN", fault.ToServer, fault.FIN, "FIN", "FIN"},
		{"the subject sends, RST", fault.ToServer, fault.RST, "RST", "RST"},
		{"the subject sends, half-close", fault.ToServer, fault.HalfClose, "", "FIN"},
		{"the subject is handed, FIN", fault.ToClient, fault.FIN, "FIN", "FIN"},
		{"the subject is handed, RST", fault.ToClient, fault.RST, "RST", "RST"},
		{"the subject is handed, half-close", fault.ToClient, fault.HalfClose, "FIN", ""},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			inBoth(t, func(t *testing.T, n network) {
				l := n.connect(tampering(fault.Match{Dirs: tt.dirs, Type: wire.PUBLISH}, fault.Cut{At: 3, How: tt.how}))
				if tt.dirs == fault.ToServer {
					n.write(l.subject, hi)
					n.wants(l.peer, hi[:3], tt.peer)
					n.wants(l.subject, nil, tt.subject)
					return
				}
				n.write(l.peer, hi)
				n.wants(l.subject, hi[:3], tt.subject)
				n.wants(l.peer, nil, tt.peer)
			})
		})
	}
}

// What follows a cut is lost in the direction that was cut.
func TestAfterCut(t *testing.T) {
	inBoth(t, func(t *testing.T, n network) {
		l := n.connect(tampering(fault.Match{Dirs: fault.ToClient, Type: wire.PUBLISH}, fault.Cut{At: -1, How: fault.HalfClose}))
		n.write(l.peer, hi, ack)
		n.wants(l.subject, hi, "FIN")
		n.write(l.subject, ping)
		n.wants(l.peer, ping, "")
	})
}
