package client_test

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
)

// stream is one of each kind of packet, and the kinds.
const stream = hello + pong + `33 0a 0002 "tt" 0007 "four"` + "40 02 0063" + `3b 06 0001 "t" 0008 "e"`

var streamKinds = []client.Kind{
	client.KindMessage, client.KindPing, client.KindMessage, client.KindAck, client.KindMessage,
}

var streamMessages = []client.Message{
	{Topic: []byte("t"), Payload: []byte("hell")},
	{Topic: []byte("tt"), Payload: []byte("four"), QoS: 1, Retain: true, PacketID: 7},
	{Topic: []byte("t"), Payload: []byte("e"), QoS: 1, Retain: true, Dup: true, PacketID: 8},
}

// collect sets a callback that keeps copies of the messages.
func collect(c *client.Client) *[]client.Message {
	var got []client.Message
	c.SetCallback(func(m client.Message) {
		m.Topic, m.Payload = []byte(string(m.Topic)), []byte(string(m.Payload))
		got = append(got, m)
	})
	return &got
}

// CheckMsg never waits. It keeps half a packet and delivers nothing of it.
func TestCheckMsgSplits(t *testing.T) {
	all := raw(stream)
	for at := 1; at < len(all); at++ {
		play(t, client.Config{}, func(w *world) {
			w.connect(true)
			messages := collect(w.c)
			var kinds []client.Kind
			check := func() {
				w.Helper()
				for {
					kind, err := w.c.CheckMsg()
					if err != nil {
						w.Fatal(err)
					}
					if kind == client.KindNone {
						return
					}
					kinds = append(kinds, kind)
				}
			}
			_, _ = w.server.Write(all[:at])
			check()
			check()
			_, _ = w.server.Write(all[at:])
			check()
			same(w.T, kinds, streamKinds)
			same(w.T, *messages, streamMessages)
			w.want("40 02 0007", "40 02 0008")
			same(w.T, w.now(), 0)
		})
	}
}

// WaitMsg goes on byte by byte, and loses nothing when it is cancelled in between.
func TestWaitMsgCancelled(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		messages := collect(w.c)
		var kinds []client.Kind
		for _, b := range raw(stream) {
			ctx, cancel := context.WithCancel(context.Background())
			c := w.start(func() error {
				kind, err := w.c.WaitMsg(ctx)
				if err == nil {
					kinds = append(kinds, kind)
				}
				return err
			})
			_, _ = w.server.Write([]byte{b})
			if !c.returned() {
				cancel()
				w.is(c.result(), context.Canceled)
				w.state(c.err, true, 0)
			}
			cancel()
		}
		same(w.T, kinds, streamKinds)
		same(w.T, *messages, streamMessages)
		w.want("40 02 0007", "40 02 0008")
	})
}

// A context that ends at the same instant as the packet comes costs nothing.
func TestWaitMsgDeadline(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := w.c.WaitMsg(ctx)
		w.is(err, context.DeadlineExceeded)
		same(w.T, w.now(), time.Second)
		w.send(hello)
		_, err = w.c.WaitMsg(ctx)
		w.is(err, context.DeadlineExceeded)
		c := w.start(w.wait)
		c.ok()
	})
}

// Each way for a connection to end in the middle of a packet, at each byte.
func TestCut(t *testing.T) {
	publish := raw(`32 08 0001 "t" 0007 "abc"`)
	for at := range publish {
		for name, end := range map[string]error{"FIN": io.EOF, "RST": syscall.ECONNRESET} {
			play(t, client.Config{}, func(w *world) {
				w.connect(true)
				messages := collect(w.c)
				c := w.start(w.wait)
				_, _ = w.server.Write(publish[:at])
				if name == "FIN" {
					_ = w.server.Close()
				} else {
					_ = w.server.Reset()
				}
				w.is(c.result(), end)
				w.state(c.err, false, 0)
				same(w.T, len(*messages), 0)
				// Nothing of it is left for the next connection.
				w.connect(true)
				w.send(hello)
				w.start(w.wait).ok()
				same(w.T, len(*messages), 1)
			})
		}
	}
}

// What came whole before the end is delivered before the end is reported.
func TestEndAfterPackets(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		messages := collect(w.c)
		w.send(hello + hello)
		_ = w.server.CloseWrite()
		for range 2 {
			if kind, err := w.c.CheckMsg(); kind != client.KindMessage || err != nil {
				w.Fatal(kind, err)
			}
		}
		same(w.T, len(*messages), 2)
		_, err := w.c.CheckMsg()
		w.is(err, io.EOF)
		_, err = w.c.CheckMsg()
		w.is(err, client.ErrClosed)
		w.gone()
	})
}

// Without a callback a message is acknowledged all the same [MQTT-4.5.0-2].
func TestNoCallback(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.send(`32 05 0001 "t" 0007`)
		w.start(w.wait).ok()
		w.want("40 02 0007")
	})
}

// U+FEFF is kept [MQTT-1.5.3-3].
func TestByteOrderMark(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		messages := collect(w.c)
		w.send(`30 06 0004 efbbbf "t"`)
		w.start(w.wait).ok()
		same(w.T, (*messages)[0].Topic, []byte("\ufefft"))
	})
}

// The kind is that of what was dealt with, beside an error too: a message only if the
// callback has had it.
func TestKindBesideError(t *testing.T) {
	for name, tt := range map[string]struct {
		packet string
		want   client.Kind
	}{
		"the callback closes":  {`32 05 0001 "t" 0007`, client.KindMessage},
		"not for the callback": {`32 05 0001 "#" 0007`, client.KindNone},
		"not known":            {"00 00", client.KindNone},
		"not asked for":        {"90 03 0001 00", client.KindNone},
	} {
		t.Run(name, func(t *testing.T) {
			for _, read := range []func(c *client.Client) (client.Kind, error){
				func(c *client.Client) (client.Kind, error) { return c.CheckMsg() },
				func(c *client.Client) (client.Kind, error) { return c.WaitMsg(context.Background()) },
			} {
				play(t, client.Config{}, func(w *world) {
					w.connect(true)
					w.c.SetCallback(func(client.Message) { _ = w.c.Close() })
					w.send(tt.packet)
					kind, err := read(w.c)
					same(w.T, kind, tt.want)
					w.state(err, false, 0)
				})
			}
		})
	}
}

func TestKindString(t *testing.T) {
	got := fmt.Sprint(client.KindNone, client.KindMessage, client.KindAck, client.KindPing, client.KindSkipped)
	if diff := cmp.Diff("none message ack ping skipped", got); diff != "" {
		t.Fatal(diff)
	}
}
