package transport

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// dialWebSocket connects and makes the handshake.
func (t Target) dialWebSocket(ctx context.Context, dial DialFunc, h Habits) (net.Conn, error) {
	raw, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	c, err := t.upgrade(raw, h)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	return c, nil
}

// upgrade makes the handshake (RFC 6455, 4.1).
func (t Target) upgrade(raw net.Conn, h Habits) (*wsClient, error) {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	key := base64.StdEncoding.EncodeToString(nonce)
	request := "GET " + cmp.Or(t.Path, "/") + " HTTP/1.1\r\nHost: " + t.host() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: " + key + "\r\nSec-WebSocket-Version: 13\r\n"
	switch {
	case h.OffersNothing:
	case h.OffersAnother:
		request += "Sec-WebSocket-Protocol: mqttv3.1\r\n"
	default:
		request += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	if _, err := raw.Write([]byte(request + "\r\n")); err != nil {
		return nil, err
	}
	head, rest, err := readHead(raw, "HTTP/1.")
	if err != nil {
		return nil, refusal("%v", err)
	}
	if head == nil {
		return nil, refusal("the answer is no HTTP")
	}
	r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
	if err != nil {
		return nil, refusal("%v", err)
	}
	selected := r.Header.Get("Sec-WebSocket-Protocol")
	switch {
	case r.StatusCode != http.StatusSwitchingProtocols:
		return nil, refusal("the status is %d", r.StatusCode)
	case r.Header.Get("Sec-WebSocket-Accept") != acceptKey(key) || !has(r.Header.Values("Upgrade"), "websocket"):
		return nil, refusal("the answer accepts no upgrade")
	case selected != subprotocol && !h.AnySubprotocol && !h.OffersNothing && !h.OffersAnother:
		return nil, refusal("the subprotocol is %q", selected)
	}
	return &wsClient{Conn: raw, habits: h, framer: framer{buf: rest}, turn: make(chan struct{}, 1)}, nil
}

// A wsClient is a client's end of the messages of WebSocket. One goroutine may read while others write.
type wsClient struct {
	net.Conn
	habits Habits
	framer framer
	data   []byte        // that was not read yet
	err    error         // behind data
	turn   chan struct{} // held by who writes; a channel, since waiting for it must be seen by synctest
}

var errData = errors.New("transport: data that is no binary frame")

// Read returns what binary messages hold, whatever the frames are cut to [MQTT-6.0.0-2]. A deadline leaves the
// connection as it is.
func (w *wsClient) Read(p []byte) (int, error) {
	buf := make([]byte, 4096)
	for {
		if n, err := w.take(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		n, err := w.Conn.Read(buf)
		if n == 0 && err != nil {
			return 0, err
		}
		w.framer.buf = append(w.framer.buf, buf[:n]...)
	}
}

// TryRead reads what is there without waiting: (0, nil) when there is nothing.
func (w *wsClient) TryRead(p []byte) (int, error) {
	buf := make([]byte, 4096)
	for {
		if n, err := w.take(p); n > 0 || err != nil {
			return n, err
		}
		n, err := tryRead(w.Conn, buf)
		if n == 0 {
			return 0, err
		}
		w.framer.buf = append(w.framer.buf, buf[:n]...)
	}
}

// take returns what can be read without asking the connection beneath.
func (w *wsClient) take(p []byte) (int, error) {
	for {
		if len(w.data) > 0 {
			n := copy(p, w.data)
			w.data = w.data[n:]
			return n, nil
		}
		if w.err != nil {
			return 0, w.err
		}
		f, ok, err := w.framer.next()
		if err != nil {
			w.err = err
			continue
		}
		if !ok {
			return 0, nil
		}
		w.frame(f)
	}
}

// frame looks at a frame.
func (w *wsClient) frame(f frame) {
	switch {
	case f.op == opBinary, f.op == opContinuation, f.op == opText && w.habits.AnyData:
		if w.data = f.payload; w.habits.WholeFrames {
			w.data = onePacket(f.payload)
		}
	case f.op == opClose:
		w.send(frame{opClose, true, f.payload[:min(len(f.payload), 2)]})
		w.err = io.EOF
	case f.op == opPing:
		w.send(frame{opPong, true, f.payload})
	case f.op == opPong:
	default: // MQTT-6.0.0-1
		w.err = errData
	}
}

// onePacket returns the packet that b begins with, or nothing.
func onePacket(b []byte) []byte {
	n, shift := 0, 0
	for i := 1; i < min(len(b), 5); i, shift = i+1, shift+7 {
		n |= int(b[i]&0x7f) << shift
		if b[i] < 0x80 {
			if end := i + 1 + n; end <= len(b) {
				return b[:end]
			}
			break
		}
	}
	return nil
}

// Write sends one message.
func (w *wsClient) Write(p []byte) (int, error) {
	op := byte(opBinary)
	if w.habits.Text {
		op = opText
	}
	if err := w.send(frame{op, true, p}); err != nil {
		return 0, err
	}
	return len(p), nil
}

// send writes a frame.
func (w *wsClient) send(f frame) error {
	var key [4]byte
	rand.Read(key[:])
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	_, err := w.Conn.Write(appendFrame(nil, f, &key))
	return err
}

// Close says good-bye, if that can be written at once, and ends the connection.
func (w *wsClient) Close() error {
	select {
	case w.turn <- struct{}{}:
		w.Conn.SetWriteDeadline(time.Now().Add(farewell))
		w.Conn.Write(appendFrame(nil, frame{opClose, true, binary.BigEndian.AppendUint16(nil, codeNormal)}, new([4]byte)))
		<-w.turn
	default:
	}
	return w.Conn.Close()
}

// Reset ends the connection with RST.
func (w *wsClient) Reset() error {
	switch c := w.Conn.(type) {
	case interface{ Reset() error }:
		return c.Reset()
	case interface{ SetLinger(int) error }:
		c.SetLinger(0)
	}
	return w.Conn.Close()
}
