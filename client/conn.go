package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// open dials and installs the connection.
func (c *Client) open(ctx context.Context) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	if c.cfg.TLS == nil {
		c.install(conn, newTry(conn))
		return nil
	}
	t := &tlsTransport{Conn: conn, try: newTry(conn), timeout: c.cfg.WriteTimeout}
	secure := tls.Client(t, c.cfg.tlsFor())
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return err
	}
	c.install(secure, t.tryThrough(secure))
	return nil
}

func (c *Client) install(conn net.Conn, try tryFunc) {
	c.conn, c.try = conn, try
	c.writeBy = time.Time{}
	c.lastHeard = time.Now()
	c.interrupt.attach(conn)
}

func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	if c.cfg.Dial == nil {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", c.cfg.address())
	}
	conn, err := c.cfg.Dial(ctx)
	if err == nil && conn == nil {
		err = errors.New("no connection from Dial")
	}
	return conn, err
}

// tlsFor is TLS with the server's name.
func (c *Config) tlsFor() *tls.Config {
	if c.TLS.ServerName != "" || c.TLS.InsecureSkipVerify {
		return c.TLS
	}
	cfg := c.TLS.Clone()
	cfg.ServerName, _, _ = net.SplitHostPort(c.address())
	return cfg
}

// drop closes the connection, if there is one, and resets its state. It returns err.
// The bytes of messages whose callbacks run stay valid.
func (c *Client) drop(err error) error {
	if c.conn == nil {
		return err
	}
	c.unwatch()
	c.interrupt.attach(nil)
	hangUp(c.conn)
	c.conn, c.try, c.mute = nil, nil, nil
	c.gen++
	c.cause = err
	c.requests = nil
	c.held, c.holding = 0, false
	c.acks.clear()
	c.pingSince, c.late, c.patience, c.pong = time.Time{}, 0, patience{}, false
	c.fullSince = time.Time{}
	c.in.reset()
	return err
}

// limit bounds writes beside WriteTimeout: by the end of a context and, if it is not
// zero, by an earlier time, with the error to return when that time passes.
type limit struct {
	ctx    context.Context // nil: none
	at     time.Time
	reason error
}

// limitOf returns the limit that a context sets.
func limitOf(ctx context.Context) limit {
	at, _ := ctx.Deadline()
	return limit{ctx, at, context.DeadlineExceeded}
}

// send writes the packet that a call is for. The context bounds it, too. Other packets
// that a call writes are not bounded by the context: a short wait must not close a slow
// connection.
func (c *Client) send(ctx context.Context, packet []byte) error {
	c.limit = limitOf(ctx)
	err := c.write(packet)
	c.limit = limit{}
	return err
}

// hangUp closes a connection at once. Closing TLS sends close_notify first, which may
// take five seconds if the peer does not read: only Disconnect does that.
func hangUp(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.Close()
}

// write sends one packet. A failure closes the connection.
func (c *Client) write(packet []byte) error {
	if err := c.put(packet); err != nil {
		return c.drop(err)
	}
	return nil
}

// put sends one packet with one Write. After a failed Write, which may have written a
// part of the packet, it writes nothing more.
func (c *Client) put(packet []byte) error {
	if c.mute != nil {
		return c.mute
	}
	now := time.Now()
	gathered := c.held > 0
	if gathered {
		packet = c.gather(packet, now)
	}
	err := c.boundWrite(now)
	if err == nil {
		err = c.writeWithin(packet)
	}
	if err != nil {
		return c.lost("write", c.limit.explain(err))
	}
	c.lastSent = now
	if gathered {
		c.traceSent(packet)
	} else {
		c.trace(Sent, packet)
	}
	return nil
}

// writeWithin writes within the limit's context.
func (c *Client) writeWithin(packet []byte) error {
	ctx := c.limit.ctx
	if ctx == nil || ctx.Done() == nil {
		_, err := c.conn.Write(packet)
		return err
	}
	c.watch(ctx)
	c.interrupt.writes(ctx)
	_, err := c.conn.Write(packet)
	if c.interrupt.wrote() {
		c.writeBy = time.Time{}
	}
	return err
}

