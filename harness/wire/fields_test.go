package wire_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
)

// The names that scenarios use. Nothing may disappear from here in silence.
func TestFieldNames(t *testing.T) {
	want := map[wire.Type]string{
		wire.CONNECT:     "protocol_name protocol_level clean_session keep_alive client_id will_topic? will_payload? will_qos? will_retain? username? password?",
		wire.CONNACK:     "session_present code",
		wire.PUBLISH:     "qos dup retain topic packet_id? payload",
		wire.PUBACK:      "packet_id",
		wire.PUBREC:      "packet_id",
		wire.PUBREL:      "packet_id",
		wire.PUBCOMP:     "packet_id",
		wire.SUBSCRIBE:   "packet_id filters",
		wire.SUBACK:      "packet_id codes",
		wire.UNSUBSCRIBE: "packet_id filters",
		wire.UNSUBACK:    "packet_id",
		wire.PINGREQ:     "",
		wire.PINGRESP:    "",
		wire.DISCONNECT:  "",
	}
	got := make(map[wire.Type]string)
	for typ := wire.CONNECT; typ <= wire.DISCONNECT; typ++ {
		var names []string
		for _, f := range wire.Fields(typ) {
			if f.Optional {
				f.Name += "?"
			}
			names = append(names, f.Name)
		}
		got[typ] = strings.Join(names, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if specs := wire.Fields(15); len(specs) != 0 {
		t.Errorf("type 15 has fields: %v", specs)
	}
}

func TestFieldSpecsAreComplete(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	kind := regexp.MustCompile(`^[a-z]+(8|16)?$`)
	for typ := wire.CONNECT; typ <= wire.DISCONNECT; typ++ {
		for _, f := range wire.Fields(typ) {
			if !name.MatchString(f.Name) || !kind.MatchString(f.Kind.String()) || !strings.HasSuffix(f.Doc, ".") {
				t.Errorf("%v: %+v", typ, f)
			}
			if (f.Max == 0) != (f.Kind == wire.Bool) {
				t.Errorf("%v %s: a %v of at most %d", typ, f.Name, f.Kind, f.Max)
			}
		}
	}
	if got := wire.FieldKind(0).String(); got != "kind 0" {
		t.Errorf("FieldKind(0) is called %q", got)
	}
}

func TestGet(t *testing.T) {
	full := wire.New(wire.CONNECT).(*wire.Connect)
	full.Will = &wire.Will{Topic: "w", QoS: 1}
	full.Username, full.Password = new(""), []byte{}
	tests := []struct {
		packet wire.Packet
		name   string
		want   any
	}{
		{full, "protocol_name", "MQTT"},
		{full, "protocol_level", 4},
		{full, "keep_alive", 0},
		{full, "will_topic", "w"},
		{full, "will_payload", ""},
		{full, "will_qos", 1},
		{full, "will_retain", false},
		{full, "username", ""},
		{full, "password", ""},
		{&wire.Connect{}, "will_topic", nil},
		{&wire.Connect{}, "will_payload", nil},
		{&wire.Connect{}, "will_qos", nil},
		{&wire.Connect{}, "will_retain", nil},
		{&wire.Connect{}, "username", nil},
		{&wire.Connect{}, "password", nil},
		{&wire.Connack{SessionPresent: true}, "session_present", true},
		{&wire.Publish{PacketID: 7}, "packet_id", nil},
		{&wire.Publish{QoS: 1, PacketID: 7}, "packet_id", 7},
		{&wire.Publish{Payload: []byte("hi")}, "payload", "hi"},
		{&wire.Subscribe{Filters: []wire.Subscription{{"a", 1}}}, "filters", []wire.Subscription{{"a", 1}}},
		{&wire.Suback{Codes: []byte{1, 0x80}}, "codes", []int{1, 128}},
		{&wire.Unsubscribe{Filters: []string{"a"}}, "filters", []string{"a"}},
	}
	for _, tt := range tests {
		got, ok := wire.Get(tt.packet, tt.name)
		if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
			t.Errorf("%v %s: there is one: %v (-want +got)\n%s", tt.packet.Type(), tt.name, ok, diff)
		}
	}
	if v, ok := wire.Get(&wire.Puback{}, "topic"); ok || v != nil {
		t.Errorf("PUBACK has a topic: %v", v)
	}
}

// Set takes what has an encoding, allowed or not.
func TestSet(t *testing.T) {
	type set struct {
		name  string
		value any
	}
	tests := []struct {
		reason string
		start  wire.Packet
		sets   []set
		want   wire.Packet
	}{
		{"QoS 3 and id 0", &wire.Publish{PacketID: 9}, []set{{"qos", 3}, {"packet_id", 0}}, &wire.Publish{QoS: 3}},
		{"no packet id", &wire.Publish{PacketID: 9}, []set{{"packet_id", nil}}, &wire.Publish{}},
		{"no payload", &wire.Publish{Payload: []byte("x")}, []set{{"payload", ""}}, &wire.Publish{}},
		{"another protocol", &wire.Connect{}, []set{{"protocol_name", "MQIsdp"}, {"protocol_level", 3}}, &wire.Connect{ProtocolName: "MQIsdp", ProtocolLevel: 3}},
		{"one will field makes a will", &wire.Connect{}, []set{{"will_qos", 3}}, &wire.Connect{Will: &wire.Will{QoS: 3}}},
		{"without one there is none", &wire.Connect{Will: &wire.Will{}}, []set{{"will_retain", nil}}, &wire.Connect{}},
		{"a password of no bytes is one", &wire.Connect{}, []set{{"password", ""}, {"username", ""}}, &wire.Connect{Username: new(""), Password: []byte{}}},
		{"neither", &wire.Connect{Username: new("u"), Password: []byte("p")}, []set{{"password", nil}, {"username", nil}}, &wire.Connect{}},
		{"a QoS byte of 255", &wire.Subscribe{}, []set{{"filters", []wire.Subscription{{"", 255}}}}, &wire.Subscribe{Filters: []wire.Subscription{{"", 255}}}},
		{"codes that are none", &wire.Suback{}, []set{{"codes", []int{3, 255}}}, &wire.Suback{Codes: []byte{3, 255}}},
		{"a text that is not UTF-8", &wire.Unsubscribe{}, []set{{"filters", []string{"\xff"}}}, &wire.Unsubscribe{Filters: []string{"\xff"}}},
	}
	for _, tt := range tests {
		for _, s := range tt.sets {
			if err := wire.Set(tt.start, s.name, s.value); err != nil {
				t.Errorf("%s: %v", tt.reason, err)
			}
		}
		if diff := cmp.Diff(tt.want, tt.start); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.reason, diff)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	long := strings.Repeat("x", 65536)
	tests := []struct {
		typ   wire.Type
		name  string
		value any
		want  string
	}{
		{wire.PUBLISH, "quos", 1, `PUBLISH has no field "quos"`},
		{wire.PUBLISH, "qos", 4, `PUBLISH qos: 4 is out of range 0..3`},
		{wire.PUBLISH, "qos", -1, `PUBLISH qos: -1 is out of range 0..3`},
		{wire.PUBLISH, "qos", nil, `PUBLISH qos: want uint8 (int 0..3), got <nil>`},
		{wire.PUBLISH, "dup", 1, `PUBLISH dup: want bool, got int`},
		{wire.PUBLISH, "qos", true, `PUBLISH qos: want uint8 (int 0..3), got bool`},
		{wire.PUBLISH, "topic", []byte("a"), `PUBLISH topic: want text (string of at most 65535 bytes), got []uint8`},
		{wire.PUBLISH, "topic", long, `PUBLISH topic: length 65536 is out of range 0..65535`},
		{wire.PUBLISH, "packet_id", 65536, `PUBLISH packet_id: 65536 is out of range 0..65535`},
		{wire.CONNECT, "keep_alive", 65536, `CONNECT keep_alive: 65536 is out of range 0..65535`},
		{wire.CONNECT, "protocol_level", 256, `CONNECT protocol_level: 256 is out of range 0..255`},
		{wire.CONNECT, "password", long, `CONNECT password: length 65536 is out of range 0..65535`},
		{wire.CONNECT, "will_qos", 4, `CONNECT will_qos: 4 is out of range 0..3`},
		{wire.SUBSCRIBE, "filters", []wire.Subscription{{"a", 0}, {"b", 256}}, `SUBSCRIBE filters: [1]: QoS 256 is out of range 0..255`},
		{wire.SUBSCRIBE, "filters", []wire.Subscription{{long, 0}}, `SUBSCRIBE filters: [0]: length 65536 is out of range 0..65535`},
		{wire.SUBSCRIBE, "filters", []string{"a"}, `SUBSCRIBE filters: want filters ([]wire.Subscription), got []string`},
		{wire.UNSUBSCRIBE, "filters", []string{long}, `UNSUBSCRIBE filters: [0]: length 65536 is out of range 0..65535`},
		{wire.UNSUBSCRIBE, "filters", "a", `UNSUBSCRIBE filters: want texts ([]string), got string`},
		{wire.SUBACK, "codes", []int{0, 256}, `SUBACK codes: [1]: 256 is out of range 0..255`},
		{wire.SUBACK, "codes", 0, `SUBACK codes: want codes ([]int, each 0..255), got int`},
		{wire.PINGREQ, "packet_id", 1, `PINGREQ has no field "packet_id"`},
	}
	for _, tt := range tests {
		p := wire.New(tt.typ)
		err := wire.Set(p, tt.name, tt.value)
		if err == nil || err.Error() != tt.want {
			t.Errorf("error %v, want %s", err, tt.want)
		}
		if diff := cmp.Diff(wire.New(tt.typ), p); diff != "" {
			t.Errorf("%s: the packet has changed (-want +got)\n%s", tt.want, diff)
		}
	}
}

// Lists are copied both ways.
func TestListsAreNotShared(t *testing.T) {
	names := []string{"a", "b"}
	p := &wire.Unsubscribe{}
	if err := wire.Set(p, "filters", names); err != nil {
		t.Fatal(err)
	}
	names[0] = "changed"
	got, _ := wire.Get(p, "filters")
	got.([]string)[1] = "changed"
	if want := []string{"a", "b"}; !slices.Equal(p.Filters, want) {
		t.Errorf("filters are %q, want %q", p.Filters, want)
	}
}
