package harness

import (
	"regexp"
	"slices"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// diffStreams compares what two captures hold of each connection and direction: the packets in their
// order, without times and without the order between directions. Where the peer is a broker, which
// acknowledges and delivers from goroutines of its own, the order may be another that it could have
// chosen: then the packets must be the same ones but for their identifiers. Where the scenario allows PINGREQ at any
// time, those and their answers are left out.
func diffStreams(got, want *capture.Capture, sc *scenario.Scenario) string {
	pings := slices.Contains(sc.Allow, wire.PINGREQ)
	packets := func(c *capture.Capture) map[capture.Stream][]string { return packets(c, pings) }
	diff := cmp.Diff(packets(want), packets(got))
	if diff == "" || sc.Peer == scenario.Broker && cmp.Equal(unordered(packets(want)), unordered(packets(got))) {
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

// packets describes the packets of each stream, without those that keep it alive if told so.
func packets(c *capture.Capture, noPings bool) map[capture.Stream][]string {
	m := map[capture.Stream][]string{}
	for s, b := range capture.Streams(c) {
		var f wire.Framer
		f.Write(b)
		for {
			p, err := f.Next()
			if err != nil || p == nil {
				break
			}
			if t := wire.TypeOf(p); noPings && (t == wire.PINGREQ || t == wire.PINGRESP) {
				continue
			}
			m[s] = append(m[s], wire.Describe(p))
		}
		if rest := f.Rest(); len(rest) > 0 {
			m[s] = append(m[s], wire.Describe(rest))
		}
	}
	return m
}
