package scenario

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/wire"
)

// bound resolves the variables of a test.
func bound(values map[Var]any) Resolver {
	return func(name Var) (any, error) {
		v, ok := values[name]
		if !ok {
			return nil, fmt.Errorf("%v is unbound", name)
		}
		return v, nil
	}
}

func TestWants(t *testing.T) {
	for _, test := range []struct {
		step string
		want []Want
	}{
		{"expect PINGREQ:", nil},
		{"expect CONNECT: {conn: 2, username: null, keep_alive: 2m, client_id: c1}", []Want{{Name: "keep_alive", Value: 120}, {Name: "client_id", Value: "c1"}, {Name: "username", Value: nil}}},
		{"expect PUBLISH: {payload_hex: 00 ff, packet_id: $id, dup: true, qos: 1}", []Want{{Name: "qos", Value: 1}, {Name: "dup", Value: true}, {Name: "packet_id", Value: Var("id")}, {Name: "payload", Value: "\x00\xff"}}},
		{"expect SUBSCRIBE: {filters: [{filter: a, qos: 1}]}", []Want{{Name: "filters", Value: []wire.Subscription{{Filter: "a", QoS: 1}}}}},
		{"expect SUBSCRIBE: {filters: [{filter: a}], any_order: true, packet_id: $s}", []Want{{Name: "packet_id", Value: Var("s")}, {Name: "filters", Value: []wire.Subscription{{Filter: "a"}}, AnyOrder: true}}},
		{"expect UNSUBSCRIBE: {filters: [a, b]}", []Want{{Name: "filters", Value: []string{"a", "b"}}}},
		{"deliver SUBACK: {codes: [0, 0x80]}", []Want{{Name: "codes", Value: []int{0, 128}}}},
	} {
		t.Run(test.step, func(t *testing.T) {
			got, err := Wants(parseSteps(t, "  - "+test.step+"\n")[0])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("wants (-want +got):\n%s", diff)
			}
		})
	}
}

// The parts of raw bytes come in the order of the table, whatever the order in the file.
func TestRaw(t *testing.T) {
	resolve := bound(map[Var]any{"id": 0x0102})
	for _, test := range []struct{ step, want string }{
		{"send raw: c0 00", "c000"},
		{"send raw: {hex: 40 02, packet_id: $id}", "40020102"},
		{"send raw: {then: c0 00, packet_id: $id, hex: 40 02}", "40020102c000"},
		{"send raw: {hex: 30 05, fill: 3, packet_id: 0xffff, then: 00}", "3005ffff78787800"},
		{"send raw: {hex: 40 02, packet_id: $u}", "x.yaml:9:5: packet_id: $u is unbound"},
	} {
		t.Run(test.step, func(t *testing.T) {
			first := "  - client connect:\n  - expect PUBLISH: {packet_id: $id}\n  - expect PUBLISH: {packet_id: $u}\n"
			steps := parseSteps(t, first+"  - "+test.step+"\n")
			b, err := Raw(steps[len(steps)-1], resolve)
			got := fmt.Sprintf("%x", b)
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("bytes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPacket(t *testing.T) {
	resolve := bound(map[Var]any{"id": 7, "t": "a/b", "sp": true})
	for _, test := range []struct {
		step string
		want string
	}{
		{"send CONNACK: {code: 5}", "CONNACK sp=0 code=5"},
		{"send CONNACK:", "CONNACK sp=0 code=0"},
		{"send CONNACK: {session_present: $sp}", "CONNACK sp=1 code=0"},
		{"send PUBLISH: {topic: $t, qos: 1, packet_id: $id, payload: hi, dup: true}", `PUBLISH qos=1 dup=1 retain=0 topic="a/b" id=7 payload="hi"`},
		{"send PUBLISH: {topic: t, packet_id: null}", `PUBLISH qos=0 dup=0 retain=0 topic="t" payload=""`},
		{"send SUBACK: {packet_id: 1, codes: [0, 0x80], conn: 2}", "SUBACK id=1 codes=0,128"},
		{"send PINGRESP:", "PINGRESP"},
	} {
		t.Run(test.step, func(t *testing.T) {
			steps := parseSteps(t, "  - expect PUBLISH: {packet_id: $id, topic: $t, dup: $sp}\n  - "+test.step+"\n")
			p, err := Packet(steps[1], resolve)
			if err != nil {
				t.Fatal(err)
			}
			if got := wire.Describe(p.Append(nil)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestPacketErrors(t *testing.T) {
	unbound := errors.New("no such thing")
	pos := Pos{"x.yaml", 3, 5}
	send := func(key string, args Args) Step { return Step{Pos: pos, Key: key, Args: args} }
	for _, test := range []struct {
		reason  string
		step    Step
		resolve Resolver
		want    string
	}{
		{"no packet", send("send raw", nil), nil, "x.yaml:3:5: send raw names no packet"},
		{"no resolver", send("send PUBACK", Args{"packet_id": Var("id")}), nil, "x.yaml:3:5: packet_id: $id has no value"},
		{"no value", send("send PUBACK", Args{"packet_id": Var("id")}), func(Var) (any, error) { return nil, unbound }, "x.yaml:3:5: packet_id: no such thing"},
		{"a value of another kind", send("send PUBACK", Args{"packet_id": "1"}), nil, "x.yaml:3:5: packet_id: PUBACK packet_id: want uint16"},
		{"another field", send("send PUBACK", Args{"topic": "t"}), nil, "x.yaml:3:5: topic: a PUBACK has no such field"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			_, err := Packet(test.step, test.resolve)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if _, err := Wants(send("wait", nil)); err == nil {
		t.Error("wait has wants")
	}
	if _, err := Wants(send("expect PUBACK", Args{"topic": "t"})); err == nil || err.Error() != "x.yaml:3:5: topic: a PUBACK has no such field" {
		t.Errorf("wants of another field: %v", err)
	}
}
