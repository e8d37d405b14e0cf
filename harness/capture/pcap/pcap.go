// Package pcap writes captures as pcapng files and reads captures from pcapng and pcap files.
//
// [Write] makes a file that Wireshark and tshark open: one TCP stream for each connection, on port 1883,
// with the faults and the broken rules as packet comments.
//
//	err := pcap.Write(file, c, nil)
//
// [Read] reads such a file back to the same capture. It also reads what tcpdump, dumpcap or Wireshark
// have captured: it puts the TCP streams together, finds the MQTT connections by their CONNECT, and
// numbers them in the order of dialing.
//
//	res, err := pcap.Read("trace.pcap", file, pcap.Options{})
//	fmt.Print(capture.Ladder(res.Capture))
//
// # What is read
//
// Files are pcap and pcapng of either byte order, compressed by gzip or not. Frames are those of
// Ethernet with and without VLAN tags, of loopback, of Linux "any", and raw IP; of IPv4 and IPv6.
// Fragments of IP packets, MQTT over TLS and MQTT over WebSocket are not read.
//
// Segments may be out of order, repeated or overlapping. Where the file lacks bytes of a stream, for
// the capture was cut by a snapshot length or has dropped frames, an event says so and the connection
// is followed no further: what comes behind a hole could be misread.
//
// Memory is bounded whatever the file holds: the limits are [MaxFile], [MaxBytes], [MaxRecords] and
// [MaxConns].
package pcap

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"umqtt/harness/capture"
)

// The limits of [Read]. A file beyond one of them is refused with [ErrTooLarge].
const (
	MaxFile    = 1 << 30  // bytes of a file, after decompression
	MaxBytes   = 64 << 20 // bytes of all MQTT streams together
	MaxRecords = 1 << 18  // records of a capture
	MaxConns   = 1 << 16  // TCP connections in a file, those that are not MQTT included
)

// What an [Error] is about; use errors.Is.
var (
	// ErrFormat: the file is neither pcap nor pcapng.
	ErrFormat = errors.New("neither pcap nor pcapng")
	// ErrMalformed: a block or a field of the file contradicts itself.
	ErrMalformed = errors.New("malformed file")
	// ErrTruncated: the file ends within a frame or within its header.
	ErrTruncated = errors.New("the file is truncated")
	// ErrTooLarge: the file is beyond one of the limits, or a capture is beyond what a file can hold.
	ErrTooLarge = errors.New("too large")
	// ErrLink: the frames are of a link type that is not read.
	ErrLink = errors.New("unsupported link type")
	// ErrNoTCP: the file holds no TCP connection.
	ErrNoTCP = errors.New("no TCP connection")
	// ErrNotMQTT: a connection begins with something else than MQTT.
	ErrNotMQTT = errors.New("not MQTT")
	// ErrTLS: a connection is encrypted.
	ErrTLS = errors.New("TLS, which cannot be read")
	// ErrVersion: a client connects with another version of MQTT than 3.1.1.
	ErrVersion = errors.New("not MQTT 3.1.1")
	// ErrNoConnect: a connection has no CONNECT, as when the capture began in the middle of it.
	ErrNoConnect = errors.New("no CONNECT")
	// ErrLost: bytes of a connection are not in the file.
	ErrLost = errors.New("bytes are missing")
	// ErrFragment: an IP packet is fragmented.
	ErrFragment = errors.New("a fragment of an IP packet, which is not read")
	// ErrClient: the file holds no connection of the client that was asked for.
	ErrClient = errors.New("no such client")
	// ErrRecord: a record of a capture is not one that a recorder makes.
	ErrRecord = errors.New("bad record")
)

// An Error is a place in a file that cannot be read, or that is read in part only.
type Error struct {
	File   string // as given to Read; empty from Write
	Frame  int    // number of the frame as Wireshark counts it, from 1; 0 for the file as a whole
	Conn   string // the two ends of the TCP connection; empty for none
	Err    error  // one of the errors above
	Detail string // what was found or expected
}

// Error returns "file: frame 7: 192.0.2.1:49152 > 192.0.2.2:1883: error: detail", without what is not known.
func (e *Error) Error() string {
	var parts []string
	if e.File != "" {
		parts = append(parts, e.File)
	}
	if e.Frame > 0 {
		parts = append(parts, fmt.Sprintf("frame %d", e.Frame))
	}
	if e.Conn != "" {
		parts = append(parts, e.Conn)
	}
	parts = append(parts, e.Err.Error())
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// Options says what [Read] takes from a file. The zero value takes all.
type Options struct {
	// Client chooses the connections of one client, by its client identifier or its IP address. It has no
	// effect on files that Write has made: they hold one client.
	Client *string
}

// A Client is one end of MQTT connections.
type Client struct {
	ID   string     // the client identifier of its CONNECT, may be empty
	Addr netip.Addr // where it dials from
}

// String returns the identifier and the address.
func (c Client) String() string { return fmt.Sprintf("%q at %s", c.ID, c.Addr) }

// A Result is what [Read] has found in a file.
type Result struct {
	// Capture holds the connections that were chosen. It is Measured unless Write made the file of one
	// that is not.
	Capture *capture.Capture
	// Clients lists the clients whose connections Capture holds, in the order of dialing. It is empty for
	// files that Write has made.
	Clients []Client
	// Warnings are of the type *Error: what is missing from Capture, in the order of frames.
	Warnings []error
}

// Is reports whether a file that begins like this is one for [Read]. Four bytes suffice.
func Is(head []byte) bool {
	return len(head) >= 2 && isGzip(head) || len(head) >= 4 && (isNg(head) || isClassic(head))
}

func isGzip(b []byte) bool { return b[0] == 0x1f && b[1] == 0x8b }

func isNg(b []byte) bool { return string(b[:4]) == "\x0a\x0d\x0d\x0a" }

func isClassic(b []byte) bool {
	switch string(b[:4]) {
	case "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1":
		return true
	}
	return false
}
