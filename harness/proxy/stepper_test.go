package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// inBubble gives a test a stepper whose connections have a script for a peer, and one connection.
func inBubble(t *testing.T, f func(s *Stepper, send func(wire.Packet), rec *capture.Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rec := capture.NewRecorder("test", func() time.Duration { return time.Since(start) })
		s := NewStepper(Config{Engine: fault.NewEngine(1), Recorder: rec}, nil)
		defer s.Close()
		conn, err := s.Dial(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		f(s, func(p wire.Packet) {
			if _, err := conn.Write(p.Append(nil)); err != nil {
				t.Error(err)
			}
		}, rec)
	})
}

// A packet that is sent on a stalled way is there at once, for those who wait for it.
func TestAwaitSeesWhatIsStalled(t *testing.T) {
	inBubble(t, func(s *Stepper, send func(wire.Packet), rec *capture.Recorder) {
		if err := s.Stall(1, fault.ToServer); err != nil {
			t.Error(err)
		}
		time.AfterFunc(time.Second, func() { send(&wire.Pingreq{}) })
		before := rec.Len()
		if !s.Await(func() bool { return rec.Len() > before }, time.Minute) || s.Now() != time.Second {
			t.Errorf("the packet is there at %v, want 1s", s.Now())
		}
	})
}

// Whether it is done is asked only when everybody has come to rest: of two who act at one instant none
// is overlooked.
func TestAwaitSettles(t *testing.T) {
	for range 50 {
		inBubble(t, func(s *Stepper, _ func(wire.Packet), _ *capture.Recorder) {
			acted := make(chan bool, 2)
			for range 2 {
				go func() {
					time.Sleep(time.Second)
					acted <- true
					s.Wake()
				}()
			}
			s.Await(func() bool { return len(acted) > 0 }, time.Minute)
			if len(acted) != 2 {
				t.Error("it was asked while somebody ran")
			}
		})
	}
}

// Await ends at the very instant of its limit, with done's last answer, and at once where that is true.
func TestAwaitLimit(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		asked := 0
		if s.Await(func() bool { asked++; return asked == 1 }, time.Minute); asked != 1 || s.Now() != 0 {
			t.Errorf("asked %d times until %v, want once", asked, s.Now())
		}
		if s.Await(func() bool { return false }, time.Second) || s.Now() != time.Second {
			t.Errorf("it ended at %v, want 1s", s.Now())
		}
		time.AfterFunc(time.Second, func() { s.came("done") })
		if !s.Await(s.some, time.Second) || s.Now() != 2*time.Second {
			t.Errorf("what is done at the limit is not seen at %v", s.Now())
		}
	})
}

// What comes from either end, or is released, moves at the instant it comes.
func TestAwaitWakes(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		for _, tt := range []struct {
			name string
			do   func()
			want string
		}{
			{"subject", func() { a.Write(ping) }, "peer 1: c0 00"},
			{"peer", func() { pa.Write(pong) }, "subject 1: d0 00"},
			{"script", func() { s.Send(1, pong) }, "subject 1: d0 00"},
			{"wake", func() { s.came("woken"); s.Wake(); s.Wake() }, "woken"},
		} {
			begin := s.Now()
			time.AfterFunc(time.Second, tt.do)
			s.Await(s.some, time.Minute)
			if took := s.Now() - begin; took != time.Second {
				t.Errorf("%s: seen after %v, want 1s", tt.name, took)
			}
			s.check([]string{tt.want})
		}
	})
}

// A delayed packet moves at its instant, of two the one that is due first, and not at all beyond the limit.
func TestAwaitDue(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.Arm(fault.Rule{Match: fault.Match{Conn: 1}, Action: fault.Delay{By: 3 * time.Second}})
		s.Arm(fault.Rule{Match: fault.Match{Conn: 2}, Action: fault.Delay{By: 2 * time.Second}})
		a, _ := s.dial()
		b, _ := s.dial()
		s.write(a, ping...)
		s.write(b, ping...)
		if s.Await(s.some, time.Second) || s.Now() != time.Second {
			t.Errorf("at %v: %q", s.Now(), s.trace)
		}
		for _, want := range []struct {
			at   time.Duration
			what string
		}{{2 * time.Second, "peer 2: c0 00"}, {3 * time.Second, "peer 1: c0 00"}} {
			s.Await(s.some, time.Minute)
			if s.Now() != want.at {
				t.Errorf("it is there at %v, want %v", s.Now(), want.at)
			}
			s.check([]string{want.what})
		}
		s.write(a, ping...)
		s.Await(func() bool { return false }, time.Second)
		if err := s.Stall(1, fault.BothWays); err != nil {
			t.Fatal(err)
		}
		if s.Await(s.some, time.Hour) {
			t.Errorf("it passed a stall: %q", s.trace)
		}
	})
}

