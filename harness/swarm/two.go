package swarm

import (
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// exchanges are calls and faults that are about a few packets of one exchange.
func exchanges() []Action {
	return []Action{
		{Name: "echo at QoS 2", Needs: spec.QoS2, do: (*Script).echoTwo},
		{Name: "cut at QoS 2", Fault: true, Needs: spec.QoS2, do: (*Script).cutTwo},
		{Name: "stray PUBREL", Fault: true, Needs: spec.QoS2, do: (*Script).strayPubrel},
		{Name: "PUBREL again", Fault: true, Needs: spec.QoS2, do: (*Script).pubrelAgain},
		{Name: "unavailable", Fault: true, Needs: spec.PersistentSession, do: (*Script).unavailable},
		{Name: "too large", Needs: spec.OwnLimits, do: (*Script).tooLarge},
		{Name: "gone for good", Fault: true, do: (*Script).gone},
	}
}

// echoTwo has messages at QoS 2 go out and come back.
func (s *Script) echoTwo(src Source) bool {
	s.need(spec.QoS2)
	s.subscribed("t/two", 2)
	for range 1 + src.IntN(3) {
		s.step("client publish", scenario.Args{"topic": "t/two", "qos": 2, "payload": s.payload(src)})
	}
	return true
}

// cutTwo cuts the connection at a packet of the exchange of a message at QoS 2 that goes out and comes back, and often
// once more.
func (s *Script) cutTwo(src Source) bool {
	s.need(spec.QoS2)
	s.subscribed("t/two", 2)
	for range 1 + src.IntN(2) {
		typ := pick(src, wire.PUBREC, wire.PUBREL, wire.PUBCOMP, wire.PUBLISH)
		args := scenario.Args{"how": "rst", "packet": typ, "dir": pick(src, "to_server", "to_client"), "nth": 1 + src.IntN(2)}
		if chance(src, 8) {
			args["at"] = 0
		}
		if chance(src, 3) {
			args["forget"] = true
		}
		s.step("fault cut", args)
	}
	return s.echoTwo(src)
}

// strayPubrel has the server end an exchange that the client knows nothing of.
func (s *Script) strayPubrel(src Source) bool {
	s.need(spec.QoS2)
	s.subscribed("t/in", 1)
	s.bytes("fault inject", "data", scenario.Args{"packet": pick(src, wire.PUBLISH, wire.PUBACK), "dir": "to_client", "nth": 1, "data": "62 02 70 01"})
	s.shown(src)
	return true
}

// pubrelAgain has the server send a message at QoS 2 again, and end its exchange, often twice. What the client answers
// is kept from the broker, which knows nothing of it.
func (s *Script) pubrelAgain(src Source) bool {
	if s.done["PUBREL again"] {
		return false
	}
	s.need(spec.QoS2)
	s.subscribed("t/in", 1)
	const first, second, end = "34 0a 00 04 74 2f 69 6e 71 00 62 31", "3c 0a 00 04 74 2f 69 6e 71 00 62 31", "62 02 71 00"
	for _, typ := range []wire.Type{wire.PUBREC, wire.PUBCOMP} {
		s.step("fault drop", scenario.Args{"packet": typ, "dir": "to_server", "packet_id": 0x7100})
	}
	data := pick(src, first+" "+end, first+" "+second+" "+end, first+" "+end+" "+end,
		first+" "+end+" 34 0a 00 04 74 2f 69 6e 71 00 62 32 "+end, first+" 34 0a 00 04 74 2f 69 6e 72 00 62 32 "+end+" 62 02 72 00")
	s.step("fault drop", scenario.Args{"packet": wire.PUBREC, "dir": "to_server", "packet_id": 0x7200})
	s.step("fault drop", scenario.Args{"packet": wire.PUBCOMP, "dir": "to_server", "packet_id": 0x7200})
	s.bytes("fault inject", "data", scenario.Args{"packet": wire.PUBLISH, "dir": "to_client", "nth": 1, "data": data})
	s.shown(src)
	return true
}

// unavailable has the server say that it is unavailable, a few times.
func (s *Script) unavailable(src Source) bool {
	for n := range 1 + src.IntN(3) {
		s.step("fault set", scenario.Args{"packet": wire.CONNACK, "nth": 1 + n, "set": map[string]any{"code": 3, "session_present": false}})
	}
	s.step("fault cut", scenario.Args{"how": "rst"})
	s.say(src, 1)
	return true
}

// tooLarge has a message come that is larger than the client's limit, between others.
func (s *Script) tooLarge(src Source) bool {
	if s.sc.Client.MaxPacket == 0 {
		return false
	}
	s.subscribed("t/in", 1)
	for _, size := range []int{10, s.sc.Client.MaxPacket + src.IntN(3), 10} {
		s.step("witness publish", scenario.Args{"topic": "t/in", "qos": src.IntN(2), "payload": s.filled(src, size)})
	}
	return true
}

// gone has the client disconnect for a while, whose connection was lost before, or is not.
func (s *Script) gone(src Source) bool {
	if chance(src, 8) {
		s.step("fault cut", scenario.Args{"how": pick(src, "fin", "rst")})
	}
	s.step("client disconnect", nil)
	s.pause(pick(src, 5*time.Second, 40*time.Second))
	s.step("client connect", nil)
	return true
}
