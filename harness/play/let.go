package play

import (
	"errors"
	"time"

	"umqtt/harness/proxy"
	"umqtt/harness/world"
)

// let lets the world go on until done reports true or an error, or the limit has passed. What the capture
// and the subject's API have that is new is judged before done looks at it.
func (p *player) let(done func() (bool, error), limit time.Duration) (bool, error) {
	ok, err := p.w.Let(func() (bool, error) {
		if err := p.pull(); err != nil {
			return false, err
		}
		return done()
	}, limit)
	switch {
	case errors.Is(err, world.ErrBudget):
		err = p.judge.Setup(nil, "%v", err)
	case endless(err):
		p.endless = true
		err = p.judge.Broken("%v", err)
	}
	return ok, err
}

// endless reports whether an error of the world is that the subject goes on without end.
func endless(err error) bool {
	return errors.Is(err, world.ErrRecords) || errors.Is(err, proxy.ErrDials) || errors.Is(err, proxy.ErrFlood)
}

// flooded returns the error that ended the script: what a step saw of a flood first was its consequence.
func (p *player) flooded(err error) error {
	if flood := p.w.Link.Err(); endless(flood) && !p.endless {
		p.endless = true
		return p.judge.Broken("%v", flood)
	}
	return err
}
