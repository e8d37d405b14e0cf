// Package wire is the harness's own codec for MQTT 3.1.1. It is strict, because it checks what a client
// sends. It shares no code with the client or the embedded broker, so that tests can compare the three.
//
// It promises:
//   - Decode accepts a packet if and only if the standard allows those bytes on their own. Every refusal
//     is a *Violation that names a statement or clause of package spec, and an offset.
//   - Append encodes what a packet's struct says and checks nothing, so that bad packets can be made.
//   - Decode(p.Append(nil)) equals p for every packet that Decode accepts. Packets keep no part of the
//     bytes they were decoded from.
//   - A Framer finds the packets in a stream, however it was split.
//   - Fields, Get and Set reach every field by name; Describe shows a packet in one line.
//
// Decode accepts what the standard does not forbid: a remaining length in more bytes than necessary
// (2.2.3-may-1), control characters and U+FEFF in texts (1.5.3-should-1, MQTT-1.5.3-3), client ids of any
// length, and acknowledgements with packet id 0. MQTT-2.3.1-1 forbids this id in other packets only; whether
// an acknowledgement has the right id depends on earlier packets.
//
//	var f wire.Framer
//	f.Write(chunk)
//	for {
//		frame, err := f.Next()
//		if frame == nil || err != nil {
//			break
//		}
//		fmt.Println(wire.Describe(frame))
//	}
package wire
