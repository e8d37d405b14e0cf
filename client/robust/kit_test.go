package robust_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
	"umqtt/client/robust"
	"umqtt/harness/simnet"
)

// steady is a backoff without jitter: 0, 1 s, 2 s, 4 s, and so on up to 8 s.
var steady = robust.Forever(robust.Backoff{Initial: time.Second, Max: 8 * time.Second})

// world is a client and the script of its server, in a bubble. The test is the
// server; the client's calls run one at a time beside it.
type world struct {
	*testing.T
	*robust.Client
	cfg      robust.Config
	ctx      context.Context // of calls; ends with the test
	l        *simnet.Listener
	start    time.Time
	refuse   int      // dials that fail
	attempts []string // what OnAttempt saw
	messages []string // what the callback got
	onMsg    func(client.Message)
	open     int // connections that the client has open
	dials    int
	wrap     func(net.Conn) net.Conn
	told     []error // what OnOutcome and OnNotice were told, and nobody has looked at
}

// outcome is what OnOutcome was told.
type outcome struct {
	id  uint16
	err error
}

func (o outcome) Error() string { return fmt.Sprint(o.id, ": ", o.err) }
func (o outcome) Unwrap() error { return o.err }

// toldAs takes the first thing that the hooks were told, which is an error of a type.
func toldAs[E error](w *world) (e E) {
	w.Helper()
	synctest.Wait()
	if len(w.told) == 0 || !errors.As(w.told[0], &e) {
		w.Fatalf("the hooks were told %v, want a %T", w.told, e)
	}
	w.told = w.told[1:]
	return e
}

// gaveUp expects that messages were given up with their session.
func (w *world) gaveUp(ids ...uint16) {
	w.Helper()
	for _, id := range ids {
		if o := toldAs[outcome](w); o.id != id || o.err != client.ErrDropped {
			w.Errorf("told %v, want that %d is given up", o, id)
		}
	}
}

// acked expects that messages were acknowledged.
func (w *world) acked(ids ...uint16) {
	w.Helper()
	for _, id := range ids {
		if o := toldAs[outcome](w); o.id != id || o.err != nil {
			w.Errorf("told %v, want that %d is acknowledged", o, id)
		}
	}
}

// untold expects that the hooks were told nothing more.
func (w *world) untold() {
	w.Helper()
	synctest.Wait()
	if len(w.told) > 0 {
		w.Errorf("the hooks were told %v", w.told)
	}
}

// script runs a test in a bubble with a client that has not connected yet.
func script(t *testing.T, cfg robust.Config, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := &world{T: t, cfg: cfg, ctx: ctx, l: simnet.Listen("broker", 0), start: time.Now()}
		cfg.Dial, cfg.ClientID = w.dial, "c"
		if cfg.Policy == nil {
			cfg.Policy = steady
		}
		cfg.OnAttempt = w.attempt
		cfg.OnOutcome = func(id uint16, err error) { w.told = append(w.told, outcome{id, err}) }
		cfg.OnNotice = func(err error) { w.told = append(w.told, err) }
		c, err := robust.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.Client = c
		c.SetCallback(func(m client.Message) {
			w.messages = append(w.messages, string(m.Payload))
			if w.onMsg != nil {
				w.onMsg(m)
			}
		})
		defer func() {
			cancel()
			synctest.Wait()
			_ = w.l.Close()
			_ = c.Close()
			synctest.Wait()
			if w.open > 0 {
				t.Errorf("%d connections are left open", w.open)
			}
		}()
		f(w)
	})
}

// tracked counts as open until the client closes it.
type tracked struct {
	*simnet.Conn
	w      *world
	closed bool
}

func (c *tracked) Close() error {
	if !c.closed {
		c.closed = true
		c.w.open--
	}
	return c.Conn.Close()
}

func (w *world) dial(ctx context.Context) (net.Conn, error) {
	w.dials++
	if w.open > 0 {
		w.Errorf("a connection is dialled while another one is open")
	}
	if w.refuse > 0 {
		w.refuse--
		return nil, syscall.ECONNREFUSED
	}
	c, err := w.l.Dial(ctx)
	if err != nil {
		return nil, err
	}
	w.open++
	if w.wrap != nil {
		return w.wrap(&tracked{Conn: c, w: w}), nil
	}
	return &tracked{Conn: c, w: w}, nil
}

