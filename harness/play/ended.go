package play

import (
	"time"

	"umqtt/harness/subject"
)

// endedFor is how long a subject must have ended before nothing more is expected of it: what it sent last has come by
// then.
const endedFor = time.Second

// watchesEnd returns a function that reports whether the subject has ended and connects no more, so that a step that
// waits for its packets waits in vain. Of a subject that the player connects again it always reports false.
func (p *player) watchesEnd() func() bool {
	e, ok := p.run.subj.(subject.Ender)
	if !ok || !p.auto {
		return func() bool { return false }
	}
	since := time.Duration(-1) // when it was first seen to have ended
	var due time.Duration      // when the next look is woken
	return func() bool {
		now := p.w.Now()
		if now >= due {
			due = now + endedFor
			time.AfterFunc(endedFor, p.w.Link.Wake) // the end of a process wakes nobody
		}
		switch {
		case p.run.connecting() || p.run.hasGivenUp() || !e.Ended():
			since = -1
			return false
		case since < 0:
			since = now
		}
		return now >= since+endedFor
	}
}
