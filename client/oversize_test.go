package client_test

import (
	"errors"
	"testing"
	"time"

	"umqtt/client"
)

// large is a PUBLISH of 300 bytes.
func large(first string, id string) []byte {
	p := raw(first + ` a9 02 0001 "t"` + id)
	return append(p, make([]byte, 300-len(p))...)
}

var skipped300 = (&client.OversizeError{Size: 300, Skipped: true}).Error()

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
			same(w.T, kind, client.KindSkipped)
			w.is(err, nil)
			w.noticed(skipped300)
			same(w.T, w.c.Counts(), client.Counts{Skipped: 1})
			w.start(w.wait).ok()
			w.want("40 02 0007", "40 02 0008")
			same(w.T, len(*messages), 1)
		})
	}
}

// A publish skips too, and a nested skip keeps the order of PUBACKs.
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
		c.ok()
		w.noticed(skipped300, skipped300)
		w.want("40 02 0005", "40 02 0007")
	})
}

// A PINGRESP right behind a packet that is skipped is seen by a caller who only
// sends, at any split.
func TestPongBehindSkip(t *testing.T) {
	p := append(large("32", "0007"), raw(pong)...)
	for at := range 300 {
		play(t, client.Config{MaxPacket: 299, OnOversize: client.OversizeSkip, KeepAlive: 10 * sec}, func(w *world) {
			w.connect(true)
			_, _ = w.server.Write(p[:at])
			if kind, err := w.c.CheckMsg(); kind != client.KindNone || err != nil {
				w.Fatal(kind, err)
			}
			time.Sleep(9 * sec)
			w.is(w.publish("t", 0)(), nil)
			w.want(pingreq, `30 04 0001 "t" "x"`)
			_, _ = w.server.Write(p[at:])
			for range 11 { // the tenth is 10 s after the PINGREQ
				time.Sleep(sec)
				w.is(w.publish("t", 0)(), nil)
			}
		})
	}
}

// The payload of a packet that is read past is no packet, though it looks like one.
func TestNoPongInSkip(t *testing.T) {
	p := large("30", "")
	for i := 8; i < len(p)-1; i += 2 {
		p[i], p[i+1] = 0xd0, 0
	}
	for _, at := range []int{8, 9, 100, 101} {
		play(t, client.Config{MaxPacket: 299, OnOversize: client.OversizeSkip, PingTimeout: time.Hour}, func(w *world) {
			w.connect(true)
			w.is(w.c.Ping(), nil)
			w.packet()
			c := w.start(w.wait)
			_, _ = w.server.Write(p[:at])
			c.waits()
			_, _ = w.server.Write(p[at:200])
			c.waits()
			same(w.T, w.c.NextDue().IsZero(), false)
			_, _ = w.server.Write(p[200:])
			c.ok()
			if kind, err := w.c.CheckMsg(); kind != client.KindNone || err != nil {
				w.Error(kind, err)
			}
		})
	}
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
					w.is(err, nil)
					w.noticed(skipped300)
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
