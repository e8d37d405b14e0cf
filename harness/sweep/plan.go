package sweep

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A Plan is a workload with a subject. [NewPlan] makes one.
type Plan struct {
	Workload Workload
	Subject  subject.Factory
	// Seed chooses the order of packets in every run; 0 is FIFO.
	Seed uint64
	// Foreign tells that the subject is not one of this module's.
	Foreign bool

	base *scenario.Scenario // the workload for the subject
}

// NewPlan returns a plan of a workload with a subject. The error says why they do not play.
func NewPlan(w Workload, f subject.Factory) (Plan, error) {
	sc, unfit := w.For(f)
	if unfit != "" {
		return Plan{}, fmt.Errorf("%s with %s: %s", w.Name, f.Name, unfit)
	}
	return Plan{Workload: w, Subject: f, base: sc}, nil
}

// A Run is what came of one point.
type Run struct {
	Point Point `json:"-"`
	// Broken is the rule that the client broke: the name of one of package model's, or one of the kinds of
	// failure below; empty is none.
	Broken string `json:"broken,omitempty"`
	// Message says what happened.
	Message string `json:"message,omitempty"`
	// IDs are the statements, clauses and promises that it breaks.
	IDs []string `json:"ids,omitempty"`
	// Peer lists what the broker did wrong that it is not known for, and Known the names of its known faults
	// that showed.
	Peer  []string `json:"peer,omitempty"`
	Known []string `json:"known,omitempty"`
	// Struck tells that each fault of the point struck.
	Struck bool `json:"struck"`
	// Trace is the digest of the run: see [judge.Result].
	Trace string `json:"trace"`
	// Virtual is how long the run lasted in virtual time.
	Virtual time.Duration `json:"virtual"`

	capture *capture.Capture
	packets []fault.Packet // as faults count them
}

// What a run may break besides the rules of the model.
const (
	SetupFailed = "setup"   // the harness could not play it: the harness is to be mended
	Crashed     = "crash"   // the process died of it
	NeverEnds   = "no-end"  // it did not come to an end
	LeftBehind  = "left"    // goroutines or connections were left
	Otherwise   = "failure" // any other failure of the player's
)

// Scenario returns the workload with the faults of a point, as a scenario that plays by itself.
func (p Plan) Scenario(point Point) *scenario.Scenario {
	sc := *p.base
	sc.Oracle = point.Oracle()
	sc.Steps = nil
	for _, f := range point {
		sc.Steps = append(sc.Steps, f.Step())
	}
	sc.Steps = append(sc.Steps, p.base.Steps...)
	return &sc
}

// Run plays a point.
func (p Plan) Run(t *testing.T, point Point) Run {
	var packets []fault.Packet
	r := asRun(play.Simulated(t, p.Scenario(point), p.Subject, play.Options{Seed: p.Seed, Foreign: p.Foreign, Watch: func(q fault.Packet) { packets = append(packets, q) }}))
	r.Point, r.packets = point, packets
	r.Struck = r.capture != nil && struck(r.capture, len(point))
	return r
}

// Play plays a scenario with an oracle.
func (p Plan) Play(t *testing.T, sc *scenario.Scenario) Run {
	return asRun(play.Simulated(t, sc, p.Subject, play.Options{Seed: p.Seed, Foreign: p.Foreign}))
}

// asRun sums a result up.
func asRun(res *judge.Result) Run {
	r := Run{Trace: res.Trace, Virtual: res.Elapsed, capture: res.Capture}
	for _, v := range res.Violations {
		switch {
		case v.Known != "" && !slices.Contains(r.Known, v.Known):
			r.Known = append(r.Known, v.Known)
		case v.Peer && v.Known == "":
			r.Peer = append(r.Peer, v.Rule+": "+v.Message)
		}
	}
	f := res.Reason()
	switch {
	case res.Shown() == judge.SetupError:
		r.Broken, r.Message = SetupFailed, f.Error()
	case res.Failed():
		r.Message, r.IDs = f.Message, f.Covers
		v, ok := model.Blamed(res.Violations)
		switch {
		case ok:
			r.Broken = v.Rule
			if v.Rule == "monitors" {
				r.Broken = "monitors " + v.IDs[0]
			}
		case leftBehind.MatchString(f.Message):
			r.Broken = LeftBehind
		default:
			r.Broken = Otherwise
		}
	}
	return r
}

var leftBehind = regexp.MustCompile(`left (open|goroutines)`)

// struck reports whether as many faults as n have struck.
func struck(c *capture.Capture, n int) bool {
	seen := 0
	for _, r := range c.Records {
		if r.Kind == capture.Event && struckForm.MatchString(r.Text) {
			seen++
		}
	}
	return seen >= n
}

// struckForm is the form of an event of a rule that acts on a packet.
var struckForm = regexp.MustCompile(`^fault (cut|stall|delay|split|merge|set|drop|duplicate|swap|hold|corrupt) (at |\S+ at |[<>])`)

// A place is where a packet passed in a run.
type place struct {
	dir     wire.Direction
	nth     int // of its direction
	size    int
	typ     wire.Type
	connack int // it is the n-th CONNACK
}

