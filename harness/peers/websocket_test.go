package peers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"

	"umqtt/client"
	"umqtt/harness"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/transport"
)

// overWebSocket is a Config.Dial for MQTT over WebSocket (section 6 of the standard).
// The library closes a connection whose deadline passes, and the client uses deadlines
// to wait: so two goroutines copy to and from one end of a pipe, and the client has the
// other, which a deadline leaves as it is. They end with the connection.
func overWebSocket(url string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{"mqtt"}})
		if err != nil {
			return nil, err
		}
		ws.SetReadLimit(-1) // MaxPacket bounds what is received
		server := websocket.NetConn(context.Background(), ws, websocket.MessageBinary)
		own, inner := net.Pipe()
		go func() {
			_, _ = io.Copy(inner, server)
			_ = inner.Close()
		}()
		go func() {
			_, _ = io.Copy(server, inner)
			_ = server.Close()
		}()
		return own, nil
	}
}

// webSocketBroker runs mochi with a WebSocket listener and returns its URL.
func webSocketBroker() (url string, stop func() error, err error) {
	free, err := net.Listen("tcp", "127.0.0.1:0") // mochi does not tell which port it was given
	if err != nil {
		return "", nil, err
	}
	_ = free.Close()
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)})
	l := listeners.NewWebsocket(listeners.Config{ID: "ws", Address: free.Addr().String()})
	err = errors.Join(server.AddHook(new(auth.AllowHook), nil), server.AddListener(l))
	if err == nil {
		err = server.Serve()
	}
	for end := time.Now().Add(10 * time.Second); err == nil; { // Serve returns before it listens
		conn, dialled := net.Dial("tcp", free.Addr().String())
		if dialled == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(end) {
			err = dialled
		}
	}
	return "ws://" + free.Addr().String(), server.Close, err
}

// The client speaks WebSocket through a Dial of its user's.
func Example_webSocket() {
	url, stop, err := webSocketBroker()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = stop() }()
	c, err := client.New(client.Config{Dial: overWebSocket(url), ClientID: "browser-like"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	c.SetCallback(func(m client.Message) { fmt.Printf("%s: %s\n", m.Topic, m.Payload) })
	if _, err := c.Connect(ctx, true); err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Subscribe(ctx, client.Filter{Topic: []byte("house/#"), QoS: 1})
	if err == nil {
		err = c.Publish(ctx, []byte("house/door"), []byte("open"), 1, false)
	}
	for kind := client.KindNone; err == nil && kind != client.KindMessage; {
		kind, err = c.WaitFor(ctx, time.Second)
		if kind == client.KindNone {
			break // it came while Publish waited
		}
	}
	fmt.Println(err, c.Disconnect())
	// Output:
	// house/door: open
	// <nil> <nil>
}

// Waits that end and looks that find nothing leave the connection as it is, and large
// messages pass.
func TestWebSocket(t *testing.T) {
	url, stop, err := webSocketBroker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	c, err := client.New(client.Config{Dial: overWebSocket(url), ClientID: "c", KeepAlive: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	c.SetCallback(func(m client.Message) { got += len(m.Payload) })
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Connect(t.Context(), true)
	must(err)
	_, err = c.Subscribe(t.Context(), client.Filter{Topic: []byte("t"), QoS: 1})
	must(err)
	for range 3 {
		_, err = c.CheckMsg()
		must(err)
		_, err = c.WaitFor(t.Context(), 10*time.Millisecond)
		must(err)
	}
	const size = 200_000
	must(c.Publish(t.Context(), []byte("t"), make([]byte, size), 1, false))
	for end := time.Now().Add(10 * time.Second); got < size && time.Now().Before(end); {
		_, err = c.WaitFor(t.Context(), 100*time.Millisecond)
		must(err)
	}
	if got != size {
		t.Errorf("%d bytes arrived, want %d", got, size)
	}
	must(c.Disconnect())
}

// The harness's server of WebSocket gets on with another implementation of the client's end, over all it does.
func TestServerWithAnotherClient(t *testing.T) {
	base := subject.Simple()
	harness.Run(t, harness.Params{
		Name: "over-coder-websocket", Features: base.Features, AtLeast: 20,
		New: func(env harness.Env) (harness.Subject, error) {
			env.Dial = overWebSocket("ws://" + env.Addr + env.Target.Path)
			env.Target, env.Addr = transport.Target{}, ""
			return base.New(env)
		},
		Scenarios: suite(t, func(name string) bool { return strings.HasPrefix(name, "websocket/") }),
		World:     scenario.Real,
	})
}

// The harness's client of WebSocket gets on with another implementation of the server's end.
func TestClientWithAnotherServer(t *testing.T) {
	url, stop, err := webSocketBroker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	target := transport.Target{Kind: transport.WebSocket, Path: "/"}
	dial := target.Over(func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(url, "ws://"))
	}, transport.Habits{})
	c, err := client.New(client.Config{Dial: dial, ClientID: "c"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Connect(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 200, 70_000} {
		if err := c.Publish(t.Context(), []byte("t"), make([]byte, size), 1, false); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if err := c.Disconnect(); err != nil {
		t.Error(err)
	}
}
