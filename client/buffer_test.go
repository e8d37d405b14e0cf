package client_test

import (
	"fmt"
	"testing"

	"umqtt/client"
)

// The bytes of a message stay as they are until its callback returns, whatever
// nested calls receive and however the buffer grows.
func TestMessageBytesStay(t *testing.T) {
	for _, max := range []int{0, 128} {
		play(t, client.Config{MaxPacket: max}, func(w *world) {
			w.connect(true)
			depth := 0
			w.c.SetCallback(func(m client.Message) {
				if depth++; depth < client.DefaultMaxDepth {
					for range 3 {
						if err := w.wait(); err != nil {
							w.Error(err)
						}
					}
				}
				depth--
				if len(m.Payload) > 0 {
					for _, b := range m.Payload {
						if b != m.Topic[0] {
							w.Errorf("topic %s: payload has %c", m.Topic, b)
							break
						}
					}
				}
				// The caller's append does not reach the next packet.
				_ = append(m.Payload, "garbage"...)
				_ = append(m.Topic, "garbage"...)
			})
			c := w.start(w.wait)
			for i := 0; !c.returned(); i++ {
				topic, size := byte('a'+i%26), 1+i*37%122
				p := append([]byte{0x30, byte(3 + size), 0, 1}, topic)
				for range size {
					p = append(p, topic)
				}
				if _, err := w.server.Write(p); err != nil || i > 1e5 {
					w.Fatal(err, i)
				}
			}
			c.ok()
			if max > 0 && client.BufferSize(w.c) > (client.DefaultMaxDepth+1)*max {
				w.Errorf("the buffer has grown to %d", client.BufferSize(w.c))
			}
		})
	}
}

// The packets of all depths fit into (MaxDepth+1)*MaxPacket bytes, and a buffer of
// the caller's of that size is never replaced.
func TestBufferBound(t *testing.T) {
	const maxPacket, maxDepth = 200, 3
	own := make([]byte, (maxDepth+1)*maxPacket)
	play(t, client.Config{MaxPacket: maxPacket, MaxDepth: maxDepth, ReadBuffer: own}, func(w *world) {
		w.connect(true)
		depth := 0
		w.c.SetCallback(func(m client.Message) {
			if &own[0] == &m.Topic[0] || len(m.Payload) != 194 && len(m.Payload) != 1 {
				w.Errorf("%d bytes", len(m.Payload))
			}
			if depth++; depth < maxDepth {
				for range 5 {
					if err := w.wait(); err != nil {
						w.Error(err)
					}
				}
			}
			depth--
		})
		c := w.start(w.wait)
		large := append(raw(`30 c5 01 0001 "t"`), make([]byte, 194)...)
		for i := 0; !c.returned(); i++ {
			_, _ = w.server.Write(large)
			_, _ = w.server.Write(raw(`30 04 0001 "t" 00`))
		}
		c.ok()
		same(w.T, client.BufferSize(w.c), len(own))
	})
}

// What a callback appends to a message reaches neither its other parts nor the next
// message.
func TestAppendInCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		var got []string
		w.c.SetCallback(func(m client.Message) {
			_ = append(m.Topic, 'x')
			_ = append(m.Payload, 'x')
			got = append(got, fmt.Sprintf("%s=%s", m.Topic, m.Payload))
		})
		w.send(`30 05 0001 "a" "12"` + `30 05 0001 "b" "34"`)
		for range 2 {
			w.start(w.wait).ok()
		}
		same(w.T, got, []string{"a=12", "b=34"})
	})
}

// A Read may take the rest of the packet at hand, and readAhead bytes in any case. What
// is not used up moves down only when that packet, or one more byte, has no room.
func TestRoom(t *testing.T) {
	type room struct{ Begin, End, R, W int }
	for _, tt := range []struct {
		name              string
		floor, r, w, need int
		want              room
	}{
		{"empty", 0, 0, 0, 0, room{0, 2048, 0, 0}},
		{"used up", 0, 300, 300, 0, room{0, 2048, 0, 0}},
		{"used up above the floor", 200, 300, 300, 0, room{200, 2248, 200, 200}},
		{"a part", 0, 100, 200, 150, room{200, 2248, 100, 200}},
		{"a part, far up", 0, 1500, 1600, 0, room{1600, 3648, 1500, 1600}},
		{"less than readAhead left", 0, 3000, 3100, 0, room{3100, 4096, 3000, 3100}},
		{"a large packet", 0, 0, 10, 4000, room{10, 4000, 0, 10}},
		{"a packet that just fits", 0, 1000, 1010, 3096, room{1010, 4096, 1000, 1010}},
		{"a packet that does not", 0, 1000, 1010, 3097, room{10, 3097, 0, 10}},
		{"nor above the floor", 500, 1000, 1010, 3097, room{510, 3597, 500, 510}},
		{"a byte left", 0, 4000, 4095, 0, room{4095, 4096, 4000, 4095}},
		{"no byte left", 0, 4000, 4096, 0, room{96, 2144, 0, 96}},
		{"full", 0, 0, 4096, 0, room{4096, 4096, 0, 4096}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got room
			got.Begin, got.End, got.R, got.W = client.Room(4096, tt.floor, tt.r, tt.w, tt.need)
			same(t, got, tt.want)
		})
	}
}
