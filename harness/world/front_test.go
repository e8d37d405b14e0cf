package world

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// connected speaks a transport and MQTT with the broker of a world, and returns how the CONNACK begins.
func connected(t *testing.T, w *World) []byte {
	t.Helper()
	dial := w.Target.Over(func(ctx context.Context) (net.Conn, error) { return w.Dial(ctx) }, transport.Habits{})
	c, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	connect := []byte("\x10\x0e\x00\x04MQTT\x04\x02\x00\x00\x00\x02c1")
	if _, err := c.Write(connect); err != nil {
		t.Fatal(err)
	}
	connack := make([]byte, 4)
	if _, err := io.ReadFull(c, connack); err != nil {
		t.Error(err)
	}
	return connack
}

// A world speaks the transport that it is asked for, and records MQTT. In the real world the authority is in a file as long as
// the world lasts.
func TestFront(t *testing.T) {
	for _, tt := range []struct {
		kind transport.Kind
		has  bool // a server of the transport
		file bool // in the real world
	}{
		{"", false, false},
		{transport.TCP, false, false},
		{transport.TLS, true, true},
		{transport.WebSocket, true, false},
	} {
		check := func(t *testing.T, w *World, file bool) {
			t.Helper()
			if has := w.Front != nil; has != tt.has {
				t.Errorf("it has a server of its transport: %t, want %t", has, tt.has)
			}
			if has := w.Target.CAFile != ""; has != file {
				t.Errorf("it has a file of its authority: %t, want %t", has, file)
			}
			if got := connected(t, w); !bytes.Equal(got, []byte{0x20, 2, 0, 0}) {
				t.Errorf("the broker answers % x", got)
			}
			for _, r := range w.Recorder.Capture().Records {
				if r.Kind == capture.Sent {
					if len(r.Data) == 0 || r.Data[0] != 0x10 {
						t.Errorf("the client's first record is %v, want a CONNECT", r)
					}
					break
				}
			}
		}
		t.Run("simulated "+string(tt.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, err := InBubble(Config{Broker: true, Transport: tt.kind})
				if err != nil {
					t.Fatal(err)
				}
				done := make(chan bool)
				go func() {
					defer close(done)
					check(t, w, false)
				}()
				w.Link.Await(func() bool {
					select {
					case <-done:
						return true
					default:
						return false
					}
				}, DefaultBudget)
				w.Close()
				<-done
			})
		})
		t.Run("real "+string(tt.kind), func(t *testing.T) {
			w, err := OverTCP(Config{Broker: true, Transport: tt.kind})
			if err != nil {
				t.Fatal(err)
			}
			check(t, w, tt.file)
			if tt.file {
				if pem, err := os.ReadFile(w.Target.CAFile); err != nil || !bytes.Equal(pem, w.Target.CA) {
					t.Errorf("the file has %d bytes, want %d: %v", len(pem), len(w.Target.CA), err)
				}
			}
			w.Close()
			if tt.file {
				if _, err := os.Stat(w.Target.CAFile); !os.IsNotExist(err) {
					t.Errorf("the file is there behind the end: %v", err)
				}
			}
		})
	}
}

// A dial to a peer that is down is an error, and does not keep the next one waiting.
func TestFrontDialFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := alone(t, Config{Transport: transport.TLS})
		defer w.Close()
		w.Link.Down()
		for range 2 {
			if c, err := w.Dial(t.Context()); c != nil || !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("Dial returns a connection: %t, and the error %v, want %v", c != nil, err, syscall.ECONNREFUSED)
			}
		}
		w.Link.Up()
		c, err := w.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	})
}

// Notes are recorded once, in the order of their connections, and those of one connection in the order in which they came.
func TestNotes(t *testing.T) {
	wakes := 0
	n := notes{wake: func() { wakes++ }}
	for i, conn := range []int{2, 1, 2, 1, 3} {
		n.add(conn, strconv.Itoa(i))
	}
	r := capture.NewRecorder("a test", func() time.Duration { return 0 })
	n.record(r)
	n.record(r)
	var got []string
	for _, rec := range r.Since(0) {
		got = append(got, fmt.Sprintf("%d: %s", rec.Conn, rec.Text))
	}
	if diff := cmp.Diff([]string{"1: 1", "1: 3", "2: 0", "2: 2", "3: 4"}, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if wakes != 5 {
		t.Errorf("the link is woken %d times by five notes", wakes)
	}
}

// What the peer sends reaches a client that does not read, as it does without a transport.
func TestFrontUnread(t *testing.T) {
	for _, kind := range []transport.Kind{transport.TCP, transport.TLS, transport.WebSocket} {
		synctest.Test(t, func(t *testing.T) {
			w := alone(t, Config{Transport: kind})
			defer w.Close()
			var c net.Conn
			go func() {
				c, _ = w.Target.Over(func(ctx context.Context) (net.Conn, error) { return w.Dial(ctx) }, transport.Habits{})(t.Context())
			}()
			w.Let(func() (bool, error) { return false, nil }, time.Second)
			if c == nil {
				t.Fatalf("%s: there is no connection", kind)
			}
			defer c.Close()
			for range 3 {
				q := wire.Publish{Topic: "t", Payload: make([]byte, 100_000)}
				if err := w.Link.Send(1, q.Append(nil)); err != nil {
					t.Fatal(err)
				}
			}
			w.Let(func() (bool, error) { return false, nil }, time.Second)
			n := 0
			for _, r := range w.Recorder.Since(0) {
				if r.Kind == capture.Handed && len(r.Data) > 100_000 {
					n++
				}
			}
			if n != 3 {
				t.Errorf("%s: %d of three packets have reached the client", kind, n)
			}
		})
	}
}

// A client below MQTT reads at once what the server has sent at once, and its handshake is recorded.
func TestFrontHandshake(t *testing.T) {
	const asks = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
	for _, tt := range []struct {
		sent, answer string // the answer begins and ends so
		note         string
	}{
		{asks, "HTTP/1.1 101 ", "the client offers mqtt"},
		{strings.Replace(asks, "Version: 13", "Version: 12", 1), "HTTP/1.1 4", "a handshake with "},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := alone(t, Config{Transport: transport.WebSocket})
			defer w.Close()
			c, err := w.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write([]byte(tt.sent)); err != nil {
				t.Fatal(err)
			}
			w.Let(func() (bool, error) { return false, nil }, time.Second)
			buf := make([]byte, 4096)
			n, err := c.Read(buf)
			if got := string(buf[:n]); err != nil || !strings.HasPrefix(got, tt.answer) || !strings.HasSuffix(got, "\r\n\r\n") {
				t.Errorf("one read returns %q, %v, want %q and all behind it", got, err, tt.answer)
			}
			if got := lines(w); len(got) == 0 || !strings.Contains(got[0], tt.note) {
				t.Errorf("the records are %q, want an event with %q", got, tt.note)
			}
		})
	}
}
