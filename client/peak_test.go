package client_test

import (
	"context"
	"net"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"umqtt/client"
)

// largeStream is a connection from which bytes come that nobody keeps: a CONNACK, then one
// large PUBLISH. It takes what is written.
type largeStream struct {
	net.Conn // nil: what is not overridden is not called
	head     []byte
	rest     int
	read     func() // before each Read
}

func (s *largeStream) Read(p []byte) (int, error) {
	s.read()
	if len(s.head) > 0 {
		n := copy(p, s.head)
		s.head = s.head[n:]
		return n, nil
	}
	n := min(len(p), s.rest, 64<<10)
	clear(p[:n])
	s.rest -= n
	return n, nil
}

func (s *largeStream) TryRead(p []byte) (int, error)    { return s.Read(p) }
func (s *largeStream) Write(p []byte) (int, error)      { return len(p), nil }
func (s *largeStream) Close() error                     { return nil }
func (s *largeStream) SetReadDeadline(time.Time) error  { return nil }
func (s *largeStream) SetWriteDeadline(time.Time) error { return nil }

// heap is how many bytes the heap's objects take, dead ones that are not yet swept
// included.
func heap() int {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int(sample[0].Value.Uint64())
}

// A packet is read into a buffer of its size: at most 1.25 times the packet is in use
// while it comes, also when a PINGRESP is looked for meanwhile.
func TestPeak(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	for _, size := range []int{200 << 10, 16<<20 - 7, 100<<20 + 1} {
		for _, pinged := range []bool{false, true} {
			n := size - 5
			head := []byte{0x20, 2, 0, 0, 0x30, byte(n) | 128, byte(n>>7) | 128, byte(n>>14) | 128, byte(n >> 21), 0, 1, 't'}
			peak, least := 0, 0
			conn := &largeStream{head: head[:4]}
			conn.read = func() { peak = max(peak, heap()) }
			c, err := client.New(client.Config{
				MaxPacket: 5 + 268435455, PingTimeout: time.Minute,
				Dial: func(context.Context) (net.Conn, error) { return conn, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			c.SetCallback(func(m client.Message) { got = len(m.Payload) })
			if _, err := c.Connect(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if pinged {
				if err := c.Ping(); err != nil {
					t.Fatal(err)
				}
			}
			runtime.GC()
			least, peak = heap(), 0
			conn.head, conn.rest = head[4:], n-3
			if _, err := c.WaitMsg(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got != n-3 {
				t.Fatalf("got a payload of %d bytes, want %d", got, n-3)
			}
			if most := size + size/4; peak-least > most {
				t.Errorf("%d bytes for a packet of %d, pinged %t: %.2f times as many", peak-least, size, pinged, float64(peak-least)/float64(size))
			}
		}
	}
}
