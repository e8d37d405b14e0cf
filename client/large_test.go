package client_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"umqtt/client"
)

// publishes sends a message of this size at QoS 0 and at QoS 1, and returns the sizes
// of the buffers that this leaves.
func (w *world) publishes(size int) []int {
	w.Helper()
	for qos := range byte(2) {
		c := w.start(func() error { return w.c.Publish(context.Background(), []byte("t"), make([]byte, size), qos, false) })
		p := w.packet()
		if len(p) < size {
			w.Fatalf("got % x, want PUBLISH", p)
		}
		if id := p[max(0, len(p)-size-2):]; qos == 1 {
			w.send(fmt.Sprintf("40 02 %x", id[:2]))
		}
		c.ok()
	}
	return client.WriteSizes(w.c)
}

// The buffers that a large message has made grow go with the next small one, and the
// receive buffer with its connection.
func TestLargeGivenUp(t *testing.T) {
	const large = 1 << 20
	play(t, client.Config{MaxPacket: 2 * large}, func(w *world) {
		w.connect(true)
		for range 2 {
			if got := w.publishes(large); slices.Min(got) < large {
				w.Errorf("buffers of %d", got)
			}
			if got := w.publishes(10); slices.Max(got) > 1000 {
				w.Errorf("buffers of %d after a message of 10 bytes", got)
			}
		}
		packet := append(raw(`30 83 80 40 0001 "t"`), bytes.Repeat([]byte("x"), large)...)
		_, _ = w.server.Write(packet)
		w.start(w.wait).ok()
		if got := client.BufferSize(w.c); got < large {
			w.Errorf("a receive buffer of %d", got)
		}
		w.connect(true)
		same(w.T, client.BufferSize(w.c), 512)
		// Not while a callback has the message.
		_, _ = w.server.Write(packet)
		w.c.SetCallback(func(m client.Message) {
			_ = w.c.Close()
			same(w.T, bytes.Count(m.Payload, []byte("x")), large)
		})
		w.is(w.wait(), client.ErrClosed)
		w.connect(true)
		_ = w.c.Close()
		same(w.T, client.BufferSize(w.c), 512)
	})
}

// Messages of the same order of size use the same memory, and so do small ones. What
// is the caller's stays in use.
func TestLargeKept(t *testing.T) {
	for _, tt := range []struct {
		cfg   client.Config
		sizes []int
	}{
		{client.Config{}, []int{200_000, 60_000, 200_000}},
		{client.Config{}, []int{60_000, 10, 60_000}},
		{client.Config{WriteBuffer: make([]byte, 1<<20), InflightBuffers: [][]byte{make([]byte, 1<<20)}}, []int{10, 1_000_000, 10}},
	} {
		play(t, tt.cfg, func(w *world) {
			w.connect(true)
			first := w.publishes(tt.sizes[0])
			for _, size := range tt.sizes[1:] {
				same(w.T, w.publishes(size), first)
			}
		})
	}
	play(t, client.Config{ReadBuffer: make([]byte, 100_000)}, func(w *world) {
		for range 2 {
			w.connect(true)
			same(w.T, client.BufferSize(w.c), 100_000)
		}
	})
}
