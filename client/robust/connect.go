package robust

import "context"

// Connect makes attempts to connect until one succeeds or the policy's limit is
// reached, and reports whether the server had the session. It first closes an open
// connection, even if it then fails before it dials. Every reconnect uses cleanSession,
// too.
//
// When it reports false, the caller must subscribe. It reports false, too, if an
// earlier attempt sent its CONNECT and failed after that: the session that the server
// then reports may be a new one without subscriptions.
//
// After Connect, even after a failed one, every call connects again when it has to.
// This ends with Disconnect or Close, or with a CONNACK whose code is not 3 (server
// unavailable): Connect then returns a [*client.ConnackError] and later calls
// ErrClosed.
//
// Connect sends no SUBSCRIBE. When it succeeds and reports false, the client forgets
// its subscriptions. OnOutcome is called for messages of ended calls that were dropped
// with their session [MQTT-3.1.2-6]. Other errors: [*client.ValidationError],
// [*client.StoreError], [*GaveUpError], the context's error.
//
// During an outage Connect continues the backoff; after Disconnect or Close the backoff
// begins again.
func (c *Client) Connect(ctx context.Context, cleanSession bool) (sessionPresent bool, err error) {
	const op = "connect"
	if err := c.begin(); err != nil {
		return false, c.fail(op, err)
	}
	defer c.end()
	if c.up || !c.wanted {
		c.stop(nil)
	}
	c.wanted, c.clean, c.explicit = true, cleanSession, true
	defer func() { c.explicit = false }()

	k := c.newCall(ctx, nil)
	defer k.done()
	err = c.reconnect(&k)
	switch {
	case !c.up:
		_ = c.c.Close() // the older connection, if no attempt got as far as replacing it
	case c.present && !c.untold:
		sessionPresent = true
	default: // the caller is told, and subscribes
		c.untold = false
		c.subs.clear()
	}
	return sessionPresent, c.fail(op, k.gaveUp(err))
}

// Disconnect sends DISCONNECT and closes the connection. Calls do not reconnect after
// it. Without a connection it fails with ErrClosed, and the server publishes the will.
// Messages in flight stay in flight.
func (c *Client) Disconnect() error {
	if err := c.begin(); err != nil {
		return c.fail("disconnect", err)
	}
	defer c.end()
	c.stop(nil)
	return c.c.Disconnect()
}

// Close closes the connection without a DISCONNECT, so that the server publishes the
// will. Calls do not reconnect after it. Messages in flight stay in flight.
func (c *Client) Close() error {
	if err := c.begin(); err != nil {
		return c.fail("close", err)
	}
	defer c.end()
	c.stop(nil)
	return c.c.Close()
}

// Ping sends a PINGREQ, and connects first if it has to. It does not wait for the
// PINGRESP: WaitMsg and CheckMsg report it.
func (c *Client) Ping(ctx context.Context) error {
	const op = "ping"
	if err := c.begin(); err != nil {
		return c.fail(op, err)
	}
	defer c.end()
	k := c.newCall(ctx, nil)
	defer k.done()
	for {
		if err := c.settle(&k); err != nil {
			return c.fail(op, k.gaveUp(err))
		}
		err := c.c.Ping()
		if err == nil || !c.lost(err, nil) {
			return err
		}
	}
}
