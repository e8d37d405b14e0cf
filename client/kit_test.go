package client_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"umqtt/client"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// world is a client and the test, which plays the server by hand, in a bubble of
// virtual time. Calls that wait run beside the test, see start.
type world struct {
	*testing.T
	c      *client.Client
	server *simnet.Conn // of the latest connection
	frames wire.Framer
	begin  time.Time

	told    []string // by OnOutcome, and not yet looked at
	notices []string // by OnNotice
}

// play runs a script in a bubble. Where cfg has no Dial, the client dials the test.
func play(t *testing.T, cfg client.Config, script func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, begin: time.Now()}
		if cfg.Dial == nil {
			cfg.Dial = w.dial
		}
		if cfg.ClientID == "" {
			cfg.ClientID = "c"
		}
		cfg.OnOutcome = func(id uint16, err error) { w.told = append(w.told, fmt.Sprint(id, " ", err)) }
		cfg.OnNotice = func(err error) { w.notices = append(w.notices, err.Error()) }
		var err error
		if w.c, err = client.New(cfg); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { // ends calls that still wait after a failure
			if w.server != nil {
				_ = w.server.Reset()
			}
			synctest.Wait()
			_ = w.c.Close()
		})
		script(w)
	})
}

func (w *world) dial(context.Context) (net.Conn, error) {
	a, b := simnet.Pipe(0)
	w.server = b
	w.frames.Reset()
	return a, nil
}

// call is a call of the client that runs beside the test.
type call struct {
	w    *world
	done chan struct{}
	err  error // once done is closed
}

func (w *world) start(f func() error) *call {
	c := &call{w: w, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		c.err = f()
	}()
	synctest.Wait()
	return c
}

func (c *call) returned() bool {
	synctest.Wait()
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// result expects that the call has returned and returns its error.
func (c *call) result() error {
	c.w.Helper()
	if !c.returned() {
		c.w.Fatalf("at %v: the call still waits", c.w.now())
	}
	return c.err
}

func (c *call) ok() {
	c.w.Helper()
	if err := c.result(); err != nil {
		c.w.Fatal(err)
	}
}

func (c *call) waits() {
	c.w.Helper()
	if c.returned() {
		c.w.Fatalf("at %v: the call has returned: %v", c.w.now(), c.err)
	}
}

func (w *world) now() time.Duration { return time.Since(w.begin) }

// raw makes bytes of hex, in which "text" stands for itself.
func raw(s string) []byte {
	var b []byte
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			b = append(b, part...)
			continue
		}
		h, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
		if err != nil {
			panic(err)
		}
		b = append(b, h...)
	}
	return b
}

// send sends bytes to the client and lets it go on.
func (w *world) send(s string) {
	w.Helper()
	if _, err := w.server.Write(raw(s)); err != nil {
		w.Fatal(err)
	}
	synctest.Wait()
}

// want expects these packets from the client, in this order, and each in a Write
// of its own is the business of TestOneWrite.
func (w *world) want(packets ...string) {
	w.Helper()
	for _, p := range packets {
		got := w.packet()
		if diff := cmp.Diff(hex.EncodeToString(raw(p)), hex.EncodeToString(got)); diff != "" {
			w.Fatalf("at %v, packet of the client (-want +got):\n%s", w.now(), diff)
		}
	}
}

// packet returns the client's next packet, nil if there is none.
func (w *world) packet() []byte {
	w.Helper()
	synctest.Wait()
	return w.take()
}

// take is packet for callbacks, which must not wait while the test does.
func (w *world) take() []byte {
	w.Helper()
	buf := make([]byte, 64<<10)
	for {
		f, err := w.frames.Next()
		if err != nil {
			w.Fatal(err)
		}
		if f != nil {
			return bytes.Clone(f)
		}
		n, err := w.server.TryRead(buf)
		if n == 0 || err != nil {
			return nil
		}
		_, _ = w.frames.Write(buf[:n])
	}
}

