package pcap_test

import (
	"time"

	"pgregory.net/rapid"

	"umqtt/harness/capture"
)

// captures draws captures such as a Recorder makes, and those whose streams stop being MQTT.
func captures() *rapid.Generator[*capture.Capture] {
	return rapid.Custom(func(t *rapid.T) *capture.Capture {
		c := &capture.Capture{Name: rapid.String().Draw(t, "name"), Measured: rapid.Bool().Draw(t, "measured")}
		var now time.Duration
		for range rapid.IntRange(0, 12).Draw(t, "records") {
			now += time.Duration(rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 3), rapid.Int64Range(0, 90e9)).Draw(t, "step"))
			r := capture.Record{Time: now, Conn: rapid.IntRange(0, 2).Draw(t, "conn")}
			if rapid.IntRange(0, 9).Draw(t, "timeless") == 0 {
				r.Time = capture.NoTime
			}
			r.Kind = rapid.SampledFrom([]capture.Kind{capture.Sent, capture.Handed, capture.Event}).Draw(t, "kind")
			switch {
			case r.Kind == capture.Event:
				r.Text = rapid.OneOf(rapid.Just("fault cut rst"), rapid.String(), rapid.StringMatching(`[ "\\a\n=*]{0,6}`)).Draw(t, "text")
			case rapid.IntRange(0, 5).Draw(t, "end") == 0:
				r.Text = rapid.SampledFrom([]string{capture.FIN, capture.RST}).Draw(t, "how")
			default:
				r.Data = rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "data")
				for range rapid.IntRange(0, 6).Draw(t, "doubled") {
					r.Data = append(r.Data, r.Data...) // up to two segments
				}
			}
			c.Records = append(c.Records, r)
		}
		return c
	})
}
