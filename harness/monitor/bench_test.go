package monitor_test

import (
	"fmt"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/wire"
)

// long is a capture of n exchanges in each direction, with a hundred of them on a connection.
func long(t testing.TB, n int) *capture.Capture {
	c := script(t, open)
	for i := range n {
		id := uint16(i%65535) + 1
		add := func(k capture.Kind, p wire.Packet) {
			c.Records = append(c.Records, capture.Record{Conn: 1 + i/100, Kind: k, Data: p.Append(nil)})
		}
		if i > 0 && i%100 == 0 {
			add(capture.Sent, &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, ClientID: "c1"})
			add(capture.Handed, &wire.Connack{SessionPresent: true})
		}
		add(capture.Sent, &wire.Publish{Topic: "t", QoS: 1, PacketID: id})
		add(capture.Handed, &wire.Puback{PacketID: id})
		add(capture.Handed, &wire.Publish{Topic: "t", QoS: 1, PacketID: id})
		add(capture.Sent, &wire.Puback{PacketID: id})
	}
	return c
}

// BenchmarkCheck shows what one record costs: among many what it costs among few.
func BenchmarkCheck(b *testing.B) {
	for _, records := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			c := long(b, records/4)
			b.ReportAllocs()
			for b.Loop() {
				monitor.Check(c, monitor.Simulated)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(c.Records)), "ns/record")
		})
	}
}