// idle expects silence, and an open connection.
func (w *world) idle() {
	w.Helper()
	if p := w.packet(); p != nil {
		w.Fatalf("at %v: unexpected % x", w.now(), p)
	}
	if e := w.server.Ended(); e != simnet.Open {
		w.Fatalf("at %v: the client ended the connection with %v", w.now(), e)
	}
}

// quiet is idle for callbacks.
func (w *world) quiet() {
	w.Helper()
	if p := w.take(); p != nil {
		w.Errorf("at %v: unexpected % x", w.now(), p)
	}
}

// gone expects that the client has sent nothing more and closed the connection.
func (w *world) gone() {
	w.Helper()
	if p := w.packet(); p != nil {
		w.Fatalf("at %v: unexpected % x", w.now(), p)
	}
	if e := w.server.Ended(); e == simnet.Open {
		w.Fatalf("at %v: the client has not closed the connection", w.now())
	}
}

// connect connects, and looks at no more of the CONNECT than its type.
func (w *world) connect(clean bool) {
	w.Helper()
	c := w.start(func() error {
		_, err := w.c.Connect(context.Background(), clean)
		return err
	})
	if p := w.packet(); len(p) == 0 || p[0] != 0x10 {
		w.Fatalf("got % x, want CONNECT", p)
	}
	w.send("20 02 00 00")
	c.ok()
}

func (w *world) publish(topic string, qos byte) func() error {
	return func() error {
		return w.c.Publish(context.Background(), []byte(topic), []byte("x"), qos, false)
	}
}

func (w *world) wait() error {
	_, err := w.c.WaitMsg(context.Background())
	return err
}

// outcomes expects what OnOutcome was told, such as "1 <nil>".
func (w *world) outcomes(want ...string) {
	w.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, w.told, cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("at %v, outcomes (-want +got):\n%s", w.now(), diff)
	}
	w.told = nil
}

// gaveUp expects that messages were given up.
func (w *world) gaveUp(ids ...uint16) {
	w.Helper()
	var want []string
	for _, id := range ids {
		want = append(want, fmt.Sprint(id, " ", client.ErrDropped))
	}
	w.outcomes(want...)
}

// noticed expects what OnNotice was told.
func (w *world) noticed(want ...string) {
	w.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, w.notices, cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("at %v, notices (-want +got):\n%s", w.now(), diff)
	}
	w.notices = nil
}

// is expects that errors.Is finds target.
func (w *world) is(err, target error) {
	w.Helper()
	if !errors.Is(err, target) {
		w.Fatalf("got error %v, want %v", err, target)
	}
}

// pending expects a *PendingError for the packet identifier.
func (w *world) pending(err error, id uint16) {
	w.Helper()
	var p *client.PendingError
	if !errors.As(err, &p) || p.PacketID != id {
		w.Fatalf("got error %v, want a PendingError for packet %d", err, id)
	}
}

// state expects what a *Error says of the session.
func (w *world) state(err error, open bool, inFlight int) {
	w.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		w.Fatalf("got error %v, want an *Error", err)
	}
	if e.Open != open || e.InFlight != inFlight {
		w.Fatalf("%v: want open %v, %d in flight", err, open, inFlight)
	}
}

// violated expects a *ProtocolError with this statement.
func violated(t *testing.T, err error, statement string) {
	t.Helper()
	var p *client.ProtocolError
	if !errors.As(err, &p) || p.Statement != statement {
		t.Fatalf("got error %v, want a ProtocolError with %s", err, statement)
	}
}

// tick is the smallest step of time: with it a script tells just before from now.
const tick = time.Nanosecond

// The bytes of packets that many scripts use.
const (
	puback1 = "40 02 0001"
	puback2 = "40 02 0002"
	hello   = `30 07 0001 "t" "hell"` // QoS 0
	pingreq = "c0 00"
	pong    = "d0 00"
)

// same compares with go-cmp.
func same[V any](t *testing.T, got, want V) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}