// attempt notes an attempt, such as "1s: 2 after 1s, clean, failed".
func (w *world) attempt(a robust.Attempt) {
	line := fmt.Sprintf("%v: %d after %v", time.Since(w.start), a.Number, a.Delay)
	if a.CleanSession {
		line += ", clean"
	}
	if a.Err != nil {
		line += ", failed"
	} else if a.SessionPresent {
		line += ", resumed"
	}
	w.attempts = append(w.attempts, line)
}

func (w *world) wantAttempts(want ...string) {
	w.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, w.attempts); diff != "" {
		w.Errorf("attempts (-want +got):\n%s", diff)
	}
}

func (w *world) wantMessages(want ...string) {
	w.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, w.messages); diff != "" {
		w.Errorf("messages (-want +got):\n%s", diff)
	}
}

// at checks the time since the beginning.
func (w *world) at(want time.Duration) {
	w.Helper()
	synctest.Wait()
	if got := time.Since(w.start); got != want {
		w.Errorf("it is %v, want %v", got, want)
	}
}

// result is what a call of the client's returns.
type result struct {
	w    *world
	done chan struct{}
	err  error
	// What else Connect and WaitMsg return.
	present bool
	kind    client.Kind
}

func (w *world) call(f func(r *result)) *result {
	r := &result{w: w, done: make(chan struct{})}
	go func() {
		defer close(r.done)
		f(r)
	}()
	return r
}

func (w *world) connect(clean bool) *result {
	return w.call(func(r *result) { r.present, r.err = w.Connect(w.ctx, clean) })
}

func (w *world) publish(payload string, qos byte) *result {
	return w.publishWith(w.ctx, payload, qos)
}

func (w *world) publishWith(ctx context.Context, payload string, qos byte) *result {
	return w.call(func(r *result) { r.err = w.Publish(ctx, []byte("t"), []byte(payload), qos, false) })
}

func (w *world) subscribe(filters ...string) *result {
	return w.call(func(r *result) { _, r.err = w.Subscribe(w.ctx, filtersOf(filters)...) })
}

// filtersOf makes filters of QoS 1, or of QoS 0 with a minus.
func filtersOf(names []string) []client.Filter {
	var fs []client.Filter
	for _, n := range names {
		topic, zero := strings.CutSuffix(n, "-")
		f := client.Filter{Topic: []byte(topic), QoS: 1}
		if zero {
			f.QoS = 0
		}
		fs = append(fs, f)
	}
	return fs
}

func (w *world) unsubscribe(topic string) *result {
	return w.call(func(r *result) { r.err = w.Unsubscribe(w.ctx, []byte(topic)) })
}

func (w *world) wait() *result { return w.waitWith(w.ctx) }

func (w *world) waitWith(ctx context.Context) *result {
	return w.call(func(r *result) { r.kind, r.err = w.WaitMsg(ctx) })
}

func (w *world) ping() *result {
	return w.call(func(r *result) { r.err = w.Ping(w.ctx) })
}

// ok waits until the call has succeeded.
func (r *result) ok() {
	r.w.Helper()
	<-r.done
	if r.err != nil {
		r.w.Fatalf("the call failed: %v", r.err)
	}
}

// gives waits until WaitMsg has returned a kind.
func (r *result) gives(kind client.Kind) {
	r.w.Helper()
	r.ok()
	if r.kind != kind {
		r.w.Fatalf("WaitMsg returned %v, want %v", r.kind, kind)
	}
}

// fails waits until the call has failed with an error that is want.
func (r *result) fails(want error) {
	r.w.Helper()
	<-r.done
	if !errors.Is(r.err, want) {
		r.w.Fatalf("the call returned %v, want an error that is %v", r.err, want)
	}
}

// failsAs waits until the call has failed with an error of a type.
func failsAs[E error](r *result) E {
	r.w.Helper()
	<-r.done
	var e E
	if !errors.As(r.err, &e) {
		r.w.Fatalf("the call returned %v, want a %T", r.err, e)
	}
	return e
}

// error waits until the call has returned.
func (r *result) error() error {
	<-r.done
	return r.err
}

// goesOn checks that the call has not returned.
func (r *result) goesOn() {
	r.w.Helper()
	synctest.Wait()
	select {
	case <-r.done:
		r.w.Fatalf("the call returned already: %v", r.err)
	default:
	}
}

// after lets time pass.
func (w *world) after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// notices lets the client see that the server has ended the connection, which it
// does when it reads.
func (w *world) notices() {
	w.Helper()
	if _, err := w.CheckMsg(); err == nil {
		w.Fatal("CheckMsg saw nothing")
	}
}
