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

// An idle client sends PINGREQ within its keep alive [MQTT-3.1.2-23], and gives up a server that does not answer.
func TestKeepAlive(t *testing.T) {
	play(t, ref.Habits{}, func(s *server) {
		errs := make(chan error, 1)
		go func() {
			_, err := s.c.Connect(s.t.Context(), ref.Options{ClientID: "c1", KeepAlive: 10 * time.Second})
			errs <- err
		}()
		s.want(`CONNECT level=4 clean=0 keepalive=10 id="c1"`)
		s.send(&wire.Connack{})
		if err := <-errs; err != nil {
			s.t.Fatal(err)
		}
		for range 3 {
			time.Sleep(8 * time.Second)
			s.want()
			time.Sleep(time.Second)
			s.want("PINGREQ")
			s.send(&wire.Pingresp{})
		}
		ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
		defer cancel()
		if err := s.c.Lost(ctx); !errors.Is(err, ref.ErrTimeout) {
			s.t.Errorf("lost for %v within three times the keep alive, want ErrTimeout", err)
		}
	})
}

// A client that doubts allows as many PINGRESPs as it has sent PINGREQs, and not one more.
func TestPingrespsAreCounted(t *testing.T) {
	play(t, ref.Habits{Doubts: true}, func(s *server) {
		s.connect(false)
		for range 2 {
			if err := s.c.Ping(s.t.Context()); err != nil {
				s.t.Fatal(err)
			}
		}
		s.want("PINGREQ", "PINGREQ")
		s.send(&wire.Pingresp{}, &wire.Pingresp{})
		if e := s.all()[0].Ended(); e != simnet.Open {
			s.t.Fatalf("the connection is %v after two PINGRESPs, want it open", e)
		}
		s.send(&wire.Pingresp{})
		if e := s.all()[0].Ended(); e != simnet.FIN {
			s.t.Errorf("the connection is %v after a third PINGRESP, want FIN", e)
		}
	})
}
