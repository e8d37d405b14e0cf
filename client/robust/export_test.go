package robust

// Packets returns how many packets the client keeps account of.
func (c *Client) Packets() int { return len(c.packets.list) }
