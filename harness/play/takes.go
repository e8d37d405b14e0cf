package play

import (
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// Takes is roughly how long a scenario takes in the real world, as far as its steps tell: what they let pass, and not
// what they wait for. Who plays many at a time begins with those that take longest.
func Takes(sc *scenario.Scenario) time.Duration {
	var total time.Duration
	for _, st := range sc.Steps {
		d, _ := st.Args.Duration("for") // of wait and expect silence
		switch {
		case st.Optional:
			d = max(d, st.Within, optionalReal)
		case st.HasAfter:
			d = max(d, st.After.Min)
		case expects(st, wire.PINGREQ):
			d = max(d, sc.Client.KeepAlive)
		}
		total += d
	}
	return total
}
