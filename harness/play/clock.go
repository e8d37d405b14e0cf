package play

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// A wallClock is the subject's: it is the world's, moved.
type wallClock struct{ moved atomic.Int64 }

// now is what the clock shows. It has no monotonic reading, which no jump would change.
func (c *wallClock) now() time.Time {
	return time.Now().Add(time.Duration(c.moved.Load())).Round(0)
}

// jumps reports whether the scenario makes the wall clock jump.
func (p *player) jumps() bool { return slices.Contains(p.sc.Needs, spec.WallClock) }

// faultClock makes the subject's wall clock jump.
func (p *player) faultClock(st *scenario.Step) error {
	back, _ := st.Args.Duration("back")
	ahead, _ := st.Args.Duration("ahead")
	moved := time.Duration(p.clock.moved.Add(int64(ahead - back)))
	p.w.Recorder.Event(p.w.Link.Conns(), fmt.Sprintf("fault clock %+v", ahead-back))
	if s, ok := p.run.subj.(subject.ClockSetter); ok {
		return p.controlled(st, s.SetClock(moved))
	}
	return p.controlled(st, nil)
}
