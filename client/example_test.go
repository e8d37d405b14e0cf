package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// echo dials a server for the examples.
func echo(context.Context) (net.Conn, error) {
	conn, server := simnet.Pipe(0)
	go serveEcho(server)
	return conn, nil
}

// serveEcho accepts, acknowledges, and sends every message back.
func serveEcho(conn net.Conn) {
	defer conn.Close()
	var frames wire.Framer
	buf := make([]byte, 1024)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		_, _ = frames.Write(buf[:n])
		for {
			frame, err := frames.Next()
			if frame == nil || err != nil {
				break
			}
			p, _ := wire.Decode(frame)
			if _, err := conn.Write(echoes(p)); err != nil {
				return
			}
		}
	}
}

// echoes are the server's answers to a packet.
func echoes(p wire.Packet) []byte {
	switch p := p.(type) {
	case *wire.Connect:
		return (&wire.Connack{}).Append(nil)
	case *wire.Subscribe:
		return (&wire.Suback{PacketID: p.PacketID, Codes: []byte{1}}).Append(nil)
	case *wire.Unsubscribe:
		return (&wire.Unsuback{PacketID: p.PacketID}).Append(nil)
	case *wire.Publish:
		var b []byte
		if p.QoS == 1 {
			b = (&wire.Puback{PacketID: p.PacketID}).Append(b)
		}
		return (&wire.Publish{Topic: p.Topic, Payload: p.Payload}).Append(b)
	case *wire.Pingreq:
		return (&wire.Pingresp{}).Append(nil)
	}
	return nil
}

func Example() {
	ctx := context.Background()
	c, err := client.New(client.Config{Dial: echo, ClientID: "gw-1", KeepAlive: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.SetCallback(func(m client.Message) { fmt.Printf("%s: %s\n", m.Topic, m.Payload) })
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	granted, err := c.Subscribe(ctx, client.Filter{Topic: []byte("house/#"), QoS: 1})
	fmt.Println("granted", granted, err)
	err = c.Publish(ctx, []byte("house/door"), []byte("open"), 1, false)
	fmt.Println("published", err)
	kind, err := c.WaitMsg(ctx)
	fmt.Println(kind, err)
	fmt.Println(c.Unsubscribe(ctx, []byte("house/#")), c.Disconnect())
	// Output:
	// granted [1] <nil>
	// published <nil>
	// house/door: open
	// message <nil>
	// <nil> <nil>
}

// A program with other things to do calls CheckMsg now and then, and must not stay
// away beyond NextDue.
func ExampleClient_NextDue() {
	c, _ := client.New(client.Config{Dial: echo, ClientID: "gw-1", KeepAlive: time.Minute})
	_, _ = c.Connect(context.Background(), true)
	fmt.Println("come back within", time.Until(c.NextDue()).Round(time.Second))
	kind, err := c.CheckMsg()
	fmt.Println(kind, err)
	_ = c.Close()
	// Output:
	// come back within 59s
	// none <nil>
}

func ExampleClient_Ping() {
	c, _ := client.New(client.Config{Dial: echo, ClientID: "gw-1"})
	_, _ = c.Connect(context.Background(), true)
	_ = c.Ping()
	fmt.Println(c.WaitMsg(context.Background()))
	_ = c.Close()
	// Output: ping <nil>
}

// A publish that ends before its PUBACK is still in flight.
func ExamplePendingError() {
	mute := func(context.Context) (net.Conn, error) {
		conn, server := simnet.Pipe(0)
		_, _ = server.Write((&wire.Connack{}).Append(nil))
		return conn, nil
	}
	c, _ := client.New(client.Config{Dial: mute, ClientID: "gw-1", AckTimeout: time.Millisecond})
	_, _ = c.Connect(context.Background(), false)
	err := c.Publish(context.Background(), []byte("t"), nil, 1, false)
	var pending *client.PendingError
	if errors.As(err, &pending) {
		fmt.Println(err)
		fmt.Println(c.InFlight(pending.PacketID), errors.Is(err, client.ErrTimeout))
	}
	_ = c.Close()
	// Output:
	// packet 1 is unacknowledged: mqtt publish: timed out (connection open, 1 in flight)
	// true true
}

func ExampleError() {
	c, _ := client.New(client.Config{Dial: echo, ClientID: "gw-1"})
	_, _ = c.Connect(context.Background(), true)
	err := c.Publish(context.Background(), []byte("a/#"), nil, 0, false)
	var invalid *client.ValidationError
	if errors.As(err, &invalid) {
		fmt.Println(invalid.Field, invalid.Statement)
	}
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println("open:", e.Open)
	}
	_ = c.Close()
	err = c.Publish(context.Background(), []byte("a"), nil, 0, false)
	fmt.Println(errors.Is(err, client.ErrClosed), errors.Is(err, io.EOF))
	// Output:
	// topic name MQTT-3.3.2-2
	// open: true
	// true false
}
