package proxy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// The pieces of a packet that was split come over a narrow line one after the other, each
// when its bytes have had their time; the last comes when the whole packet would have.
// What follows waits for them.
func TestPace(t *testing.T) {
	for _, rules := range [][]fault.Rule{
		{{Action: fault.Split{Sizes: []int{10, 20}}, Match: fault.Match{Nth: 1}}, {Action: fault.Bandwidth{Rate: 1000}}},
		{{Action: fault.Bandwidth{Rate: 1000}}, {Action: fault.Split{Sizes: []int{10, 20}}, Match: fault.Match{Nth: 1}}},
	} {
		now := time.Duration(0)
		c := &core{
			cfg: Config{Engine: fault.NewEngine(1, rules...), Recorder: capture.NewRecorder("pace", func() time.Duration { return now })},
			now: func() time.Duration { return now },
		}
		n := c.open(nil, nil)
		large := (&wire.Publish{Topic: "t", Payload: make([]byte, 50)}).Append(nil) // 55 bytes
		c.decide(n, wire.ToClient, arrival{data: large})
		c.decide(n, wire.ToClient, arrival{data: []byte{0xd0, 0}})
		type piece struct {
			at   time.Duration
			size int
		}
		var got []piece
		for ; now < time.Second; now += time.Millisecond {
			for c.ready(n, wire.ToClient) {
				b, _ := c.take(n, wire.ToClient)
				got = append(got, piece{now, len(b)})
			}
		}
		const ms = time.Millisecond
		want := []piece{{10 * ms, 10}, {30 * ms, 20}, {50 * ms, 20}, {55 * ms, 5}, {57 * ms, 2}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(piece{})); diff != "" {
			t.Errorf("pieces (-want +got):\n%s", diff)
		}
	}
}
