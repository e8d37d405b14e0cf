package draft_test

import (
	"fmt"

	"umqtt/harness/scenario"
	"umqtt/harness/scenario/draft"
	"umqtt/harness/wire"
)

func ExampleOf() {
	connect := &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}
	publish := &wire.Publish{Topic: "t/1", QoS: 1, PacketID: 1, Payload: []byte("hi")}
	s, err := draft.Of("qos1/seen", []draft.Record{
		{Conn: 1, Sent: true, Data: connect.Append(nil)},
		{Conn: 1, Data: (&wire.Connack{}).Append(nil)},
		{Conn: 1, Sent: true, Data: publish.Append(nil)},
		{Conn: 1, Data: (&wire.Puback{PacketID: 1}).Append(nil)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", scenario.Format(s))
	// Output:
	// # yaml-language-server: $schema=../scenario.schema.json
	// title: The client does what it did in the capture qos1/seen
	// level: may
	// needs: [qos1]
	// peer: script
	// note: Drafted from a capture. Keep what the behaviour is about, leave out the rest, and say what it covers.
	// steps:
	//   - client connect: {as: up1}
	//   - expect CONNECT: {client_id: c1, protocol_name: MQTT, protocol_level: 4, clean_session: true, keep_alive: 0s,
	//       will_topic: null, will_payload: null, will_qos: null, will_retain: null, username: null, password: null}
	//   - send CONNACK: {session_present: false, code: 0}
	//   - client done: {call: up1, session_present: false}
	//   - client publish: {topic: t/1, qos: 1, payload: hi, as: m1}
	//   - expect PUBLISH: {topic: t/1, qos: 1, dup: false, retain: false, payload: hi, packet_id: $id1}
	//   - send PUBACK: {packet_id: $id1}
	//   - client done: m1
}
