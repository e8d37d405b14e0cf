package scenarios_test

import (
	"testing"
	"time"

	"umqtt/harness/scenario"
	"umqtt/scenarios"
)

// On sockets and the wall clock a process may be put aside for hundreds of milliseconds at any time, so
// that what may come late, or be seen late, needs room there. Exact instants are for the simulated world.
const slack = 500 * time.Millisecond

// In the real world a scenario asks for no instant: the windows of its steps leave slack on either side.
// A PINGREQ may come right at the end of the keep alive; whether it came in time is for the monitor to say.
func TestRealWindows(t *testing.T) {
	suite, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suite {
		for _, mistake := range tight(s) {
			t.Error(mistake)
		}
	}
}

// tight returns what is wrong with the windows of a scenario that plays in the real world.
func tight(s *scenario.Scenario) []string {
	if !s.World.Plays(scenario.Real) {
		return nil
	}
	var wrong []string
	alive := s.Client.KeepAlive
	for _, st := range s.Steps {
		switch r := st.After; {
		case st.Key == "client connect":
			alive = s.Client.With(st.Args).KeepAlive
		case st.Key == "expect PINGREQ" && alive > 0 && st.Within > 0 && st.Within <= alive+time.Second:
			wrong = append(wrong, st.Pos.String()+": within: a PINGREQ may come as late as the keep alive says, "+alive.String()+
				"; in the real world allow more than a second beyond, or keep the scenario to the simulated one")
		case r.Max > 0 && r.Max-r.Min < 2*slack:
			wrong = append(wrong, st.Pos.String()+": after: "+r.String()+" is too narrow for the real world; make it a second wide at least, or keep the scenario to the simulated one")
		}
	}
	return wrong
}

func TestTightWindowsAreFound(t *testing.T) {
	for _, test := range []struct {
		reason, world, step string
		want                int
	}{
		{"a PINGREQ right at the keep alive", "both", "expect PINGREQ: {}, within: 2s", 1},
		{"a PINGREQ a second later", "both", "expect PINGREQ: {}, within: 3s", 1},
		{"a PINGREQ with room", "both", "expect PINGREQ: {}, within: 4s", 0},
		{"a PINGREQ with the room that every step has", "both", "expect PINGREQ: {}", 0},
		{"an exact PINGREQ in virtual time", "simulated, reason: x", "expect PINGREQ: {}, within: 2s", 0},
		{"a narrow window", "both", "expect PUBLISH: {}, after: 1s~1900ms", 1},
		{"a wide window", "both", "expect PUBLISH: {}, after: 1s~2s", 0},
		{"a window without an end", "both", "expect PUBLISH: {}, after: 1s", 0},
		{"a narrow window in virtual time", "simulated, reason: x", "expect PUBLISH: {}, after: 1s~1s", 0},
	} {
		t.Run(test.reason, func(t *testing.T) {
			s, err := scenario.Parse("x.yaml", []byte("{title: x, level: policy, peer: script, world: "+test.world+
				", steps: [{client connect: {keep_alive: 2s}}, {"+test.step+"}]}"))
			if err != nil {
				t.Fatal(err)
			}
			if got := tight(s); len(got) != test.want {
				t.Errorf("got %q, want %d mistakes", got, test.want)
			}
		})
	}
}
