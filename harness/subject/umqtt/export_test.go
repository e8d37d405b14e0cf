package umqtt

// SetNextID has the next packet sent under this id.
func (c *Client) SetNextID(id int) { c.pid = id - 1 }
