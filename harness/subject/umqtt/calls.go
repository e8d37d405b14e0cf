package umqtt

import "context"

// Publish publishes; at QoS 1 it waits for the PUBACK. When the connection is lost it connects again, and publishes
// anew.
func (c *Client) Publish(ctx context.Context, m Message) error {
	for {
		err := c.publish(ctx, m)
		if !isOSError(err) {
			return err
		}
		if err := c.reconnect(ctx); err != nil {
			return err
		}
	}
}

func (c *Client) publish(ctx context.Context, m Message) error {
	if m.QoS > 1 {
		return assertion()
	}
	first := 0x30 | m.QoS<<1
	if m.Retain {
		first |= 0x01
	}
	n := 2 + length(m.Topic) + length(m.Payload)
	if m.QoS > 0 {
		n += 2
	}
	parts := [][]byte{remaining([]byte{first}, n), text(nil, m.Topic)}
	if m.QoS > 0 {
		parts = append(parts, c.newID())
	}
	if m.Payload != "" {
		parts = append(parts, []byte(m.Payload))
	}
	if err := c.write(parts...); err != nil || m.QoS == 0 {
		return err
	}
	id := c.pid
	for {
		op, err := c.wait(ctx)
		if err != nil {
			return err
		}
		if op == 0x40 {
			b, err := c.bytes(ctx, 3)
			switch {
			case err != nil:
				return err
			case b[0] != 2:
				return assertion()
			case int(b[1])<<8|int(b[2]) == id: // another PUBACK is thrown away
				return nil
			}
		}
	}
}

// newID returns the next packet id. Its two bytes run over behind 65535.
func (c *Client) newID() []byte {
	c.pid++
	return []byte{byte(c.pid >> 8), byte(c.pid)}
}

// Subscribe subscribes to one filter, and waits for the SUBACK for as long as it takes.
func (c *Client) Subscribe(ctx context.Context, filter string, qos byte) error {
	id := c.newID()
	body := append(text(append([]byte{}, id...), filter), qos)
	if err := c.write(append(remaining([]byte{0x82}, 5+length(filter)), body...)); err != nil {
		return err
	}
	answer, err := c.answer(ctx, 0x90, 4)
	switch {
	case err != nil:
		return err
	case answer[1] != id[0] || answer[2] != id[1]:
		return assertion()
	case answer[3] == 0x80:
		return raise("MQTTException", "128")
	}
	return nil
}

// Unsubscribe unsubscribes from one filter, and waits for the UNSUBACK for as long as it takes.
func (c *Client) Unsubscribe(ctx context.Context, filter string) error {
	id := c.newID()
	body := text(append([]byte{}, id...), filter)
	if err := c.write(append(remaining([]byte{0xa2}, 4+length(filter)), body...)); err != nil {
		return err
	}
	answer, err := c.answer(ctx, 0xb0, 3)
	if err == nil && (answer[1] != id[0] || answer[2] != id[1]) {
		err = assertion()
	}
	return err
}

// answer waits for a packet that begins with op, and returns the n bytes behind.
func (c *Client) answer(ctx context.Context, op byte, n int) ([]byte, error) {
	for {
		got, err := c.wait(ctx)
		if err != nil {
			return nil, err
		}
		if got == op {
			return c.bytes(ctx, n)
		}
	}
}
