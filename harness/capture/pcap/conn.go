package pcap

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"

	"umqtt/harness/capture"
)

// A conn is a TCP connection, and the stream that the assembler hands its bytes to.
type conn struct {
	t     *trace
	id    int               // from 1, in the order of the first frames
	ends  [2]netip.AddrPort // the one that sent the first frame, the other one
	frame int               // number of the first frame
	at    time.Duration     // its time

	dialer int       // index of the end that dialed, -1 when no SYN was seen
	syn    [2]bool   // a SYN of that end was seen
	seq    [2]uint32 // its sequence number
	fin    [2]int    // number of the first frame with FIN of that end
	over   bool      // a FIN or RST was seen

	first   int      // index of the end whose segment the assembler saw first, -1 before
	now     *segment // that is being assembled; nil at the end of the file
	ended   [2]bool  // the end of that stream was recorded
	state   state
	client  int     // index of the client's end, when state is mqtt
	pending []chunk // what came while state was fresh
	held    int     // bytes in pending
	reason  *Error  // why it is not MQTT
	lost    *loss
}

// A state says what a conn is known to be.
type state int

const (
	fresh state = iota
	mqtt
	dropped
)

// A chunk is bytes of one end, or the end of its stream.
type chunk struct {
	end   int
	data  []byte
	how   string // FIN or RST; then there is no data
	frame int
	at    time.Duration
}

// A loss is the place from which a connection is no longer followed.
type loss struct {
	frame  int // the first one that is left out
	at     time.Duration
	end    int // whose bytes are missing
	detail string
}

// maxHeld is how many bytes of a connection are kept while it is not known what it is.
const maxHeld = 1 << 16

// String returns the two ends, the dialing one first as far as it is known.
func (c *conn) String() string {
	if c.dialer == 1 || c.state == mqtt && c.client == 1 {
		return fmt.Sprintf("%s > %s", c.ends[1], c.ends[0])
	}
	return fmt.Sprintf("%s > %s", c.ends[0], c.ends[1])
}

// server returns the end that was dialed.
func (c *conn) server() netip.AddrPort {
	if c.state == mqtt {
		return c.ends[1-c.client]
	}
	return c.ends[1-max(c.dialer, 0)]
}

// fail returns an error about c.
func (c *conn) fail(frame int, err error, detail string) *Error {
	return &Error{File: c.t.file, Frame: frame, Conn: c.String(), Err: err, Detail: detail}
}

// Accept takes every segment, and lets a stream without SYN begin at its first one.
func (c *conn) Accept(_ *layers.TCP, _ gopacket.CaptureInfo, _ reassembly.TCPFlowDirection, next reassembly.Sequence, start *bool, _ reassembly.AssemblerContext) bool {
	*start = next < 0
	return true
}

// ReassemblyComplete keeps c with the assembler, which then ignores late segments.
func (c *conn) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

// ReassembledSG takes the next bytes of an end.
func (c *conn) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	dir, _, over, skip := sg.Info()
	end := c.first
	if dir == reassembly.TCPDirServerToClient {
		end = 1 - end
	}
	n, _ := sg.Lengths()
	if skip > 0 {
		info := sg.CaptureInfo(0)
		frame := max(info.InterfaceIndex, 1)
		c.lose(&loss{frame: frame, at: c.t.since(info.Timestamp), end: end, detail: fmt.Sprintf("%d bytes before frame %d", skip, frame)})
		return
	}
	if n > 0 {
		c.take(chunk{end: end, data: sg.Fetch(n), frame: c.t.frame, at: c.t.now})
	}
	if over && (c.now == nil || c.now.cut == 0) {
		how := capture.FIN
		if c.now != nil && c.now.tcp.RST {
			how = capture.RST
		}
		c.take(chunk{end: end, how: how, frame: c.t.frame, at: c.t.now})
	}
}

// lose stops following c.
func (c *conn) lose(l *loss) {
	if c.lost == nil && c.state != dropped {
		c.lost = l
	}
}

// drop forgets the content of c.
func (c *conn) drop(reason *Error) {
	c.state, c.reason = dropped, reason
	c.release()
}

// release forgets what was kept while state was fresh.
func (c *conn) release() {
	for _, k := range c.pending {
		c.t.hold(k, -1)
	}
	c.pending = nil
}

// take takes a chunk of c.
func (c *conn) take(k chunk) {
	switch {
	case c.lost != nil || c.state == dropped:
		return
	case c.state == mqtt:
		c.t.record(c, k)
		return
	}
	k.data = slices.Clone(k.data)
	c.pending = append(c.pending, k)
	c.t.hold(k, 1)
	c.held += len(k.data)
	found, detail, err := classify(c.beginning(k.end))
	switch {
	case found == connect && c.dialer != 1-k.end:
		c.state, c.client = mqtt, k.end
		for _, k := range c.pending {
			c.t.record(c, k)
		}
		c.release()
	case found == foreign && c.dialer == k.end, found == foreign && c.dialer < 0 && err == ErrTLS:
		c.drop(c.fail(k.frame, err, detail))
	case found == foreign && c.dialer < 0:
		c.drop(c.fail(c.frame, ErrNoConnect, "the file does not hold the beginning of the connection"))
	case c.held > maxHeld:
		c.drop(c.fail(c.frame, ErrNoConnect, fmt.Sprintf("none in the first %d bytes", maxHeld)))
	}
}

// beginning returns the first bytes of an end's stream, as many as it takes to know what it is.
func (c *conn) beginning(end int) []byte {
	var b []byte
	for _, k := range c.pending {
		if k.end == end && len(b) < enough {
			b = append(b, k.data...)
		}
	}
	return b[:min(len(b), enough)]
}

// refused reports whether the peer has answered the SYN with RST.
func (c *conn) refused() bool {
	if c.dialer < 0 || c.syn[1-c.dialer] || c.held > 0 {
		return false
	}
	return slices.ContainsFunc(c.pending, func(k chunk) bool { return k.end != c.dialer && k.how == capture.RST })
}

// finish says what is known of c at the end of the file.
func (c *conn) finish() {
	switch {
	case c.lost != nil || c.state == dropped:
	case c.state == fresh && c.held == 0:
		c.reason = c.fail(c.frame, ErrNoConnect, "it carries no bytes")
	case c.state == fresh:
		c.reason = c.fail(c.frame, ErrNoConnect, "it ends before a CONNECT is whole")
	default:
		for end, frame := range c.fin {
			if frame > 0 && !c.ended[end] {
				c.lose(&loss{frame: frame, at: c.t.now, end: end, detail: fmt.Sprintf("those before the FIN in frame %d", frame)})
			}
		}
	}
}

// kind returns the direction of what an end sends.
func (c *conn) kind(end int) capture.Kind {
	if end == c.client {
		return capture.Sent
	}
	return capture.Handed
}
