package ref

import (
	"context"
	"errors"
	"fmt"
	"time"

	"umqtt/harness/wire"
)

// Connect connects, in place of the connection there is. It returns whether the server has kept a session.
// An error matches [ErrInvalid], [ErrNetwork], [ErrTimeout], [ErrProtocol], [ErrRefused] or [ErrClosed]; a
// client that connects again by itself tries on after the first three of these that an attempt can meet.
func (c *Client) Connect(ctx context.Context, o Options) (sessionPresent bool, err error) {
	if err := checkOptions(o); err != nil {
		return false, err
	}
	c.lock()
	c.stop(ErrClosed)
	if o.ClientID != c.options.ClientID {
		c.forget(ErrDropped)
	}
	c.options, c.wanted = o, c.habits.Reconnects
	gone := c.gone
	c.unlock()
	return c.try(ctx, gone)
}

// again makes a lost connection again, when so many attempts have failed. It is a goroutine of its own.
func (c *Client) again(gone chan struct{}, failed int) {
	if c.wait(context.Background(), gone, c.delay(failed)) {
		c.try(context.Background(), gone)
	}
}

// try makes attempts until one succeeds or must be the last. It ends when gone is closed.
func (c *Client) try(ctx context.Context, gone chan struct{}) (present bool, err error) {
	for n := 1; ; n++ {
		present, err = c.attempt(ctx, gone)
		c.lock()
		if err == nil || gone != c.gone || !c.wanted || c.final(err) {
			if err != nil && gone == c.gone {
				c.wanted = false
				c.giveUp(err)
			}
			c.unlock()
			return present, err
		}
		c.unlock()
		if !c.wait(ctx, gone, c.delay(n)) {
			return false, ErrClosed
		}
	}
}

// final reports whether it is useless to try again: the server has refused, for a reason other than that it is
// unavailable, or for any with the habit of giving up.
func (c *Client) final(err error) bool {
	var refused *ConnackError
	return errors.As(err, &refused) && (refused.Code != 3 || c.habits.GivesUp) || errors.Is(err, ErrClosed)
}

// odd keeps the client's timers away from those of its peers.
const odd = 3 * time.Millisecond

// delay is the wait before an attempt, when n have failed.
func (c *Client) delay(n int) time.Duration {
	d := c.habits.ReconnectAfter
	switch {
	case c.habits.AtOnce && n == 0:
		return 0
	case d == 0:
		d = time.Second
	}
	if c.habits.Grows {
		d = min(d<<min(n, 10), 2*time.Minute)
	}
	return d + odd
}

// wait waits. It reports false when the context ends or gone is closed before.
func (c *Client) wait(ctx context.Context, gone chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-gone:
	}
	return false
}

// attempt makes one attempt to connect.
func (c *Client) attempt(ctx context.Context, gone chan struct{}) (present bool, err error) {
	c.lock()
	overtaken := c.gone != gone
	c.unlock()
	if overtaken {
		return false, ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	defer closes(gone, cancel)()
	nc, err := c.cfg.Dial(ctx)
	if err != nil {
		return false, network(err)
	}
	if d := c.habits.ConnectAfter; d > 0 && !c.wait(ctx, gone, d) {
		nc.Close()
		return false, ErrClosed
	}
	c.lock()
	if c.gone != gone {
		c.unlock()
		nc.Close()
		return false, ErrClosed
	}
	if c.options.CleanSession {
		c.forget(ErrDropped)
	}
	k := c.open(nc)
	if c.habits.ResendsEarly || c.habits.Hasty {
		c.pump(k)
	}
	hasty := c.habits.Hasty && c.conn == k
	if hasty {
		c.after(c.cfg.Timeout, func() {
			if !k.accepted {
				c.lose(k, fmt.Errorf("%w: no CONNACK", ErrTimeout))
			}
		})
	}
	c.unlock()
	if hasty {
		return false, nil
	}
	select {
	case a := <-k.answer:
		return a.present, a.err
	case <-ctx.Done():
	}
	c.lock()
	defer c.unlock()
	select {
	case a := <-k.answer:
		return a.present, a.err
	default:
	}
	c.lose(k, fmt.Errorf("%w: no CONNACK", ErrTimeout))
	return false, fmt.Errorf("%w: no CONNACK", ErrTimeout)
}

// closes has f called when the channel is closed, until the returned function is called, which waits until
// nothing more comes of it.
func closes(ch chan struct{}, f func()) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ch:
			f()
		case <-end:
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// connack is the answer to the CONNECT. It wakes Connect. The lock is held.
func (c *Client) connack(k *conn, q *wire.Connack) (woke bool) {
	switch {
	case k.accepted:
		c.violated(k, violation("a second CONNACK"))
	case q.SessionPresent && c.options.CleanSession: // MQTT-3.2.2-1 forbids it
		c.violated(k, violation("session present after clean session"))
	case q.Code != 0:
		c.lose(k, &ConnackError{q.Code})
	default:
		k.accepted = true
		if !q.SessionPresent {
			clear(c.inbound)
		}
		c.tell(k, connackOr{present: q.SessionPresent})
		if c.habits.PingAtOnce {
			c.ping(k)
		}
		c.restore(k, q.SessionPresent)
	}
	return true
}

// restore sends what the last connection left open: first messages in flight, then subscriptions, then what is new.
// The lock is held.
func (c *Client) restore(k *conn, present bool) {
	subscribes := c.habits.Resubscribes || c.habits.ResubscribesWhenGone && !present
	if subscribes && c.conns > 1 && c.habits.SubscribesFirst {
		c.subscribeAgain()
	}
	c.redeliver(k)
	if subscribes && c.conns > 1 && !c.habits.SubscribesFirst {
		c.subscribeAgain()
	}
	c.pump(k)
}

// Disconnect sends DISCONNECT and closes the connection. What is in flight stays so when clean session is off.
// It returns [ErrClosed] when there is no connection.
func (c *Client) Disconnect(ctx context.Context) error {
	if d := c.habits.Drains; d > 0 {
		c.drain(ctx, d)
	}
	c.lock()
	defer c.unlock()
	k := c.conn
	if c.up() && !c.habits.Silent {
		c.write(k, &wire.Disconnect{})
	}
	open := c.conn != nil
	c.stop(ErrClosed)
	if !open {
		return ErrClosed
	}
	if d := c.habits.ReturnsAfterDisconnect; d > 0 {
		c.wanted = c.habits.Reconnects
		gone := c.gone
		c.after(d+odd, func() { go c.try(context.Background(), gone) })
	}
	return nil
}

// drain waits until nothing is in flight, for at most d.
func (c *Client) drain(ctx context.Context, d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		c.lock()
		idle, gone := c.conn == nil || len(c.outbound) == 0, c.gone
		c.unlock()
		if idle || !c.wait(ctx, gone, 10*time.Millisecond) {
			return
		}
	}
}

// Abort closes the connection without a DISCONNECT, and ends whatever the client does by itself.
func (c *Client) Abort() {
	c.lock()
	defer c.unlock()
	c.stop(ErrClosed)
	c.clear()
}

// stop ends the connection, or the attempts to make one. The lock is held.
func (c *Client) stop(err error) {
	c.wanted = false
	if c.conn != nil {
		c.lose(c.conn, err)
	}
	c.giveUp(err)
	close(c.gone)
	c.gone = make(chan struct{})
}

// giveUp fails what waits for a connection. The lock is held.
func (c *Client) giveUp(err error) {
	c.interrupted(err)
	if c.options.CleanSession {
		c.drop(fmt.Errorf("%w: %w", ErrDropped, err))
	}
}
