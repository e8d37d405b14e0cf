package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
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

// A connection ends for both as it has ended for one, and is forgotten when both directions have ended.
func TestRelayedEnds(t *testing.T) {
	part := []byte{0x30, 9}
	for _, tt := range []struct {
		name           string
		play           func(s *span)
		client, server []string
		open, closed   int
		recorded       []string
	}{
		{"FIN of the client", func(s *span) {
			s.sends(s.client, ping...)
			s.client.CloseWrite()
			synctest.Wait()
			s.sends(s.server, 0xd0, 0)
		}, []string{"0s d0 00"}, []string{"0s c0 00", "0s FIN"}, 1, 0, []string{"> PINGREQ", "> FIN"}},
		{"FIN of both", func(s *span) {
			s.client.CloseWrite()
			synctest.Wait()
			s.server.CloseWrite()
		}, []string{"0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"> FIN"}},
		{"FIN of the server", func(s *span) {
			s.server.CloseWrite()
			synctest.Wait()
			s.sends(s.client, ping...)
		}, []string{"0s FIN"}, []string{"0s c0 00"}, 1, 0, []string{"< FIN", "> PINGREQ"}},
		{"FIN behind a part of a packet", func(s *span) {
			s.sends(s.client, part...)
			s.client.CloseWrite()
			synctest.Wait()
			s.sends(s.server, part...)
			s.server.CloseWrite()
		}, []string{"0s 30 09", "0s FIN"}, []string{"0s 30 09", "0s FIN"}, 0, 1, []string{"> raw 2B", "> FIN"}},
		{"RST of the client", func(s *span) { s.client.Reset() }, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"> RST"}},
		{"RST of the server", func(s *span) { s.server.Reset() }, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"< RST"}},
		{"RST of the client, which had ended", func(s *span) {
			s.client.CloseWrite()
			synctest.Wait()
			s.client.Reset()
			synctest.Wait()
			s.sends(s.server, 0xd0, 0)
			s.server.CloseWrite()
		}, []string{"0s d0 00", "0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"> FIN"}},
		{"Cut with RST", func(s *span) { s.Cut(0, fault.RST) }, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"* fault cut rst", "< RST"}},
		{"Cut with FIN", func(s *span) {
			s.Cut(0, fault.FIN)
			synctest.Wait()
			s.client.Write(ping)
			s.client.Close()
			s.server.Close()
		}, []string{"0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"* fault cut fin", "< FIN", "> PINGREQ", "> FIN"}},
		{"Cut with FIN, and the ends stay", func(s *span) {
			s.Cut(0, fault.FIN)
			time.Sleep(29 * time.Second)
			s.open(1)
			time.Sleep(2 * time.Second)
		}, []string{"0s FIN"}, []string{"0s FIN"}, 0, 1, []string{"* fault cut fin", "< FIN"}},
		{"Cut of a half", func(s *span) {
			s.Cut(0, fault.HalfClose)
			s.sends(s.client, ping...)
		}, []string{"0s FIN"}, []string{"0s c0 00"}, 1, 0, []string{"* fault cut half", "< FIN", "> PINGREQ"}},
		{"Cut with RST, with packets that wait", func(s *span) {
			s.Stall(0, fault.BothWays)
			s.sends(s.client, ping...)
			s.Cut(0, fault.RST)
		}, []string{"0s RST"}, []string{"0s RST"}, 0, 1, []string{"* fault stall both", "> PINGREQ", "* fault cut rst", "< RST"}},
		{"FIN behind what is delayed", func(s *span) {
			s.Add(fault.Rule{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Delay{By: time.Second}})
			s.sends(s.client, ping...)
			s.client.CloseWrite()
			s.did("server")
			time.Sleep(2 * time.Second)
		}, nil, []string{"1s c0 00", "1s FIN"}, 1, 0, []string{"> PINGREQ", "* fault delay > PINGREQ", "> FIN"}},
		{"FIN behind what a rule keeps for the next packet", func(s *span) {
			s.Add(fault.Rule{Match: fault.Match{Type: wire.PINGREQ}, Action: fault.Swap{}})
			s.sends(s.client, ping...)
			s.did("server")
			s.client.CloseWrite()
		}, nil, []string{"0s c0 00", "0s FIN"}, 1, 0, nil},
		{"a packet that is too long", func(s *span) { s.sends(s.client, 0x30, 0xff, 0xff, 0xff, 0x7f) }, []string{"0s RST"}, []string{"0s RST"}, 0, 1,
			[]string{"* a packet is longer than the proxy takes", "< RST", "> raw 5B"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spanned(t, Options{}, func(s *span) {
				tt.play(s)
				synctest.Wait()
				if tt.recorded != nil {
					s.recorded(tt.closed, tt.recorded...)
				}
				s.did("client", tt.client...)
				s.did("server", tt.server...)
				s.open(tt.open)
				if n := s.counts.buffered.Load(); tt.open == 0 && n != 0 {
					t.Errorf("%d bytes are counted of a connection that is over", n)
				}
				if tt.open > 0 {
					return
				}
				if err := s.Cut(1, fault.RST); !errors.Is(err, ErrNoConn) {
					t.Errorf("Cut of a connection that is over: %v", err)
				}
				s.did("client")
				buf := make([]byte, 100)
				for _, end := range []*simnet.Conn{s.client, s.server} {
					var err error
					for err == nil {
						_, err = end.TryRead(buf)
					}
					if !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, net.ErrClosed) {
						t.Errorf("an end reads %v", err)
					}
				}
			})
		})
	}
}

// The room for the next read doubles while reads fill it, and shrinks when sixteen in a row need little of it.
func TestRoom(t *testing.T) {
	for _, tt := range []struct {
		name  string
		reads [][2]int // bytes that were read, and that there was room for
		want  int
	}{
		{"full", [][2]int{{leastRoom, leastRoom}}, 2 * leastRoom},
		{"full, of more than was asked for", [][2]int{{5000, 5000}}, 10_000},
		{"full, again and again", [][2]int{{1 << 12, 1 << 12}, {1 << 15, 1 << 15}, {1 << 16, 1 << 16}, {1 << 16, 1 << 16}}, mostRoom},
		{"not full", [][2]int{{leastRoom - 1, leastRoom}}, leastRoom},
		{"little, fifteen times", append([][2]int{{1 << 12, 1 << 12}}, little(15)...), 1 << 13},
		{"little, sixteen times", append([][2]int{{1 << 12, 1 << 12}}, little(16)...), 1 << 11},
		{"little, sixteen times, of much", append([][2]int{{1 << 15, 1 << 15}}, little(16)...), 1 << 14},
		{"little, 32 times, of much", append([][2]int{{1 << 15, 1 << 15}}, little(32)...), 1 << 12},
		{"little, and then more", append(append(append([][2]int{{1 << 12, 1 << 12}}, little(15)...), [2]int{1<<10 + 1, 1 << 13}), little(15)...), 1 << 13},
		{"little, and then an eighth", append(append([][2]int{{1 << 12, 1 << 12}}, little(15)...), [2]int{1 << 10, 1 << 13}), 1 << 11},
		{"little, and then full", append(append(append([][2]int{{1 << 12, 1 << 12}}, little(15)...), [2]int{1 << 13, 1 << 13}), little(15)...), 1 << 14},
	} {
		l := line{room: leastRoom}
		for _, r := range tt.reads {
			l.fit(r[0], r[1])
		}
		if l.room != tt.want {
			t.Errorf("%s: room for %d bytes, want %d", tt.name, l.room, tt.want)
		}
	}
}

// little are reads that need little of their room.
func little(n int) [][2]int {
	all := make([][2]int, n)
	for i := range all {
		all[i] = [2]int{1, 1 << 13}
	}
	return all
}
