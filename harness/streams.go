package harness

import (
	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// diffStreams compares what two captures hold of each connection and direction: the packets in their
// order, without times and without the order between directions.
func diffStreams(got, want *capture.Capture) string {
	return cmp.Diff(packets(want), packets(got))
}

// packets describes the packets of each stream.
func packets(c *capture.Capture) map[capture.Stream][]string {
	m := map[capture.Stream][]string{}
	for s, b := range capture.Streams(c) {
		var f wire.Framer
		f.Write(b)
		for {
			p, err := f.Next()
			if err != nil || p == nil {
				break
			}
			m[s] = append(m[s], wire.Describe(p))
		}
		if rest := f.Rest(); len(rest) > 0 {
			m[s] = append(m[s], wire.Describe(rest))
		}
	}
	return m
}
