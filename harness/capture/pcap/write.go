package pcap

import (
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"umqtt/harness/capture"
)

// What the TCP connections of a written file have in common. The addresses are reserved for documentation.
var (
	subjectIP = net.IP{192, 0, 2, 1}
	peerIP    = net.IP{192, 0, 2, 2}
	// epoch is the time 0 of a capture.
	epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
)

const (
	mqttPort  = 1883
	firstPort = 49152 // of the first connection, counted up for each other one
	segment0  = 1460  // bytes of payload in a full segment
	maxConns  = 1<<16 - firstPort
	maxTime   = 200 * 365 * 24 * time.Hour // the time stamps of the library end in 2262
)

// The signs that comments begin with.
const (
	connSign  = "= conn " // the number of the connection, on its SYN
	eventSign = "* "      // an event; the frame stands for it alone
	ruleSign  = "! "      // what the caller says of the record
	timeless  = "-.---"   // the record has no time
)

// Write writes c as a pcapng file. comments holds more comments for records, by their indices, such as the
// rules that they break; it may be nil.
//
// Each connection is a TCP stream between 192.0.2.1 and port 1883 of 192.0.2.2, with its handshake before
// the first record. A packet is one segment or several, the last one with PSH. An event is an empty
// segment with a comment that begins with "*"; one that belongs to no connection is an IP packet of
// protocol 253. The time 0 of c is the beginning of the year 2000.
//
// The error is that of w or an [*Error]: [ErrTooLarge] for more than [MaxRecords] records or 16384 connections, for a comment of
// 64 KiB or a time of 200 years, and [ErrRecord] for a record that no recorder makes.
func Write(w io.Writer, c *capture.Capture, comments map[int][]string) error {
	if len(c.Records) > MaxRecords {
		return &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d records", MaxRecords)}
	}
	head := string(capture.Format(&capture.Capture{Name: c.Name, Measured: c.Measured}))
	if len(head) > math.MaxUint16 {
		return &Error{Err: ErrTooLarge, Detail: "the name of the capture"}
	}
	ng, err := pcapgo.NewNgWriterInterface(w,
		pcapgo.NgInterface{Name: "subject", Description: "the link of the subject, before faults", LinkType: layers.LinkTypeRaw},
		pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "mqttconform", Comment: head}})
	if err != nil {
		return err
	}
	x := &writer{ng: ng, conns: make(map[int]*written)}
	for i, r := range c.Records {
		if err := x.record(r, comments[i]); err != nil {
			return err
		}
	}
	return ng.Flush()
}

// A writer writes the frames of a capture.
type writer struct {
	ng    *pcapgo.NgWriter
	conns map[int]*written
	last  time.Duration
	id    uint16 // of the IP packet
}

// A written is a connection of a writer.
type written struct {
	port layers.TCPPort
	seq  map[capture.Kind]uint32 // the next ones
	// window is smaller after each event, so that Wireshark shows a window update and no duplicate ACK.
	window uint16
}

// record writes the frames of a record.
func (x *writer) record(r capture.Record, more []string) error {
	var comments []string
	switch {
	case r.Time == capture.NoTime:
		comments = append(comments, timeless)
	case r.Time < 0 || r.Time > maxTime:
		return &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("the time %v", r.Time)}
	default:
		x.last = max(x.last, r.Time)
	}
	for _, c := range more {
		comments = append(comments, ruleSign+c)
	}
	if r.Kind == capture.Event {
		_, text, _ := strings.Cut(r.String(), " ") // without the time
		comments = append(comments, text)
		if r.Conn == 0 {
			return x.ip(comments)
		}
	}
	c, begun := x.conns[r.Conn]
	if !begun {
		if len(x.conns) == maxConns {
			return &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d connections", maxConns)}
		}
		c = &written{port: layers.TCPPort(firstPort + len(x.conns)), seq: make(map[capture.Kind]uint32), window: math.MaxUint16}
		x.conns[r.Conn] = c
		if err := x.handshake(c, r); err != nil {
			return err
		}
	}
	switch {
	case r.Kind == capture.Event && len(r.Data) == 0:
		c.window = max(c.window-1, 1<<15)
		return x.tcp(c, capture.Sent, layers.TCP{ACK: true}, nil, comments)
	case r.Kind != capture.Sent && r.Kind != capture.Handed:
	case len(r.Data) > 0 && r.Text == "":
		return x.data(c, r, comments)
	case r.Text == capture.FIN:
		return x.tcp(c, r.Kind, layers.TCP{ACK: true, FIN: true}, nil, comments)
	case r.Text == capture.RST:
		return x.tcp(c, r.Kind, layers.TCP{ACK: true, RST: true}, nil, comments)
	}
	return &Error{Err: ErrRecord, Detail: r.String()}
}

