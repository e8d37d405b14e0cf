package play

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/monitor"
)

// How late the machine may be in the real world with a failure.
const (
	// Tolerated is how late it may be with any failure. The shortest time that a verdict rests on is the moment that
	// everything under way has to arrive, [world.World.Moment]; this is half of it.
	Tolerated = 50 * time.Millisecond
	// ToleratedAtMost is how late it may be with the failure of a step that had waited for long. The waits of a
	// scenario before that one, and keep alives, have half a second to spare; this is half of it.
	ToleratedAtMost = 250 * time.Millisecond
)

// harmless is the part of a wait that makes no difference: what has not come in ten seconds is not late for one.
func harmless(waited time.Duration) time.Duration { return waited / 10 }

// tolerated is how late the machine may have been with a failure that was seen once.
func tolerated(res *judge.Result) time.Duration {
	return max(Tolerated, min(harmless(res.Waited), ToleratedAtMost))
}

// toleratedTwice is how late it may have been with a failure that was seen twice.
func toleratedTwice(res *judge.Result) time.Duration { return max(Tolerated, harmless(res.Waited)) }

// alone has a scenario that is played again wait for all others, and all others wait for it.
var alone sync.RWMutex

// Steadily plays a scenario with once, as [Real] does. A result that is [Doubtful] is played [Again], while no
// other scenario of Steadily plays.
func Steadily(once func() *judge.Result) *judge.Result {
	alone.RLock()
	first := once()
	alone.RUnlock()
	if !Doubtful(first) {
		return first
	}
	alone.Lock()
	defer alone.Unlock()
	return Again(first, once)
}

// Doubtful reports whether a scenario failed or warned while the machine was late by more than Tolerated, or than a tenth of
// the time that the step had waited but at most ToleratedAtMost, and the packets alone do not prove the failure, nor is it Certain.
func Doubtful(res *judge.Result) bool {
	return fails(res) && res.Late > tolerated(res) && !res.Certain && !proven(res)
}

// Again plays a scenario again, with once, because first is [Doubtful], and returns the result to report. If the
// scenario fails again and the machine was late again, the result is inconclusive. If the same step fails twice
// and the machine was late by less than a tenth of its wait, the subject is at fault and the result is a failure.
// The caller plays few other scenarios meanwhile. A nil once means that no time is left: the first result is then
// inconclusive.
func Again(first *judge.Result, once func() *judge.Result) *judge.Result {
	if once == nil {
		stalled(first)
		return first
	}
	res := once()
	limit := tolerated(res)
	if same(first, res) {
		limit = toleratedTwice(res)
	}
	if Doubtful(res) && res.Late > limit {
		stalled(res)
	}
	return res
}

// fails reports whether something that counts is wrong with a result, of which a late machine may be the cause.
func fails(res *judge.Result) bool {
	return res.Verdict == judge.Fail || res.Verdict == judge.Warn || res.Verdict == judge.SetupError || res.APICounts && res.API == judge.Fail || res.Differs != ""
}

// proven reports whether the packets of a result show a failure that no stall of the machine explains: a step or a
// monitor has shown it, and not by the time that has passed. What is wrong besides must not count.
func proven(res *judge.Result) bool {
	return res.Verdict == judge.Fail && res.Failure != nil && res.Differs == "" && !(res.APICounts && res.API == judge.Fail) &&
		(res.Failure.Lasting || slices.ContainsFunc(res.Failure.Proven, func(f monitor.Finding) bool { return !f.Timed }))
}

// same reports whether two results are the failure of the same step.
func same(a, b *judge.Result) bool {
	return a.Verdict == b.Verdict && a.Failure != nil && b.Failure != nil && a.Failure.Pos == b.Failure.Pos && a.Failure.Step == b.Failure.Step
}

// stalled makes a result inconclusive.
func stalled(res *judge.Result) {
	failure := &judge.Failure{Message: "its packets differ from those of another run"}
	if reason := res.Reason(); reason != nil {
		failure = reason
	} else if len(res.APIFailures) > 0 {
		failure = res.APIFailures[0]
	}
	copied := *failure
	copied.Message = fmt.Sprintf("the machine stalled %v; %s", res.Late.Round(time.Millisecond), failure.Message)
	res.Verdict, res.Failure, res.API, res.APIFailures, res.Differs = judge.Inconclusive, &copied, "", nil, ""
}
