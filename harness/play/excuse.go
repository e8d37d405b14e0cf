package play

import (
	"fmt"

	"umqtt/harness/judge"
	"umqtt/harness/subject"
)

// excuse makes a result unsupported where a foreign subject has no call for what a step asked of it: what
// came of the steps then tells nothing. A rule that the capture proves to be broken, and a crash, stay failures.
func (p *player) excuse(res *judge.Result) {
	verb := p.run.lacks()
	if !p.opts.Foreign || verb == "" || p.run.hasCrashed() || res.Failure == nil || len(res.Failure.Proven) > 0 {
		return
	}
	res.Verdict, res.API, res.APIFailures = judge.Unsupported, "", nil
	res.Failure = &judge.Failure{Message: fmt.Sprintf("the client has no call for %s", verb)}
}

// lacks returns the verb of the first call that the subject answered as one it does not have, or "".
func (r *runner) lacks() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsupported
}

// answered notes a call that the subject does not have; r.mu is held.
func (r *runner) answered(c *call) {
	if r.unsupported == "" && subject.KindOf(c.Err) == subject.Unsupported {
		r.unsupported = c.Verb
	}
}
