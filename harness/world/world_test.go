package world

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

var connect = (&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}).Append(nil)

// dialed opens a connection of the subject and sends data on it.
func dialed(t *testing.T, w *World, data ...byte) net.Conn {
	t.Helper()
	nc, err := w.Link.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if _, err := nc.Write(data); err != nil {
		t.Fatal(err)
	}
	return nc
}

// lines returns the first lines of a world's records.
func lines(w *World) []string {
	var s []string
	for _, r := range w.Recorder.Since(0) {
		s = append(s, r.String())
	}
	return s
}

// The subject of a simulated world reaches the broker, and what passes is recorded on the world's clock, off the
// whole seconds at which the broker's tickers fire.
func TestInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := alone(t, Config{Name: "my/scenario", Broker: true})
		if d := time.Since(start); d != time.Millisecond {
			t.Errorf("the world begins %v after the bubble, want 1ms", d)
		}
		if !w.Simulated() || w.Addr != "" || w.Now() != 0 {
			t.Errorf("simulated %t, address %q, now %v", w.Simulated(), w.Addr, w.Now())
		}
		if w.Silence() != time.Second || w.Moment() != time.Millisecond {
			t.Errorf("silence %v, moment %v", w.Silence(), w.Moment())
		}
		time.Sleep(2 * time.Second)
		nc := dialed(t, w, connect...)
		var answer [4]byte
		read := make(chan error, 1)
		go func() {
			_, err := io.ReadFull(nc, answer[:])
			read <- err
		}()
		if ok, err := w.Let(func() (bool, error) { return len(read) == 1, nil }, time.Second); !ok || err != nil {
			t.Fatalf("no answer: %v", err)
		}
		want := []string{`2.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"`, `2.000 < CONNACK sp=0 code=0`}
		if diff := cmp.Diff(want, lines(w)); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if name := w.Recorder.Capture().Name; name != "my/scenario" {
			t.Errorf("the capture's name is %q", name)
		}
		if err := w.ConnectWitness(); err != nil {
			t.Fatal(err)
		}
		v := w.Witness()
		w.Close()
		if _, err := nc.Read(answer[:]); err == nil || err == io.EOF {
			t.Errorf("after Close the subject's connection reads %v, want a reset", err)
		}
		if v.Err() == nil {
			t.Error("after Close the witness still reads")
		}
		if d := w.Now(); d != 2*time.Second {
			t.Errorf("Close takes %v", d-2*time.Second)
		}
	})
}

// Without a broker the caller plays the peer, and nothing answers.
func TestInBubbleAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{})
		nc := dialed(t, w, connect...)
		if ok, err := w.Let(func() (bool, error) { return w.Recorder.Len() > 1, nil }, time.Hour); ok || err != nil {
			t.Errorf("somebody answers: %v", lines(w))
		}
		if err := w.Link.Send(1, []byte{0x20, 2, 0, 0}); err != nil {
			t.Fatal(err)
		}
		w.Let(func() (bool, error) { return false, nil }, w.Moment())
		answer := make([]byte, 4)
		if _, err := io.ReadFull(nc, answer); err != nil || answer[0] != 0x20 {
			t.Errorf("the caller's packet arrives as % x, %v", answer, err)
		}
		w.Close()
	})
}

// Settle lets a goroutine finish what it can do without time.
func TestSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{})
		defer w.Close()
		done := false
		go func() {
			for range 100 {
				c := make(chan int)
				go func() { c <- 1 }()
				<-c
			}
			done = true
		}()
		w.Settle()
		if !done || w.Now() != 0 {
			t.Errorf("done %t, and %v have passed", done, w.Now())
		}
	})
}

// Close waits for the subject's goroutines that end by a timer, if there may be any. It waits for all others,
// too, before it stops the broker.
func TestCloseLingers(t *testing.T) {
	for _, tt := range []struct {
		lingers bool
		d       time.Duration
	}{{false, 0}, {true, time.Hour}} {
		synctest.Test(t, func(t *testing.T) {
			w := alone(t, Config{Lingers: tt.lingers})
			nc := dialed(t, w)
			ended := false
			go func() {
				nc.Read(make([]byte, 1))
				ended = true
			}()
			w.drop()
			if !ended {
				t.Error("the subject's reader has not ended")
			}
			w.Close()
			if d := w.Now(); d != tt.d {
				t.Errorf("lingers %t: Close takes %v, want %v", tt.lingers, d, tt.d)
			}
		})
	}
}

