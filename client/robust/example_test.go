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
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// toy is a server in memory with one client. It keeps no sessions, answers every
// packet, sends each PUBLISH back, and resets the connection at the packet that
// fails says.
type toy struct {
	l     *simnet.Listener
	fails func(n int, p wire.Packet) bool // n counts the connections
}

func newToy(fails func(n int, p wire.Packet) bool) *toy {
	t := &toy{simnet.Listen("toy", 0), fails}
	go func() {
		for n := 1; ; n++ {
			c, err := t.l.AcceptContext(context.Background())
			if err != nil {
				return
			}
			t.serve(n, c)
		}
	}()
	return t
}

func (t *toy) dial(ctx context.Context) (net.Conn, error) { return t.l.Dial(ctx) }

func (t *toy) serve(n int, c *simnet.Conn) {
	var f wire.Framer
	buf := make([]byte, 512)
	for {
		read, err := c.Read(buf)
		if err != nil {
			_ = c.Close()
			return
		}
		_, _ = f.Write(buf[:read])
		for frame, _ := f.Next(); frame != nil; frame, _ = f.Next() {
			p, _ := wire.Decode(frame)
			if t.fails != nil && t.fails(n, p) {
				_ = c.Reset()
				return
			}
			for _, answer := range answers(p) {
				_, _ = c.Write(answer.Append(nil))
			}
		}
	}
}

func answers(p wire.Packet) []wire.Packet {
	switch p := p.(type) {
	case *wire.Connect:
		return []wire.Packet{&wire.Connack{}}
	case *wire.Subscribe:
		return []wire.Packet{&wire.Suback{PacketID: p.PacketID, Codes: []byte{1}}}
	case *wire.Publish:
		return []wire.Packet{&wire.Publish{Topic: p.Topic, Payload: p.Payload}, &wire.Puback{PacketID: p.PacketID}}
	}
	return nil
}

