package play

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A block is a repeat that is played, or was.
type block struct {
	starts []int // the records that there were when each round began
}

// repeat plays the steps of a repeat again and again. What they bind first they bind anew in each round.
func (p *player) repeat(st *scenario.Step) error {
	behind := p.later[1:]
	bound := maps.Clone(p.vars)
	b := &block{}
	p.blocks = append(p.blocks, b)
	rounds := st.Rounds()
	last := slices.Concat(st.Steps, behind)
	next := slices.Concat(st.Steps, last) // of a round that is not the last: the one that follows it is behind it
	for n := 1; n <= rounds; n++ {
		b.starts = append(b.starts, p.w.Recorder.Len())
		round := make([]scenario.Step, len(st.Steps)) // calls keep pointers to their steps
		for i, inner := range st.Steps {
			round[i] = inner.InRound(n)
		}
		if n == rounds {
			next = last
		}
		if err := p.playAll(round, func(i int) []scenario.Step { return next[i:] }); err != nil {
			return err
		}
		maps.DeleteFunc(p.vars, func(v scenario.Var, _ any) bool { _, before := bound[v]; return !before })
	}
	return nil
}

// mostRecords is how many packets and events a run of a scenario may have, for what its repeats play.
func mostRecords(sc *scenario.Scenario) int { return 4 * sc.Played() }

// shownRecords is how many records the rounds between the first and the last two may have that a capture shows.
const shownRecords = 100

// shownBytes is how long a packet may be that a capture shows.
const shownBytes = 1 << 20

// abridged returns a capture with an event in place of the rounds between the first of a repeat and the last two
// that were begun: how many records they have, and their digest. Likewise it has one in place of each packet of more than shownBytes.
// It reports whether there are such rounds or packets.
func abridged(c *capture.Capture, blocks []*block) (*capture.Capture, bool) {
	c, fewer := withoutRounds(c, blocks)
	c, shorter := withoutLong(c)
	return c, fewer || shorter
}

// withoutLong returns a capture with an event in place of each long packet: how many bytes it has, and their digest.
func withoutLong(c *capture.Capture) (*capture.Capture, bool) {
	if !slices.ContainsFunc(c.Records, func(r capture.Record) bool { return len(r.Data) > shownBytes }) {
		return c, false
	}
	short := &capture.Capture{Name: c.Name, Measured: c.Measured, Records: slices.Clone(c.Records)}
	for i, r := range short.Records {
		if len(r.Data) > shownBytes {
			short.Records[i] = capture.Record{
				Time: r.Time, Conn: r.Conn, Kind: capture.Event,
				Text: fmt.Sprintf("%s %v of %d bytes"+capture.Digest+"%.8x", r.Kind, wire.TypeOf(r.Data), len(r.Data), sha256.Sum256(r.Data)),
			}
		}
	}
	return short, true
}

func withoutRounds(c *capture.Capture, blocks []*block) (*capture.Capture, bool) {
	short := &capture.Capture{Name: c.Name, Measured: c.Measured}
	done := 0
	for _, b := range blocks {
		n := len(b.starts)
		if n < 4 {
			continue
		}
		from, to := min(b.starts[1], len(c.Records)), min(b.starts[n-2], len(c.Records))
		if to-from <= shownRecords {
			continue
		}
		between := capture.Capture{Records: c.Records[from:to]}
		short.Records = append(short.Records, c.Records[done:from]...)
		short.Records = append(short.Records, capture.Record{
			Time: c.Records[to-1].Time, Conn: c.Records[to-1].Conn, Kind: capture.Event,
			Text: fmt.Sprintf("rounds 2 to %d: %d packets and events"+capture.Digest+"%.16s", n-2, to-from, between.Hash()),
		})
		done = to
	}
	if done == 0 {
		return c, false
	}
	short.Records = append(short.Records, c.Records[done:]...)
	return short, true
}
