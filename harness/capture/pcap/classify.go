package pcap

import (
	"encoding/binary"
	"fmt"
	"strings"

	"umqtt/harness/wire"
)

// What the beginning of a stream is.
type kind int

const (
	unclear kind = iota // too short to tell
	connect             // a CONNECT of MQTT 3.1.1
	foreign             // something else
)

// classify tells what begins with b. For what is foreign the error is one of this package's, and detail
// says more.
func classify(b []byte) (k kind, detail string, err error) {
	switch {
	case len(b) == 0:
		return unclear, "", nil
	case b[0] == 0x16:
		if len(b) == 1 {
			return unclear, "", nil
		}
		if b[1] == 3 {
			return foreign, "decrypt it first, or capture where it is plain", ErrTLS
		}
	case wire.Type(b[0]>>4) == wire.CONNECT:
		return classifyConnect(b)
	}
	if text, _, ok := strings.Cut(string(b), " "); ok && text == "GET" || strings.HasPrefix("GET ", string(b)) {
		if len(b) < 4 {
			return unclear, "", nil
		}
		return foreign, "HTTP; MQTT over WebSocket is not read", ErrNotMQTT
	}
	return foreign, fmt.Sprintf("it begins with % x", b[:min(len(b), 8)]), ErrNotMQTT
}

// classifyConnect tells whether a packet of type CONNECT is one of MQTT 3.1.1, by its protocol name and level.
// The flags and the length are not checked: a client under test may get them wrong.
func classifyConnect(b []byte) (kind, string, error) {
	i := 1
	for ; ; i++ { // the remaining length
		if i == len(b) {
			return unclear, "", nil
		}
		if i == 5 {
			return foreign, "a remaining length of more than four bytes", ErrNotMQTT
		}
		if b[i] < 0x80 {
			break
		}
	}
	body := b[i+1:]
	if len(body) < 2 {
		return unclear, "", nil
	}
	n := int(binary.BigEndian.Uint16(body))
	if n > 8 {
		return foreign, "a packet like CONNECT with another protocol name", ErrNotMQTT
	}
	if len(body) < 2+n+1 {
		return unclear, "", nil
	}
	name, level := string(body[2:2+n]), body[2+n]
	switch {
	case name == "MQTT" && level == 5:
		return foreign, "the client connects with MQTT 5", ErrVersion
	case name == "MQIsdp":
		return foreign, "the client connects with MQTT 3.1", ErrVersion
	case name != "MQTT":
		return foreign, fmt.Sprintf("a packet like CONNECT with the protocol name %q", name), ErrNotMQTT
	}
	return connect, "", nil
}

// enough is the number of bytes from which classify knows.
const enough = 16
