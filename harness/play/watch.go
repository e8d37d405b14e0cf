package play

import (
	"slices"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// watch waits until a step is met, or one of its alternatives.
func (p *player) watch(st *scenario.Step) error {
	all, err := p.looks(st)
	if err != nil {
		return err
	}
	met := -1
	err = p.await(st, func() (bool, error) {
		var first error
		wrong := 0
		for i, l := range all {
			ok, err := l.met()
			if ok {
				met = i
				return true, nil
			}
			if err != nil {
				if wrong++; first == nil {
					first = err
				}
			}
		}
		if wrong == len(all) {
			return false, first
		}
		return false, nil
	}, all[0].late)
	if err != nil {
		return err
	}
	return all[met].done()
}

// watchAll waits until neighbouring steps are met, in any order.
func (p *player) watchAll(steps []scenario.Step) error {
	var open []look
	for i := range steps {
		if !p.plays(&steps[i]) {
			continue
		}
		l, err := p.look(&steps[i])
		if err != nil {
			return err
		}
		open = append(open, l)
	}
	bound := scenario.Step{Within: p.longest(steps)}
	last := p.last // where none of them is played
	return p.await(&bound, func() (bool, error) {
		for again := true; again; {
			again = false
			wrong := make([]error, len(open))
			waits := map[string]bool{} // by what is looked at: some look waits on, whatever came for the others
			for i, l := range open {
				ok, err := l.met()
				if ok {
					last = p.w.Now()
					open = slices.Delete(open, i, i+1)
					again = true
					break
				}
				wrong[i] = err
				waits[l.at()] = waits[l.at()] || err == nil
			}
			if again {
				continue
			}
			for i, l := range open {
				if wrong[i] != nil && !l.st.Optional && !waits[l.at()] {
					return false, wrong[i]
				}
			}
		}
		if len(open) == 0 {
			p.last = last
		}
		return len(open) == 0, nil
	}, func() error {
		for _, l := range open {
			if !l.st.Optional {
				return l.late()
			}
		}
		p.last = p.w.Now()
		return nil
	})
}

// longest is how long steps in any order wait together: as long as the one of them that may wait longest.
func (p *player) longest(steps []scenario.Step) time.Duration {
	var d time.Duration
	for _, st := range steps {
		switch {
		case st.Optional:
			d = max(d, p.optionalWithin(st))
		case st.Within > 0:
			d = max(d, st.Within)
		default:
			d = max(d, defaultWithin)
		}
	}
	return d
}

// sends looks for the next packet of the subject, which must be this one.
func (p *player) sends(st *scenario.Step, typ wire.Type, wants []scenario.Want) look {
	resolved := p.resolved(wants)
	want := func() string { return judge.DescribeWant(typ, resolved) } // failures alone need it
	conn, _ := st.Args.Int("conn")
	var at seen
	ended := p.watchesEnd()
	return look{st, func() (bool, error) {
		if typ == wire.CONNECT {
			p.tellToConnect(st)
		}
		p.skip(typ)
		if typ == wire.PINGREQ && p.pingedEarly() {
			at = seen{Record: capture.Record{Time: p.pinged}}
			p.paid, p.asked = true, p.pinged
			return true, nil
		}
		for len(p.sent) > 0 && p.opts.Foreign && p.repeats(p.sent[0]) && !p.matches(p.sent[0], typ, wants) {
			p.sent = p.sent[1:]
			p.skip(typ)
		}
		if len(p.sent) == 0 {
			if ended() {
				return false, p.judge.Wanted(st, want(), "no such packet", "the client has ended, and sent no %s", typ)
			}
			return false, nil
		}
		at = p.sent[0]
		switch {
		case wire.TypeOf(at.Data) != typ: // an end has none
			return false, p.judge.Wanted(st, want(), at.describe(), "the client %s instead of %s", at.did(), typ)
		case at.bad != nil:
			return false, judge.Blame(p.judge.Wanted(st, want(), at.describe(), "the client sent a %v", at.bad), judge.Breaks(at.bad)...)
		case conn != 0 && conn != at.Conn:
			return false, p.judge.Wanted(st, want(), at.describe(), "the client sent %s on connection %d, not on connection %d", typ, at.Conn, conn)
		}
		if f, w, g := p.compare(at.packet, wants); f != "" {
			return false, p.judge.Wanted(st, want(), at.describe(), "the client sent %s with %s=%s, %s", typ, f, judge.Value(g), instead(w))
		}
		p.sent = p.sent[1:]
		p.asked = at.Time
		return true, nil
	}, func() error {
		return p.judge.Wanted(st, want(), "no such packet", "the client sent no %s %s", typ, judge.Bound(st, defaultWithin))
	}, func() error {
		if typ == wire.PINGREQ {
			p.owed = !p.paid
			return p.steppedPing(st, at.Time)
		}
		return p.stepped(st, at.Time)
	}}
}

// instead says what a field ought to have been.
func instead(want any) string {
	if u, ok := want.(scenario.Unlike); ok {
		return "want " + u.String()
	}
	return "not " + judge.Value(want)
}
