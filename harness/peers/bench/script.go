package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"

	"umqtt/harness/wire"
)

// script is the null sink, and the source of messages: a peer that costs as little as one can. It frames
// packets, throws QoS 0 messages away unread, acknowledges what wants it, and answers a subscription to
// flood/<count>/<size> with that many messages.
func script(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if err := answer(conn); err != nil && err != io.EOF {
				fmt.Println("script:", err)
			}
		}()
	}
}

// answer serves one connection to its end.
func answer(conn net.Conn) error {
	r := bufio.NewReaderSize(conn, 256<<10)
	var out [4]byte
	for {
		header, size, err := fixedHeader(r)
		if err != nil {
			return nil // the client has gone
		}
		switch wire.Type(header >> 4) {
		case wire.PUBLISH:
			if header>>1&3 == 0 {
				break
			}
			head, err := r.Peek(2)
			if err != nil {
				return err
			}
			n := 2 + int(binary.BigEndian.Uint16(head))
			if head, err = r.Peek(n + 2); err != nil {
				return err
			}
			out = [4]byte{byte(wire.PUBACK) << 4, 2, head[n], head[n+1]}
			if _, err := conn.Write(out[:]); err != nil {
				return err
			}
		case wire.CONNECT:
			if _, err := conn.Write((&wire.Connack{}).Append(nil)); err != nil {
				return err
			}
		case wire.SUBSCRIBE:
			body := make([]byte, size)
			if _, err := io.ReadFull(r, body); err != nil {
				return err
			}
			size = 0
			if err := subscribed(conn, body); err != nil {
				return err
			}
		}
		if _, err := r.Discard(size); err != nil {
			return err
		}
	}
}

// fixedHeader reads the first byte of a packet and its remaining length.
func fixedHeader(r *bufio.Reader) (first byte, size int, err error) {
	if first, err = r.ReadByte(); err != nil {
		return 0, 0, err
	}
	for shift := 0; ; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, 0, err
		}
		if size |= int(b&0x7f) << shift; b < 0x80 {
			return first, size, nil
		}
	}
}

// subscribed acknowledges a SUBSCRIBE for one filter, and floods its client if that is what it wants.
func subscribed(conn net.Conn, body []byte) error {
	if len(body) < 5 {
		return fmt.Errorf("a SUBSCRIBE of %d bytes", len(body))
	}
	ack := &wire.Suback{PacketID: binary.BigEndian.Uint16(body), Codes: []byte{0}}
	if _, err := conn.Write(ack.Append(nil)); err != nil {
		return err
	}
	filter := string(body[4 : len(body)-1])
	parts := strings.Split(filter, "/")
	if len(parts) != 3 || parts[0] != "flood" {
		return nil
	}
	count, err := strconv.Atoi(parts[1])
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(parts[2])
	if err != nil {
		return err
	}
	packet := (&wire.Publish{Topic: filter, Payload: make([]byte, size)}).Append(nil)
	batch := max(1, 64<<10/len(packet))
	var many []byte
	for range batch {
		many = append(many, packet...)
	}
	for count > 0 {
		n := min(count, batch)
		if _, err := conn.Write(many[:n*len(packet)]); err != nil {
			return nil // the client has gone
		}
		count -= n
	}
	return nil
}
