package proxy

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

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
