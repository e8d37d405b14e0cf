package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// A sensor that only publishes: it never reads by itself. The keep alive is served
// inside Publish.
func Example_sensor() {
	ctx := context.Background()
	c, err := client.New(client.Config{Dial: echo, ClientID: "sensor-1", KeepAlive: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	for _, reading := range []string{"20.5", "20.7"} { // one a minute
		err := c.Publish(ctx, []byte("room/temperature"), []byte(reading), 0, false)
		fmt.Println(reading, err)
	}
	fmt.Println(c.Disconnect())
	// Output:
	// 20.5 <nil>
	// 20.7 <nil>
	// <nil>
}

// A program that has nothing to do but wait for messages.
func Example_waitLoop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, err := client.New(client.Config{Dial: echo, ClientID: "lamp-1", KeepAlive: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.SetCallback(func(m client.Message) {
		fmt.Printf("%s: %s\n", m.Topic, m.Payload)
		if string(m.Payload) == "stop" {
			cancel()
		}
	})
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"on", "off", "stop"} { // which this server sends back
		_ = c.Publish(ctx, []byte("lamp"), []byte(text), 0, false)
	}
	for err == nil {
		_, err = c.WaitMsg(ctx)
	}
	fmt.Println(err)
	_ = c.Disconnect()
	// Output:
	// lamp: on
	// lamp: off
	// lamp: stop
	// mqtt wait: context canceled (connection open, 0 in flight)
}

// A program with work of its own waits for messages in between, for a while at a time.
// The keep alive is served meanwhile.
func Example_waitForLoop() {
	ctx := context.Background()
	c, err := client.New(client.Config{Dial: echo, ClientID: "meter-1", KeepAlive: time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	received := false
	c.SetCallback(func(m client.Message) {
		fmt.Printf("%s: %s\n", m.Topic, m.Payload)
		received = true
	})
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	for count := 1; !received; count++ {
		if count == 3 { // the work
			_ = c.Publish(ctx, []byte("meter"), []byte("3 units"), 1, false)
		}
		if _, err := c.WaitFor(ctx, time.Millisecond); err != nil { // nil when nothing has come
			fmt.Println(err)
			return
		}
	}
	_ = c.Disconnect()
	// Output: meter: 3 units
}

// Many messages at QoS 1 without a round trip for each: a window of them is in flight.
func ExampleClient_Post() {
	ctx := context.Background()
	acknowledged := 0
	c, err := client.New(client.Config{
		Dial: echo, ClientID: "logger", MaxInflight: 4,
		OnOutcome: func(id uint16, err error) {
			if err == nil {
				acknowledged++
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	for n := 0; n < 10; {
		_, err := c.Post(ctx, []byte("log"), fmt.Appendf(nil, "line %d", n), false)
		switch {
		case err == nil:
			n++
		case errors.Is(err, client.ErrInflight): // the window is full
			if err := c.WaitAcks(ctx); err != nil {
				fmt.Println(err)
				return
			}
		default:
			fmt.Println(err)
			return
		}
	}
	fmt.Println(c.WaitAcks(ctx), acknowledged)
	_ = c.Disconnect()
	// Output: <nil> 10
}

// A callback that answers a message at QoS 1, and so waits for the PUBACK while the
// call that received the message waits for it to return.
func Example_nestedPublish() {
	ctx := context.Background()
	c, err := client.New(client.Config{Dial: echo, ClientID: "gw-1", AckTimeout: 10 * time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	c.SetCallback(func(m client.Message) {
		fmt.Printf("%s: %s\n", m.Topic, m.Payload)
		if string(m.Topic) == "question" {
			// m's bytes stay as they are during the call.
			err := c.Publish(ctx, []byte("answer"), append([]byte("re: "), m.Payload...), 1, false)
			fmt.Println("answered", err)
		}
	})
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	_ = c.Publish(ctx, []byte("question"), []byte("how warm?"), 0, false)
	for range 2 { // the question, and the answer, which this server sends back
		if _, err := c.WaitMsg(ctx); err != nil {
			fmt.Println(err)
		}
	}
	_ = c.Disconnect()
	// Output:
	// question: how warm?
	// answered <nil>
	// answer: re: how warm?
}

// A last will tells others that a device is gone: the server publishes it unless the
// client says goodbye.
func ExampleClient_SetLastWill() {
	ctx := context.Background()
	var server *simnet.Conn
	dial := func(context.Context) (conn net.Conn, err error) {
		conn, server = simnet.Pipe(0)
		_, err = server.Write((&wire.Connack{}).Append(nil))
		return conn, err
	}
	c, err := client.New(client.Config{Dial: dial, ClientID: "gw-1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.SetLastWill([]byte("gw-1/state"), []byte("gone"), 1, true); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	connect := make([]byte, 100)
	n, _ := server.Read(connect)
	fmt.Println(wire.Describe(connect[:n]))
	_ = c.Close() // with Disconnect instead, the server would forget the will
	// Output:
	// CONNECT level=4 clean=1 keepalive=0 id="gw-1" will="gw-1/state" willpayload="gone" willqos=1 willretain=1
}

// TLS: the server is verified as crypto/tls does it, against the host of Addr unless
// ServerName says otherwise. Certificates in the Config are the client's own.
func Example_tls() {
	forServer, forClient, err := keyPair() // for 127.0.0.1
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", forServer)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			serveEcho(conn)
		}
	}()

	ctx := context.Background()
	c, err := client.New(client.Config{
		Addr:     l.Addr().String(), // "broker.example" has port 8883
		ClientID: "gw-1",
		TLS:      &tls.Config{RootCAs: forClient.RootCAs},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Connect(ctx, true)
	fmt.Println("connect", err)
	fmt.Println("publish", c.Publish(ctx, []byte("t"), []byte("secret"), 1, false))
	_ = c.Disconnect()
	// Output:
	// connect <nil>
	// publish <nil>
}

// Dial opens connections of any kind; here it is a Unix socket.
func Example_unixSocket() {
	dir, err := os.MkdirTemp("", "mqtt")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			serveEcho(conn)
		}
	}()

	ctx := context.Background()
	c, err := client.New(client.Config{
		ClientID: "gw-1",
		Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Connect(ctx, true)
	fmt.Println("connect", err)
	fmt.Println("publish", c.Publish(ctx, []byte("t"), nil, 1, false))
	_ = c.Disconnect()
	// Output:
	// connect <nil>
	// publish <nil>
}
