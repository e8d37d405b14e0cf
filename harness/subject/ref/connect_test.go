package ref_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"umqtt/harness/simnet"
	"umqtt/harness/subject/ref"
	"umqtt/harness/wire"
)

// A client that is told to connect makes one connection, though it was about to make one by itself.
func TestAttemptIsOvertaken(t *testing.T) {
	for name, h := range map[string]ref.Habits{
		"at once": {}, "with CONNECT late": {ConnectAfter: 1500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			h.Reconnects, h.ReturnsAfterDisconnect = true, 2*time.Second
			play(t, h, func(s *server) {
				ctx, cancel := context.WithCancel(s.t.Context())
				defer cancel()
				go s.c.Connect(ctx, ref.Options{ClientID: "c1"})
				time.Sleep(h.ConnectAfter)
				s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
				s.send(&wire.Connack{})
				if err := s.c.Disconnect(ctx); err != nil {
					s.t.Fatal(err)
				}
				s.want("DISCONNECT")
				time.Sleep(time.Second)
				go s.c.Connect(ctx, ref.Options{ClientID: "c1"})
				time.Sleep(h.ConnectAfter)
				s.want(`CONNECT level=4 clean=0 keepalive=0 id="c1"`)
				s.send(&wire.Connack{})
				time.Sleep(time.Minute)
				settle()
				if n := len(s.all()); n != 2 {
					s.t.Errorf("%d connections, want 2", n)
				}
				if e := s.all()[1].Ended(); e != simnet.Open {
					s.t.Errorf("the second connection is %v, want it open", e)
				}
			})
		})
	}
}

// Before the CONNACK nothing else may come [MQTT-3.2.0-1], and after a clean session none is present
// [MQTT-3.2.2-1].
func TestBadBeginnings(t *testing.T) {
	for name, bad := range map[string]wire.Packet{
		"PINGRESP first":  &wire.Pingresp{},
		"PUBLISH first":   &wire.Publish{Topic: "t", Payload: []byte("m")},
		"session present": &wire.Connack{SessionPresent: true},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, ref.Habits{}, func(s *server) {
				errs := make(chan error, 1)
				go func() {
					_, err := s.c.Connect(s.t.Context(), ref.Options{ClientID: "c1", CleanSession: true})
					errs <- err
				}()
				s.want(`CONNECT level=4 clean=1 keepalive=0 id="c1"`)
				s.send(bad)
				if err := <-errs; !errors.Is(err, ref.ErrProtocol) {
					s.t.Errorf("connect: %v, want ErrProtocol", err)
				}
				if e := s.all()[0].Ended(); e != simnet.FIN {
					s.t.Errorf("the connection is %v, want FIN", e)
				}
				if len(s.got) > 0 {
					s.t.Errorf("got %q, want no message", s.got)
				}
			})
		})
	}
}

// A clean session takes nothing over from the one before [MQTT-3.1.2-6]; the outcome says so.
func TestCleanSessionDrops(t *testing.T) {
	play(t, ref.Habits{}, func(s *server) {
		s.connect(false)
		var got error
		s.c.Publish(s.t.Context(), ref.Message{Topic: "t", QoS: 1}, func(err error) { got = err })
		s.want(`PUBLISH qos=1 dup=0 retain=0 topic="t" id=1 payload=""`)
		s.cut()
		if got != nil {
			s.t.Fatalf("reported %v at the loss of the connection, want no report", got)
		}
		go s.c.Connect(s.t.Context(), ref.Options{ClientID: "c1", CleanSession: true})
		s.want(`CONNECT level=4 clean=1 keepalive=0 id="c1"`)
		s.send(&wire.Connack{})
		if s.want(); !errors.Is(got, ref.ErrDropped) {
			s.t.Errorf("reported %v, want ErrDropped", got)
		}
	})
}
