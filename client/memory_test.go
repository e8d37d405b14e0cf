package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"umqtt/client"
)

// processClient connects a client with the default Config, but for what a program
// sets that runs for long, to a server in a process of its own.
func processClient(t *testing.T, kind string) *client.Client {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	cfg := client.Config{Addr: process(t, kind), ClientID: "c", KeepAlive: time.Minute, AckTimeout: 10 * sec}
	if kind == "mirror TLS" {
		cfg.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	c, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.SetCallback(func(client.Message) {})
	if _, err := c.Connect(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// After 100 calls to warm up, nothing is allocated over TCP, and over TLS at most
// one thing a call.
func TestAllocationsOverSockets(t *testing.T) {
	for kind, most := range map[string]float64{"mirror": 0, "mirror TLS": 1} {
		t.Run(kind, func(t *testing.T) {
			c := processClient(t, kind)
			ctx, payload := context.Background(), []byte("x")
			plain, q0, q1 := []byte("zz"), []byte("q0"), []byte("q1")
			must := func(kind, want client.Kind, err error) {
				if err != nil || kind != want {
					t.Fatal(kind, err)
				}
			}
			publish := func(topic []byte, qos byte) {
				must(0, 0, c.Publish(ctx, topic, payload, qos, false))
			}
			wait := func() {
				kind, err := c.WaitMsg(ctx)
				must(kind, client.KindMessage, err)
			}
			tests := []struct {
				name  string
				calls float64 // for TLS
				f     func()
			}{
				{"Publish QoS 0", 1, func() { publish(plain, 0) }},
				{"Publish QoS 1", 1, func() { publish(plain, 1) }},
				{"WaitMsg QoS 0", 2, func() { publish(q0, 0); wait() }},
				{"WaitMsg QoS 1", 2, func() { publish(q1, 0); wait() }},
				{"WaitFor of a message", 2, func() {
					publish(q0, 0)
					kind, err := c.WaitFor(ctx, time.Hour)
					must(kind, client.KindMessage, err)
				}},
				{"CheckMsg of nothing", 1, func() {
					kind, err := c.CheckMsg()
					must(kind, client.KindNone, err)
				}},
				{"Post and WaitAcks", 8, func() {
					for range 8 {
						_, err := c.Post(ctx, plain, payload, false)
						must(0, 0, err)
					}
					must(0, 0, c.WaitAcks(ctx))
				}},
				{"Hold and Flush", 1, func() {
					must(0, 0, c.Hold())
					for range 8 {
						publish(plain, 0)
					}
					must(0, 0, c.Flush(ctx))
				}},
			}
			// Package net makes an error when a deadline has passed.
			wait0 := func() {
				kind, err := c.WaitFor(ctx, 100*time.Microsecond)
				must(kind, client.KindNone, err)
			}
			if got := testing.AllocsPerRun(200, wait0); got > most+1 {
				t.Errorf("WaitFor of nothing: %v allocations, want at most %v", got, most+1)
			}
			for _, tt := range tests {
				for range 100 {
					tt.f()
				}
				if got := testing.AllocsPerRun(200, tt.f); got > most*tt.calls {
					t.Errorf("%s: %v allocations, want at most %v", tt.name, got, most*tt.calls)
				}
			}
		})
	}
}

// A peer that announces 256 MiB costs nothing.
func TestAnnouncedOverTCP(t *testing.T) {
	c := processClient(t, "mirror")
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Publish(t.Context(), []byte("zz"), nil, 1, false))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	must(c.Publish(t.Context(), []byte("hu"), nil, 0, false))
	_, err := c.WaitMsg(t.Context())
	runtime.ReadMemStats(&after)
	var e *client.OversizeError
	if !errors.As(err, &e) || e.Size != 5+268435455 {
		t.Fatal(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<10 {
		t.Errorf("%d bytes were allocated", n)
	}
}

// Neither does one whose packet is skipped; where such packets are accepted, memory
// is taken for what has come, not for what was announced.
func TestAnnounced(t *testing.T) {
	const announced = 5 + 268435455
	for _, tt := range []struct {
		cfg  client.Config
		most int
	}{
		{client.Config{OnOversize: client.OversizeSkip}, 4 << 10},
		{client.Config{MaxPacket: announced}, 256 << 10},
	} {
		play(t, tt.cfg, func(w *world) {
			w.connect(true)
			w.send(`30 ff ff ff 7f 0002 "hu"`)
			for range 100 {
				_, _ = w.server.Write(make([]byte, 1000))
				if kind, err := w.c.CheckMsg(); kind != client.KindNone || err != nil {
					w.Fatal(kind, err)
				}
			}
			if n := client.BufferSize(w.c); n > tt.most {
				w.Errorf("the buffer has %d bytes", n)
			}
		})
	}
}

// maxPerClient is what a client may cost, in bytes.
const maxPerClient = 28 << 10 / 10

// 1,000 clients, each with a subscription and after messages at QoS 1 both ways,
// cost 2.8 KiB each or less: heap and goroutine stacks, net.Conn included.
func TestMemoryPerClient(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	addr := process(t, "broker")
	const n = 1000
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	clients := make([]*client.Client, n)
	topics := make([][]byte, n)
	for i := range topics {
		topics[i] = fmt.Appendf(nil, "device/%d", i)
	}
	check := func(what string, before int) {
		per := (inUse() - before) / n
		t.Logf("%s: %d bytes a client", what, per)
		if per > maxPerClient {
			t.Errorf("%s: %d bytes a client, want at most %d", what, per, maxPerClient)
		}
	}
	before := inUse()
	for i := range clients {
		var err error
		clients[i], err = client.New(client.Config{Addr: addr, ClientID: string(topics[i]), KeepAlive: time.Minute})
		must(err)
		_, err = clients[i].Connect(t.Context(), true)
		must(err)
	}
	check("connected", before)
	messages := 0
	count := func(client.Message) { messages++ }
	for i, c := range clients {
		c.SetCallback(count)
		_, err := c.Subscribe(t.Context(), client.Filter{Topic: topics[i], QoS: 1})
		must(err)
		had := messages
		must(c.Publish(t.Context(), topics[i], []byte("21.5"), 1, false))
		for messages == had {
			_, err := c.WaitMsg(t.Context())
			must(err)
		}
	}
	check("used", before)
	for _, c := range clients {
		_ = c.Close()
	}
}

// inUse returns the bytes of heap and stacks that are in use.
func inUse() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

// A client that gets many messages at a time reads more at a time.
func TestReadAhead(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		before := client.BufferSize(w.c)
		for range 1000 {
			w.send(hello)
		}
		for range 1000 {
			w.start(w.wait).ok()
		}
		if got := client.BufferSize(w.c); before > 512 || got != 2048 {
			t.Errorf("%d bytes at first, %d then", before, got)
		}
	})
}
