package mutant

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// connecting lists mutants that get CONNECT or the answer to it wrong.
func connecting() []Mutant {
	return []Mutant{
		{
			Name: "connect-second", Doc: "sends a PINGREQ before its CONNECT",
			Violates: []string{"MQTT-3.1.0-1"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), fault.Inject{Data: (&wire.Pingreq{}).Append(nil), Before: true}),
		},
		{
			Name: "connect-twice", Doc: "sends its CONNECT twice",
			Violates: []string{"MQTT-3.1.0-2"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), fault.Duplicate{}),
		},
		{
			Name: "protocol-name", Doc: "names the protocol as version 3.1 did",
			Violates: []string{"MQTT-3.1.2-1"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), set(is{"protocol_name": "MQIsdp"})),
		},
		{
			Name: "protocol-level", Doc: "asks for protocol level 3",
			Violates: []string{"MQTT-3.1.2-2"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), set(is{"protocol_level": 3})),
		},
		{
			Name: "reserved-connect-flag", Doc: "sets the reserved bit of the connect flags",
			Violates: []string{"MQTT-3.1.2-3"}, Subjects: connected,
			Rewrite: connectFlags(func(*wire.Connect) byte { return 0x01 }),
		},
		{
			Name: "always-clean", Doc: "asks for a clean session although it was told to keep its session",
			Violates: []string{"MQTT-3.1.2-4"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT, is{"clean_session": false}), set(is{"clean_session": true})),
		},
		{
			Name: "no-client-id", Doc: "sends a CONNECT that ends before the client id",
			Violates: []string{"MQTT-3.1.3-3"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), fault.Replace{With: []byte{0x10, 10, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0}}),
		},
		{
			Name: "client-id-not-utf8", Doc: "sends a client id that is not UTF-8",
			Violates: []string{"MQTT-3.1.3-4", "MQTT-1.5.3-1"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), set(is{"client_id": "c\xff"})),
		},
		{
			Name: "client-id-nul", Doc: "sends a client id with U+0000 in it",
			Violates: []string{"MQTT-1.5.3-2"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT), set(is{"client_id": "c\x00"})),
		},
		{
			Name: "empty-client-id-persistent", Doc: "asks to keep the session of an empty client id",
			Violates: []string{"MQTT-3.1.3-7"}, Subjects: connected,
			Rules: rules(sent(wire.CONNECT, is{"client_id": ""}), set(is{"clean_session": false})),
		},
		{
			Name: "client-id-changes", Doc: "connects again under another client id",
			Violates: []string{"MQTT-3.1.3-2"}, Subjects: connected,
			Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToServer, Type: wire.CONNECT, Nth: 2}, Action: set(is{"client_id": "another"})}},
		},
		{
			Name: "refusal-ignored", Doc: "takes a CONNACK that refuses for one that accepts, and goes on",
			Violates: []string{"MQTT-3.2.2-5"}, Subjects: connected,
			Rules: refusalsAccepted(),
		},
		{
			Name: "connack-not-first", Doc: "passes over what the server sends before its CONNACK",
			Violates: []string{"MQTT-3.2.0-1"}, Subjects: connected,
			Rewrite: skipToConnack,
		},
		{
			Name: "session-present-missed", Doc: "reads session present 1 as 0",
			Violates: []string{"MQTT-3.2.2-2", "api-outcome-1"}, Subjects: connected,
			Rules: rules(handed(wire.CONNACK, is{"session_present": true}), set(is{"session_present": false})),
		},
		{
			Name: "session-present-imagined", Doc: "reads session present 0 as 1",
			Violates: []string{"MQTT-3.2.2-3", "MQTT-3.2.2-1", "api-outcome-1"}, Subjects: connected,
			Rules: rules(handed(wire.CONNACK, is{"session_present": false, "code": 0}), set(is{"session_present": true})),
		},
		{
			Name: "connack-reserved-bits", Doc: "does not look at the reserved bits of CONNACK",
			Violates: []string{"3.2.2.1-must-1"}, Subjects: connected,
			Rewrite: connackBytes(func(flags, code *byte) { *flags &= 1 }),
		},
		{
			Name: "connack-reserved-code", Doc: "takes a return code of CONNACK that does not exist for acceptance",
			Violates: []string{"3.2.2.3-must-1"}, Subjects: connected,
			Rewrite: connackBytes(func(flags, code *byte) {
				if *code > 5 {
					*code = 0
				}
			}),
		},
		{
			Name: "refusal-with-session", Doc: "takes a refusal with session present set for acceptance",
			Violates: []string{"MQTT-3.2.2-4"}, Subjects: connected,
			Rewrite: connackBytes(func(flags, code *byte) {
				if *flags == 1 && *code != 0 {
					*flags, *code = 0, 0
				}
			}),
		},
		{
			Name: "end-for-connack", Doc: "takes the end of a connection without CONNACK for acceptance",
			Violates: []string{"MQTT-3.2.2-6", "api-outcome-1"}, Subjects: reconnecting,
			Rewrite: endForConnack,
		},
		{
			Name: "connack-awaited-for-ever", Doc: "gives up waiting for CONNACK without closing the connection",
			Violates: []string{"3.2-should-1"}, Subjects: connected,
			Rewrite: keepUnaccepted,
		},
	}
}

// refusalsAccepted turns each refusing return code into that of acceptance.
func refusalsAccepted() []fault.Rule {
	var rs []fault.Rule
	for code := 1; code <= 5; code++ {
		rs = append(rs, rules(handed(wire.CONNACK, is{"code": code}), set(is{"code": 0}))...)
	}
	return rs
}

// connackBytes changes the two bytes of CONNACK's body, whatever they are.
func connackBytes(change func(flags, code *byte)) func() Rewrite {
	return each(func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.CONNACK && len(p.Data) == 4 {
			change(&p.Data[2], &p.Data[3])
		}
		return []fault.Packet{p}
	})
}

// keepUnaccepted leaves connections open that had no CONNACK.
func keepUnaccepted() Rewrite {
	accepted := map[int]bool{}
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if p.Dir == wire.ToClient && wire.TypeOf(p.Data) == wire.CONNACK {
				accepted[p.Conn] = true
			}
			return []fault.Packet{p}
		},
		Keep: func(conn int) bool { return !accepted[conn] },
	}
}

// endForConnack puts a CONNACK before the end of connections that had none.
func endForConnack() Rewrite {
	accepted := map[int]bool{}
	return Rewrite{
		Packet: func(p fault.Packet) []fault.Packet {
			if p.Dir == wire.ToClient {
				accepted[p.Conn] = true
			}
			return []fault.Packet{p}
		},
		Rest: func(conn int, rest []byte) []byte {
			if accepted[conn] {
				return rest
			}
			return (&wire.Connack{}).Append(nil)
		},
	}
}

// skipToConnack takes away what the server sends on a connection before its CONNACK.
func skipToConnack() Rewrite {
	accepted := map[int]bool{}
	return Rewrite{Packet: func(p fault.Packet) []fault.Packet {
		if p.Dir == wire.ToServer {
			return []fault.Packet{p}
		}
		if wire.TypeOf(p.Data) == wire.CONNACK {
			accepted[p.Conn] = true
		}
		if !accepted[p.Conn] {
			return nil
		}
		return []fault.Packet{p}
	}}
}
