package robust_test

import (
	"context"
	"net"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/robust"
)

// echo is a connection to a server that accepts, and answers each PUBLISH with its
// PUBACK and a message.
type echo struct {
	net.Conn // nil: what is not overridden is not called
	buf      [64]byte
	waiting  []byte
}

func (e *echo) Write(b []byte) (int, error) {
	e.waiting = e.buf[:copy(e.buf[:], e.waiting)]
	switch {
	case b[0]>>4 == 1:
		e.waiting = append(e.waiting, 0x20, 2, 0, 0)
	case b[0]>>4 == 3 && b[0]&6 != 0:
		e.waiting = append(e.waiting, 0x40, 2, b[5], b[6], 0x30, 3, 0, 1, 'a')
	}
	return len(b), nil
}

func (e *echo) Read(p []byte) (int, error) {
	n := copy(p, e.waiting)
	e.waiting = e.waiting[n:]
	return n, nil
}

func (e *echo) TryRead(p []byte) (int, error) { return e.Read(p) }

func (e *echo) Close() error                     { return nil }
func (e *echo) SetReadDeadline(time.Time) error  { return nil }
func (e *echo) SetWriteDeadline(time.Time) error { return nil }

// On a good connection nothing is allocated.
func TestNoAllocation(t *testing.T) {
	for _, policy := range []robust.Policy{robust.BestEffort(), robust.Forever(robust.Backoff{})} {
		c, err := robust.New(robust.Config{
			Config: client.Config{Dial: func(context.Context) (net.Conn, error) { return new(echo), nil }, ClientID: "c"},
			Policy: policy,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		received := 0
		c.SetCallback(func(client.Message) { received++ })
		if _, err := c.Connect(ctx, false); err != nil {
			t.Fatal(err)
		}
		topic, payload := []byte("t"), []byte("m")
		for name, f := range map[string]func() error{
			"QoS 0": func() error { return c.Publish(ctx, topic, payload, 0, false) },
			"Post and WaitAcks": func() error {
				for range 4 {
					if _, err := c.Post(ctx, topic, payload, false); err != nil {
						return err
					}
				}
				if err := c.WaitAcks(ctx); err != nil {
					return err
				}
				_, err := c.WaitFor(ctx, time.Hour) // the last answer has a message with it
				return err
			},
			"Hold and Flush": func() error {
				if err := c.Hold(); err != nil {
					return err
				}
				for range 4 {
					if err := c.Publish(ctx, topic, payload, 0, false); err != nil {
						return err
					}
				}
				return c.Flush(ctx)
			},
			"CheckMsg": func() error { _, err := c.CheckMsg(); return err },
			"QoS 1 and WaitMsg": func() error {
				if err := c.Publish(ctx, topic, payload, 1, false); err != nil {
					return err
				}
				_, err := c.WaitMsg(ctx)
				return err
			},
		} {
			allocs := testing.AllocsPerRun(100, func() {
				if err := f(); err != nil {
					t.Fatal(err)
				}
			})
			if allocs > 0 {
				t.Errorf("%s allocates %v times", name, allocs)
			}
		}
		if received == 0 {
			t.Error("no message was received")
		}
	}
}
