package swarm

import (
	"encoding/hex"
	"strings"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// misbehaving are what a server does that is wrong, or right and of no use.
func misbehaving() []Action {
	return []Action{
		{Name: "illegal packet", Fault: true, Weak: true, do: (*Script).illegal},
		{Name: "illegal answer", Fault: true, Weak: true, do: (*Script).illegalAnswer},
		{Name: "answer of another", Fault: true, Weak: true, do: (*Script).otherAnswer},
		{Name: "stray packet", Fault: true, do: (*Script).stray},
		{Name: "message again", Fault: true, do: (*Script).again},
	}
}

// illegalPackets are what no server may send, by what is wrong with them.
var illegalPackets = [][]string{
	{ // messages
		"30 03 00 00 78", "32 05 00 00 00 09 78", // empty topic
		"30 06 00 03 74 2f 23 78", "30 06 00 03 74 2f 2b 78", "32 07 00 02 2b 74 00 09 78", // wildcards
		"30 06 00 03 74 00 74 78", "32 06 00 01 00 00 09 78", // U+0000
		"30 05 00 02 ff fe 78", "32 08 00 03 ed a0 80 00 09 78", "30 05 00 02 c0 af 78", // no UTF-8
		"30 02 00 09", "32 07 00 09 74 00 09 78 78", // topic past the end
		"32 03 00 01 74", "32 04 00 01 74 00", // no identifier
		"32 06 00 01 74 00 00 78",                            // identifier 0
		"36 06 00 01 74 00 09 78", "3e 06 00 01 74 00 09 78", // QoS 3
		"38 04 00 01 74 78", "39 04 00 01 74 78", // DUP at QoS 0
	},
	{ // acknowledgements
		"41 02 30 04", "48 02 30 04", "b1 02 30 04", "92 03 30 04 00", "d1 00", "51 02 30 04", "60 02 30 04", "72 02 30 04", // flags
		"40 01 30", "40 00", "40 03 30 04 00", "b0 03 30 04 00", "b0 01 30", "b0 00", "d0 01 00", "90 02 30 04", "90 00", "62 03 30 04 00", // lengths
		"40 02 00 00", "b0 02 00 00", "90 03 00 00 00", // identifier 0
		"90 03 30 04 03", "90 03 30 04 7f", "90 03 30 04 ff", // return codes
	},
	{ // what a server does not send
		"82 06 30 04 00 01 74 00", "a2 05 30 04 00 01 74", "c0 00", "e0 00", "10 0c 00 04 4d 51 54 54 04 02 00 00 00 00",
		"00 00", "f0 00", "0f 00", "f2 00", // reserved types
	},
	{ // lengths
		"40 82 80 80 80 00 30 04", "30 ff ff ff ff 7f", "d0 80 80 80 80 00",
	},
}

// illegal has the server send a packet that it may not send, behind one of its own or in front of it, and then a
// message that shows whether the client goes on.
func (s *Script) illegal(src Source) bool {
	s.subscribed("t/in", 1)
	args := scenario.Args{"packet": pick(src, wire.PUBLISH, wire.PUBLISH, wire.PUBACK, wire.CONNACK, wire.SUBACK), "dir": "to_client", "nth": 1,
		"data": pick(src, pick(src, illegalPackets...)...), "before": chance(src, 6)}
	s.bytes("fault inject", "data", args)
	s.shown(src)
	return true
}

// illegalAnswers are what stands in place of an answer.
var illegalAnswers = map[wire.Type][]string{
	wire.CONNACK: {"20 02 02 00", "20 02 80 00", "20 02 fe 00", "20 02 00 06", "20 02 00 ff", "20 02 01 05", "20 02 01 01", "20 02 02 05", "20 00", "20 01 00", "20 03 00 00 00",
		"20 82 80 80 80 00 00 00", "21 02 00 00", "d0 00", "40 02 00 01", "b0 02 00 01", "62 02 00 01", "50 02 00 01", "70 02 00 01", "30 04 00 01 74 78 20 02 00 00", "40 02 00 01 20 02 00 00", "d0 00 20 02 00 00"},
	wire.PINGRESP: {"d1 00", "d0 01 00", "d8 00", "40 02 d0 00", "d0 80 00"},
}

// illegalAnswer has the server answer as no server may.
func (s *Script) illegalAnswer(src Source) bool {
	if chance(src, 6) {
		codes := pick(src, []int{3}, []int{0, 0}, []int{1, 1}, []int{127}, []int{1, 1, 1})
		s.subscribed("t/in", 1)
		s.step("fault set", scenario.Args{"packet": wire.SUBACK, "nth": 1, "set": map[string]any{"codes": codes}})
		s.step("client subscribe", scenario.Args{"filter": "t/in", "qos": 1})
		s.shown(src)
		return true
	}
	typ := pick(src, wire.CONNACK, wire.CONNACK, wire.CONNACK, wire.PINGRESP)
	if typ == wire.PINGRESP && s.sc.Client.KeepAlive == 0 {
		return false
	}
	s.subscribed("t/in", 1)
	args := scenario.Args{"packet": typ, "dir": "to_client", "nth": 1, "with": pick(src, illegalAnswers[typ]...)}
	s.bytes("fault replace", "with", args)
	if typ == wire.CONNACK {
		s.step("fault cut", scenario.Args{"how": "fin"})
		s.say(src, 1)
	}
	s.shown(src)
	return true
}

// otherAnswer has an answer come with another identifier, or with a byte changed behind its first.
func (s *Script) otherAnswer(src Source) bool {
	typ := pick(src, wire.PUBACK, wire.SUBACK, wire.UNSUBACK, wire.PUBREC, wire.PUBCOMP)
	switch typ {
	case wire.UNSUBACK:
		if !s.has(spec.Unsubscribe) {
			return false
		}
	case wire.PUBREC, wire.PUBCOMP:
		if !s.has(spec.QoS2) {
			return false
		}
	}
	s.step("fault corrupt", scenario.Args{"packet": typ, "dir": "to_client", "nth": 1, "byte": 2 + src.IntN(2), "xor": pick(src, 1, 16, 3)})
	switch typ {
	case wire.PUBACK:
		s.say(src, 1)
	case wire.SUBACK:
		s.step("client subscribe", scenario.Args{"filter": "t/other", "qos": 1})
	case wire.UNSUBACK:
		s.need(spec.Unsubscribe)
		s.step("client unsubscribe", scenario.Args{"filter": "t/other"})
	default:
		s.need(spec.QoS2)
		s.say(src, 2)
	}
	return true
}

// strayPackets answer nothing that the client has sent. Their identifiers are such as no script uses, and their bytes
// are beginnings of packets.
var strayPackets = []string{"40 02 30 04", "40 02 d0 00", "d0 00", "40 02 40 02"}

// stray has the server acknowledge what it was not sent, as one does that was sent it twice.
func (s *Script) stray(src Source) bool {
	s.subscribed("t/in", 1)
	args := scenario.Args{"packet": pick(src, wire.PUBLISH, wire.PUBACK), "dir": "to_client", "nth": 1, "data": pick(src, strayPackets...), "before": chance(src, 8)}
	s.bytes("fault inject", "data", args)
	s.shown(src)
	return true
}

// again has the server send a new message under the identifier of an old one, and with DUP.
func (s *Script) again(src Source) bool {
	if s.done["message again"] {
		return false
	}
	s.subscribed("t/in", 1)
	s.bytes("fault inject", "data", scenario.Args{"packet": wire.PUBLISH, "dir": "to_client", "nth": 1, "data": "3a 0a 00 04 74 2f 69 6e 70 00 61 31"})
	s.shown(src)
	s.bytes("fault inject", "data", scenario.Args{"packet": wire.PUBLISH, "dir": "to_client", "nth": 1, "data": "3a 0a 00 04 74 2f 69 6e 70 00 61 32"})
	s.shown(src)
	return true
}

// bytes adds a step with a field of bytes, which are written in hex.
func (s *Script) bytes(key, field string, args scenario.Args) {
	b, err := hex.DecodeString(strings.ReplaceAll(args[field].(string), " ", ""))
	if err != nil {
		panic(err) // a table of this file is wrong
	}
	args[field] = b
	s.step(key, args)
}

// shown has messages go both ways, which a client that goes on acknowledges.
func (s *Script) shown(src Source) {
	s.step("witness publish", scenario.Args{"topic": "t/in", "qos": 1, "payload": s.payload(src)})
	s.say(src, 1)
	s.step("witness publish", scenario.Args{"topic": "t/in", "qos": 1, "payload": s.payload(src)})
}
