package play

import (
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// Takes estimates how long a scenario may take in the real world. It adds the waits of its steps, and the bounds of steps that
// wait longer than usual or may be missed, not the time that packets take. To finish early, play the scenarios that take longest first.
func Takes(sc *scenario.Scenario) time.Duration {
	var total time.Duration
	for _, st := range sc.Steps {
		d, _ := st.Args.Duration("for") // of wait and expect silence
		switch {
		case st.Optional:
			d = max(d, st.Within, optionalReal)
		case st.HasAfter:
			d = max(d, st.After.Min)
		case st.Key == "client fails": // a call that waits for an answer does not fail, and the steps behind it are played all the same
			d = max(d, st.Within, defaultWithin)
		case expects(st, wire.PINGREQ):
			d = max(d, sc.Client.KeepAlive)
		case st.Within > defaultWithin:
			d = max(d, st.Within)
		}
		total += d
	}
	return total
}
