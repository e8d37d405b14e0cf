package client_test

import (
	"context"
	"testing"
	"time"

	"umqtt/client"
)

// The rows of UMQTT.md, "Bytes".
func TestBytesConnectAll(t *testing.T) {
	user := "u"
	cfg := client.Config{ClientID: "cid", Username: &user, Password: []byte("p"), KeepAlive: 300 * time.Second}
	play(t, cfg, func(w *world) {
		if err := w.c.SetLastWill([]byte("w"), []byte("x"), 1, true); err != nil {
			w.Fatal(err)
		}
		c := w.start(func() error { _, err := w.c.Connect(w.Context(), false); return err })
		w.want("10 1b 0004 4d515454 04 ec 012c 0003 636964 0001 77 0001 78 0001 75 0001 70")
		w.send("20 02 00 00")
		c.ok()
	})
}

func TestBytesConnect(t *testing.T) {
	play(t, client.Config{ClientID: "cid"}, func(w *world) {
		c := w.start(func() error { _, err := w.c.Connect(w.Context(), true); return err })
		w.want("10 0f 0004 4d515454 04 02 0000 0003 636964")
		w.send("20 02 00 00")
		c.ok()
	})
}

// A user name and a password that are empty are sent as such, and so is an empty will
// message; what is not given is not sent.
func TestBytesConnectEmpty(t *testing.T) {
	empty := ""
	for want, cfg := range map[string]client.Config{
		"10 11 0004 4d515454 04 c2 0000 0001 63 0000 0000": {Username: &empty, Password: []byte{}},
		"10 0f 0004 4d515454 04 82 0000 0001 63 0000":      {Username: &empty},
	} {
		play(t, cfg, func(w *world) {
			w.start(func() error { _, err := w.c.Connect(w.Context(), true); return err })
			w.want(want)
		})
	}
	play(t, client.Config{}, func(w *world) {
		w.is(w.c.SetLastWill([]byte("w"), nil, 2, false), nil)
		w.start(func() error { _, err := w.c.Connect(w.Context(), true); return err })
		w.want("10 12 0004 4d515454 04 16 0000 0001 63 0001 77 0000")
	})
}

func TestBytesSubscribe(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(func() error {
			_, err := w.c.Subscribe(w.Context(), client.Filter{Topic: []byte("t"), QoS: 1})
			return err
		})
		w.want("82 06 0001 0001 74 01")
		w.send("90 03 0001 01")
		c.ok()
	})
}

func TestBytesPublish(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		// Ids count from 1, one counter for all.
		c := w.start(func() error { _, err := w.c.Subscribe(w.Context(), client.Filter{Topic: []byte("t")}); return err })
		w.want("82 06 0001 0001 74 00")
		w.send("90 03 0001 00")
		c.ok()

		c = w.start(func() error { return w.c.Publish(w.Context(), []byte("t"), []byte("m"), 1, false) })
		w.want("32 06 0001 74 0002 6d")
		c.waits()
		w.send("40 02 0002")
		c.ok()

		c = w.start(func() error { return w.c.Publish(w.Context(), []byte("t"), []byte("r"), 0, true) })
		w.want("31 04 0001 74 72")
		c.ok()
	})
}

func TestBytesReceive(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		var got client.Message
		w.c.SetCallback(func(m client.Message) {
			got = m
			got.Topic, got.Payload = []byte(string(m.Topic)), []byte(string(m.Payload))
			w.idle() // the PUBACK comes after the callback
		})
		w.send("32 06 0001 74 0007 6d")
		kind, err := w.c.WaitMsg(context.Background())
		if err != nil || kind != client.KindMessage {
			w.Fatal(kind, err)
		}
		w.want("40 02 0007")
		same(w.T, got, client.Message{Topic: []byte("t"), Payload: []byte("m"), QoS: 1, PacketID: 7})
	})
}

func TestBytesRest(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		w.start(w.c.Ping).ok()
		w.want("c0 00")
		c := w.start(func() error { return w.c.Unsubscribe(w.Context(), []byte("t")) })
		w.want("a2 05 0001 0001 74")
		w.send("b0 02 0001")
		c.ok()
		w.start(w.c.Disconnect).ok()
		w.want("e0 00")
		w.gone()
	})
}

// One counter serves SUBSCRIBE, UNSUBSCRIBE and PUBLISH, and connecting again does
// not reset it: the row of UNSUBSCRIBE has id 3.
func TestBytesOneCounter(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		c := w.start(w.publish("t", 1))
		w.want(`32 06 0001 "t" 0001 "x"`)
		w.send(puback1)
		c.ok()
		c = w.start(func() error { _, err := w.c.Subscribe(w.Context(), client.Filter{Topic: []byte("t")}); return err })
		w.want(`82 06 0002 0001 "t" 00`)
		w.send("90 03 0002 00")
		c.ok()
		w.connect(true)
		c = w.start(func() error { return w.c.Unsubscribe(w.Context(), []byte("t")) })
		w.want("a2 05 0003 0001 74")
		w.send("b0 02 0003")
		c.ok()
	})
}
