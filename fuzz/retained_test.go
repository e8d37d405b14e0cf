package fuzz

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/broker"
	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/proxy"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// The messages of a run for memory, and what a client may hold at its end: those that may be in flight, the buffers for
// the largest packets, and as much again. A client that leaks one message in ten is above that.
const (
	memoryMessages = 400
	memoryPayload  = 4 << 10
	memoryWindow   = 8
	memoryMost     = 2 * (memoryWindow + 2) * memoryPayload
)

// unusual are faults that strike again and again, and that no TCP makes.
var unusual = []struct {
	name  string
	rules []fault.Rule
}{
	{"none", nil},
	{"PUBACKs to the client are dropped", []fault.Rule{{Match: fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient, Probability: 0.5}, Action: fault.Drop{}}}},
	{"messages to the client are dropped", []fault.Rule{{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToClient, Probability: 0.5}, Action: fault.Drop{}}}},
	{"all that the client gets comes three times", []fault.Rule{{Match: fault.Match{Dirs: fault.ToClient, Type: wire.PUBLISH}, Action: fault.Duplicate{Times: 2}}, {Match: fault.Match{Dirs: fault.ToClient, Type: wire.PUBACK}, Action: fault.Duplicate{Times: 2}}}},
	{"packets of the client change places", []fault.Rule{{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToServer, Probability: 0.3}, Action: fault.Swap{}}}},
	{"PUBACKs to the client are changed", []fault.Rule{{Match: fault.Match{Type: wire.PUBACK, Dirs: fault.ToClient, Probability: 0.3}, Action: fault.Corrupt{Byte: 2, Xor: 0x40}}}},
	{"messages to the client are changed", []fault.Rule{{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToClient, Probability: 0.1}, Action: fault.Corrupt{Byte: 0, Xor: 0x06}}}},
	{"messages to the client end in the middle", []fault.Rule{{Match: fault.Match{Type: wire.PUBLISH, Dirs: fault.ToClient, Probability: 0.1}, Action: fault.Cut{At: memoryPayload / 2, How: fault.RST}}}},
}

// Whatever happens on its link, a client holds no more memory at the end than its limits account for. What is measured
// is the heap that is free once nobody holds the client any more: that depends on neither the load nor the time.
func TestMemoryIsBounded(t *testing.T) {
	for _, tt := range unusual {
		t.Run(tt.name, func(t *testing.T) {
			held := afterFaults(t, tt.rules, false)
			bytes := held.free()
			if bytes > memoryMost {
				t.Errorf("the client holds %d bytes behind %d messages, want %d at most", bytes, held.posted, memoryMost)
			}
			t.Logf("%d bytes behind %d messages posted and %d got", bytes, held.posted, held.got)
			if held.posted < memoryMessages/20 || held.got == 0 {
				t.Errorf("the client has posted %d messages and got %d: that proves nothing", held.posted, held.got)
			}
		})
	}
}

// What keeps a part of the messages is found.
func TestMemoryIsBoundedFindsLeak(t *testing.T) {
	held := afterFaults(t, nil, true)
	if bytes := held.free(); bytes <= memoryMost {
		t.Errorf("what keeps one message in eight of %d holds %d bytes", held.got, bytes)
	}
}

// Held is a client with all that it holds, and nothing of its world.
type held struct {
	client      *robust.Client
	leaked      [][]byte
	posted, got int
}

// free lets go of the client, and returns how many bytes that has freed.
func (h *held) free() int {
	before := heap()
	runtime.KeepAlive(h)
	h.client, h.leaked = nil, nil
	return before - heap()
}

// heap returns the bytes that are reachable.
func heap() int {
	var m runtime.MemStats
	for range 2 { // what the first one finds to be free only because of a finalizer or a pool is free behind the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A plug is what stands between a client and its world, until it is pulled.
type plug struct{ net.Conn }

// afterFaults has a client publish to itself under faults, and returns it. With leaks its callback keeps one message in
// eight.
func afterFaults(t *testing.T, rules []fault.Rule, leaks bool) *held {
	h := &held{}
	synctest.Test(t, func(t *testing.T) {
		ln := simnet.Listen("broker", 0)
		b, err := broker.Start(ln)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(tick)
		start := time.Now()
		peer := func(ctx context.Context) (net.Conn, error) { return ln.Dial(ctx) }
		link := proxy.NewStepper(proxy.Config{Engine: fault.NewEngine(1, rules...), Recorder: capture.NewRecorder("memory", func() time.Duration { return time.Since(start) }), Peer: peer}, nil)
		var plugs []*plug
		dial := link.Dial
		c, err := robust.New(robust.Config{
			Config: client.Config{
				ClientID: "subject", MaxInflight: memoryWindow, MaxPacket: 2 * memoryPayload, KeepAlive: 5 * time.Second, AckTimeout: time.Second, RetryAfter: 2 * time.Second,
				Dial: func(ctx context.Context) (net.Conn, error) {
					conn, err := dial(ctx)
					if err != nil {
						return nil, err
					}
					plugs = append(plugs, &plug{conn})
					return plugs[len(plugs)-1], nil
				},
			},
			Policy: robust.Forever(robust.Backoff{}),
		})
		if err != nil {
			t.Fatal(err)
		}
		h.client = c
		c.SetCallback(func(m client.Message) {
			if h.got++; leaks && h.got%8 == 0 {
				h.leaked = append(h.leaked, append([]byte{}, m.Payload...))
			}
		})
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer link.Wake()
			h.talk(c)
		}()
		link.Await(func() bool {
			select {
			case <-done:
				return true
			default:
				return false
			}
		}, time.Hour)
		link.Close()
		<-done
		b.Stop()
		for _, p := range plugs {
			p.Conn = nil
		}
		plugs, dial = nil, nil
	})
	return h
}

// talk publishes messages and reads what comes.
func (h *held) talk(c *robust.Client) {
	within := func(d time.Duration, call func(context.Context) error) error {
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		return call(ctx)
	}
	_ = within(20*time.Second, func(ctx context.Context) error { _, err := c.Connect(ctx, false); return err })
	_ = within(20*time.Second, func(ctx context.Context) error {
		_, err := c.Subscribe(ctx, client.Filter{Topic: []byte("t"), QoS: 1})
		return err
	})
	for n := range memoryMessages {
		payload := fmt.Sprintf("%d:%s", n, strings.Repeat("x", memoryPayload))
		if within(time.Second, func(ctx context.Context) error {
			_, err := c.Post(ctx, []byte("t"), []byte(payload), false)
			return err
		}) == nil {
			h.posted++
		}
		for range 4 {
			_ = within(time.Second, func(ctx context.Context) error { _, err := c.WaitFor(ctx, 100*time.Millisecond); return err })
		}
	}
	_ = c.Close()
}
