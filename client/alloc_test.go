package client_test

import (
	"context"
	"net"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// script is the server's end for allocation counts: it answers from within the
// client's Write, without a goroutine.
type script struct {
	*simnet.Conn
	server *simnet.Conn
	drain  [4096]byte
	answer [64]byte
}

func (s *script) Write(p []byte) (int, error) {
	n, err := s.Conn.Write(p)
	_, _ = s.server.TryRead(s.drain[:])
	switch p[0] >> 4 {
	case 1:
		_, _ = s.server.Write([]byte{0x20, 2, 0, 0})
	case 3:
		if p[0]&2 != 0 { // QoS 1: a message, then the PUBACK
			a := append(s.answer[:0], 0x32, 6, 0, 1, 't', 0, 9, 'x', 0x40, 2)
			_, _ = s.server.Write(append(a, p[5], p[6]))
		}
	case 12:
		_, _ = s.server.Write([]byte{0xd0, 0})
	}
	return n, err
}

func TestAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	s := &script{}
	c, err := client.New(client.Config{
		KeepAlive:  time.Minute,
		AckTimeout: time.Minute,
		Dial: func(context.Context) (net.Conn, error) {
			s.Conn, s.server = simnet.Pipe(0)
			return s, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.SetCallback(func(client.Message) {})
	ctx := context.Background()
	if _, err := c.Connect(ctx, true); err != nil && c.NextDue().IsZero() {
		t.Fatal(err)
	}
	cancellable, cancel := context.WithCancel(ctx)
	defer cancel()
	var fresh []context.Context
	for range 300 {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		fresh = append(fresh, ctx)
	}
	topic, payload := []byte("t"), []byte("x")
	incoming := []byte{0x32, 6, 0, 1, 't', 0, 9, 'x'}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		most float64
		f    func()
	}{
		{"publish QoS 0", 0, func() { must(c.Publish(ctx, topic, payload, 0, false)) }},
		{"publish QoS 1, receive", 0, func() { must(c.Publish(ctx, topic, payload, 1, false)) }},
		{"ping, wait", 0, func() {
			must(c.Ping())
			_, err := c.WaitMsg(ctx)
			must(err)
		}},
		{"wait for a message", 0, func() {
			_, _ = s.server.Write(incoming)
			_, err := c.WaitMsg(ctx)
			must(err)
		}},
		{"check for a message", 0, func() {
			_, _ = s.server.Write(incoming)
			_, err := c.CheckMsg()
			must(err)
		}},
		{"check for nothing", 0, func() {
			_, err := c.CheckMsg()
			must(err)
		}},
		{"new context", 5, func() {
			must(c.Publish(fresh[0], topic, payload, 1, false))
			fresh = fresh[1:]
		}},
		{"wait, cancellable", 0, func() {
			_, _ = s.server.Write(incoming)
			_, err := c.WaitMsg(cancellable)
			must(err)
		}},
		{"post and wait", 0, func() {
			for range 4 {
				_, err := c.Post(ctx, topic, payload, false)
				must(err)
			}
			must(c.WaitAcks(ctx))
		}},
		{"hold and flush", 0, func() {
			must(c.Hold())
			for range 4 {
				must(c.Publish(ctx, topic, payload, 0, false))
			}
			must(c.Flush(ctx))
		}},
		{"wait for a while", 0, func() {
			_, _ = s.server.Write(incoming)
			_, err := c.WaitFor(ctx, time.Hour)
			must(err)
		}},
		{"QoS 0, cancellable", 0, func() { must(c.Publish(cancellable, topic, payload, 0, false)) }},
		{"cancellable", 0, func() { must(c.Publish(cancellable, topic, payload, 1, false)) }},
	}
	for _, tt := range tests {
		if got := testing.AllocsPerRun(200, tt.f); got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
}

// With buffers of the caller's nothing of the client's memory grows.
func TestOwnBuffers(t *testing.T) {
	read, write, slot := make([]byte, 2*128), make([]byte, 64), make([]byte, 64)
	cfg := client.Config{
		MaxPacket: 128, MaxDepth: 1, MaxInflight: 1,
		ReadBuffer: read, WriteBuffer: write, InflightBuffers: [][]byte{slot},
	}
	play(t, cfg, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(m client.Message) {
			if !within(read, m.Topic) {
				w.Error("a message is not in ReadBuffer")
			}
		})
		c := w.start(w.publish("t", 1))
		w.send(hello + puback1)
		c.ok()
		w.start(w.publish("u", 0)).ok()
		same(w.T, slot[:8], raw(`32 06 0001 "t" 0001 "x"`)[:8])
		same(w.T, write[:6], raw(`30 04 0001 "u" "x"`))
	})
}

// within tells whether part is a part of whole.
func within(whole, part []byte) bool {
	for i := range whole {
		if &whole[i] == &part[0] {
			return true
		}
	}
	return false
}
