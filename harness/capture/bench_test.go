package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// BenchmarkWriter records packets as a proxy does, and writes them.
func BenchmarkWriter(b *testing.B) {
	for _, size := range []int{16, 16 << 10} {
		b.Run(fmt.Sprintf("size=%dB", size), func(b *testing.B) {
			w, err := capture.NewWriter(io.Discard, "bench", true)
			if err != nil {
				b.Fatal(err)
			}
			rec := capture.NewRecorder("", func() time.Duration { return 1234567 * time.Microsecond })
			rec.Discard, rec.OnRecord = true, func(r capture.Record) { w.Write(r) }
			packet := (&wire.Publish{Topic: "bench/1", Payload: make([]byte, size)}).Append(nil)
			many := bytes.Repeat(packet, 100)
			b.SetBytes(int64(len(packet)))
			b.ReportAllocs()
			for n := 0; n < b.N; n += 100 {
				rec.Bytes(1, capture.Sent, many)
			}
		})
	}
}