// explain returns the reason for which a write exceeded its deadline.
func (l limit) explain(err error) error {
	switch {
	case !isTimeout(err):
	case !l.at.IsZero() && !time.Now().Before(l.at):
		return l.reason
	case l.ctx != nil && l.ctx.Err() != nil:
		return l.ctx.Err()
	}
	return err
}

// leastWrite is the time that a write has at least, even if its limit is near or has
// just passed. A write that does not wait for its peer takes less.
const leastWrite = 10 * time.Millisecond

// boundWrite sets the write deadline for a write that begins now, from WriteTimeout and
// the limit. Setting a deadline takes a tenth of the time of a small packet, so that a
// deadline with most of its time left stays.
func (c *Client) boundWrite(now time.Time) error {
	by := now.Add(c.cfg.WriteTimeout)
	if at := c.limit.at; !at.IsZero() && at.Before(by) {
		if least := now.Add(leastWrite); at.Before(least) {
			at = least
		}
		by = earliest(by, at)
	}
	if !c.writeBy.After(by) && (c.writeBy.Sub(now) > c.cfg.WriteTimeout/10*9 || c.writeBy.Equal(by)) {
		return nil
	}
	c.writeBy = by
	return c.conn.SetWriteDeadline(by)
}

func (c *Client) trace(d Direction, packet []byte) {
	if c.cfg.Trace != nil {
		c.cfg.Trace(d, packet)
	}
}

// lost describes the failure of the connection.
func (c *Client) lost(op string, err error) error {
	return &ConnectionError{Op: op, Err: err, Late: c.late}
}

// interrupt lets a context end a Read, by a deadline in the past. A context may set it
// late, after its call has returned: a read whose deadline has passed without a reason
// is tried again.
type interrupt struct {
	mu    sync.Mutex
	conn  net.Conn
	at    time.Time // the deadline that conn has
	stale bool      // it may have another one

	writing context.Context // of the Write that goes on; nil: none, or it ends by WriteTimeout
	ended   bool            // that write has another deadline
}

func (i *interrupt) attach(conn net.Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.conn, i.at, i.stale = conn, time.Time{}, true
}

// poke ends the current Read, or the next one, and soon after the Write whose context
// has ended.
func (i *interrupt) poke() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.conn != nil {
		i.stale = true
		_ = i.conn.SetReadDeadline(time.Unix(1, 0))
		i.endWrite()
	}
}

// writes records that a Write begins that a context bounds.
func (i *interrupt) writes(ctx context.Context) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.writing = ctx
	i.endWrite()
}

// wrote records that the Write has ended, and reports whether the write deadline was
// changed.
func (i *interrupt) wrote() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	moved := i.ended
	i.writing, i.ended = nil, false
	return moved
}

// endWrite ends a Write whose context was cancelled. The deadline of the context, if
// any, is already that of the Write.
func (i *interrupt) endWrite() {
	if i.writing != nil && i.writing.Err() != nil && i.writing.Err() != context.DeadlineExceeded && !i.ended {
		i.ended = true
		_ = i.conn.SetWriteDeadline(time.Now().Add(leastWrite))
	}
}

// deadline sets the read deadline; the zero time removes it.
func (i *interrupt) deadline(at time.Time) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.stale && at.Equal(i.at) {
		return nil
	}
	i.at, i.stale = at, false
	return i.conn.SetReadDeadline(at)
}

// watch arranges that the end of a context interrupts the current read or write, until
// another context is watched or the connection ends. A loop that waits with one context
// therefore does not allocate.
func (c *Client) watch(ctx context.Context) {
	if done := ctx.Done(); done != nil && done != c.watched {
		c.unwatch()
		c.watched, c.stop = done, context.AfterFunc(ctx, c.poke)
	}
}

// unwatch ends what watch has begun.
func (c *Client) unwatch() {
	if c.watched != nil {
		c.stop()
		c.watched, c.stop = nil, nil
	}
}

// moved records that a try may have set another deadline.
func (i *interrupt) moved() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stale = true
}

// kill closes the connection while a call uses it, so that the call ends.
func (i *interrupt) kill() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.conn != nil {
		hangUp(i.conn)
	}
}

// isTimeout reports whether a read or write ended because of its deadline.
func isTimeout(err error) bool {
	if ne, ok := err.(net.Error); ok { // spares the allocation of errors.As
		return ne.Timeout()
	}
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}
