package robust_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/wire"
)

// outages are survived with a longest delay of a minute.
var outages = []time.Duration{3 * time.Second, time.Minute, time.Hour, 30 * time.Hour}

// patience is how long after an outage's end a client with that backoff may take.
const patience = time.Minute + time.Second

var keeping = robust.Config{
	Config: client.Config{KeepAlive: time.Minute},
	Policy: robust.Forever(robust.Backoff{}),
}

// subscriber connects with a session, subscribes, and notes what arrives.
func (s *site) subscriber() (got *[]string) {
	got = new([]string)
	s.onMsg = func(m client.Message) { *got = append(*got, string(m.Payload)) }
	s.run(func() {
		_, err := s.Connect(s.ctx, false)
		s.must(err)
		_, err = s.Subscribe(s.ctx, client.Filter{Topic: []byte("in/#"), QoS: 1})
		s.must(err)
	})
	return got
}

// receive waits until that many messages have arrived, for a while at most.
func (s *site) receive(got *[]string, n int, d time.Duration) {
	ctx, cancel := context.WithTimeout(s.ctx, d)
	defer cancel()
	for len(*got) < n && ctx.Err() == nil {
		_, err := s.WaitMsg(ctx)
		s.must(err)
	}
}

// wantInOrder checks that exactly these messages have arrived, by the first time
// that each did.
func (s *site) wantInOrder(got []string, first, last int) {
	s.Helper()
	var want, once []string
	for n := first; n <= last; n++ {
		want = append(want, number(n))
	}
	for _, m := range got {
		if !slices.Contains(once, m) {
			once = append(once, m)
		}
	}
	if diff := cmp.Diff(want, once); diff != "" {
		s.Errorf("messages (-want +got):\n%s", diff)
	}
}

// wantAsked checks what the client asked of the broker, over all connections.
func (s *site) wantAsked(kind wire.Type, want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.asks(kind)); diff != "" {
		s.Errorf("%v packets (-want +got):\n%s", kind, diff)
	}
}

// The broker keeps the session through an outage. What was published meanwhile
// arrives in order, what the client publishes gets through, and nothing is
// subscribed again [MQTT-3.1.2-4].
func TestOutageWithPersistence(t *testing.T) {
	for _, outage := range outages {
		t.Run(outage.String(), func(t *testing.T) {
			t.Parallel()
			onSite(t, keeping, func(s *site) {
				got := s.subscriber()
				s.witness.publish("in/x", number(1))
				s.run(func() { s.receive(got, 1, time.Second) })

				s.link.Down()
				down := s.link.Now()
				blocked := s.begin(func() { s.must(s.say("in the outage")) })
				const last = 20
				for n := 2; n <= last; n++ {
					s.witness.publish("in/x", number(n))
				}
				s.pass(down + outage - s.link.Now())
				if s.Packets() != 1 {
					t.Errorf("%d packets are on the client's mind, want the one that is published", s.Packets())
				}
				s.link.Up()
				s.join(blocked, patience)
				s.run(func() { s.receive(got, last, time.Second) })
				s.wantInOrder(*got, 1, last)
				if !s.witness.saw("in the outage") {
					t.Error("the witness did not see what was published in the outage")
				}
				s.wantAsked(wire.SUBSCRIBE, `SUBSCRIBE id=1 filters="in/#":1`)
			})
		})
	}
}

// A broker that knows nothing takes the place of the one that was there. The client
// subscribes again, once, and publishes what the old one had not acknowledged,
// before anything new.
func TestRestartWithoutPersistence(t *testing.T) {
	for _, outage := range append(slices.Clone(outages), 10*24*time.Hour) {
		t.Run(outage.String(), func(t *testing.T) {
			t.Parallel()
			onSite(t, keeping, func(s *site) {
				got := s.subscriber()
				s.stopBroker()
				blocked := s.begin(func() {
					s.must(s.say("in the outage"))
					s.must(s.say("afterwards"))
				})
				s.pass(outage)
				s.newBroker()
				s.join(blocked, patience)
				for n := range 3 {
					s.witness.publish("in/x", number(n))
				}
				s.run(func() { s.receive(got, 3, time.Second) })
				s.wantInOrder(*got, 0, 2)
				s.pass(time.Second)
				if diff := cmp.Diff([]string{"in the outage", "afterwards"}, s.witness.all()); diff != "" {
					t.Errorf("the witness saw (-want +got):\n%s", diff)
				}
				s.wantAsked(wire.SUBSCRIBE, `SUBSCRIBE id=1 filters="in/#":1`, `SUBSCRIBE id=3 filters="in/#":1`)
			})
		})
	}
}

// The broker stops before it has acknowledged. The new one gets the same packet
// with DUP [MQTT-3.3.1-1].
func TestRestartInFlight(t *testing.T) {
	onSite(t, keeping, func(s *site) {
		got := s.subscriber()
		ended := s.begin(func() { s.must(s.say("in flight")) })
		s.await(func() bool { return len(s.asks(wire.PUBLISH)) == 1 }, time.Second)
		s.stopBroker()
		s.pass(5 * time.Second)
		s.newBroker()
		s.join(ended, patience)
		s.witness.publish("in/x", number(1))
		s.run(func() { s.receive(got, 1, time.Second) })
		s.wantInOrder(*got, 1, 1)
		s.wantAsked(wire.PUBLISH,
			`PUBLISH qos=1 dup=0 retain=0 topic="out/x" id=2 payload="in flight"`,
			`PUBLISH qos=1 dup=1 retain=0 topic="out/x" id=2 payload="in flight"`)
		if !s.witness.saw("in flight") {
			t.Error("the witness did not see it")
		}
	})
}

// Restart after restart, the subscriber is there again, and each restart costs it
// one SUBSCRIBE.
func TestRestarts(t *testing.T) {
	const times = 5
	onSite(t, keeping, func(s *site) {
		got := s.subscriber()
		for n := range times {
			s.stopBroker()
			waiting := s.begin(func() { s.receive(got, n+1, time.Hour) })
			s.pass(time.Duration(n+1) * 10 * time.Second)
			s.newBroker()
			s.await(func() bool { return len(s.asks(wire.SUBSCRIBE)) == n+2 }, patience)
			s.witness.publish("in/x", number(n))
			s.join(waiting, time.Second)
		}
		s.wantInOrder(*got, 0, times-1)
		var want []string
		for n := range times + 1 {
			want = append(want, fmt.Sprintf(`SUBSCRIBE id=%d filters="in/#":1`, n+1))
		}
		s.wantAsked(wire.SUBSCRIBE, want...)
	})
}
