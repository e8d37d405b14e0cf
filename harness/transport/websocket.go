package transport

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// subprotocol is the name of MQTT among the subprotocols of WebSocket [MQTT-6.0.0-3].
const subprotocol = "mqtt"

// acceptKey is the answer to the key of an upgrade (RFC 6455, 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Codes of a Close frame (RFC 6455, 7.4.1).
const (
	codeNormal      = 1000
	codeProtocol    = 1002
	codeUnsupported = 1003
)

// maxRequest bounds the request of an upgrade.
const maxRequest = 16 << 10

// readHead reads up to the blank line behind the headers of HTTP. It returns what it has read when that cannot be HTTP
// that begins with begin, or the connection ends.
func readHead(r io.Reader, begin string) (head, rest []byte, err error) {
	var b []byte
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		b = append(b, buf[:n]...)
		if k := min(len(b), len(begin)); string(b[:k]) != begin[:k] {
			return nil, b, nil
		}
		if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
			return b[:i+4], b[i+4:], nil
		}
		switch {
		case err != nil:
			return nil, b, err
		case len(b) > maxRequest:
			return nil, b, nil
		}
	}
}

// serveWebSocket makes the handshake of WebSocket.
func (c *conn) serveWebSocket() stream {
	head, rest, err := readHead(c.Socket, "GET ")
	if err != nil {
		return failed{ended{err}}
	}
	back := unread{c.Socket, bytes.NewReader(rest)}
	if head == nil {
		c.note(NoteData + "plain text in place of a handshake")
		c.Socket.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
		c.Socket.CloseWrite()
		return failed{back}
	}
	faults := c.server.now()
	switch cmp.Or(faults.Answer, Proper) {
	case PlainText:
		c.Socket.Write(plainAnswer)
		return failed{back}
	case Nothing:
		return failed{back}
	}
	q, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(head)))
	if bad := unfit(q, err); bad != "" {
		c.note(NoteData + "a handshake with " + bad)
		c.Socket.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
		c.Socket.CloseWrite()
		return failed{back}
	}
	offers := tokens(q.Header.Values("Sec-WebSocket-Protocol"))
	if len(offers) == 0 {
		c.note(NoteOffers + "no subprotocol")
	} else {
		c.note(NoteOffers + strings.Join(offers, ", "))
	}
	status := cmp.Or(faults.Status, http.StatusSwitchingProtocols)
	answer := fmt.Sprintf("HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if status != http.StatusSwitchingProtocols {
		c.Socket.Write([]byte(answer + "Content-Length: 0\r\n\r\n"))
		return failed{back}
	}
	answer += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + acceptKey(q.Header.Get("Sec-WebSocket-Key")) + "\r\n"
	switch {
	case faults.Subprotocol == NoSubprotocol:
	case faults.Subprotocol != "":
		answer += "Sec-WebSocket-Protocol: " + faults.Subprotocol + "\r\n"
	case slices.Contains(offers, subprotocol):
		answer += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	if _, err := c.Socket.Write([]byte(answer + "\r\n")); err != nil {
		return failed{back}
	}
	return &wsServer{conn: c, framer: framer{masked: true, buf: rest}, turn: make(chan struct{}, 1)}
}

// unfit says why a request asks for no upgrade, or "".
func unfit(q *http.Request, err error) string {
	switch {
	case err != nil:
		return "a request that is no HTTP"
	case !has(q.Header.Values("Connection"), "upgrade") || !has(q.Header.Values("Upgrade"), "websocket"):
		return "no upgrade to websocket"
	case q.Header.Get("Sec-WebSocket-Version") != "13":
		return "another version than 13"
	case q.Header.Get("Sec-WebSocket-Key") == "":
		return "no key"
	}
	return ""
}

// tokens returns the items of the lists in header lines.
func tokens(lines []string) []string {
	var list []string
	for _, l := range lines {
		for item := range strings.SplitSeq(l, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
	}
	return list
}

// has reports whether a word stands in header lines, in whatever case.
func has(lines []string, word string) bool {
	return slices.ContainsFunc(tokens(lines), func(s string) bool { return strings.EqualFold(s, word) })
}

// wsServer is the server's end of the messages of WebSocket.
type wsServer struct {
	conn   *conn
	framer framer
	data   []byte        // that was not read yet
	turn   chan struct{} // held by who writes; a channel, since waiting for it must be seen by synctest
	ended  bool          // the client has said good-bye, or sends what nobody reads
	deaf   bool          // the client has sent what it must not
}

// Read returns what binary messages hold. Another kind of data is noted, and answered with the end of the connection
// [MQTT-6.0.0-1].
func (w *wsServer) Read(p []byte) (int, error) {
	buf := make([]byte, 4096)
	for {
		if len(w.data) > 0 {
			n := copy(p, w.data)
			w.data = w.data[n:]
			return n, nil
		}
		if w.ended {
			return 0, io.EOF
		}
		if !w.deaf && w.frame() {
			continue
		}
		n, err := w.conn.Socket.Read(buf)
		if err != nil {
			return 0, err
		}
		if !w.deaf {
			w.framer.buf = append(w.framer.buf, buf[:n]...)
		}
	}
}

// frame looks at the next frame, and reports whether there was one.
func (w *wsServer) frame() bool {
	f, ok, err := w.framer.next()
	switch {
	case err != nil:
		w.conn.note(NoteData + strings.TrimPrefix(err.Error(), "transport: "))
		w.refuse(codeProtocol)
	case !ok:
		return false
	case f.op == opBinary || f.op == opContinuation:
		w.data = f.payload
	case f.op == opClose:
		w.send(frame{opClose, true, f.payload[:min(len(f.payload), 2)]})
		w.ended = true
	case f.op == opPing:
		w.send(frame{opPong, true, f.payload})
	case f.op == opPong:
	default:
		w.conn.note(NoteData + kindOf(f.op))
		w.data = f.payload // shown, and nothing comes behind it
		w.refuse(codeUnsupported)
	}
	return true
}

// refuse ends the connection for a reason.
func (w *wsServer) refuse(code uint16) {
	w.deaf = true
	w.send(frame{opClose, true, binary.BigEndian.AppendUint16(nil, code)})
	w.conn.Socket.CloseWrite()
}

// Write sends one message.
func (w *wsServer) Write(p []byte) (int, error) {
	faults := w.conn.server.now()
	op, size := byte(opBinary), len(p)
	if faults.Text {
		op = opText
	}
	if faults.Fragment > 0 {
		size = faults.Fragment
	}
	var fs []frame
	for rest := p; ; op = opContinuation {
		k := min(size, len(rest))
		fs = append(fs, frame{op, k == len(rest), rest[:k]})
		if rest = rest[k:]; len(rest) == 0 {
			break
		}
	}
	if err := w.send(fs...); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *wsServer) goodbye() error {
	return w.send(frame{opClose, true, binary.BigEndian.AppendUint16(nil, codeNormal)})
}

// send writes frames in one piece.
func (w *wsServer) send(fs ...frame) error {
	var b []byte
	for _, f := range fs {
		b = appendFrame(b, f, nil)
	}
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	_, err := w.conn.Socket.Write(b)
	return err
}
