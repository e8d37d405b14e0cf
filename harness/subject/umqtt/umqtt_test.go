package umqtt_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/harness/subject/umqtt"
)

// A server reads and writes bytes in turn: each line of a script is "> " and what the client must send, or "< " and
// what it is sent; at "wait" it waits for the client to close.
func serve(t *testing.T, conn net.Conn, script string) {
	for line := range strings.Lines(script) {
		dir, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		switch {
		case err != nil:
			t.Errorf("%q: %v", line, err)
		case dir == ">":
			got := make([]byte, len(b))
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, b) {
				t.Errorf("the client sent % x, %v, want % x", got, err, b)
			}
		case dir == "<":
			conn.Write(b)
		case dir == "wait": // for the client to close the connection
			conn.Read(make([]byte, 1))
		}
	}
	conn.Close()
}

const accepted = "> 10 0e 00 04 4d 51 54 54 04 02 00 00 00 02 63 31\n< 20 02 00 00\n"

// play plays a script for each connection, and returns the messages that the callback got.
func play(t *testing.T, calls func(context.Context, *umqtt.Client), scripts ...string) (got []string) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := umqtt.New(umqtt.Config{
			Dial: func(context.Context) (net.Conn, error) {
				if n == len(scripts) {
					return nil, errors.New("refused")
				}
				ours, theirs := net.Pipe()
				go serve(t, theirs, scripts[n])
				n++
				return ours, nil
			},
			OnMessage: func(m umqtt.Message) { got = append(got, m.Topic+" "+m.Payload) },
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		calls(ctx, c)
		c.Close()
		synctest.Wait()
	})
	return got
}

func connect(ctx context.Context, t *testing.T, c *umqtt.Client) {
	t.Helper()
	if _, err := c.Connect(ctx, umqtt.Options{ClientID: "c1", Clean: true}); err != nil {
		t.Errorf("Connect: %v", err)
	}
}

// class is the class of an exception, or "".
func class(err error) string {
	var e *umqtt.Exception
	if !errors.As(err, &e) {
		return ""
	}
	return e.Class
}

// What works works as in the table of bytes: a subscription, a message each way, and the end.
func TestBytes(t *testing.T) {
	got := play(t, func(ctx context.Context, c *umqtt.Client) {
		connect(ctx, t, c)
		if err := c.Subscribe(ctx, "t", 1); err != nil {
			t.Errorf("Subscribe: %v", err)
		}
		if err := c.Publish(ctx, umqtt.Message{Topic: "t", Payload: "m", QoS: 1}); err != nil {
			t.Errorf("Publish: %v", err)
		}
		if err := c.Unsubscribe(ctx, "t"); err != nil {
			t.Errorf("Unsubscribe: %v", err)
		}
		if err := c.Disconnect(); err != nil {
			t.Errorf("Disconnect: %v", err)
		}
	}, accepted+`
		> 82 06 00 01 00 01 74 01
		< 90 03 00 01 01
		> 32 06 00 01 74 00 02 6d
		< 32 06 00 01 74 00 07 6d
		> 40 02 00 07
		< 40 02 00 02
		> a2 05 00 03 00 01 74
		< b0 02 00 03
		> e0 00`)
	if len(got) != 1 || got[0] != "t m" {
		t.Errorf("the callback got %q", got)
	}
}

// Each fault shows as an exception that a program does not expect, or as other bytes.
func TestExceptions(t *testing.T) {
	for _, tt := range []struct{ does, want, script string }{
		{"takes a PUBACK too short for its fields", "IndexError", "< 40 02"},
		{"asserts that no message is of QoS 2", "AssertionError", "< 34 06 00 01 74 00 07 6d"},
		{"has no memory for 40,000 bytes", "MemoryError", "< 30 c0 b8 02 00 01 74"},
	} {
		t.Run(tt.does, func(t *testing.T) {
			play(t, func(ctx context.Context, c *umqtt.Client) {
				connect(ctx, t, c)
				if err := c.Publish(ctx, umqtt.Message{Topic: "t", QoS: 1}); class(err) != tt.want {
					t.Errorf("Publish: %v, want %s", err, tt.want)
				}
			}, accepted+"> 32 05 00 01 74 00 01\n"+tt.script)
		})
	}
}

// The packet id behind 65535 is sent as 0, and no PUBACK is that of its publish.
func TestIDRunsOver(t *testing.T) {
	play(t, func(ctx context.Context, c *umqtt.Client) {
		connect(ctx, t, c)
		c.SetNextID(65535)
		if err := c.Publish(ctx, umqtt.Message{Topic: "t", QoS: 1}); err != nil {
			t.Errorf("Publish: %v", err)
		}
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := c.Publish(short, umqtt.Message{Topic: "t", QoS: 1}); class(err) != "KeyboardInterrupt" {
			t.Errorf("Publish: %v, want one that does not return", err)
		}
	}, accepted+`
		> 32 05 00 01 74 ff ff
		< 40 02 ff ff
		> 32 05 00 01 74 00 00
		< 40 02 00 00
		wait`)
}

// A lost connection is made again with a session that is kept, two seconds after each attempt that failed, and the
// message is published anew.
func TestPublishesAnew(t *testing.T) {
	play(t, func(ctx context.Context, c *umqtt.Client) {
		connect(ctx, t, c)
		if err := c.Publish(ctx, umqtt.Message{Topic: "t", QoS: 1}); err != nil {
			t.Errorf("Publish: %v", err)
		}
	}, accepted+"> 32 05 00 01 74 00 01",
		"> 10 0e 00 04 4d 51 54 54 04 00 00 00 00 02 63 31\n< 20 02 01 00\n> 32 05 00 01 74 00 02\n< 40 02 00 02")
}
