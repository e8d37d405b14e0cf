package robust

import "context"

// Connect connects, as often as the policy allows, and reports whether the server
// had the session. It replaces a connection that there may be, which is closed even
// if Connect fails before it dials. cleanSession is used for every reconnect as well.
//
// When it reports false, the caller subscribes. It is also false when the server
// calls a session present that may be no older than this Connect, or one that failed
// before it: then an attempt got as far as its CONNECT, and failed after that.
//
// From then on every call connects again when it has to, even when Connect itself
// gave up, until Disconnect or Close, or until the server refuses for good: with a
// CONNACK code other than 3, which is a [*client.ConnackError] here and ErrClosed
// in later calls.
//
// Connect sends no SUBSCRIBE. When it reports false and there is a connection, what
// was subscribed before is forgotten. OnOutcome is told of messages of ended calls that
// were given up with their session [MQTT-3.1.2-6]. Other errors:
// [*client.ValidationError], [*client.StoreError], [*GaveUpError], the context's.
//
// During an outage Connect goes on with the backoff; after Disconnect or Close it
// begins anew.
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

// Disconnect sends DISCONNECT and closes the connection; there is no reconnect
// then. Without a connection it fails with ErrClosed, and the server publishes the
// will. What is in flight stays so.
func (c *Client) Disconnect() error {
	if err := c.begin(); err != nil {
		return c.fail("disconnect", err)
	}
	defer c.end()
	c.stop(nil)
	return c.c.Disconnect()
}

// Close closes the connection without a DISCONNECT, so that the server publishes
// the will; there is no reconnect then. What is in flight stays so.
func (c *Client) Close() error {
	if err := c.begin(); err != nil {
		return c.fail("close", err)
	}
	defer c.end()
	c.stop(nil)
	return c.c.Close()
}

// Ping sends a PINGREQ, connecting before if it has to. It does not wait for the
// answer: WaitMsg and CheckMsg report it.
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
