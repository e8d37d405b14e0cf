package robust

// settled takes up what has become of a message that no call of package client waits
// for. A call of this package may wait for it all the same, on another connection: that
// tells its own caller.
func (c *Client) settled(id uint16, err error) {
	p := c.packets.message(id)
	switch {
	case p != nil && p.active:
		if err != nil && p.fate == undecided {
			p.fate = dropped
		}
		return
	case p != nil:
		if err != nil && p.fate == poisoned {
			err = p.poison()
		}
		c.packets.remove(p)
	}
	if err != nil {
		c.dropped++
	}
	if c.cfg.OnOutcome != nil {
		c.cfg.OnOutcome(id, err)
	}
}

// notice tells what has gone wrong beside the calls.
func (c *Client) notice(err error) {
	if c.cfg.OnNotice != nil {
		c.cfg.OnNotice(err)
	}
}
