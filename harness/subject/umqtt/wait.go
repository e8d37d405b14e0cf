package umqtt

import "context"

// Wait waits for one packet and handles it, as wait_msg does; it connects again when the connection is lost. The context
// first ends the wait for the first byte, and rest all that comes behind.
func (c *Client) Wait(first, rest context.Context) error {
	if c.sock == nil {
		return noSocket()
	}
	b, err := c.sock.read(first, 1)
	if err == nil {
		_, err = c.handle(rest, b)
	}
	if isOSError(err) {
		return c.reconnect(rest)
	}
	return err
}

// wait waits for one packet inside of another call, and returns its first byte, or 0 if there is nothing left to do.
func (c *Client) wait(ctx context.Context) (op byte, err error) {
	if c.depth >= Recursion {
		return 0, raise("RuntimeError", "maximum recursion depth exceeded")
	}
	first, err := c.sock.read(ctx, 1)
	if err != nil {
		return 0, err
	}
	return c.handle(ctx, first)
}

// handle handles the packet that begins with first. Of one that is neither PUBLISH nor PINGRESP it reads no more.
func (c *Client) handle(ctx context.Context, first []byte) (op byte, err error) {
	if len(first) == 0 {
		return 0, raise("OSError", "-1")
	}
	c.depth++
	defer func() { c.depth-- }()
	op = first[0]
	if op == 0xd0 {
		n, err := c.bytes(ctx, 1)
		if err == nil && n[0] != 0 {
			err = assertion()
		}
		return 0, err
	}
	if op&0xf0 != 0x30 {
		return op, nil
	}
	return op, c.message(ctx, op)
}

// message reads a PUBLISH, passes it on and acknowledges it.
func (c *Client) message(ctx context.Context, op byte) error {
	n := 0
	for shift := 0; ; shift += 7 {
		b, err := c.bytes(ctx, 1)
		if err != nil {
			return err
		}
		n |= int(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			break
		}
	}
	size, err := c.bytes(ctx, 2)
	if err != nil {
		return err
	}
	topic, err := c.sock.read(ctx, int(size[0])<<8|int(size[1]))
	if err != nil {
		return err
	}
	n -= 2 + len(topic)
	var id []byte
	if op&0x06 != 0 {
		if id, err = c.bytes(ctx, 2); err != nil {
			return err
		}
		n -= 2
	}
	if n > Memory {
		return raise("MemoryError", "memory allocation failed, allocating %d bytes", n)
	}
	payload, err := c.sock.read(ctx, max(n, 0))
	if err != nil {
		return err
	}
	c.cfg.OnMessage(Message{Topic: string(topic), Payload: string(payload)})
	switch op & 0x06 {
	case 0x02:
		return c.write(append([]byte{0x40, 2}, id...))
	case 0x04:
		return assertion()
	}
	return nil
}

// bytes reads n bytes that are looked at.
func (c *Client) bytes(ctx context.Context, n int) ([]byte, error) {
	b, err := c.sock.read(ctx, n)
	if err == nil && len(b) < n {
		return nil, index()
	}
	return b, err
}
