package pcap

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"

	"umqtt/harness/capture"
)

// A trace is a file whose connections are being put together.
type trace struct {
	file  string
	frame int           // number of the current frame
	now   time.Duration // its time, counted from the first frame's
	base  time.Time     // of the first frame

	conns []*conn
	open  map[[2]netip.AddrPort]*conn // the newest one between two ends
	busy  *conn                       // whose segment is being assembled
	asm   *reassembly.Assembler

	rec      *capture.Recorder
	at       time.Duration // the time of what is being recorded
	in       int           // the frame that it came in
	frames   []int         // of each record
	bytes    int           // of MQTT
	held     int           // bytes and chunks of connections of which it is not known what they are
	warnings []*Error      // the first one of each kind
	more     map[error]int // how many warnings of a kind followed
	err      error         // a limit was passed
}

// The out-of-order bytes that the assembler keeps, in its pages of 1900 bytes.
const (
	maxPages     = 1 << 14
	maxConnPages = 1 << 11
)

// maxAllHeld is how many bytes are kept of all connections together of which it is not known what they are;
// a chunk counts for perChunk more.
const (
	maxAllHeld = 16 << 20
	perChunk   = 128
)

func newTrace(file string) *trace {
	t := &trace{file: file, open: make(map[[2]netip.AddrPort]*conn), more: make(map[error]int)}
	t.asm = reassembly.NewAssembler(reassembly.NewStreamPool(t))
	t.asm.MaxBufferedPagesTotal = maxPages
	t.asm.MaxBufferedPagesPerConnection = maxConnPages
	t.rec = capture.NewRecorder("", func() time.Duration { return t.at })
	t.rec.OnRecord = func(capture.Record) { t.frames = append(t.frames, t.in) }
	return t
}

// New returns the connection whose segment is being assembled.
func (t *trace) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return t.busy
}

// A moment is a frame as the assembler remembers it: its time, and its number as the index of an interface.
type moment gopacket.CaptureInfo

func (m *moment) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(*m) }

// since returns the time of a frame, or NoTime.
func (t *trace) since(at time.Time) time.Duration {
	if at.IsZero() {
		return capture.NoTime
	}
	return max(at.Sub(t.base), 0)
}

// add takes a frame.
func (t *trace) add(f frame) error {
	t.frame = f.n
	if t.base.IsZero() {
		t.base = f.at
	}
	t.now = t.since(f.at)
	s, err := decode(f)
	if err != nil {
		t.warn(err.(*Error))
	}
	if s != nil {
		t.segment(f, s)
	}
	return t.err
}

// warn notes an error about one frame.
func (t *trace) warn(e *Error) {
	e.File = t.file
	for _, w := range t.warnings {
		if w.Err == e.Err {
			t.more[e.Err]++
			return
		}
	}
	t.warnings = append(t.warnings, e)
}

// told returns the warnings about frames.
func (t *trace) told() []*Error {
	var all []*Error
	for _, w := range t.warnings {
		e := *w
		if n := t.more[e.Err]; n > 0 {
			e.Detail = strings.TrimPrefix(fmt.Sprintf("%s; also in frames behind it: %d", e.Detail, n), "; ")
		}
		all = append(all, &e)
	}
	return all
}

// hold counts a chunk that is kept until it is known what its connection is.
func (t *trace) hold(k chunk, sign int) {
	t.held += sign * (len(k.data) + perChunk)
	if t.held > maxAllHeld {
		t.err = &Error{File: t.file, Frame: t.frame, Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes of connections without a CONNECT", maxAllHeld)}
	}
}

// segment takes a segment.
func (t *trace) segment(f frame, s *segment) {
	c := t.conn(s)
	if c == nil {
		return
	}
	end := 0
	if s.src != c.ends[0] {
		end = 1
	}
	if s.tcp.SYN && !c.syn[end] {
		c.syn[end], c.seq[end] = true, s.tcp.Seq
		c.dialer = end
		if s.tcp.ACK {
			c.dialer = 1 - end
		}
	}
	c.over = c.over || s.tcp.FIN || s.tcp.RST
	if c.lost != nil || c.state == dropped {
		return
	}
	if s.tcp.FIN && c.fin[end] == 0 {
		c.fin[end] = f.n
	}
	if c.first < 0 {
		c.first = end
	}
	c.now, t.busy = s, c
	t.asm.AssembleWithContext(gopacket.NewFlow(gopacket.EndpointInvalid, c.name(end), c.name(1-end)), s.tcp, &moment{Timestamp: f.at, InterfaceIndex: f.n})
	c.now = nil
	if s.cut > 0 {
		c.lose(&loss{frame: f.n + 1, at: t.now, end: end, detail: fmt.Sprintf("%d bytes, for frame %d is cut to %d of %d bytes", s.cut, f.n, len(f.data), f.length)})
	}
}

// conn returns the connection of a segment, a new one when it begins one, nil when it belongs to none.
func (t *trace) conn(s *segment) *conn {
	key := [2]netip.AddrPort{s.src, s.dst}
	if s.src.Compare(s.dst) > 0 {
		key = [2]netip.AddrPort{s.dst, s.src}
	}
	c := t.open[key]
	switch {
	case s.tcp.SYN && !s.tcp.ACK && (c == nil || c.renewed(s)):
	case c != nil:
		return c
	case len(s.tcp.Payload) == 0 && !s.tcp.SYN:
		return nil
	}
	if len(t.conns) == MaxConns {
		t.err = &Error{File: t.file, Frame: t.frame, Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d connections", MaxConns)}
		return nil
	}
	c = &conn{t: t, id: len(t.conns) + 1, ends: [2]netip.AddrPort{s.src, s.dst}, frame: t.frame, at: t.now, dialer: -1, first: -1}
	t.conns = append(t.conns, c)
	t.open[key] = c
	return c
}

// renewed reports whether a SYN begins another connection between the same ends.
func (c *conn) renewed(s *segment) bool {
	end := 0
	if s.src != c.ends[0] {
		end = 1
	}
	if c.syn[end] && c.seq[end] == s.tcp.Seq {
		return false
	}
	return c.over || c.syn[end] || c.dialer < 0
}

// name returns what an end is called with the assembler. It holds the number of the connection, so that a
// later one between the same ends is another.
func (c *conn) name(end int) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(c.id)), byte(end))
}

// record records a chunk of a connection.
func (t *trace) record(c *conn, k chunk) {
	t.at, t.in = k.at, k.frame
	switch kind := c.kind(k.end); {
	case k.how == "":
		t.rec.Bytes(c.id, kind, k.data)
	default:
		c.ended[k.end] = true
		t.rec.End(c.id, kind, k.how)
	}
	t.bytes += len(k.data)
	switch {
	case t.bytes > MaxBytes:
		t.err = &Error{File: t.file, Frame: k.frame, Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes of MQTT", MaxBytes)}
	case len(t.frames) > MaxRecords:
		t.err = &Error{File: t.file, Frame: k.frame, Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d records", MaxRecords)}
	}
}

// finish ends the connections at the end of the file.
func (t *trace) finish() {
	t.asm.FlushAll()
	for _, c := range t.conns {
		c.finish()
	}
	t.at, t.in = t.now, t.frame
	t.rec.Freeze()
}
