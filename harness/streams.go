package harness

import (
	"regexp"
	"slices"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// diffStreams compares what two captures hold of each connection and direction: the packets in their
// order, without times and without the order between directions. Where the peer is a broker, which
// acknowledges and delivers from goroutines of its own, the order may be another that it could have
// chosen: then the packets must be the same ones but for their identifiers.
func diffStreams(got, want *capture.Capture, broker bool) string {
	diff := cmp.Diff(packets(want), packets(got))
	if diff == "" || broker && cmp.Equal(unordered(packets(want)), unordered(packets(got))) {
		return ""
	}
	return diff
}

var packetID = regexp.MustCompile(` id=\d+`)

// unordered leaves out of packets what depends on the order a broker chose.
func unordered(m map[capture.Stream][]string) map[capture.Stream][]string {
	for _, ps := range m {
		for i, p := range ps {
			ps[i] = packetID.ReplaceAllString(p, "")
		}
		slices.Sort(ps)
	}
	return m
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
