package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"umqtt/client"
	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// checkEncoder has the client write what the input says, and compares it with what wire and mochi read.
func checkEncoder(t finder, tamper func(packet []byte) []byte, input []byte) {
	src := &source{input}
	s := &answerer{tamper: tamper}
	cfg := client.Config{
		ClientID: string(src.take(src.below(8))), KeepAlive: time.Duration(src.below(4)*256*64) * time.Second,
		Dial: func(context.Context) (net.Conn, error) { return s, nil },
	}
	want := &wire.Connect{
		ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: src.below(2) == 0, ClientID: cfg.ClientID,
		KeepAlive: uint16(cfg.KeepAlive / time.Second),
	}
	if src.below(2) == 1 {
		cfg.Username = new(string(src.take(src.below(8))))
		want.Username = cfg.Username
	}
	if src.below(2) == 1 {
		cfg.Password = append([]byte{}, src.take(src.below(8))...)
		want.Password = cfg.Password
	}
	if src.below(2) == 1 {
		w := &wire.Will{Topic: string(src.take(src.below(8))), Payload: nonempty(src.take(src.below(4))), QoS: byte(src.below(4)), Retain: src.below(2) == 1}
		want.Will = w
	}
	c, err := client.New(cfg)
	if err == nil && want.Will != nil {
		err = c.SetLastWill([]byte(want.Will.Topic), want.Will.Payload, want.Will.QoS, want.Will.Retain)
	}
	ctx := context.Background()
	if err == nil {
		_, err = c.Connect(ctx, want.CleanSession)
	}
	if !s.check(t, want, err) || err != nil {
		return
	}
	for len(src.b) > 0 {
		var want wire.Packet
		var err error
		switch src.below(4) {
		case 0:
			p := &wire.Publish{Topic: string(src.take(src.below(8))), Payload: nonempty(src.take(src.below(200))), QoS: byte(src.below(4)), Retain: src.below(2) == 1}
			want = p
			err = c.Publish(ctx, []byte(p.Topic), p.Payload, p.QoS, p.Retain)
		case 1:
			p := &wire.Publish{Topic: string(src.take(src.below(8))), Payload: bytes.Repeat([]byte{'.'}, src.below(256)<<src.below(9)), QoS: 1, Retain: src.below(2) == 1}
			p.Payload = nonempty(p.Payload)
			want = p
			_, err = c.Post(ctx, []byte(p.Topic), p.Payload, p.Retain)
		case 2:
			p := &wire.Subscribe{}
			var filters []client.Filter
			for range src.below(4) {
				f := wire.Subscription{Filter: string(src.take(src.below(8))), QoS: src.below(4)}
				p.Filters = append(p.Filters, f)
				filters = append(filters, client.Filter{Topic: []byte(f.Filter), QoS: byte(f.QoS)})
			}
			want = p
			_, err = c.Subscribe(ctx, filters...)
		case 3:
			p := &wire.Unsubscribe{}
			var filters [][]byte
			for range src.below(4) {
				f := string(src.take(src.below(8)))
				p.Filters = append(p.Filters, f)
				filters = append(filters, []byte(f))
			}
			want = p
			err = c.Unsubscribe(ctx, filters...)
		}
		if !s.check(t, want, err) {
			return
		}
	}
}

// answerer is a connection to a server that answers each packet at once, and keeps the newest one.
type answerer struct {
	tamper func([]byte) []byte
	sent   []byte
	answer []byte
}

func (s *answerer) Write(b []byte) (int, error) {
	s.sent = append(s.sent, s.tamper(bytes.Clone(b))...)
	p, _ := wire.Decode(b)
	switch p := p.(type) {
	case *wire.Connect:
		s.answer = (&wire.Connack{}).Append(s.answer)
	case *wire.Publish:
		if p.QoS == 1 {
			s.answer = (&wire.Puback{PacketID: p.PacketID}).Append(s.answer)
		}
	case *wire.Subscribe:
		s.answer = (&wire.Suback{PacketID: p.PacketID, Codes: make([]byte, len(p.Filters))}).Append(s.answer)
	case *wire.Unsubscribe:
		s.answer = (&wire.Unsuback{PacketID: p.PacketID}).Append(s.answer)
	}
	return len(b), nil
}

