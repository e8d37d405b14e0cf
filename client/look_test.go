package client_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// Messages that come while a PINGRESP is pending, read ahead for its sake, arrive as
// they should, and the PINGRESP is seen wherever it lies among them: in calls that
// nest, and with a buffer that is full more than once.
func TestPongAmongMessages(t *testing.T) {
	const messages = 40
	for pongAt := range messages + 1 {
		for _, maxDepth := range []int{1, 3} {
			play(t, client.Config{MaxPacket: 128, MaxDepth: maxDepth, PingTimeout: sec}, func(w *world) {
				w.connect(true)
				var got, want []string
				pongs, depth := 0, 1
				read := func() {
					kind, err := w.c.CheckMsg()
					if kind == client.KindPing {
						pongs++
					} else if kind != client.KindMessage || err != nil {
						w.Errorf("pong at %d, message %d: %v, %v", pongAt, len(got), kind, err)
					}
				}
				w.c.SetCallback(func(m client.Message) {
					text := string(m.Payload)
					got = append(got, text)
					if depth++; depth <= maxDepth && len(got)%3 == 0 && len(got) < messages/2 {
						read()
					}
					depth--
					same(w.T, string(m.Payload), text)
				})
				w.is(w.c.Ping(), nil)
				for i := range messages + 1 {
					if i == pongAt {
						_, _ = w.server.Write(raw(pong))
					}
					if i < messages {
						text := fmt.Sprintf("%0*d", i*i%97+2, i)
						_, _ = w.server.Write(append([]byte{0x30, byte(3 + len(text)), 0, 1, 't'}, text...))
						want = append(want, text)
					}
				}
				for len(got) < messages || pongs == 0 && !w.Failed() {
					read()
				}
				same(w.T, got, want)
				same(w.T, pongs, 1)
				w.is(w.c.Ping(), nil)
				w.send(pong)
				read()
				same(w.T, pongs, 2)
				if size := client.BufferSize(w.c); size > (maxDepth+1)*128 {
					w.Errorf("the buffer has %d bytes", size)
				}
			})
		}
	}
}

// counted counts how often it is read.
type counted struct {
	*simnet.Conn
	reads int
}

func (c *counted) TryRead(p []byte) (int, error) {
	c.reads++
	return c.Conn.TryRead(p)
}

// Reading ahead costs each message the same, however many have come: the buffer that
// is full is not moved and filled again for each.
func TestLookAheadOfMany(t *testing.T) {
	const maxPacket, messages = 4000, 10_000
	var conn *counted
	dial := func(context.Context) (net.Conn, error) {
		a, b := simnet.Pipe(0)
		go func() {
			_, _ = b.Write(raw("20 02 00 00"))
			for range messages {
				_, _ = b.Write(raw(hello))
			}
		}()
		conn = &counted{Conn: a}
		return conn, nil
	}
	play(t, client.Config{Dial: dial, MaxPacket: maxPacket, MaxDepth: 1, PingTimeout: sec}, func(w *world) {
		_, err := w.c.Connect(context.Background(), true)
		w.is(err, nil)
		w.is(w.c.Ping(), nil)
		conn.reads = 0
		for range messages {
			w.start(w.wait).ok()
		}
		if most := messages / 10; conn.reads > most {
			w.Errorf("%d reads of %d messages, want at most %d", conn.reads, messages, most)
		}
	})
}
