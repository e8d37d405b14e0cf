package scenario_test

import (
	"fmt"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

func ExampleParse() {
	s, err := scenario.Parse("qos1/acknowledged.yaml", []byte(`
title: A message at QoS 1 is acknowledged
level: may
needs: [qos1]
peer: script
steps:
  - client connect:
  - expect CONNECT: {client_id: c1}
  - send CONNACK: {session_present: false, code: 0}
  - send PUBLISH: {topic: t/1, qos: 1, packet_id: 258, payload: hi}
  - expect PUBACK: {packet_id: 258}
    within: 2s
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range s.Steps {
		fmt.Println(step.Key, step.Args, step.Within)
	}
	// Output:
	// client connect map[] 0s
	// expect CONNECT map[client_id:c1] 0s
	// send CONNACK map[code:0 session_present:false] 0s
	// send PUBLISH map[packet_id:258 payload:hi qos:1 topic:t/1] 0s
	// expect PUBACK map[packet_id:258] 2s
}

func ExampleParse_mistakes() {
	_, err := scenario.Parse("qos1/wrong.yaml", []byte(`
title: Five mistakes
level: musty
peer: script
steps:
  - client conect:
  - expect CONNECT: {clientid: c1}
  - send PUBLISH: {topic: t/1, qos: 1}
  - expect PUBACK: {packet_id: 70000}
`))
	fmt.Println(err)
	// Output:
	// qos1/wrong.yaml:3:8: level: "musty" is not one of must, should, may or policy; did you mean "must"?
	// qos1/wrong.yaml:6:5: no verb "client conect"; did you mean "client connect"?
	// qos1/wrong.yaml:7:22: expect CONNECT has no field "clientid"; did you mean "client_id"?
	// qos1/wrong.yaml:8:37: send PUBLISH needs packet_id at QoS 1
	// qos1/wrong.yaml:9:32: packet_id: want a number from 0 to 65535, not the number 70000
}

func ExampleParseAll() {
	all, err := scenario.ParseAll("connect/refused.yaml", []byte(`
title: A CONNACK that refuses fails the call
level: may
peer: script
cases:
  server-unavailable: {with: {code: 3}}
  not-authorized: {with: {code: 5}}
steps:
  - client connect: {as: up}
  - expect CONNECT: {client_id: c1}
  - send CONNACK: {code: $code}
  - client fails: up
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range all {
		fmt.Println(s.Name, s.Steps[2].Args)
	}
	// Output:
	// connect/refused/server-unavailable map[code:3]
	// connect/refused/not-authorized map[code:5]
}

func ExampleLoad() {
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range suite {
		if s.Name == "qos1/puback-lost" {
			fmt.Println(s.Title, s.Covers)
		}
	}
	// Output:
	// PUBACK lost; the client re-sends PUBLISH with DUP after reconnecting [MQTT-4.4.0-1 MQTT-3.3.1-1 MQTT-2.3.1-3]
}

func ExampleFind() {
	v, _ := scenario.Find("fault delay")
	fmt.Println(v.Doc)
	fmt.Println(v.Fields[0].Name, "-", v.Fields[0].Doc)
	// Output:
	// the packet, and what follows it, is handed over later
	// by - how much later
}

func ExampleWants() {
	step := scenario.Step{Key: "expect PUBLISH", Args: scenario.Args{"packet_id": scenario.Var("id"), "qos": 1}}
	wants, err := scenario.Wants(step)
	fmt.Println(wants, err)
	// Output:
	// [{qos 1 false} {packet_id $id false}] <nil>
}

func ExamplePacket() {
	step := scenario.Step{Key: "send PUBACK", Args: scenario.Args{"packet_id": scenario.Var("id")}}
	p, err := scenario.Packet(step, func(scenario.Var) (any, error) { return 7, nil })
	fmt.Println(wire.Describe(p.Append(nil)), err)
	// Output:
	// PUBACK id=7 <nil>
}

func ExampleRule() {
	step := scenario.Step{Key: "fault cut", Args: scenario.Args{"how": "rst", "packet": wire.PUBLISH, "at": 3}}
	rule, err := scenario.Rule(step, nil)
	fmt.Printf("%v %+v %v %v\n", rule.Match.Type, rule.Action, scenario.AtOnce(step), err)
	// Output:
	// PUBLISH {At:3 How:rst Refuse:0 Forget:false} false <nil>
}

func ExampleFormat() {
	s, err := scenario.Parse("qos1/acknowledged.yaml", []byte(`
{"level": "may", "peer": "script", "needs": ["qos1"], "title": "A message at QoS 1 is acknowledged", "steps": [
  {"send PUBLISH": {"packet_id": 0x0102, "payload_hex": "68 69", "qos": 1, "topic": "t/1"}},
  {"within": "2000ms", "expect PUBACK": {"packet_id": 258}}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", scenario.Format(s))
	// Output:
	// # yaml-language-server: $schema=../scenario.schema.json
	// title: A message at QoS 1 is acknowledged
	// level: may
	// needs: [qos1]
	// peer: script
	// steps:
	//   - send PUBLISH: {topic: t/1, qos: 1, payload: hi, packet_id: 258}
	//   - expect PUBACK: {packet_id: 258}
	//     within: 2s
}
