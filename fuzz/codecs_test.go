package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Three codecs read and write the same packets: the harness's, the client's, and that of mochi, the broker. Where
// two of them differ, one is wrong, or the difference has a reason that stands in a table below.
//
//   - Any frame: wire and mochi both refuse it, or read the same from it.
//   - What a caller hands the client: the client refuses it, or writes a packet that wire and mochi read as what was
//     handed over.
//
// What the client makes of the bytes that it gets is for FuzzClientReceive, which asks wire.
func FuzzCodecs(f *testing.F) {
	for _, input := range append(codecFrames(), orders...) {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		checkCodecs(t, readMochi, input)
		checkEncoder(t, func(b []byte) []byte { return b }, input)
	})
}

// lenient are the refusals of wire that mochi does not share, by packet and rule or by rule, with the reason why wire is
// right.
var lenient = map[string]string{
	"CONNECT MQTT-3.1.3-7":     serverChecks,
	"CONNECT MQTT-3.1.2-2":     serverChecks,
	"CONNECT MQTT-3.1.2-13":    "mochi takes a will QoS without a will (peer fault)",
	"CONNECT MQTT-3.1.2-22":    "mochi takes a password without a user name (peer fault)",
	"CONNACK MQTT-3.2.2-4":     mochiSends,
	"CONNACK 3.2.2.1-must-1":   mochiSends,
	"CONNACK 3.2.2.3-must-1":   mochiSends,
	"SUBACK MQTT-3.9.3-2":      mochiSends,
	"SUBACK MQTT-3.8.4-5":      mochiSends,
	"SUBSCRIBE MQTT-4.7.1-2":   serverChecks,
	"SUBSCRIBE MQTT-4.7.1-3":   serverChecks,
	"SUBSCRIBE MQTT-4.7.3-1":   serverChecks,
	"UNSUBSCRIBE MQTT-4.7.3-1": noFilters,
	"CONNECT MQTT-1.5.3-1":     noText,
	"CONNECT MQTT-1.5.3-2":     noText,
	"CONNECT MQTT-4.7.1-1":     "mochi takes wildcards in a will topic (peer fault)",
	"2.2.3-must-1":             "mochi takes a remaining length of five bytes (peer fault)",
	"2.2.3-must-2":             "mochi does not look at bytes behind the last field (peer fault)",
	"UNSUBSCRIBE MQTT-4.7.1-2": noFilters,
	"UNSUBSCRIBE MQTT-4.7.1-3": noFilters,
}

const (
	serverChecks = "mochi's server checks that elsewhere than in its codec"
	mochiSends   = "a server sends this packet and mochi does not check what it never reads"
	noFilters    = "mochi does not look at the filters of an UNSUBSCRIBE, which match nothing then (peer fault)"
	noText       = "mochi takes any bytes for a user name (peer fault)"
)

// strict are the refusals of mochi that wire does not share, by packet and text.
var strict = map[string]string{
	"CONNECT protocol violation: password flag set but no value": "a password may have no bytes (section 3.1.3.5); mochi refuses it (peer fault)",
	"CONNECT protocol violation: will flag no payload":           "a will message may have no bytes (section 3.1.3.3); mochi refuses it (peer fault)",
}

// checkCodecs compares what wire and another codec read.
func checkCodecs(t finder, other func(frame []byte) (wire.Packet, error), frame []byte) {
	want, refused := wire.Decode(frame)
	got, err := other(frame)
	switch {
	case refused != nil && err != nil:
	case refused != nil:
		v := refused.(*wire.Violation)
		key := strings.TrimSpace(fmt.Sprintf("%v %s", v.Packet, v.ID))
		if lenient[key] == "" && lenient[v.ID] == "" {
			t.Errorf("% x: wire refuses it (%s: %v), and mochi does not: %v", frame, key, refused, got)
		}
	case err != nil:
		if strict[fmt.Sprintf("%v %v", want.Type(), err)] == "" {
			t.Errorf("% x: wire reads %v, and mochi refuses it: %v", frame, want, err)
		}
	default:
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("% x (-wire +mochi):\n%s", frame, diff)
		}
	}
}

