package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/harness/simnet"
)

// stall connects a client by TLS to a server that takes nothing after the CONNECT,
// and publishes until so many bytes are left on the way.
func stall(t *testing.T, left int, script func(t *testing.T, c *client.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		const way = 4096
		forServer, forClient := certificate(t) // valid by the bubble's time
		forClient.ServerName = "broker.test"
		dial := func(context.Context) (net.Conn, error) {
			a, b := simnet.Pipe(way)
			t.Cleanup(func() { _ = b.Close() })
			go func() {
				s := tls.Server(b, forServer)
				if _, err := io.ReadFull(s, make([]byte, 15)); err == nil {
					_, _ = s.Write(raw("20 02 00 00"))
				}
			}()
			return a, nil
		}
		c, err := client.New(client.Config{Dial: dial, TLS: forClient, ClientID: "c", WriteTimeout: 2 * sec})
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		if _, err := c.Connect(ctx, true); err != nil {
			t.Fatal(err)
		}
		// The record of a PUBLISH is 27 bytes longer than its payload.
		for room := way - left; room > 0; {
			n := min(room, 100)
			if room-n > 0 && room-n < 27 {
				n -= 27
			}
			if err := c.Publish(ctx, []byte("t"), make([]byte, n-27), 0, false); err != nil {
				t.Fatal(err)
			}
			room -= n
		}
		script(t, c)
	})
}

// A TLS connection whose server takes nothing is closed without the five seconds that
// crypto/tls would wait for its last words to go. The record of these, and of a
// DISCONNECT, has 24 bytes.
func TestCloseStalledTLS(t *testing.T) {
	for _, tt := range []struct {
		name  string
		left  int
		call  func(*client.Client) error
		taken time.Duration
		want  error
	}{
		{"close", 0, (*client.Client).Close, 0, nil},
		{"write", 0, (*client.Client).Ping, 2 * sec, os.ErrDeadlineExceeded},
		{"disconnect", 0, (*client.Client).Disconnect, 2 * sec, os.ErrDeadlineExceeded},
		{"the last words", 24, (*client.Client).Disconnect, 2 * sec, nil},
		{"all goes", 48, (*client.Client).Disconnect, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stall(t, tt.left, func(t *testing.T, c *client.Client) {
				start := time.Now()
				err := tt.call(c)
				if !errors.Is(err, tt.want) {
					t.Errorf("got error %v, want %v", err, tt.want)
				}
				same(t, time.Since(start), tt.taken)
				same(t, errors.Is(c.Ping(), client.ErrClosed), true)
			})
		})
	}
}
