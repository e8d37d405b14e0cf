package client

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"time"
)

// Connect opens a connection and begins or resumes the session. It reports whether the
// server had the session. The context and ConnectTimeout bound it. On failure there is
// no connection. Connect first closes an open connection as Close does: the server then
// publishes the will, unless Disconnect was called before.
//
// Without a clean session, Connect then sends every message in flight again, in the
// order of publishing, with its packet identifier and with DUP set [MQTT-4.4.0-1], or
// without DUP if it was not sent before. It does so even when the server did not have
// the session: the standard leaves this open, and QoS 1 allows a duplicate but not a
// loss.
//
// With a clean session, or after one, the messages in flight are dropped once the
// CONNECT is sent [MQTT-3.1.2-6]: Config.OnOutcome is called for each with ErrDropped,
// whether Connect succeeds or not.
//
// Errors: [*ValidationError], [*ConnackError], [*ProtocolError], [*ConnectionError],
// [*StoreError], ErrTimeout, and the context's error.
func (c *Client) Connect(ctx context.Context, cleanSession bool) (sessionPresent bool, err error) {
	const op = "connect"
	if err := c.begin(); err != nil {
		return false, c.fail(op, err)
	}
	defer c.end()
	if c.cfg.ClientID == "" && !cleanSession {
		return false, c.fail(op, invalid("ClientID", "MQTT-3.1.3-7", "empty without a clean session"))
	}
	if err := ctx.Err(); err != nil {
		return false, c.fail(op, err)
	}
	_ = c.drop(errors.New("a new Connect"))

	bound := time.Now().Add(c.cfg.ConnectTimeout)
	within, cancel := context.WithDeadline(ctx, bound)
	defer cancel()
	if err := c.open(within); err != nil {
		switch {
		case ctx.Err() != nil:
			err = ctx.Err()
		case !time.Now().Before(bound): // a dialer may see that before the context does
			err = ErrTimeout
		}
		err = &ConnectionError{Op: "dial", Err: err}
		c.cause = err
		return false, c.fail(op, err)
	}
	if c.limit = limitOf(ctx); c.limit.at.IsZero() || bound.Before(c.limit.at) {
		c.limit = limit{ctx, bound, ErrTimeout}
	}
	defer func() { c.limit = limit{} }()
	defer c.unwatch() // this context is of no use to later calls
	err = c.sendConnect(cleanSession)
	if err == nil {
		sessionPresent, err = c.awaitConnack(ctx, bound)
	}
	if err == nil {
		err = c.redeliver()
	}
	return sessionPresent && c.conn != nil, c.fail(op, err)
}

// sendConnect sends the CONNECT. A clean session drops the messages in flight.
func (c *Client) sendConnect(clean bool) (err error) {
	c.out = appendConnect(c.out[:0], &c.cfg, c.will, clean)
	if err := c.write(c.out); err != nil {
		return err
	}
	if clean || c.clean {
		err = c.forget()
	}
	c.clean = clean || err != nil // after an error the next Connect tries again to forget
	return err
}

// awaitConnack reads the first packet, and closes the connection on failure. The keep
// alive interval begins with the CONNECT.
func (c *Client) awaitConnack(ctx context.Context, bound time.Time) (sessionPresent bool, err error) {
	for {
		h, ok, err := parseHeader(c.in.unread(), false)
		switch {
		case err != nil:
			return false, c.drop(err)
		case ok && h.size <= len(c.in.unread()):
			packet := c.in.unread()[:h.size]
			c.in.r += h.size
			c.trace(Received, packet)
			return c.connack(binary.BigEndian.Uint16(packet[h.size-h.remaining:]))
		case ctx.Err() != nil:
			return false, c.drop(ctx.Err())
		case !time.Now().Before(bound):
			return false, c.drop(ErrTimeout)
		}
		if err := c.pingIfDue(time.Now()); err != nil {
			return false, err
		}
		if err := c.wait(ctx, h.size, earliest(bound, c.pingDue())); err != nil {
			return false, err
		}
	}
}

// connack checks flags and code (section 3.2.2).
func (c *Client) connack(fields uint16) (sessionPresent bool, err error) {
	flags, code := fields>>8, byte(fields)
	switch {
	case flags > 1:
		err = violation("3.2.2.1-must-1", "CONNACK with flags %08b", flags)
	case code > 5:
		err = violation("3.2.2.3-must-1", "CONNACK with code %d", code)
	case code > 0 && flags == 1:
		err = violation("MQTT-3.2.2-4", "CONNACK with session present and code %d", code)
	case code > 0:
		err = &ConnackError{Code: code}
	case flags == 1 && c.clean:
		err = violation("MQTT-3.2.2-1", "CONNACK with session present for a clean session")
	}
	if err != nil {
		return false, c.drop(err)
	}
	if !c.pingSince.IsZero() {
		c.pingSince = c.lastHeard // the answer comes after the CONNACK
	}
	return flags == 1, nil
}

// redeliver sends again what is in flight.
func (c *Client) redeliver() error {
	for _, s := range c.inflight.order {
		if err := c.resend(s); err != nil {
			return err
		}
	}
	return nil
}

// Disconnect sends DISCONNECT, after which the server discards the will, and closes the
// connection [MQTT-3.14.4-1]. With TLS it sends close_notify, too, which takes at most
// another WriteTimeout. Messages in flight stay in flight.
func (c *Client) Disconnect() error {
	if err := c.begin(); err != nil {
		return c.fail("disconnect", err)
	}
	defer c.end()
	if c.conn == nil {
		return c.fail("disconnect", c.closed())
	}
	if err := c.write(disconnect); err != nil {
		return c.fail("disconnect", err)
	}
	if secure, ok := c.conn.(*tls.Conn); ok {
		_ = secure.CloseWrite()
	}
	c.drain()
	_ = c.drop(errors.New("Disconnect"))
	return nil
}

// drain reads what has already arrived. Closing a socket with unread input resets the
// connection, and the DISCONNECT may be lost.
func (c *Client) drain() {
	for range 64 {
		c.in.r = c.in.w
		if c.tryFill(0) == 0 {
			return
		}
	}
}

// Close closes the connection without a DISCONNECT, so that the server publishes the
// will. Messages in flight stay in flight. Without a connection it does nothing.
func (c *Client) Close() error {
	if err := c.begin(); err != nil {
		return c.fail("close", err)
	}
	defer c.end()
	_ = c.drop(errors.New("Close"))
	return nil
}
