package pcap

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"umqtt/harness/capture"
)

// readOwn reads the frames of a file that Write has made, into c.
func readOwn(c *capture.Capture, f *frames) (*Result, error) {
	r := &ownReader{c: c, conns: make(map[uint16]*ownConn)}
	for {
		frame, err := f.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = r.frame(frame)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, c := range r.conns {
		for k, b := range c.data {
			if len(b) > 0 {
				return nil, &Error{Err: ErrLost, Detail: fmt.Sprintf("connection %d ends within a packet (%s)", c.number, k)}
			}
		}
	}
	return &Result{Capture: c}, nil
}

// An ownReader reads the frames of a file that Write has made.
type ownReader struct {
	c     *capture.Capture
	conns map[uint16]*ownConn // by the client's port
	bytes int
	last  time.Duration
}

// An ownConn is a connection of an ownReader.
type ownConn struct {
	number int
	seq    map[capture.Kind]uint32
	data   map[capture.Kind][]byte // of a record that is not complete
}

// frame reads a frame.
func (r *ownReader) frame(f frame) error {
	fail := func(err error, format string, args ...any) error {
		return &Error{Frame: f.n, Err: err, Detail: "the file of mqttconform was changed: " + fmt.Sprintf(format, args...)}
	}
	record := capture.Record{Time: f.at.Sub(epoch)}
	if slices.Contains(f.comments, timeless) {
		record.Time = capture.NoTime
	} else if record.Time < 0 {
		return fail(ErrMalformed, "a time before that of its first record")
	}
	s, err := decode(f)
	if err != nil {
		return err
	}
	var c *ownConn
	var k capture.Kind
	if s != nil {
		if c, k, err = r.segment(f, s); err != nil {
			return fail(ErrMalformed, "%v", err)
		}
		record.Conn = c.number
	}
	if text := event(f.comments); text != "" {
		record.Kind = capture.Event
		if record.Text, err = eventText(text); err != nil {
			return fail(ErrMalformed, "a comment that is no event: %v", err)
		}
		return r.add(f, record)
	}
	if s == nil {
		return fail(ErrMalformed, "a frame without an event and without TCP")
	}
	record.Kind = k
	c.data[k] = append(c.data[k], s.tcp.Payload...)
	if r.bytes += len(s.tcp.Payload); r.bytes > MaxBytes {
		return &Error{Frame: f.n, Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes of MQTT", MaxBytes)}
	}
	switch {
	case len(c.data[k]) > 0 && s.tcp.PSH:
		record.Data, c.data[k] = c.data[k], nil
	case len(s.tcp.Payload) > 0 || s.tcp.SYN:
		return nil
	case s.tcp.FIN:
		record.Text = capture.FIN
	case s.tcp.RST:
		record.Text = capture.RST
	default:
		return nil // the last part of a handshake
	}
	return r.add(f, record)
}

// add adds a record.
func (r *ownReader) add(f frame, record capture.Record) error {
	if len(r.c.Records) == MaxRecords {
		return &Error{Frame: f.n, Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d records", MaxRecords)}
	}
	if record.Time != capture.NoTime {
		if record.Time < r.last {
			return &Error{Frame: f.n, Err: ErrMalformed, Detail: "its time is before that of an earlier record"}
		}
		r.last = record.Time
	}
	r.c.Records = append(r.c.Records, record)
	return nil
}

// segment returns the connection and the direction of a segment, once it has checked its place in the stream.
func (r *ownReader) segment(f frame, s *segment) (*ownConn, capture.Kind, error) {
	k, back, port := capture.Sent, capture.Handed, s.src.Port()
	if s.dst.Port() != mqttPort {
		k, back, port = capture.Handed, capture.Sent, s.dst.Port()
	}
	for _, comment := range f.comments {
		digits, ok := strings.CutPrefix(comment, connSign)
		if !ok || !s.tcp.SYN {
			continue
		}
		number, err := strconv.Atoi(digits)
		if err != nil || number < 0 {
			return nil, k, fmt.Errorf("%q is no number of a connection", digits)
		}
		if r.conns[port] != nil || len(r.conns) == maxConns {
			return nil, k, fmt.Errorf("connection %d begins twice", number)
		}
		r.conns[port] = &ownConn{number: number, seq: make(map[capture.Kind]uint32), data: make(map[capture.Kind][]byte)}
	}
	c := r.conns[port]
	switch {
	case c == nil:
		return nil, k, fmt.Errorf("a connection without its beginning")
	case s.cut > 0 || s.tcp.Seq != c.seq[k] || s.tcp.ACK && s.tcp.Ack != c.seq[back]:
		return nil, k, fmt.Errorf("connection %d lacks frames before this one, or has them in another order", c.number)
	}
	c.seq[k] += uint32(len(s.tcp.Payload))
	if s.tcp.SYN || s.tcp.FIN {
		c.seq[k]++
	}
	return c, k, nil
}

// event returns the comment that stands for an event, "" when there is none.
func event(comments []string) string {
	for _, c := range comments {
		if strings.HasPrefix(c, eventSign) {
			return c
		}
	}
	return ""
}

// eventText returns the text of an event, of which a comment is the line in the .wire format.
func eventText(comment string) (string, error) {
	c, err := capture.Parse("comment", fmt.Appendf(nil, "mqtt-capture 1\n#\n= conn 0\n   -.--- %s\n", comment))
	if err != nil {
		return "", err
	}
	if len(c.Records) != 1 {
		return "", fmt.Errorf("%d records", len(c.Records))
	}
	return c.Records[0].Text, nil
}
