package client_test

import (
	"context"
	"errors"
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

// What a server may not send closes the connection, and the error names the rule.
var violations = []struct{ name, packet, statement string }{
	{"type 0", "00 00", "2.2.1-must-1"},
	{"type 15", "f0 00", "2.2.1-must-1"},
	{"CONNECT", "10 00", "2.2.1-must-2"},
	{"SUBSCRIBE", "82 06 0001 0001 74 01", "2.2.1-must-2"},
	{"UNSUBSCRIBE", "a2 05 0001 0001 74", "2.2.1-must-2"},
	{"PINGREQ", "c0 00", "2.2.1-must-2"},
	{"DISCONNECT", "e0 00", "2.2.1-must-2"},
	{"second CONNACK", "20 02 00 00", "MQTT-3.2.0-1"},
	{"PUBREC", "50 02 0001", "MQTT-4.8.0-1"},
	{"PUBREL", "62 02 0001", "MQTT-4.8.0-1"},
	{"PUBREL flags", "60 02 0001", "MQTT-3.6.1-1"},
	{"PUBCOMP", "70 02 0001", "MQTT-4.8.0-1"},
	{"PUBACK flags", "41 02 0001", "MQTT-2.2.2-1"},
	{"SUBACK flags", "91 03 0001 00", "MQTT-2.2.2-1"},
	{"UNSUBACK flags", "b8 02 0001", "MQTT-2.2.2-1"},
	{"PINGRESP flags", "d2 00", "MQTT-2.2.2-1"},
	{"five bytes of length", "30 80 80 80 80", "2.2.3-must-1"},
	{"PUBACK too short", "40 01 00", "2.2.3-must-2"},
	{"PUBACK too long", "40 03 0001 00", "2.2.3-must-2"},
	{"PUBACK id 0", "40 02 0000", "MQTT-2.3.1-6"},
	{"UNSUBACK too long", "b0 03 0001 00", "2.2.3-must-2"},
	{"PINGRESP too long", "d0 01 00", "2.2.3-must-2"},
	{"SUBACK too short", "90 01 00", "2.2.3-must-2"},
	{"SUBACK unasked", "90 03 0001 00", "MQTT-3.8.4-2"},
	{"UNSUBACK unasked", "b0 02 0001", "MQTT-3.10.4-4"},
	{"PUBLISH QoS 3", `36 05 0001 "t" 0001`, "MQTT-3.3.1-4"},
	{"PUBLISH DUP at QoS 0", `38 03 0001 "t"`, "MQTT-3.3.1-2"},
	{"PUBLISH without a topic", "30 00", "2.2.3-must-2"},
	{"PUBLISH half a topic length", "30 01 00", "2.2.3-must-2"},
	{"PUBLISH topic too long", `30 03 0002 "t"`, "2.2.3-must-2"},
	{"PUBLISH without an id", `32 03 0001 "t"`, "2.2.3-must-2"},
	{"PUBLISH half an id", `32 04 0001 "t" 00`, "2.2.3-must-2"},
	{"PUBLISH id 0", `32 05 0001 "t" 0000`, "MQTT-2.3.1-1"},
	{"PUBLISH empty topic", "30 02 0000", "MQTT-4.7.3-1"},
	{"PUBLISH topic +", `30 03 0001 "+"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic #", `30 05 0003 "a/#"`, "MQTT-3.3.2-2"},
	{"PUBLISH topic U+0000", `30 04 0002 "a" 00`, "MQTT-1.5.3-2"},
	{"PUBLISH topic not UTF-8", "30 03 0001 ff", "MQTT-1.5.3-1"},
	{"PUBLISH topic surrogate", "30 05 0003 eda080", "MQTT-1.5.3-1"},
}

func TestViolations(t *testing.T) {
	for _, tt := range violations {
		t.Run(tt.name, func(t *testing.T) {
			play(t, client.Config{}, func(w *world) {
				w.connect(true)
				messages := collect(w.c)
				w.send(tt.packet)
				err := w.start(w.wait).result()
				violated(w.T, err, tt.statement)
				w.state(err, false, 0)
				w.gone()
				same(w.T, len(*messages), 0)
				w.is(w.wait(), client.ErrClosed)
			})
		})
	}
}

// The violation is met by whichever call reads it.
func TestViolationInPublish(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(w.publish("t", 1))
		w.packet()
		w.send("e0 00")
		w.pending(c.result(), 1)
		violated(w.T, c.err, "2.2.1-must-2")
		w.gone()
	})
}

// QoS 2 is not supported, and the error says so.
func TestInboundQoS2(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.send(`34 05 0001 "t" 0001`)
		err := w.wait()
		w.is(err, client.ErrQoS2)
		w.state(err, false, 0)
		w.gone()
	})
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.send("50 02 0001")
		w.is(w.wait(), client.ErrQoS2)
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

// large is a PUBLISH of 300 bytes.
func large(first string, id string) []byte {
	p := raw(first + ` a9 02 0001 "t"` + id)
	return append(p, make([]byte, 300-len(p))...)
}

func TestOversizeClose(t *testing.T) {
	play(t, client.Config{MaxPacket: 299}, func(w *world) {
		w.connect(true)
		_, _ = w.server.Write(large("32", "0007")[:3]) // the header is enough
		err := w.wait()
		var e *client.OversizeError
		if !errors.As(err, &e) {
			w.Fatal(err)
		}
		same(w.T, *e, client.OversizeError{Size: 300})
		w.state(err, false, 0)
		w.gone()
	})
	play(t, client.Config{MaxPacket: 300}, func(w *world) {
		w.connect(true)
		_, _ = w.server.Write(large("32", "0007"))
		w.start(w.wait).ok()
		w.want("40 02 0007")
	})
}

// Skipped at every split: read past, acknowledged in its turn, reported.
func TestOversizeSkip(t *testing.T) {
	p := large("32", "0007")
	for at := 1; at < len(p); at++ {
		play(t, client.Config{MaxPacket: 299, OnOversize: client.OversizeSkip}, func(w *world) {
			w.connect(true)
			messages := collect(w.c)
			_, _ = w.server.Write(p[:at])
			if kind, err := w.c.CheckMsg(); kind != client.KindNone || err != nil {
				w.Fatal(kind, err)
			}
			_, _ = w.server.Write(p[at:])
			_, _ = w.server.Write(raw(`32 05 0001 "t" 0008`))
			kind, err := w.c.CheckMsg()
			same(w.T, kind, client.KindMessage)
			var e *client.OversizeError
			if !errors.As(err, &e) {
				w.Fatal(err)
			}
			same(w.T, *e, client.OversizeError{Size: 300, Count: 1})
			w.state(err, true, 0)
			w.start(w.wait).ok()
			w.want("40 02 0007", "40 02 0008")
			same(w.T, len(*messages), 1)
		})
	}
}

// A publish skips too, and a nested skip keeps the order of PUBACKs; the next
// WaitMsg tells.
func TestOversizeSkipNested(t *testing.T) {
	play(t, client.Config{MaxPacket: 299, OnOversize: client.OversizeSkip}, func(w *world) {
		w.connect(true)
		w.c.SetCallback(func(client.Message) {
			if err := w.publish("n", 1)(); err != nil {
				w.Error(err)
			}
			w.quiet()
		})
		c := w.start(w.wait)
		w.send(`32 05 0001 "t" 0005`)
		w.want(`32 06 0001 "n" 0001 "x"`)
		_, _ = w.server.Write(large("30", ""))
		_, _ = w.server.Write(large("32", "0007"))
		w.send(puback1)
		var e *client.OversizeError
		if !errors.As(c.result(), &e) {
			w.Fatal(c.err)
		}
		same(w.T, *e, client.OversizeError{Size: 300, Count: 2})
		w.want("40 02 0005", "40 02 0007")
	})
}

// What is skipped must be a PUBLISH that a server may send, as what is delivered:
// the one that is not is not acknowledged, and closes the connection.
func TestOversizeSkipViolations(t *testing.T) {
	for packet, statement := range map[string]string{
		"32 a9 02 0001 74 0000":            "MQTT-2.3.1-1",
		"32 a9 02 0126 74":                 "2.2.3-must-2",
		"30 a9 02 0128 74":                 "2.2.3-must-2",
		"32 a9 02 0000 0007":               "MQTT-4.7.3-1",
		`32 a9 02 0003 "a/#" 0007`:         "MQTT-3.3.2-2",
		`30 a9 02 0003 "+/a"`:              "MQTT-3.3.2-2",
		`32 a9 02 0003 "a" 00 "b" 0007`:    "MQTT-1.5.3-2",
		`32 a9 02 0003 "a" ff "b" 0007`:    "MQTT-1.5.3-1",
		"32 a9 02 0003 eda080 0007":        "MQTT-1.5.3-1",
		`32 a9 02 0003 "a" c3a9 0007`:      "",
		`32 a9 02 0003 "a" e282 0007`:      "MQTT-1.5.3-1", // ends within a character
		`32 a9 02 0006 f09f9880 "/x" 0007`: "",
	} {
		p := raw(packet)
		p = append(p, make([]byte, 300-len(p))...)
		for _, at := range []int{0, 5, 6, 7, 8} {
			play(t, client.Config{MaxPacket: 299, OnOversize: client.OversizeSkip}, func(w *world) {
				w.connect(true)
				_, _ = w.server.Write(p[:at])
				if kind, err := w.c.CheckMsg(); kind != client.KindNone || err != nil {
					w.Fatal(kind, err)
				}
				_, _ = w.server.Write(p[at:])
				err := w.wait()
				if statement == "" {
					var e *client.OversizeError
					if !errors.As(err, &e) {
						w.Fatal(err)
					}
					w.want("40 02 0007")
					return
				}
				violated(w.T, err, statement)
				w.gone()
			})
		}
	}
	// Not a PUBLISH: nothing that could be skipped.
	play(t, client.Config{MaxPacket: 299, OnOversize: client.OversizeSkip}, func(w *world) {
		w.connect(true)
		w.send("90 a9 02")
		var e *client.OversizeError
		if err := w.wait(); !errors.As(err, &e) {
			w.Fatal(err)
		}
		w.gone()
	})
}

// A large packet makes the buffer grow, up to the bound.
func TestGrow(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		messages := collect(w.c)
		for _, size := range []int{10, 3000, 100_000} {
			n := size + 3
			p := []byte{0x30, byte(n) | 128, byte(n>>7) | 128, byte(n >> 14), 0, 1, 't'}
			_, _ = w.server.Write(append(p, make([]byte, size)...))
			w.start(w.wait).ok()
			same(w.T, len((*messages)[len(*messages)-1].Payload), size)
		}
	})
}

func TestKindString(t *testing.T) {
	got := fmt.Sprint(client.KindNone, client.KindMessage, client.KindAck, client.KindPing)
	if diff := cmp.Diff("none message ack ping", got); diff != "" {
		t.Fatal(diff)
	}
}
