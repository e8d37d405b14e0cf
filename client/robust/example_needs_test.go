package robust_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/broker"
	"umqtt/harness/simnet"
)

// away is a server that takes no connections at first.
func away(server *toy, attempts int) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		if attempts--; attempts >= 0 {
			return nil, syscall.ECONNREFUSED
		}
		return server.dial(ctx)
	}
}

// A button is pressed while the server is away. The press counts if it arrives
// within 15 s; the clock is one that does not take that long.
func ExampleWithin_button() {
	server := newToy(nil)
	defer server.l.Close()
	for _, missed := range []int{3, 30} {
		clock := &fakeClock{}
		c, _ := robust.New(robust.Config{
			Config: client.Config{Dial: away(server, missed), ClientID: "button"},
			Policy: robust.Within(15 * time.Second),
			Rand:   fixed(0.5),
			Clock:  clock,
		})
		began := clock.Now()
		_, err := c.Connect(context.Background(), true)
		if err == nil {
			err = c.Publish(context.Background(), []byte("light"), []byte("on"), 1, false)
		}
		fmt.Println(err == nil, errors.Is(err, robust.ErrGaveUp), clock.Now().Sub(began))
		_ = c.Close()
	}
	// Output:
	// true false 3.5s
	// false true 14.3s
}

// A sensor sends a reading a minute. Those of an outage are lost, and cost one
// attempt to connect each.
func ExampleBestEffort_sensor() {
	server := newToy(nil)
	defer server.l.Close()
	attempts := 0
	c, _ := robust.New(robust.Config{
		Config:    client.Config{Dial: away(server, 2), ClientID: "sensor"},
		Policy:    robust.BestEffort(),
		OnAttempt: func(robust.Attempt) { attempts++ },
	})
	ctx := context.Background()
	_, _ = c.Connect(ctx, true) // a first connection that fails is made up for later
	for minute := range 4 {
		err := c.Publish(ctx, []byte("temperature"), []byte("21.5"), 1, false)
		fmt.Println(minute, err == nil, attempts)
	}
	_ = c.Disconnect()
	// Output:
	// 0 false 2
	// 1 true 3
	// 2 true 3
	// 3 true 3
}

// An alarm must get through, and the battery must last for an outage of a night.
func ExampleForever_alarm() {
	server := newToy(nil)
	defer server.l.Close()
	clock := &fakeClock{}
	began, attempts := clock.Now(), 0
	c, _ := robust.New(robust.Config{
		Config:    client.Config{Dial: away(server, 60), ClientID: "alarm"},
		Policy:    robust.Forever(robust.Backoff{Initial: 2 * time.Second, Max: 10 * time.Minute}),
		Clock:     clock,
		OnAttempt: func(robust.Attempt) { attempts++ },
	})
	ctx := context.Background()
	_, err := c.Connect(ctx, false)
	if err == nil {
		err = c.Publish(ctx, []byte("alarm"), []byte("fire"), 1, false)
	}
	fmt.Println(err, attempts, clock.Now().Sub(began))
	_ = c.Disconnect()
	// Output: <nil> 61 8h47m2s
}

// A broker is replaced by one that knows nothing, and the subscriber goes on.
func ExampleClient_WaitMsg_restart() {
	var l *simnet.Listener
	start := func() *broker.Broker {
		l = simnet.Listen("broker", 0)
		b, err := broker.Start(l)
		if err != nil {
			panic(err)
		}
		return b
	}
	dial := func(ctx context.Context) (net.Conn, error) { return l.Dial(ctx) }
	ctx := context.Background()
	retain := func(news string) { // by somebody else
		c, _ := client.New(client.Config{Dial: dial, ClientID: "editor"})
		_, _ = c.Connect(ctx, true)
		fmt.Println("published:", c.Publish(ctx, []byte("news"), []byte(news), 1, true))
		_ = c.Disconnect()
	}

	b := start()
	c, _ := robust.New(robust.Config{
		Config: client.Config{Dial: dial, ClientID: "reader"},
		Clock:  &fakeClock{}, // the backoff takes no time here
	})
	c.SetCallback(func(m client.Message) { fmt.Printf("%s: %s\n", m.Topic, m.Payload) })
	_, err := c.Connect(ctx, false)
	if err == nil {
		_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("news"), QoS: 1})
	}
	fmt.Println("subscribed:", err)

	b.Stop()
	b = start()
	retain("the broker is back")
	kind, err := c.WaitMsg(ctx)
	fmt.Println(kind == client.KindMessage, err)
	_ = c.Disconnect()
	b.Stop()
	// Output:
	// subscribed: <nil>
	// published: <nil>
	// news: the broker is back
	// true <nil>
}

// counting counts what is written to a connection.
type counting struct {
	net.Conn
	writes *int
}

func (c counting) Write(p []byte) (int, error) {
	*c.writes++
	return c.Conn.Write(p)
}

// A device on a battery collects twenty readings and turns its radio on once: they go
// out with one Write, which is one segment of TCP as long as they fit in one
// (TestHoldSegments counts them).
func ExampleClient_Hold() {
	server := newToy(nil)
	defer server.l.Close()
	writes := 0
	c, _ := robust.New(robust.Config{
		Config: client.Config{
			ClientID: "battery",
			Dial: func(ctx context.Context) (net.Conn, error) {
				conn, err := server.dial(ctx)
				return counting{conn, &writes}, err
			},
		},
		Policy: robust.BestEffort(),
	})
	ctx := context.Background()
	_, _ = c.Connect(ctx, false)

	writes = 0
	for n := range 20 {
		_ = c.Publish(ctx, []byte("temperature"), fmt.Appendf(nil, "%d.5", n), 0, false)
	}
	fmt.Println("one by one:", writes)

	writes = 0
	_ = c.Hold()
	for n := range 19 {
		_ = c.Publish(ctx, []byte("temperature"), fmt.Appendf(nil, "%d.5", n), 0, false)
	}
	_, _ = c.Post(ctx, []byte("battery"), []byte("80 %"), false) // at QoS 1
	_ = c.Flush(ctx)
	fmt.Println("gathered:", writes)
	fmt.Println("acknowledged:", c.WaitAcks(ctx) == nil)
	_ = c.Disconnect()
	// Output:
	// one by one: 20
	// gathered: 1
	// acknowledged: true
}
