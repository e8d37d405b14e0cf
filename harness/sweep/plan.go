package sweep

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/model"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// A Plan is a workload with a subject. [NewPlan] makes one.
type Plan struct {
	Workload Workload
	Subject  subject.Factory
	// Seed chooses the order of packets in every run; 0 is FIFO.
	Seed uint64
	// Foreign tells that the subject is not one of this module's.
	Foreign bool
	// Real plays over loopback TCP and the wall clock, as a subject needs that dials by itself.
	Real bool
	// Misdeed is the name of a rule that the broker breaks on purpose, see [play.Options]; empty is none.
	Misdeed string
	// Require is what counts as must besides, see [play.Options].
	Require judge.Required

	base *scenario.Scenario // the workload for the subject
}

// NewPlan returns a plan of a workload with a subject. The error says why they do not play.
func NewPlan(w Workload, f subject.Factory) (Plan, error) {
	sc, unfit := w.For(f)
	if unfit != "" {
		return Plan{}, fmt.Errorf("%s with %s: %s", w.Name, f.Name, unfit)
	}
	return Plan{Workload: w, Subject: f, Real: f.External, Foreign: f.External, base: sc}, nil
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
	// Policies lists what the client does not do that no rule of MQTT asks for, and nobody demanded.
	Policies []string `json:"policies,omitempty"`
	// Wire is the capture of a run with something in Peer, as a .wire file has it.
	Wire []byte `json:"wire,omitempty"`
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
	r := p.play(t, p.Scenario(point), func(q fault.Packet) { packets = append(packets, q) })
	r.Point, r.packets = point, packets
	r.Struck = r.capture != nil && struck(r.capture, len(point))
	return r
}

// Play plays a scenario with an oracle.
func (p Plan) Play(t *testing.T, sc *scenario.Scenario) Run { return p.play(t, sc, nil) }

// play plays a scenario and tells watch of the packets, before faults.
func (p Plan) play(t *testing.T, sc *scenario.Scenario, watch func(fault.Packet)) Run {
	o := play.Options{Seed: p.Seed, Foreign: p.Foreign, Watch: watch, Misdeed: p.Misdeed, Require: p.Require}
	if p.Real {
		return asRun(play.Real(sc, p.Subject, o))
	}
	return asRun(play.Simulated(t, sc, p.Subject, o))
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
		case v.Policy:
			r.Policies = append(r.Policies, v.Rule+": "+v.Message)
		}
	}
	if len(r.Peer) > 0 && res.Capture != nil {
		c := res.Capture
		if res.World == scenario.Real {
			c = c.AsMeasured()
		}
		r.Wire = capture.Format(c)
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

// PeerRule returns the rule that a finding of [Run].Peer begins with.
func PeerRule(finding string) string {
	rule, _, _ := strings.Cut(finding, ": ")
	return rule
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
