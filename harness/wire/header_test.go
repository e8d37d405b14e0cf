package wire_test

import (
	"testing"

	"umqtt/harness/wire"
)

// What every packet can have wrong in its fixed header (section 2.2).
var headerRefusals = []refusal{
	{"nothing at all", ``, "2.2.3-must-2", nil, 0},
	{"a first byte only", `c0`, "2.2.3-must-2", nil, 1},
	{"a remaining length that breaks off", `30 80`, "2.2.3-must-2", nil, 2},
	{"four length bytes that all go on", `30 ff ff ff ff`, "2.2.3-must-1", nil, 4},
	{"a fifth length byte, of no value", `c0 80 80 80 80 00`, "2.2.3-must-1", nil, 4},
	{"a frame that ends before its remaining length", `40 02 00`, "2.2.3-must-2", nil, 3},
	{"a frame that goes on behind it", `c0 00 00`, "2.2.3-must-2", nil, 2},
	{"lengths come before types", `00 01`, "2.2.3-must-2", nil, 2},

	{"type 0", `00 00`, "2.2.1-must-1", nil, 0},
	{"type 15", `f0 00`, "2.2.1-must-1", nil, 0},

	{"CONNECT flags", `11 00`, "MQTT-2.2.2-1", nil, 0},
	{"CONNACK flags", `22 02 00 00`, "MQTT-2.2.2-1", nil, 0},
	{"PUBACK flags", `44 02 00 01`, "MQTT-2.2.2-1", nil, 0},
	{"PUBREC with the flags of PUBREL", `52 02 00 01`, "MQTT-2.2.2-1", nil, 0},
	{"PUBREL without flags", `60 02 00 01`, "MQTT-3.6.1-1", []string{"MQTT-2.2.2-1"}, 0},
	{"PUBREL with one flag too many", `63 02 00 01`, "MQTT-3.6.1-1", []string{"MQTT-2.2.2-1"}, 0},
	{"PUBCOMP flags", `78 02 00 01`, "MQTT-2.2.2-1", nil, 0},
	{"SUBSCRIBE without flags", `80 06 0001 0001 "a" 00`, "MQTT-3.8.1-1", []string{"MQTT-2.2.2-1"}, 0},
	{"SUBSCRIBE with DUP, as MQTT 3.1 had it", `8a 06 0001 0001 "a" 00`, "MQTT-3.8.1-1", []string{"MQTT-2.2.2-1"}, 0},
	{"SUBACK flags", `92 03 0001 00`, "MQTT-2.2.2-1", nil, 0},
	{"UNSUBSCRIBE without flags", `a0 05 0001 0001 "a"`, "MQTT-3.10.1-1", []string{"MQTT-2.2.2-1"}, 0},
	{"UNSUBACK flags", `b1 02 0001`, "MQTT-2.2.2-1", nil, 0},
	{"PINGREQ flags", `c2 00`, "MQTT-2.2.2-1", nil, 0},
	{"PINGRESP flags", `d8 00`, "MQTT-2.2.2-1", nil, 0},
	{"DISCONNECT flags", `e1 00`, "MQTT-2.2.2-1", []string{"MQTT-3.14.1-1"}, 0},
	{"flags come before fields", `60 00`, "MQTT-3.6.1-1", []string{"MQTT-2.2.2-1"}, 0},
}

// The lengths of packets whose fields have a fixed size.
var ackRefusals = []refusal{
	{"PUBACK without id", `40 00`, "2.2.3-must-2", nil, 2},
	{"PUBACK with half an id", `40 01 00`, "2.2.3-must-2", nil, 2},
	{"PUBACK with a reason code, as MQTT 5 has it", `40 03 0001 00`, "2.2.3-must-2", nil, 4},
	{"PUBREC without id", `50 00`, "2.2.3-must-2", nil, 2},
	{"PUBREL with half an id", `62 01 00`, "2.2.3-must-2", nil, 2},
	{"PUBCOMP with more than an id", `70 04 0001 0000`, "2.2.3-must-2", nil, 4},
	{"UNSUBACK with codes, as MQTT 5 has it", `b0 04 0001 0000`, "2.2.3-must-2", nil, 4},
	{"PINGREQ with a byte", `c0 01 00`, "2.2.3-must-2", nil, 2},
	{"PINGRESP with a byte", `d0 01 00`, "2.2.3-must-2", nil, 2},
	{"DISCONNECT with a reason code, as MQTT 5 has it", `e0 01 04`, "2.2.3-must-2", nil, 2},
}

