package judge

import (
	"fmt"
	"strings"
	"testing"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

func TestDiffers(t *testing.T) {
	m := subject.Message{Topic: "t", Payload: "p", QoS: 1, Retain: true}
	for _, tt := range []struct {
		args  scenario.Args
		only  []string
		field string
		want  any
		got   any
	}{
		{nil, nil, "", nil, nil},
		{scenario.Args{"topic": "t", "payload": "p", "qos": 1, "retain": true, "dup": false}, nil, "", nil, nil},
		{scenario.Args{"topic": "u"}, nil, "topic", "u", "t"},
		{scenario.Args{"payload": "q"}, nil, "payload", "q", "p"},
		{scenario.Args{"qos": 2}, nil, "qos", 2, 1},
		{scenario.Args{"retain": false}, nil, "retain", false, true},
		{scenario.Args{"dup": true}, nil, "dup", true, false},
		{scenario.Args{"topic": "u", "payload": "q", "qos": 2}, nil, "topic", "u", "t"},
		{scenario.Args{"topic": "u", "qos": 2}, []string{"qos"}, "qos", 2, 1},
		{scenario.Args{"topic": "u", "qos": 2}, []string{"payload"}, "", nil, nil},
		{scenario.Args{"other": 3}, nil, "", nil, nil},
	} {
		field, want, got := Differs(m, tt.args, tt.only...)
		if field != tt.field || want != tt.want || got != tt.got {
			t.Errorf("%v, only %q: %q %v %v, want %q %v %v", tt.args, tt.only, field, want, got, tt.field, tt.want, tt.got)
		}
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{DescribeArgs("message", nil), "message"},
		{DescribeArgs("message", scenario.Args{"topic": "t", "qos": 1, "payload": strings.Repeat("x", 40), "dup": scenario.Var("d")}), `message dup=$d payload=40B qos=1 topic="t"`},
		{DescribeWant(wire.PUBLISH, nil), "PUBLISH"},
		{DescribeWant(wire.SUBSCRIBE, []scenario.Want{{Name: "packet_id", Value: Any}, {Name: "filters", Value: []wire.Subscription{{Filter: "a", QoS: 1}, {Filter: "b"}}, AnyOrder: true}}), `SUBSCRIBE packet_id=(any) filters="a":1,"b":0 in any order`},
		{DescribeMessage(subject.Message{Topic: "t", Payload: "p\n", QoS: 2, Dup: true}), `message topic="t" payload="p\n" qos=2 dup=true retain=false`},
		{DescribeMessage(subject.Message{Retain: true}), `message topic="" payload="" qos=0 dup=false retain=true`},
		{Value("a"), `"a"`},
		{Value(strings.Repeat("x", 32)), `"` + strings.Repeat("x", 32) + `"`},
		{Value(strings.Repeat("x", 33)), "33B"},
		{Value([]byte("a\x00")), `"a\x00"`},
		{Value(make([]byte, 40)), "40B"},
		{Value([]string{"a", "b"}), `["a" "b"]`},
		{Value([]wire.Subscription{}), ""},
		{Value(7), "7"},
		{Value(nil), "<nil>"},
		{Value(true), "true"},
		{fmt.Sprint(Any), "(any)"},
		{(&Call{Verb: "ping"}).String(), "ping"},
		{(&Call{Verb: "ping", Name: "p"}).String(), `ping "p"`},
		{DescribeError(errOther), "an error of the kind other: other"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
}
