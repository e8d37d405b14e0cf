package world

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// What the witness keeps of what it is sent, what it answers, and what ends it.
func TestWitness(t *testing.T) {
	long := string(bytes.Repeat([]byte("x"), 10_000))
	for _, tt := range []struct {
		name     string
		sent     []string // each is one write
		acks     map[wire.Type]int
		messages []string
		answers  []byte
		err      string
	}{
		{name: "nothing"},
		{name: "acknowledgements", sent: []string{"\x20\x02\x00\x00", "\x90\x03\x00\x01\x00", "\x40\x02\x00\x01", "\x40\x02\x00\x02"},
			acks: map[wire.Type]int{wire.CONNACK: 1, wire.SUBACK: 1, wire.PUBACK: 2}},
		{name: "one write", sent: []string{"\x20\x02\x00\x00\x90\x03\x00\x01\x00\x40\x02\x00"}, acks: map[wire.Type]int{wire.CONNACK: 1, wire.SUBACK: 1}},
		{name: "bytes one by one", sent: strings.Split("\x40\x02\x00\x01\x40\x02\x00\x02", ""), acks: map[wire.Type]int{wire.PUBACK: 2}},
		{name: "messages of each QoS", sent: []string{"\x30\x04\x00\x01ta", "\x32\x06\x00\x01t\x00\x07b", "\x34\x06\x00\x01t\x00\x08c", "\x32\x06\x00\x01t\x01\x09d"},
			messages: []string{"a", "b", "c", "d"}, answers: []byte{0x40, 2, 0, 7, 0x40, 2, 1, 9}},
		{name: "a long message", sent: []string{"\x30\x93\x4e\x00\x01t" + long}, messages: []string{long}},
		{name: "the end", sent: []string{"\x40\x02\x00\x01", ""}, acks: map[wire.Type]int{wire.PUBACK: 1}, err: "its connection has ended: EOF"},
		{name: "a malformed packet", sent: []string{"\x40\x02\x00\x01\x41\x02\x00\x01\x40\x02\x00\x01"}, acks: map[wire.Type]int{wire.PUBACK: 1}, err: "malformed PUBACK"},
		{name: "a client's packet", sent: []string{"\xc0\x00", "\xd0\x00"}, err: "malformed PINGREQ"},
		{name: "no packet", sent: []string{"\x30\xff\xff\xff\xff\x01"}, err: "malformed PUBLISH"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				own, peer := simnet.Pipe(0)
				wakes := 0
				w := newWitness(own, func() { wakes++ })
				for _, s := range tt.sent {
					if before := wakes; s == "" {
						peer.CloseWrite()
						synctest.Wait()
					} else if peer.Write([]byte(s)); true {
						synctest.Wait()
						if wakes == before && w.Err() == nil {
							t.Errorf("nobody is woken by % x", s)
						}
					}
				}
				synctest.Wait()
				if err := w.Err(); err == nil && tt.err != "" || err != nil && (tt.err == "" || !strings.HasPrefix(err.Error(), tt.err)) {
					t.Errorf("the error is %v, want %q", err, tt.err)
				}
				for typ := wire.Type(0); typ < 16; typ++ {
					if n := w.Acks(typ); n != tt.acks[typ] {
						t.Errorf("%d packets of the type %v, want %d", n, typ, tt.acks[typ])
					}
				}
				var messages []string
				for {
					q, ok := w.Peek()
					if !ok {
						break
					}
					if again, _ := w.Peek(); again != q {
						t.Error("Peek removes the message")
					}
					messages = append(messages, string(q.Payload))
					w.Pop()
				}
				if diff := cmp.Diff(tt.messages, messages); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
				before := wakes
				w.end()
				if wakes == before && tt.err == "" {
					t.Error("nobody is woken by the end")
				}
				answers, err := io.ReadAll(peer)
				if err != nil && tt.err == "" {
					t.Errorf("the connection is not closed: %v", err)
				}
				if !bytes.Equal(answers, tt.answers) {
					t.Errorf("the witness answers % x, want % x", answers, tt.answers)
				}
			})
		})
	}
}

// A message that cannot be acknowledged is kept, and ends the witness.
func TestWitnessCannotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, peer := simnet.Pipe(0)
		w := newWitness(own, func() {})
		own.CloseWrite()
		peer.Write([]byte("\x32\x06\x00\x01t\x00\x07b"))
		synctest.Wait()
		if _, ok := w.Peek(); !ok || w.Err() == nil {
			t.Errorf("message %t, error %v, want both", ok, w.Err())
		}
		if err := w.Send(&wire.Pingreq{}); err == nil {
			t.Error("Send returns no error")
		}
		w.end()
	})
}

func TestWitnessSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, peer := simnet.Pipe(0)
		w := newWitness(own, func() {})
		for want := uint16(1); want <= 3; want++ {
			if id := w.NextID(); id != want {
				t.Errorf("the packet identifier is %d, want %d", id, want)
			}
		}
		if err := w.Send(&wire.Puback{PacketID: 5}); err != nil {
			t.Error(err)
		}
		w.end()
		if got, _ := io.ReadAll(peer); string(got) != "\x40\x02\x00\x05" {
			t.Errorf("Send writes % x", got)
		}
	})
}

// The witness reaches the broker beside the subject's link, and a new connection takes the place of the old one.
func TestConnectWitness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{Broker: true})
		defer w.Close()
		if w.Witness() != nil {
			t.Error("there is a witness before it connects")
		}
		var first *Witness
		for range 2 {
			if err := w.ConnectWitness(); err != nil {
				t.Fatal(err)
			}
			v := w.Witness()
			if v == first {
				t.Error("the witness is still the old one")
			}
			connectsWith(t, w, v)
			if first == nil {
				first = v
			}
		}
		if err := first.Err(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the old connection: %v, want %v", err, net.ErrClosed)
		}
		if n := w.Link.Conns(); n != 0 {
			t.Errorf("%d of the witness's connections count as the subject's", n)
		}
		refuse := errors.New("refused")
		w.dial = func(context.Context) (net.Conn, error) { return nil, refuse }
		old := w.Witness()
		if err := w.ConnectWitness(); err != refuse || w.Witness() != old {
			t.Errorf("a dial that fails: %v, want %v and the old witness", err, refuse)
		}
	})
}

// connectsWith lets the witness connect to the broker.
func connectsWith(t *testing.T, w *World, v *Witness) {
	t.Helper()
	if err := v.Send(&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "witness"}); err != nil {
		t.Fatal(err)
	}
	start := w.Now()
	if ok, err := w.Let(func() (bool, error) { return v.Acks(wire.CONNACK) == 1, v.Err() }, time.Second); !ok || err != nil {
		t.Fatalf("no CONNACK within a second: %v", err)
	}
	if d := w.Now() - start; w.Simulated() && d != 0 {
		t.Errorf("the CONNACK takes %v of virtual time: the arrival wakes nobody", d)
	}
}

func TestConnectWitnessToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{})
		if err := w.ConnectWitness(); err == nil || w.Witness() != nil {
			t.Errorf("without a broker: error %v, witness %v", err, w.Witness())
		}
		w.Close()
	})
}