// handshake opens a connection, at the time of its first record.
func (x *writer) handshake(c *written, r capture.Record) error {
	options := []layers.TCPOption{
		{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{segment0 >> 8, segment0 & 0xff}},
		{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{14}},
	}
	if err := x.tcp(c, capture.Sent, layers.TCP{SYN: true, Options: options}, nil, []string{connSign + strconv.Itoa(r.Conn)}); err != nil {
		return err
	}
	if err := x.tcp(c, capture.Handed, layers.TCP{SYN: true, ACK: true, Options: options}, nil, nil); err != nil {
		return err
	}
	return x.tcp(c, capture.Sent, layers.TCP{ACK: true}, nil, nil)
}

// data writes the segments of a packet.
func (x *writer) data(c *written, r capture.Record, comments []string) error {
	for b := r.Data; len(b) > 0; {
		n := min(len(b), segment0)
		last := n == len(b)
		var on []string
		if last {
			on = comments
		}
		if err := x.tcp(c, r.Kind, layers.TCP{ACK: true, PSH: last}, b[:n], on); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// tcp writes a segment of c in the direction k.
func (x *writer) tcp(c *written, k capture.Kind, h layers.TCP, payload []byte, comments []string) error {
	src, dst, back := subjectIP, peerIP, capture.Handed
	h.SrcPort, h.DstPort = c.port, mqttPort
	if k == capture.Handed {
		src, dst, back = peerIP, subjectIP, capture.Sent
		h.SrcPort, h.DstPort = h.DstPort, h.SrcPort
	}
	h.Seq, h.Window = c.seq[k], c.window
	if h.ACK {
		h.Ack = c.seq[back]
	}
	c.seq[k] += uint32(len(payload))
	if h.SYN || h.FIN {
		c.seq[k]++
	}
	ip := x.header(src, dst, layers.IPProtocolTCP)
	if err := h.SetNetworkLayerForChecksum(ip); err != nil {
		return err
	}
	return x.frame(comments, ip, &h, gopacket.Payload(payload))
}

// ip writes an IP packet that belongs to no connection.
func (x *writer) ip(comments []string) error {
	return x.frame(comments, x.header(subjectIP, peerIP, layers.IPProtocol(experiment)))
}

// experiment is the protocol number of IP that is free for experiments.
const experiment = 253

// header returns the header of the next IP packet.
func (x *writer) header(src, dst net.IP, protocol layers.IPProtocol) *layers.IPv4 {
	x.id++
	return &layers.IPv4{Version: 4, TTL: 64, Id: x.id, Flags: layers.IPv4DontFragment, Protocol: protocol, SrcIP: src, DstIP: dst}
}

// frame writes a frame with the time of the last record.
func (x *writer) frame(comments []string, l ...gopacket.SerializableLayer) error {
	for _, c := range comments {
		if len(c) > math.MaxUint16 {
			return &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("a comment of %d bytes", len(c))}
		}
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, l...); err != nil {
		return err
	}
	info := gopacket.CaptureInfo{Timestamp: epoch.Add(x.last), CaptureLength: len(b.Bytes()), Length: len(b.Bytes())}
	return x.ng.WritePacketWithOptions(info, b.Bytes(), pcapgo.NgPacketOptions{Comments: comments})
}
