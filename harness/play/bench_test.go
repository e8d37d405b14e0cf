package play_test

import (
	"fmt"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
)

// BenchmarkRecords plays publishes and shows what one record of the capture costs, to play it and to judge it: among
// many it costs what it costs among few.
func BenchmarkRecords(b *testing.B) {
	for _, records := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			took := time.Duration(0)
			for b.Loop() {
				inTest(func(t *testing.T) {
					sc := publishesAgain(t, records/2, "{packet_id: $id}")
					begun := time.Now()
					if res := play.Simulated(t, sc, subject.Simple(), play.Options{Long: true}); res.Shown() != judge.Pass {
						b.Error(res.Reason())
					}
					took += time.Since(begun)
				})
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/float64(records), "ns/record")
		})
	}
}

// inTest calls f with a test of its own: a benchmark has no bubbles.
func inTest(f func(*testing.T)) {
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bench", F: f}})
}
