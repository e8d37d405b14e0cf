package monitor

import "umqtt/harness/capture"

// NewForgetful returns a Live that remembers no more than so many bytes.
func NewForgetful(w World, bytes int) *Live {
	v := NewLive(w, false)
	v.Max = bytes
	return v
}

// Remembered returns how many things the state of v holds.
func (v *Live) Remembered() int {
	n := len(v.k.links) + len(v.k.order)
	for _, c := range v.k.clients {
		n += len(c.seen) + len(c.current.content) + len(c.current.out)
	}
	for _, l := range v.k.links {
		n += len(l.once.queue) + len(l.twice.queue) + len(l.stops)
	}
	return n
}

// Play adds all records of c, and closes its connections.
func (v *Live) Play(c *capture.Capture) []Finding {
	var all []Finding
	seen := map[int]bool{}
	for _, r := range c.Records {
		all = append(all, v.Add(r)...)
		seen[r.Conn] = true
	}
	for conn := range seen {
		all = append(all, v.Closed(conn)...)
	}
	return all
}
