package wire_test

import (
	"testing"

	"umqtt/harness/wire"
)

func BenchmarkDecode(b *testing.B) {
	for _, p := range []wire.Packet{
		&wire.Puback{PacketID: 1},
		&wire.Publish{QoS: 1, Topic: "sensors/1/temperature", PacketID: 7, Payload: make([]byte, 64)},
		&wire.Subscribe{PacketID: 1, Filters: []wire.Subscription{{"sensors/+/temperature", 1}}},
	} {
		frame := p.Append(nil)
		b.Run(p.Type().String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wire.Decode(frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDescribe(b *testing.B) {
	frame := (&wire.Publish{QoS: 1, Topic: "sensors/1/temperature", PacketID: 7, Payload: make([]byte, 64)}).Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		wire.Describe(frame)
	}
}

func BenchmarkFramer(b *testing.B) {
	chunk := (&wire.Publish{Topic: "t", Payload: make([]byte, 64)}).Append(nil)
	var f wire.Framer
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		f.Write(chunk)
		if frame, err := f.Next(); frame == nil || err != nil {
			b.Fatal(frame, err)
		}
	}
}
