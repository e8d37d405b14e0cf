package scenario

import "time"

// slack is what a window needs at either end in the real world, where a process may be put aside for hundreds
// of milliseconds at any time. Exact instants are for the simulated world.
const slack = 500 * time.Millisecond

// window checks that a step which plays in the real world asks for no instant. A PINGREQ may come right at
// the end of the keep alive; whether it came in time is for the monitor to say.
func (c *script) window(s *step) {
	if s.Key == "client connect" {
		c.alive = c.scenario.Client.With(s.Args).KeepAlive
	}
	if w := c.scenario.World; w != "" && !w.Plays(Real) {
		return
	}
	switch r := s.After; {
	case s.Key == "expect PINGREQ" && c.alive > 0 && s.Within > 0 && s.Within <= c.alive+2*slack:
		c.errorf(s.mods["within"], "within: a PINGREQ may come as late as the keep alive says, %s; in the real world allow more than a second beyond, or keep the scenario to the simulated one",
			span(c.alive))
	case r.Max > 0 && r.Max-r.Min < 2*slack:
		c.errorf(s.mods["after"], "after: %s is too narrow for the real world; make it a second wide at least, or keep the scenario to the simulated one", FormatValue(r))
	}
}