func (s *answerer) TryRead(b []byte) (int, error) {
	n := copy(b, s.answer)
	s.answer = s.answer[n:]
	return n, nil
}

func (s *answerer) Read(b []byte) (int, error) {
	if len(s.answer) == 0 {
		return 0, io.EOF
	}
	return s.TryRead(b)
}

func (*answerer) Close() error                     { return nil }
func (*answerer) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (*answerer) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (*answerer) SetDeadline(time.Time) error      { return nil }
func (*answerer) SetReadDeadline(time.Time) error  { return nil }
func (*answerer) SetWriteDeadline(time.Time) error { return nil }

// check compares what the client has sent with what it was told to send, and reports whether it goes on. It must
// refuse what wire refuses, and QoS 2, which it does not have, before it writes a byte.
func (s *answerer) check(t finder, want wire.Packet, err error) bool {
	sent := s.sent
	s.sent = nil
	setID(want, 1) // what the client chooses is valid
	_, refused := wire.Decode(want.Append(nil))
	if field, ok := wire.Get(want, "qos"); ok && field == 2 {
		refused = errQoS2
	}
	if p, ok := want.(*wire.Subscribe); ok && slices.ContainsFunc(p.Filters, func(f wire.Subscription) bool { return f.QoS == 2 }) {
		refused = errQoS2
	}
	switch {
	case refused != nil && (err == nil || len(sent) > 0):
		t.Errorf("%v: wire refuses it (%v), the client reports %v and sends % x", want, refused, err, sent)
		return false
	case refused != nil:
		return true
	case err != nil:
		t.Errorf("%v: wire allows it, the client refuses it: %v", want, err)
		return false
	}
	for name, decode := range map[string]func([]byte) (wire.Packet, error){"wire": wire.Decode, "mochi": readMochi} {
		got, err := decode(sent)
		if err != nil {
			if _, ok := strict[fmt.Sprintf("%v %v", want.Type(), err)]; !ok || name == "wire" {
				t.Errorf("%v: %s refuses what the client sends, % x: %v", want, name, sent, err)
				return false
			}
			continue
		}
		if id, ok := wire.Get(got, "packet_id"); ok && id != nil {
			setID(want, id.(int))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-handed over +%s):\n%s", want, name, diff)
			return false
		}
	}
	return true
}

var errQoS2 = errors.New("the client has no QoS 2")

// setID sets the packet id of a packet that has one.
func setID(p wire.Packet, id int) {
	if pub, ok := p.(*wire.Publish); ok && pub.QoS == 0 {
		return
	}
	if _, ok := wire.Get(p, "packet_id"); ok {
		wire.Set(p, "packet_id", id)
	}
}

// orders are inputs for checkEncoder.
var orders = [][]byte{
	[]byte("\x02c1\x01\x00\x01\x04user\x01\x02pw\x01\x01w\x03bye\x01\x01" + "\x00\x03t/1\x02hi\x01\x01" + "\x01\x01t\xff\x02\x00" + "\x02\x02\x03a/+\x01\x01#\x00" + "\x03\x01\x03a/+"),
	[]byte("\x00\x00\x00\x00\x00\x00" + "\x00\x01+\x00\x00\x00" + "\x00\x00\x00\x00\x00" + "\x02\x00" + "\x02\x01\x02#a\x00" + "\x02\x01\x01a\x02" + "\x03\x00"),
	[]byte("\x01c\x00\x01\x00\x01\x01p\x00"), // a password without a user name
	[]byte("\x00\x00\x01\x00\x00\x00"),       // no client id without a clean session
	[]byte("\x01c\x00\x00\x00\x00\x01\x02a#\x00\x00\x00"),
}