// readMochi reads a frame with mochi's codec.
func readMochi(frame []byte) (wire.Packet, error) {
	if len(frame) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	pk := packets.Packet{ProtocolVersion: 4}
	if err := pk.FixedHeader.Decode(frame[0]); err != nil {
		return nil, err
	}
	n, width, err := packets.DecodeLength(bytes.NewReader(frame[1:]))
	if err != nil {
		return nil, err
	}
	if 1+width+n != len(frame) {
		return nil, fmt.Errorf("%d bytes for a frame of %d", len(frame), 1+width+n)
	}
	pk.FixedHeader.Remaining = n
	b := frame[1+width:]
	valid := func(code packets.Code) error {
		if code != packets.CodeSuccess {
			return code
		}
		return nil
	}
	switch h := pk.FixedHeader; h.Type {
	case packets.Connect:
		if err := pk.ConnectDecode(b); err != nil {
			return nil, err
		}
		c := pk.Connect
		p := &wire.Connect{
			ProtocolName: string(c.ProtocolName), ProtocolLevel: pk.ProtocolVersion, CleanSession: c.Clean,
			KeepAlive: c.Keepalive, ClientID: c.ClientIdentifier,
		}
		if c.WillFlag {
			p.Will = &wire.Will{Topic: c.WillTopic, Payload: nonempty(c.WillPayload), QoS: c.WillQos, Retain: c.WillRetain}
		}
		if c.UsernameFlag {
			p.Username = new(string(c.Username))
		}
		if c.PasswordFlag {
			p.Password = append([]byte{}, c.Password...)
		}
		return p, valid(pk.ConnectValidate())
	case packets.Connack:
		err := pk.ConnackDecode(b)
		return &wire.Connack{SessionPresent: pk.SessionPresent, Code: pk.ReasonCode}, err
	case packets.Publish:
		if err := pk.PublishDecode(b); err != nil {
			return nil, err
		}
		p := &wire.Publish{Dup: h.Dup, QoS: h.Qos, Retain: h.Retain, Topic: pk.TopicName, PacketID: pk.PacketID, Payload: nonempty(pk.Payload)}
		return p, valid(pk.PublishValidate(0))
	case packets.Puback:
		err := pk.PubackDecode(b)
		return &wire.Puback{PacketID: pk.PacketID}, err
	case packets.Pubrec:
		err := pk.PubrecDecode(b)
		return &wire.Pubrec{PacketID: pk.PacketID}, err
	case packets.Pubrel:
		err := pk.PubrelDecode(b)
		return &wire.Pubrel{PacketID: pk.PacketID}, err
	case packets.Pubcomp:
		err := pk.PubcompDecode(b)
		return &wire.Pubcomp{PacketID: pk.PacketID}, err
	case packets.Subscribe:
		if err := pk.SubscribeDecode(b); err != nil {
			return nil, err
		}
		p := &wire.Subscribe{PacketID: pk.PacketID}
		for _, f := range pk.Filters {
			p.Filters = append(p.Filters, wire.Subscription{Filter: f.Filter, QoS: int(f.Qos)})
		}
		return p, valid(pk.SubscribeValidate())
	case packets.Suback:
		err := pk.SubackDecode(b)
		return &wire.Suback{PacketID: pk.PacketID, Codes: pk.ReasonCodes}, err
	case packets.Unsubscribe:
		if err := pk.UnsubscribeDecode(b); err != nil {
			return nil, err
		}
		p := &wire.Unsubscribe{PacketID: pk.PacketID}
		for _, f := range pk.Filters {
			p.Filters = append(p.Filters, f.Filter)
		}
		return p, valid(pk.UnsubscribeValidate())
	case packets.Unsuback:
		err := pk.UnsubackDecode(b)
		return &wire.Unsuback{PacketID: pk.PacketID}, err
	case packets.Pingreq:
		return &wire.Pingreq{}, pk.PingreqDecode(b)
	case packets.Pingresp:
		return &wire.Pingresp{}, pk.PingrespDecode(b)
	case packets.Disconnect:
		return &wire.Disconnect{}, pk.DisconnectDecode(b)
	}
	return nil, fmt.Errorf("no packet of MQTT 3.1.1")
}

func nonempty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

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

// codecFrames are frames that mochi reads, too: with a will message and a password that are not empty.
func codecFrames() [][]byte {
	full := &wire.Connect{
		ProtocolName: "MQTT", ProtocolLevel: 4, KeepAlive: 60, ClientID: "c1",
		Will:     &wire.Will{Topic: "w", Payload: []byte("gone"), QoS: 1, Retain: true},
		Username: new("user"), Password: []byte("secret"),
	}
	return append(frames(), full.Append(nil))
}

// orders are inputs for checkEncoder.
var orders = [][]byte{
	[]byte("\x02c1\x01\x00\x01\x04user\x01\x02pw\x01\x01w\x03bye\x01\x01" + "\x00\x03t/1\x02hi\x01\x01" + "\x01\x01t\xff\x02\x00" + "\x02\x02\x03a/+\x01\x01#\x00" + "\x03\x01\x03a/+"),
	[]byte("\x00\x00\x00\x00\x00\x00" + "\x00\x01+\x00\x00\x00" + "\x00\x00\x00\x00\x00" + "\x02\x00" + "\x02\x01\x02#a\x00" + "\x02\x01\x01a\x02" + "\x03\x00"),
	[]byte("\x01c\x00\x01\x00\x01\x01p\x00"), // a password without a user name
	[]byte("\x00\x00\x01\x00\x00\x00"),       // no client id without a clean session
	[]byte("\x01c\x00\x00\x00\x00\x01\x02a#\x00\x00\x00"),
}

func TestCodecsFindPlanted(t *testing.T) {
	read := func(change func(wire.Packet)) func(finder, []byte) {
		return func(f finder, frame []byte) {
			checkCodecs(f, func(frame []byte) (wire.Packet, error) {
				p, err := readMochi(frame)
				if err == nil {
					change(p)
				}
				return p, err
			}, frame)
		}
	}
	write := func(tamper func([]byte) []byte) func(finder, []byte) {
		return func(f finder, input []byte) { checkEncoder(f, tamper, input) }
	}
	for name, plant := range map[string]struct {
		want   string
		seeds  [][]byte
		broken func(finder, []byte)
	}{
		"a will without its retain flag": {"-wire +mochi", codecFrames(), read(func(p wire.Packet) {
			if c, ok := p.(*wire.Connect); ok && c.Will != nil {
				c.Will.Retain = false
			}
		})},
		"an id with its bytes swapped": {"-wire +mochi", codecFrames(), read(func(p wire.Packet) {
			if a, ok := p.(*wire.Puback); ok {
				a.PacketID = a.PacketID<<8 | a.PacketID>>8
			}
		})},
		"a length of two bytes that is short": {"refuses what the client sends", orders, write(func(b []byte) []byte {
			if len(b) > 300 {
				b[1]--
			}
			return b
		})},
		"QoS 1 asked for as QoS 0": {"-handed over", orders, write(func(b []byte) []byte {
			if b[0] == 0x82 {
				b[len(b)-1] = 0
			}
			return b
		})},
	} {
		t.Run(name, func(t *testing.T) { hunt(t, plant.want, plant.seeds, 20_000, nil, plant.broken) })
	}
}
