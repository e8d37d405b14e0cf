package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// span is a relay with one connection between two ends in memory, in a bubble. It logs what the relay does to either.
type span struct {
	*Relay
	t              *testing.T
	client, server *simnet.Conn
	tap            *tap
	mu             sync.Mutex
	log            map[string][]string
}

// logged is the relay's side of one end.
type logged struct {
	*simnet.Conn
	to string
	s  *span
}

func (l logged) did(format string, args ...any) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.log[l.to] = append(l.s.log[l.to], fmt.Sprintf("%v %s", l.s.Now(), fmt.Sprintf(format, args...)))
}

func (l logged) Write(b []byte) (int, error) {
	if len(b) > 32 {
		l.did("%d bytes", len(b))
	} else {
		l.did("% x", b)
	}
	return l.Conn.Write(b)
}

func (l logged) CloseWrite() error {
	l.did("FIN")
	return l.Conn.CloseWrite()
}

func (l logged) Reset() error {
	l.did("RST")
	return l.Conn.Reset()
}

// spanned runs a test in a bubble with a relay that has one connection.
func spanned(t *testing.T, o Options, f func(s *span)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &span{t: t, tap: &tap{}, log: map[string][]string{}}
		client, near := simnet.Pipe(0)
		far, server := simnet.Pipe(0)
		s.client, s.server = client, server
		o.Tap = func(int, net.Addr) Tap { return s.tap }
		o.Dial = func(context.Context) (net.Conn, error) { return logged{far, "server", s}, nil }
		var err error
		if s.Relay, err = newRelay(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if !s.admits() {
			t.Fatal("the connection is refused")
		}
		s.serve(logged{near, "client", s})
		f(s)
		for _, c := range s.all() {
			c.on("the test ends", func() { c.sever(fault.RST, 0) })
		}
		s.done.Wait()
	})
}

// sends writes bytes to one end, and lets them pass.
func (s *span) sends(from *simnet.Conn, b ...byte) {
	s.t.Helper()
	if _, err := from.Write(b); err != nil {
		s.t.Error(err)
	}
	synctest.Wait()
}

// did checks what the relay has done to an end since the last check.
func (s *span) did(to string, want ...string) {
	s.t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, s.log[to]); diff != "" {
		s.t.Errorf("done to the %s (-want +got):\n%s", to, diff)
	}
	s.log[to] = nil
}