// A dial fails as the network has it: refused while the proxy is down and where a rule says so, and with the
// peer's error where the peer cannot be dialed.
func TestStepperDial(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.Arm(fault.Rule{Action: fault.Refuse{}})
		dial := func(want error) {
			t.Helper()
			_, err := s.Dial(s.t.Context())
			if _, ok := errors.AsType[*net.OpError](err); !ok || !errors.Is(err, want) {
				t.Errorf("Dial: %v, want %v", err, want)
			}
		}
		dial(syscall.ECONNREFUSED)
		s.dial()
		s.Down()
		dial(syscall.ECONNREFUSED)
		if s.Conns() != 1 {
			t.Errorf("%d connections, want 1", s.Conns())
		}
		s.Up()
		s.dial()
		s.Settle()
		ctx, cancel := context.WithCancel(s.t.Context())
		cancel()
		if _, err := s.Dial(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Dial of a peer that fails: %v", err)
		}
		if _, err := s.DialPlain(ctx, s.cfg.Peer, "witness"); !errors.Is(err, context.Canceled) {
			t.Errorf("DialPlain of a peer that fails: %v", err)
		}
		if s.Conns() != 2 || len(s.all) != 2 {
			t.Errorf("%d and %d connections, want 2", s.Conns(), len(s.all))
		}
	})
}

// A subject may dial 20,000 times. From then on its dial waits for its context, and the link's error says so.
func TestTooManyDials(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.down = true
		go func() {
			time.Sleep(time.Second)
			for range 20_000 {
				if _, err := s.Dial(s.t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
					t.Error(err)
				}
			}
			if err := s.Err(); err != nil {
				t.Errorf("too early: %v", err)
			}
			ctx, cancel := context.WithTimeout(s.t.Context(), time.Second)
			defer cancel()
			if _, err := s.Dial(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("one dial more: %v", err)
			}
			s.came("ended")
		}()
		s.Await(func() bool { return s.Err() != nil }, time.Minute)
		if err := s.Err(); !errors.Is(err, ErrDials) || err.Error() != "the subject has dialled more than 20000 times" || s.Now() != time.Second {
			t.Errorf("at %v: %v", s.Now(), err)
		}
		s.Await(func() bool { return false }, time.Second)
		s.check([]string{"ended"})
	})
}

// Resets and ends pass through, of the subject, the peer and a bystander, and Close resets all that is left.
func TestEndsPass(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, _ := s.dial()
		a.Reset()
		s.quiet("peer 1: RST")
		_, pb := s.dial()
		pb.Reset()
		s.quiet("subject 2: RST")
		_, pc := s.dial()
		pc.CloseWrite()
		s.quiet("subject 3: FIN")
		own, _ := s.bystander()
		own.CloseWrite()
		s.quiet("peer 4: FIN")
		s.dial()
		s.Close()
		synctest.Wait()
		s.quietInAnyOrder("peer 3: RST", "subject 4: RST", "subject 5: RST", "peer 5: RST")
		if _, err := s.Dial(s.t.Context()); err == nil {
			t.Error("a dial after Close succeeded")
		}
		if diff := cmp.Diff([]string{"1 > RST", "2 < RST", "3 < FIN"}, lines(s.rec)[:3]); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
	})
}

// A cut loses what is in the outboxes.
func TestCutLosesTheOutbox(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		s.write(a, 0xc0, 0)
		s.write(pa, 0xd0, 0)
		if err := s.Cut(1, fault.FIN); err != nil {
			t.Fatal(err)
		}
		s.write(a, 0xc0, 0)
		s.quietInAnyOrder("subject 1: FIN", "peer 1: FIN")
		if diff := cmp.Diff([]string{"1 > c0 00", "1 * fault cut fin", "1 < FIN", "1 > c0 00"}, lines(s.rec)); diff != "" {
			t.Errorf("recorded (-want +got):\n%s", diff)
		}
	})
}

// Much that is sent at once arrives whole.
func TestMuchAtOnce(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		a, pa := s.dial()
		big := (&wire.Publish{Topic: "t", Payload: make([]byte, 10_000)}).Append(nil)
		s.write(a, append(big, ping...)...)
		s.write(pa, append(pong, big...)...)
		s.Await(func() bool { return false }, time.Second)
		for name, want := range map[string]int{"peer 1": len(big) + 2, "subject 1": len(big) + 2} {
			got := 0
			for _, l := range s.trace {
				var k int
				if n, _ := fmt.Sscanf(l, name+": %x", &k); n == 1 {
					got += (len(l) - len(name) - 1) / 3
				}
			}
			if got != want {
				t.Errorf("%s received %d bytes, want %d", name, got, want)
			}
		}
	})
}