// The first connection ends at the PUBLISH. The client connects again, and the
// message arrives all the same.
func Example() {
	server := newToy(func(n int, p wire.Packet) bool { return n == 1 && p.Type() == wire.PUBLISH })
	defer server.l.Close()

	c, err := robust.New(robust.Config{
		Config: client.Config{Dial: server.dial, ClientID: "alarm-7", KeepAlive: time.Minute},
		Policy: robust.Forever(robust.Backoff{Initial: time.Millisecond}),
		OnAttempt: func(a robust.Attempt) {
			fmt.Printf("attempt: %v\n", a.Err)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.SetCallback(func(m client.Message) { fmt.Printf("%s: %s\n", m.Topic, m.Payload) })

	ctx := context.Background()
	_, err = c.Connect(ctx, false)
	if err == nil {
		_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("alarm/7/#"), QoS: 1})
	}
	if err == nil {
		err = c.Publish(ctx, []byte("alarm/7/door"), []byte("open"), 1, false)
	}
	fmt.Println(err)
	_ = c.Disconnect()
	// Output:
	// attempt: <nil>
	// attempt: <nil>
	// alarm/7/door: open
	// <nil>
}

// nobody is where no server listens.
func nobody(context.Context) (net.Conn, error) { return nil, syscall.ECONNREFUSED }

// A reading a minute: when one is lost, the next one comes soon enough.
func ExampleBestEffort() {
	c, _ := robust.New(robust.Config{
		Config: client.Config{Dial: nobody},
		Policy: robust.BestEffort(),
	})
	ctx := context.Background()
	_, err := c.Connect(ctx, true)
	fmt.Println(err)
	for range 2 { // one a minute
		err := c.Publish(ctx, []byte("temperature"), []byte("21.5"), 0, false)
		fmt.Println("dropped:", errors.Is(err, robust.ErrGaveUp))
	}
	// Output:
	// mqtt connect: gave up; attempts to connect: 1; dial: connection refused (connection closed, 0 in flight)
	// dropped: true
	// dropped: true
}

// The press of a button is worth nothing after a while. The call gives up early,
// since the second attempt would come too late.
func ExampleWithin() {
	c, _ := robust.New(robust.Config{
		Config: client.Config{Dial: nobody},
		Policy: robust.Within(100 * time.Millisecond),
	})
	_, err := c.Connect(context.Background(), true)
	var gaveUp *robust.GaveUpError
	if errors.As(err, &gaveUp) {
		fmt.Println(gaveUp.Attempts, gaveUp.Err)
	}
	// Output: 1 dial: connection refused
}

func ExampleForever() {
	p := robust.Forever(robust.Backoff{Initial: 2 * time.Second, Max: 30 * time.Second, Jitter: 0.2})
	for attempt := range 7 {
		fmt.Print(p.Delay(robust.Outage{Attempt: attempt + 1}, fixed(0)), " ") // the shortest ones
	}
	// Output: 0s 1.6s 3.2s 6.4s 12.8s 24s 24s
}

// patient is a policy for a fleet: it spreads the first attempt too, since all its
// clients lose the connection together, and is slower with a server that says that
// it is not available.
type patient struct{ robust.Policy }

func (p patient) Delay(o robust.Outage, r robust.Rand) time.Duration {
	var refused *client.ConnackError
	switch {
	case errors.As(o.Cause, &refused):
		return time.Minute
	case o.Attempt == 1:
		return time.Duration(r.Float64() * float64(10*time.Second))
	}
	return p.Policy.Delay(o, r)
}

// A policy of one's own may change a given one.
func ExamplePolicy() {
	p := patient{robust.Forever(robust.Backoff{Jitter: 0.2})}
	lost := &client.ConnectionError{Op: "read", Err: syscall.ECONNRESET}
	fmt.Println(p.Delay(robust.Outage{Attempt: 1, Cause: lost}, fixed(0.25)))
	fmt.Println(p.Delay(robust.Outage{Attempt: 2, Cause: &client.ConnackError{Code: 3}}, fixed(0.25)))
	// Output:
	// 2.5s
	// 1m0s
}

// A server that closes the connection whenever it sees one message would never be
// rid of a client that sends it again and again.
func ExamplePoisonError() {
	server := newToy(func(_ int, p wire.Packet) bool {
		m, ok := p.(*wire.Publish)
		return ok && string(m.Payload) == "bad"
	})
	defer server.l.Close()
	c, _ := robust.New(robust.Config{
		Config: client.Config{Dial: server.dial, ClientID: "c"},
		Policy: robust.Forever(robust.Backoff{Initial: time.Millisecond}),
	})
	ctx := context.Background()
	_, _ = c.Connect(ctx, true)
	err := c.Publish(ctx, []byte("t"), []byte("bad"), 1, false)
	var poison *robust.PoisonError
	if errors.As(err, &poison) {
		fmt.Println(poison.Times, "connections ended at message", poison.PacketID)
	}
	fmt.Println(c.Publish(ctx, []byte("t"), []byte("good"), 1, false))
	// Output:
	// 3 connections ended at message 3
	// <nil>
}

// A main loop that must not wait looks for messages with CheckMsg, and spends time
// on the connection when that is worth it.
func ExampleClient_CheckMsg() {
	server := newToy(func(n int, p wire.Packet) bool { return n == 1 && p.Type() == wire.PINGREQ })
	defer server.l.Close()
	c, _ := robust.New(robust.Config{
		Config: client.Config{Dial: server.dial, ClientID: "c"},
		Policy: robust.Forever(robust.Backoff{Initial: time.Millisecond}),
	})
	ctx := context.Background()
	_, _ = c.Connect(ctx, true)
	_ = c.Ping(ctx) // which this server does not like
	for {
		// The rest of the program's work is done here.
		_, err := c.CheckMsg()
		if errors.Is(err, client.ErrClosed) && !time.Now().Before(c.NextDue()) {
			fmt.Println("connected again:", c.Ping(ctx))
			break
		}
	}
	// Output: connected again: <nil>
}
