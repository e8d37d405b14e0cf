package capture_test

import (
	"time"

	"pgregory.net/rapid"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// packets draws whole packets, most of them good.
func packets() *rapid.Generator[[]byte] {
	id := rapid.Uint16Range(1, 65535)
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) []byte {
			p := &wire.Publish{Topic: rapid.StringN(0, 8, -1).Draw(t, "topic"), Payload: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "payload")}
			return p.Append(nil)
		}),
		rapid.Custom(func(t *rapid.T) []byte { return (&wire.Puback{PacketID: id.Draw(t, "id")}).Append(nil) }),
		rapid.Just([]byte{0xc0, 0}),
		rapid.Custom(func(t *rapid.T) []byte { // whole, mostly malformed
			b := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "body")
			return append([]byte{rapid.Byte().Draw(t, "first"), byte(len(b))}, b...)
		}),
	)
}

// texts draws texts that need quotes and texts that do not.
func texts() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[ "\\a\n\t=]{0,6}`),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes")) }),
	)
}

// captures draws captures such as a Recorder makes, and those whose streams stop being MQTT.
func captures() *rapid.Generator[*capture.Capture] {
	return rapid.Custom(func(t *rapid.T) *capture.Capture {
		c := &capture.Capture{Name: texts().Draw(t, "name")}
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
				r.Text = texts().Draw(t, "text")
			case rapid.IntRange(0, 5).Draw(t, "end") == 0:
				r.Text = rapid.SampledFrom([]string{capture.FIN, capture.RST}).Draw(t, "how")
			default:
				r.Data = rapid.OneOf(packets(), packets(), rapid.SliceOfN(rapid.Byte(), 1, 40)).Draw(t, "data")
			}
			c.Records = append(c.Records, r)
		}
		return c
	})
}