// places lists the packets that passed in a run, as faults count them.
func places(packets []fault.Packet) []place {
	var all []place
	nth := map[wire.Direction]int{}
	connacks := 0
	for _, q := range packets {
		nth[q.Dir]++
		pl := place{dir: q.Dir, nth: nth[q.Dir], size: len(q.Data), typ: wire.TypeOf(q.Data)}
		if pl.typ == wire.CONNACK && q.Dir == wire.ToClient {
			connacks++
			pl.connack = connacks
		}
		all = append(all, pl)
	}
	return all
}

// Options choose the points of a sweep.
type Options struct {
	// Pairs is the most pairs of faults for a workload with a subject; 0 is none.
	Pairs int
	// Strong and Weak leave out the points of the other oracle; neither leaves out none.
	Strong, Weak bool
}

// delays are longer than the timeouts of a subject, one behind the other: the acknowledgement timeout of the
// workloads, their keep alive and half of it again, and what clients wait for a CONNACK.
var delays = []time.Duration{3500 * time.Millisecond, 6500 * time.Millisecond, 11 * time.Second}

// at returns the faults that can strike one packet.
func (pl place) faults() []Fault {
	var all []Fault
	add := func(f Fault) {
		f.Dir = pl.dir
		if f.Nth == 0 {
			f.Nth = pl.nth
		}
		all = append(all, f)
	}
	for at := range pl.size + 1 {
		for _, k := range []Kind{CutFIN, CutRST, CutHalf, Stall} {
			add(Fault{Kind: k, At: at})
		}
		if at > 0 && at < pl.size {
			add(Fault{Kind: Split, At: at})
		}
	}
	for _, at := range []int{0, pl.size} {
		for _, k := range []Kind{Lost, Restart, RestartLost} {
			add(Fault{Kind: k, At: at})
		}
	}
	add(Fault{Kind: Merge})
	for _, by := range delays {
		add(Fault{Kind: Delay, By: by})
	}
	for code := 1; code <= 5 && pl.connack > 0; code++ {
		add(Fault{Kind: Code, Nth: pl.connack, Value: code})
	}
	for _, k := range []Kind{Drop, Duplicate, Swap, Hold} {
		add(Fault{Kind: k})
	}
	for at := range pl.size {
		for _, xor := range []int{0x01, 0x10, 0x80} {
			add(Fault{Kind: Corrupt, At: at, Value: xor})
		}
	}
	for present := 0; present <= 1 && pl.connack > 0; present++ {
		add(Fault{Kind: Present, Nth: pl.connack, Value: present})
	}
	return all
}

// coarse returns a few faults at one packet, for pairs.
func (pl place) coarse() []Fault {
	var all []Fault
	for _, f := range []Fault{{Kind: CutRST}, {Kind: CutFIN, At: pl.size / 2}, {Kind: CutRST, At: pl.size}, {Kind: RestartLost, At: pl.size}, {Kind: Stall}} {
		f.Dir, f.Nth = pl.dir, pl.nth
		all = append(all, f)
	}
	return all
}

// Points enumerates the points of the plan: every single fault, then pairs. Of more pairs than there may be, those
// at even distances are taken. The first point is none: the workload by itself. The error is that of a workload that
// does not even pass then.
func (p Plan) Points(t *testing.T, o Options) ([]Point, error) {
	base := p.Run(t, nil)
	if base.Broken != "" {
		return nil, fmt.Errorf("%s with %s fails without any fault: %s: %s", p.Workload.Name, p.Subject.Name, base.Broken, base.Message)
	}
	points := []Point{nil}
	for _, pl := range places(base.packets) {
		for _, f := range pl.faults() {
			if weak := f.Kind.Weak(); (!weak || !o.Strong) && (weak || !o.Weak) {
				points = append(points, Point{f})
			}
		}
	}
	if o.Weak && !o.Strong {
		return points, nil
	}
	return append(points, p.pairs(t, base.packets, o.Pairs)...), nil
}

// pairs returns at most so many pairs: of a fault at a packet of the run without faults, and one at a packet that
// comes later in the run with the first.
func (p Plan) pairs(t *testing.T, base []fault.Packet, most int) []Point {
	if most <= 0 {
		return nil
	}
	var firsts []Fault
	for _, pl := range places(base) {
		firsts = append(firsts, pl.coarse()...)
	}
	// Each first fault is played once, to see what comes behind it: no more of them than there may be pairs.
	if len(firsts) > most {
		firsts = evenly(firsts, most)
	}
	var pairs []Point
	for _, f := range firsts {
		r := p.Run(t, Point{f})
		if r.Broken != "" {
			continue
		}
		struck := false
		for _, pl := range places(r.packets) {
			if !struck {
				struck = pl.dir == f.Dir && pl.nth == f.Nth
				continue
			}
			for _, second := range pl.coarse() {
				pairs = append(pairs, Point{f, second})
			}
		}
	}
	return evenly(pairs, most)
}

// evenly returns at most n of a list, at even distances.
func evenly[T any](all []T, n int) []T {
	if len(all) <= n {
		return all
	}
	some := make([]T, 0, n)
	for i := range n {
		some = append(some, all[i*len(all)/n])
	}
	return some
}
