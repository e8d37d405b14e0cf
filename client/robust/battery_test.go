package robust_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// The sizes on the wire of what the battery tests send: the CONNECT of a client
// identifier of one byte with its CONNACK, a message of two bytes to "out/x", and a
// DISCONNECT.
const (
	connectSize    = 15
	connackSize    = 4
	messageSize    = 11 // at QoS 0
	messageSizeID  = 13 // at QoS 1
	pubackSize     = 4
	disconnectSize = 2
)

// wantRadio checks what the client has used.
func (s *site) wantRadio(want radio) {
	s.Helper()
	if s.radio != want {
		s.Errorf("radio use (-want +got):\n%s", cmp.Diff(want, s.radio, cmp.AllowUnexported(radio{})))
	}
}

// A reading a minute, for an hour, through an outage of ten minutes. The reading of
// which the loss was noticed may get lost, and the others of the outage, each at
// the price of one attempt. A client that tries every 2 s makes 300 attempts.
func TestSensorRadio(t *testing.T) {
	onSite(t, robust.Config{Policy: robust.BestEffort()}, func(s *site) {
		lost := 0
		read := func(n int) func() {
			return func() {
				err := s.Publish(s.ctx, []byte("out/x"), []byte(number(n)), 0, false)
				switch {
				case errors.Is(err, robust.ErrGaveUp):
					lost++
				case err != nil:
					t.Error(err)
				}
			}
		}
		s.run(func() { _, err := s.Connect(s.ctx, true); s.must(err) })
		for n := range 60 {
			switch n {
			case 20:
				s.link.Down()
			case 30:
				s.link.Up()
			}
			s.run(read(n))
			s.pass(time.Minute)
		}
		s.run(func() { s.must(s.Disconnect()) })
		s.pass(time.Second)
		if lost != 10 || len(s.witness.all()) != 50 {
			t.Errorf("%d readings were reported lost, want 10, and %d arrived, want 50", lost, len(s.witness.all()))
		}
		s.wantRadio(radio{
			dials:       1 + 10 + 1,
			connections: 2,
			sent:        2*connectSize + 50*messageSize + disconnectSize,
			received:    2 * connackSize,
		})
	})
}

// A button is pressed while the server is away, and for 5 s, with a reconnect in
// time; then for hours, and the press is given up after 15 s at the latest. Nothing
// at all is sent afterwards.
func TestButtonRadio(t *testing.T) {
	onSite(t, robust.Config{Policy: robust.Within(15 * time.Second), Rand: middle{}}, func(s *site) {
		s.run(func() { _, err := s.Connect(s.ctx, true); s.must(err) })
		press := func(payload string) (took time.Duration, err error) {
			began := time.Now()
			s.join(s.begin(func() {
				err = s.say(payload)
				took = time.Since(began)
			}), time.Minute)
			return took, err
		}

		s.link.Down()
		time.AfterFunc(5*time.Second, s.link.Up)
		took, err := press("01")
		if err != nil || took > 15*time.Second {
			t.Errorf("the first press: %v after %v", err, took)
		}
		s.wantRadio(radio{
			dials:       1 + 4, // after 0.5, 1.5, 3.5 and 7.1 s
			connections: 2,
			sent:        2*connectSize + messageSizeID,
			received:    2*connackSize + pubackSize,
		})

		before := s.radio
		s.link.Down()
		took, err = press("02")
		if !errors.Is(err, robust.ErrGaveUp) || took > 15*time.Second {
			t.Errorf("the second press: %v after %v", err, took)
		}
		s.pass(5 * time.Hour)
		s.link.Up()
		s.pass(time.Hour)
		if made := s.dials - before.dials; made < 4 || made > 8 {
			t.Errorf("%d attempts for a press that was given up", made)
		}
		if s.connections != before.connections || s.sent != before.sent {
			t.Errorf("the radio was used for a press that was given up: %+v after %+v", s.radio, before)
		}
		if s.witness.saw("02") {
			t.Error("the press that was given up has arrived")
		}
	})
}

// An alarm must get through, through an outage of two days, and spares the battery:
// with delays of up to ten minutes it makes 6 attempts an hour, not 1800, and is
// there ten minutes after the server at the latest.
func TestAlarmRadio(t *testing.T) {
	const outage = 48 * time.Hour
	onSite(t, robust.Config{
		Policy: robust.Forever(robust.Backoff{Initial: 2 * time.Second, Max: 10 * time.Minute}),
	}, func(s *site) {
		s.run(func() { _, err := s.Connect(s.ctx, false); s.must(err) })
		s.stopBroker()
		alarm := s.begin(func() { s.must(s.say("01")) })
		s.pass(outage)
		s.newBroker()
		s.join(alarm, 10*time.Minute+time.Second)
		s.pass(time.Second)
		if !s.witness.saw("01") {
			t.Error("the alarm has not arrived")
		}
		if s.dials > 48*6+12 {
			t.Errorf("%d attempts, want 6 an hour", s.dials)
		}
		s.wantRadio(radio{
			dials:       s.dials,
			connections: 2,
			sent:        2*connectSize + messageSizeID,
			received:    2*connackSize + pubackSize,
		})
	})
}

// A server that takes connections and answers none, for a day: each attempt costs a
// CONNECT and the time to wait for its CONNACK, and they come as seldom as those that
// are refused.
func TestSilentServerRadio(t *testing.T) {
	const wait, silence = 5 * time.Second, 24 * time.Hour
	onSite(t, robust.Config{
		Config: client.Config{ConnectTimeout: wait},
		Policy: robust.Forever(robust.Backoff{Initial: 2 * time.Second, Max: 10 * time.Minute}),
	}, func(s *site) {
		s.dialled = func() { // while the client runs, so it goes by the clock
			if time.Since(s.start) < silence {
				s.link.Arm(fault.Rule{Match: fault.Match{Type: wire.CONNECT, Nth: 1}, Action: fault.Stall{}})
			}
		}
		alarm := s.begin(func() {
			_, err := s.Connect(s.ctx, false)
			s.must(err)
			s.must(s.say("01"))
		})
		s.pass(silence)
		s.join(alarm, 10*time.Minute+wait)
		if s.dials > 24*6+12 {
			t.Errorf("%d attempts, want 6 an hour", s.dials)
		}
		s.wantRadio(radio{
			dials:       s.dials,
			connections: s.dials,
			sent:        s.dials*connectSize + messageSizeID,
			received:    connackSize + pubackSize,
		})
	})
}