// [2.2.1] The table of packet types says which way each may travel.
func TestDecodeFrom(t *testing.T) {
	tests := []struct {
		frame    string
		up, down bool
	}{
		{`10 0d 0004 "MQTT" 04 02 0000 0001 "a"`, true, false},
		{`20 02 00 00`, false, true},
		{`30 03 0001 "a"`, true, true},
		{`40 02 0001`, true, true},
		{`50 02 0001`, true, true},
		{`62 02 0001`, true, true},
		{`70 02 0001`, true, true},
		{`82 06 0001 0001 "a" 00`, true, false},
		{`90 03 0001 00`, false, true},
		{`a2 05 0001 0001 "a"`, true, false},
		{`b0 02 0001`, false, true},
		{`c0 00`, true, false},
		{`d0 00`, false, true},
		{`e0 00`, true, false},
	}
	for _, tt := range tests {
		frame := frameOf(t, tt.frame)
		typ := wire.TypeOf(frame)
		for dir, want := range map[wire.Direction]bool{wire.ToServer: tt.up, wire.ToClient: tt.down} {
			p, err := wire.DecodeFrom(dir, frame)
			v, _ := err.(*wire.Violation)
			switch {
			case want && err != nil:
				t.Errorf("%v %v: %v", dir, typ, err)
			case want && p.Type() != typ:
				t.Errorf("%v %v: decoded as %v", dir, typ, p.Type())
			case !want && (v == nil || v.ID != "2.2.1-must-2" || v.Offset != 0 || v.Packet != typ):
				t.Errorf("%v %v: error %v, want 2.2.1-must-2 at 0", dir, typ, err)
			}
			if dir.Carries(typ) != want {
				t.Errorf("%v carries %v: %v", dir, typ, !want)
			}
		}
	}
	for _, dir := range []wire.Direction{wire.ToServer, wire.ToClient} {
		if dir.Carries(0) || dir.Carries(15) || dir.Carries(16) {
			t.Errorf("%v carries a type that does not exist", dir)
		}
	}
}

// The direction is looked at before flags and fields, and the frame's length before the direction.
func TestDecodeFromOrder(t *testing.T) {
	for frame, want := range map[string]string{
		`11 00`:    "2.2.1-must-2",
		`10 05 00`: "2.2.3-must-2",
		`f0 00`:    "2.2.1-must-1",
	} {
		_, err := wire.DecodeFrom(wire.ToClient, frameOf(t, frame))
		if v, ok := err.(*wire.Violation); !ok || v.ID != want {
			t.Errorf("%s: %v, want %s", frame, err, want)
		}
	}
}

// A packet that may go one way only is refused at compile time in a function that sends the other way.
var (
	_ = []wire.FromClient{
		(*wire.Connect)(nil), (*wire.Publish)(nil), (*wire.Puback)(nil), (*wire.Pubrec)(nil), (*wire.Pubrel)(nil),
		(*wire.Pubcomp)(nil), (*wire.Subscribe)(nil), (*wire.Unsubscribe)(nil), (*wire.Pingreq)(nil), (*wire.Disconnect)(nil),
	}
	_ = []wire.FromServer{
		(*wire.Connack)(nil), (*wire.Publish)(nil), (*wire.Puback)(nil), (*wire.Pubrec)(nil), (*wire.Pubrel)(nil),
		(*wire.Pubcomp)(nil), (*wire.Suback)(nil), (*wire.Unsuback)(nil), (*wire.Pingresp)(nil),
	}
)

// The marker interfaces say the same as the table of directions.
func TestMarkersAgreeWithDirections(t *testing.T) {
	for typ := wire.CONNECT; typ <= wire.DISCONNECT; typ++ {
		p := wire.New(typ)
		_, client := p.(wire.FromClient)
		_, server := p.(wire.FromServer)
		if client != wire.ToServer.Carries(typ) || server != wire.ToClient.Carries(typ) {
			t.Errorf("%v: from client %v, from server %v", typ, client, server)
		}
	}
}

func TestTypeNames(t *testing.T) {
	for typ := wire.CONNECT; typ <= wire.DISCONNECT; typ++ {
		if got, ok := wire.ParseType(typ.String()); !ok || got != typ {
			t.Errorf("ParseType(%q) = %v, %v", typ.String(), got, ok)
		}
		if p := wire.New(typ); p.Type() != typ {
			t.Errorf("New(%v) is a %v", typ, p.Type())
		}
	}
	for _, name := range []string{"", "connect", "AUTH", "type 0"} {
		if got, ok := wire.ParseType(name); ok {
			t.Errorf("ParseType(%q) = %v", name, got)
		}
	}
	for typ, want := range map[wire.Type]string{0: "type 0", 15: "type 15", 200: "type 200"} {
		if got := typ.String(); got != want {
			t.Errorf("Type(%d) is called %q, want %q", byte(typ), got, want)
		}
		if p := wire.New(typ); p != nil {
			t.Errorf("New(%v) = %#v", typ, p)
		}
	}
}