// recorded checks what the tap got so far, and whether it was closed.
func (s *span) recorded(closed int, want ...string) {
	s.t.Helper()
	synctest.Wait()
	s.tap.mu.Lock()
	defer s.tap.mu.Unlock()
	var got []string
	for _, r := range s.tap.records {
		r.Time = capture.NoTime
		got = append(got, strings.TrimPrefix(r.String(), "-.--- "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("recorded (-want +got):\n%s", diff)
	}
	if s.tap.closed != closed {
		s.t.Errorf("the tap was closed %d times, want %d", s.tap.closed, closed)
	}
}

// open checks how many connections the relay has.
func (s *span) open(want int) {
	s.t.Helper()
	synctest.Wait()
	if got := s.Stats().Open; got != want {
		s.t.Errorf("%d connections are open, want %d", got, want)
	}
}

// acks are PUBACK packets, one behind the other.
func acks(ids ...byte) (b []byte) {
	for _, id := range ids {
		b = append(b, 0x40, 2, 0, id)
	}
	return b
}

// What comes in one read is handed over in one write, in its order, whether a rule concerns it or not.
func TestRelayedRuns(t *testing.T) {
	first := fault.Match{Type: wire.PINGREQ, Nth: 1}
	for _, tt := range []struct {
		name   string
		action fault.Action
		sent   []byte
		want   []string
	}{
		{"no rule", nil, append(append(acks(1), ping...), acks(2)...), []string{"0s 40 02 00 01 c0 00 40 02 00 02"}},
		{"the first", fault.Duplicate{}, append(append([]byte{}, ping...), acks(1, 2)...), []string{"0s c0 00 c0 00 40 02 00 01 40 02 00 02"}},
		{"one between", fault.Duplicate{}, append(append(acks(1, 2), ping...), acks(3)...), []string{"0s 40 02 00 01 40 02 00 02 c0 00 c0 00 40 02 00 03"}},
		{"pieces", fault.Split{Sizes: []int{1}}, append(append(acks(1), ping...), acks(2, 3)...), []string{"0s 40 02 00 01", "0s c0", "0s 00", "0s 40 02 00 02 40 02 00 03"}},
		{"an end", fault.Cut{At: 1, How: fault.FIN}, append(append(acks(1), ping...), acks(2)...), []string{"0s 40 02 00 01", "0s c0", "0s FIN"}},
		{"no packets", nil, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 1}, []string{"0s ff ff ff ff ff 01"}},
		{"packets, and then none", nil, append(acks(1), 0xff, 0xff, 0xff, 0xff, 0xff, 1), []string{"0s 40 02 00 01 ff ff ff ff ff 01"}},
		{"part of a packet", nil, append(acks(1), 0x40, 2), []string{"0s 40 02 00 01"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{}
			if tt.action != nil {
				o.Rules = []fault.Rule{{Match: first, Action: tt.action}}
			}
			spanned(t, o, func(s *span) {
				s.sends(s.client, tt.sent...)
				s.did("server", tt.want...)
			})
		})
	}
}

// A part of a packet waits for its rest, and what is no packet passes as it comes from there on.
func TestRelayedParts(t *testing.T) {
	spanned(t, Options{}, func(s *span) {
		s.sends(s.client, 0xc0)
		s.did("server")
		s.sends(s.client, 0, 0x40)
		s.did("server", "0s c0 00")
		s.sends(s.client, 2, 0, 1)
		s.did("server", "0s 40 02 00 01")
		s.sends(s.client, 0xff, 0xff, 0xff)
		s.did("server")
		s.sends(s.client, 0xff, 0xff)
		s.sends(s.client, ping...)
		s.sends(s.client, 7)
		s.did("server", "0s ff ff ff ff ff", "0s c0 00", "0s 07")
		st := s.Stats()
		if st.SentBytes != 2+4+5+2+1 || st.Sent[wire.PINGREQ] != 1 || st.Sent[wire.PUBACK] != 1 || len(st.Sent) != 2 {
			t.Errorf("%+v", st)
		}
		s.recorded(0, "> PINGREQ", "> PUBACK id=1", "> raw 5B", "> PINGREQ", "> raw 1B")
	})
}

// Bytes that are no packet wait behind a stall, and go on in their order.
func TestRelayedRawStall(t *testing.T) {
	spanned(t, Options{}, func(s *span) {
		s.sends(s.client, 0xff, 0xff, 0xff, 0xff, 0xff)
		s.did("server", "0s ff ff ff ff ff")
		s.Stall(0, fault.ToServer)
		s.sends(s.client, 1)
		s.sends(s.client, 2, 3)
		s.did("server")
		s.Heal(0)
		s.did("server", "0s 01 02 03")
		s.sends(s.client, 4)
		s.did("server", "0s 04")
	})
}

// A rule that is added while a connection is open applies to what passes from then on, packets or not, and one that is
// removed no longer.
func TestRelayedRulesChange(t *testing.T) {
	spanned(t, Options{}, func(s *span) {
		drop := fault.Rule{Match: fault.Match{Dirs: fault.ToServer}, Action: fault.Drop{}}
		s.sends(s.client, acks(1)...)
		id, err := s.Add(drop)
		if err != nil {
			t.Fatal(err)
		}
		s.sends(s.client, acks(2)...)
		s.sends(s.server, 0xd0, 0)
		s.Remove(id)
		s.sends(s.client, acks(3)...)
		s.did("server", "0s 40 02 00 01", "0s 40 02 00 03")
		s.did("client", "0s d0 00")
	})
}

// What is delayed is handed over when it is due, and what comes behind it waits for it.
func TestRelayedDelay(t *testing.T) {
	const ms = time.Millisecond
	spanned(t, Options{Rules: []fault.Rule{
		{Match: fault.Match{Type: wire.PINGREQ, Nth: 1}, Action: fault.Delay{By: 10 * ms}},
		{Match: fault.Match{Type: wire.PINGREQ, Nth: 2}, Action: fault.Delay{By: 30 * ms}},
	}}, func(s *span) {
		s.sends(s.client, ping...)
		s.sends(s.client, acks(1)...)
		time.Sleep(4 * ms)
		s.sends(s.client, acks(2)...)
		s.sends(s.client, ping...)
		s.sends(s.client, acks(3)...)
		s.sends(s.server, acks(4)...)
		s.did("server")
		s.did("client", "4ms 40 02 00 04")
		time.Sleep(50 * ms)
		s.did("server", "10ms c0 00 40 02 00 01 40 02 00 02", "34ms c0 00 40 02 00 03")
		s.sends(s.client, acks(5)...)
		s.did("server", "54ms 40 02 00 05")
	})
}

// The pieces of a packet come over a narrow line one after the other.
func TestRelayedPace(t *testing.T) {
	spanned(t, Options{Rules: []fault.Rule{
		{Action: fault.Split{Sizes: []int{10, 20}}, Match: fault.Match{Nth: 1}},
		{Action: fault.Bandwidth{Rate: 1000}},
	}}, func(s *span) {
		large := (&wire.Publish{Topic: "t", Payload: make([]byte, 50)}).Append(nil) // 55 bytes
		s.sends(s.server, append(large, 0xd0, 0)...)
		time.Sleep(time.Second)
		var sizes []string
		s.mu.Lock()
		for _, line := range s.log["client"] {
			at, data, _ := strings.Cut(line, " ")
			sizes = append(sizes, fmt.Sprint(at, " ", len(strings.Fields(data))))
		}
		s.mu.Unlock()
		if diff := cmp.Diff([]string{"10ms 10", "30ms 20", "50ms 20", "55ms 5", "57ms 2"}, sizes); diff != "" {
			t.Errorf("pieces (-want +got):\n%s", diff)
		}
	})
}

// A stall of a rule takes effect within the packet. What waits goes on when it is healed, in its order.
func TestRelayedStall(t *testing.T) {
	for _, dirs := range []fault.Dirs{fault.ToServer, fault.BothWays} {
		t.Run(dirs.String(), func(t *testing.T) {
			spanned(t, Options{Rules: []fault.Rule{{Match: fault.Match{Type: wire.PINGREQ, Nth: 1}, Action: fault.Stall{Dirs: dirs, At: 1}}}}, func(s *span) {
				s.sends(s.client, append(acks(1), ping...)...)
				s.did("server", "0s 40 02 00 01", "0s c0")
				s.sends(s.client, acks(2)...)
				s.sends(s.client, acks(3)...)
				s.sends(s.server, 0xd0, 0)
				time.Sleep(time.Second)
				s.did("server")
				if dirs == fault.BothWays {
					s.did("client")
				} else {
					s.did("client", "0s d0 00")
				}
				s.Heal(0)
				s.did("server", "1s 00 40 02 00 02 40 02 00 03")
				if dirs == fault.BothWays {
					s.did("client", "1s d0 00")
				}
				s.sends(s.client, acks(4)...)
				s.did("server", "1s 40 02 00 04")
				s.Stall(0, fault.ToServer)
				s.sends(s.client, acks(5)...)
				s.did("server")
				s.Heal(0)
				s.did("server", "1s 40 02 00 05")
			})
		})
	}
}

// One write is made at a time: what comes while the reader is slow waits behind it.
func TestRelayedSlowReader(t *testing.T) {
	spanned(t, Options{Rules: []fault.Rule{{Match: fault.Match{Type: wire.PINGREQ, Nth: 1}, Action: fault.Delay{By: time.Second}}}}, func(s *span) {
		c, _ := s.at(0)
		c.far.(logged).SetWriteBuffer(1)
		s.sends(s.client, ping...)
		time.Sleep(2 * time.Second)
		s.did("server", "1s c0 00") // half of it has found room
		s.sends(s.client, acks(1)...)
		s.sends(s.client, acks(2)...)
		s.soon(c)
		s.did("server")
		got := make([]byte, 10)
		if _, err := io.ReadFull(s.server, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(append([]byte{}, ping...), acks(1, 2)...), got); diff != "" {
			t.Errorf("arrived (-want +got):\n%s", diff)
		}
		s.did("server", "2s 40 02 00 01 40 02 00 02")
	})
}

// A direction is read no further once more than 1 MiB waits, and goes on when there is room.
func TestRelayedPending(t *testing.T) {
	spanned(t, Options{}, func(s *span) {
		s.Stall(0, fault.ToServer)
		block := (&wire.Publish{Topic: "t", Payload: make([]byte, 1<<10-6)}).Append(nil) // 1 KiB
		if len(block) != 1<<10 {
			t.Fatalf("the block has %d bytes", len(block))
		}
		for range 2 << 10 {
			s.client.Write(block)
			synctest.Wait()
		}
		if n := s.Stats().SentBytes; n != maxPending+1<<10 {
			t.Errorf("%d bytes were read into a stall, want %d", n, maxPending+1<<10)
		}
		s.Heal(0)
		synctest.Wait()
		if n := s.Stats().SentBytes; n != 2<<20 {
			t.Errorf("%d bytes were read behind the stall, want %d", n, 2<<20)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, line := range s.log["server"][:10] { // all of it had waited
			var n int
			if fmt.Sscanf(line, "0s %d bytes", &n); n < maxBatch || n > 2*maxBatch {
				t.Errorf("write %d: %s", i, line)
			}
		}
	})
}
