package simnet_test

import (
	"testing"
	"time"

	"umqtt/harness/simnet"
)

// Once the buffers have grown, traffic allocates nothing, deadlines included.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, size := range map[string]int{"unbounded": 0, "bounded": 64 << 10} {
		t.Run(name, func(t *testing.T) {
			a, b := simnet.Pipe(size)
			b.OnReadable(func() {})
			packet, buf := make([]byte, 3000), make([]byte, 4096)
			round := func() {
				_ = a.SetDeadline(time.Now().Add(time.Hour))
				_, _ = a.Write(packet)
				_, _ = b.Read(buf)
				_, _ = b.TryRead(buf)
				_, _ = b.Write(packet[:100])
				_, _ = a.TryRead(buf)
			}
			if n := testing.AllocsPerRun(1000, round); n != 0 {
				t.Errorf("%v allocations in a round", n)
			}
		})
	}
}