// The order of packets is that of the configuration, or that of its seed.
func TestOrder(t *testing.T) {
	if (Config{}).order() != nil {
		t.Error("seed 0 has an order of its own")
	}
	last := func(n int) int { return n - 1 }
	if o := (Config{Seed: 7, Order: last}).order(); o == nil || o(1000) != 999 {
		t.Error("the order is not the one that is given")
	}
	seeded, want := (Config{Seed: 7}).order(), proxy.Seeded(7)
	for range 10 {
		if got, want := seeded(1000), want(1000); got != want {
			t.Errorf("seed 7 chooses %d, want %d", got, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		w := alone(t, Config{Order: func(n int) int { asked++; return n - 1 }})
		dialed(t, w, 0xc0, 0)
		dialed(t, w, 0xc0, 0)
		w.Let(func() (bool, error) { return false, nil }, time.Second)
		if asked != 1 {
			t.Errorf("the order is asked %d times about two packets, want once", asked)
		}
		w.Close()
	})
}

// The seed drives random faults, in both worlds alike, and 0 is a seed.
func TestSeedDrivesFaults(t *testing.T) {
	losses := func(t *testing.T, w *World) (lost string) {
		w.Link.Arm(fault.Rule{Match: fault.Match{Type: wire.PUBACK, Probability: 0.5}, Action: fault.Drop{}})
		w.Link.Arm(fault.Rule{Match: fault.Match{Type: wire.DISCONNECT}, Action: fault.Duplicate{}})
		nc := dialed(t, w)
		for id := range uint16(40) {
			nc.Write((&wire.Puback{PacketID: id + 1}).Append(nil))
		}
		nc.Write([]byte{0xe0, 0})
		ok, err := w.Let(func() (bool, error) {
			return slices.ContainsFunc(w.Recorder.Since(0), func(r capture.Record) bool { return strings.Contains(r.Text, "duplicate") }), nil
		}, 5*time.Second)
		if !ok {
			t.Fatalf("not all has arrived: %v", err)
		}
		for _, r := range w.Recorder.Since(0) {
			if r.Kind == capture.Event {
				lost += r.Text + "\n"
			}
		}
		return lost
	}
	var got [2][2]string
	for seed := range got {
		synctest.Test(t, func(t *testing.T) {
			w := alone(t, Config{Seed: uint64(seed)})
			got[seed][0] = losses(t, w)
			w.Close()
		})
		w, err := OverTCP(Config{Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		got[seed][1] = losses(t, w)
		w.Close()
		if got[seed][0] != got[seed][1] {
			t.Errorf("seed %d, simulated and real (-simulated +real):\n%s", seed, cmp.Diff(got[seed][0], got[seed][1]))
		}
	}
	if got[0] == got[1] {
		t.Errorf("both seeds lose the same: %s", got[0])
	}
}

// A world of real sockets has a broker that the subject and the witness reach, and gives all back when it closes.
func TestOverTCP(t *testing.T) {
	w, err := OverTCP(Config{Name: "my/scenario", Broker: true})
	if err != nil {
		t.Fatal(err)
	}
	if w.Simulated() || w.Silence() != 100*time.Millisecond || w.Moment() != 100*time.Millisecond {
		t.Errorf("simulated %t, silence %v, moment %v", w.Simulated(), w.Silence(), w.Moment())
	}
	w.Settle()
	nc, err := net.Dial("tcp", w.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.Write(connect)
	answer := make([]byte, 4)
	if _, err := io.ReadFull(nc, answer); err != nil || !slices.Equal(answer, []byte{0x20, 2, 0, 0}) {
		t.Errorf("the broker answers % x, %v", answer, err)
	}
	if ok, err := w.Let(func() (bool, error) { return w.Recorder.Len() == 2, nil }, 5*time.Second); !ok || err != nil {
		t.Errorf("%d records, want 2: %v", w.Recorder.Len(), err)
	}
	var last time.Duration
	for _, r := range w.Recorder.Since(0) {
		if r.Time < last || r.Time <= 0 || r.Time > w.Now()+time.Second {
			t.Errorf("the times are not those of the world, %v now: %v", w.Now(), lines(w))
		}
		last = r.Time
	}
	if name := w.Recorder.Capture().Name; name != "my/scenario" {
		t.Errorf("the capture's name is %q", name)
	}
	if err := w.ConnectWitness(); err != nil {
		t.Fatal(err)
	}
	v := w.Witness()
	connectsWith(t, w, v)
	if n := w.Link.Conns(); n != 1 {
		t.Errorf("%d connections count as the subject's, want 1", n)
	}
	peer := v.conn.RemoteAddr().String()
	w.Close()
	if v.Err() == nil {
		t.Error("after Close the witness still reads")
	}
	for what, addr := range map[string]string{"the link": w.Addr, "the broker": peer} {
		if nc, err := net.Dial("tcp", addr); err == nil {
			nc.Close()
			t.Errorf("after Close somebody listens at the address of %s", what)
		}
	}
}

func TestOverTCPAlone(t *testing.T) {
	w, err := OverTCP(Config{Budget: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ConnectWitness(); err == nil {
		t.Error("the witness connects to nobody")
	}
	if _, err := w.Let(func() (bool, error) { return false, nil }, time.Minute); !errors.Is(err, ErrBudget) {
		t.Errorf("Let returns %v, want %v", err, ErrBudget)
	}
	if c, err := w.Link.Dial(context.Background()); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
	w.Close()
}

// A simulated world whose broker does not start is an error.
func TestInBubbleWithoutABroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := InBubble(Config{Broker: true, Misdeed: "sings"})
		if w != nil || err == nil || err.Error() != `world: the broker has no misdeed "sings"` {
			t.Errorf("InBubble returns a world: %t, and the error %v", w != nil, err)
		}
	})
}

// The broker of a world does the misdeed that it is asked for, and no other.
func TestMisdeed(t *testing.T) {
	for _, tt := range []struct {
		misdeed string
		second  uint16 // what the second PUBACK names
	}{{"", 3}, {"other-id", 0x2003}} {
		synctest.Test(t, func(t *testing.T) {
			w := alone(t, Config{Broker: true, Misdeed: tt.misdeed})
			defer w.Close()
			nc := dialed(t, w, connect...)
			for id := uint16(2); id <= 3; id++ {
				nc.Write((&wire.Publish{Topic: "t", QoS: 1, PacketID: id}).Append(nil))
				w.Let(func() (bool, error) { return false, nil }, time.Second)
			}
			var ids []uint16
			for _, r := range w.Recorder.Since(0) {
				q, _ := r.Packet()
				if ack, ok := q.(*wire.Puback); ok {
					ids = append(ids, ack.PacketID)
				}
			}
			if want := []uint16{2, tt.second}; !slices.Equal(ids, want) {
				t.Errorf("misdeed %q: the broker acknowledges %d, want %d", tt.misdeed, ids, want)
			}
		})
	}
}
