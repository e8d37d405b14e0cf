package play

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// A look is how a step that waits looks at what was seen.
type look struct {
	st *scenario.Step
	// met reports whether what the step waits for has come, and takes it. Its error says what came
	// instead, which stays where it is.
	met func() (bool, error)
	// late is the failure when it has not come in time.
	late func() error
	// done marks the end of the step, once it was met.
	done func() error
}

// at is what a look looks at, by the first word of its step: what the subject sends, is handed, or gets.
func (l look) at() string {
	word, _, _ := strings.Cut(l.st.Key, " ")
	return word
}

// look returns how a step looks at what was seen.
func (p *player) look(st *scenario.Step) (look, error) {
	switch {
	case st.Key == "receive":
		return p.received(st), nil
	case st.Key == "witness expect":
		return p.witnessed(st), nil
	case st.Key == "expect close":
		return p.closed(st), nil
	}
	typ, _ := st.Packet()
	wants, err := scenario.Wants(*st)
	if err != nil {
		return look{}, p.judge.Setup(st, "%v", err)
	}
	if strings.HasPrefix(st.Key, "deliver ") {
		return p.delivered(st, typ, wants), nil
	}
	return p.sends(st, typ, wants), nil
}

// looks returns the looks of a step and of its alternatives.
func (p *player) looks(st *scenario.Step) ([]look, error) {
	first, err := p.look(st)
	all := []look{first}
	for i := range st.Or {
		if err != nil {
			break
		}
		or := st.Or[i] // it is judged by the bounds of the step
		or.Within, or.After, or.HasAfter, or.Covers = st.Within, st.After, st.HasAfter, st.Covers
		var l look
		l, err = p.look(&or)
		all = append(all, l)
	}
	return all, err
}

// resolved returns what a step wants with the values of its variables; one that has none yet takes any value.
func (p *player) resolved(wants []scenario.Want) []scenario.Want {
	wants = slices.Clone(wants)
	for i, w := range wants {
		if u, ok := w.Value.(scenario.Unlike); ok {
			wants[i].Value = p.unlike(u)
		}
		v, ok := w.Value.(scenario.Var)
		if !ok {
			continue
		}
		if wants[i].Value, ok = p.vars[v]; !ok {
			wants[i].Value = judge.Any
		}
	}
	return wants
}

// afterMalformed names the malformed packet that the subject was handed last, if it was handed one.
func (p *player) afterMalformed() string {
	for _, s := range slices.Backward(p.malformed) {
		if strings.HasPrefix(s.describe(), "malformed") {
			return fmt.Sprintf(", although it was handed a malformed packet (record %d)", s.index)
		}
	}
	return ""
}

// matches reports whether a packet is one that a step wants, without binding variables.
func (p *player) matches(s seen, typ wire.Type, wants []scenario.Want) bool {
	if s.packet == nil || s.packet.Type() != typ {
		return false
	}
	vars := maps.Clone(p.vars)
	f, _, _ := p.compare(s.packet, wants)
	p.vars = vars
	return f == ""
}

// delivered looks for a packet that the subject was handed, on the newest connection unless the step says
// another.
func (p *player) delivered(st *scenario.Step, typ wire.Type, wants []scenario.Want) look {
	var at seen
	looked := "nothing of that type"
	return look{st, func() (bool, error) {
		conn, ok := st.Args.Int("conn")
		if !ok || conn == 0 {
			conn = p.newest()
		}
		c := p.conns[conn]
		if c == nil {
			return false, nil
		}
		for i, h := range c.handed[typ] {
			if f, _, _ := p.compare(h.packet, wants); f != "" {
				looked = h.describe()
				continue
			}
			at = h
			c.handed[typ] = without(c.handed[typ], i)
			return true, nil
		}
		return false, nil
	}, func() error {
		return p.judge.Wanted(st, judge.DescribeWant(typ, p.resolved(wants)), looked, "the client was handed no such %s %s", typ, judge.Bound(st, defaultWithin))
	}, func() error { return p.stepped(st, at.Time) }}
}

// without returns what was handed without one packet. Taking the first, which is the rule, moves nothing.
func without(handed []seen, i int) []seen {
	if i == 0 {
		return handed[1:]
	}
	return slices.Delete(handed, i, i+1)
}

// closed looks for the end of a connection by the subject.
func (p *player) closed(st *scenario.Step) look {
	how, _ := st.Args.String("how")
	conn, _ := st.Args.Int("conn")
	var at seen
	begun, asks, probe, from := p.w.Now(), p.probes(st), 0, 0
	if asks {
		time.AfterFunc(probeAfter, p.w.Link.Wake)
	}
	return look{st, func() (bool, error) {
		p.skipPackets()
		i := p.nextEnd(conn)
		if i < 0 {
			switch since := p.w.Now() - begun; {
			case probe > 0 && p.probed(probe, from):
				return false, judge.Lasting(p.judge.Wanted(st, "the end of the connection", "PUBACK", "the client did not close the connection%s: after %v it still answers", p.afterMalformed(), probeAfter))
			case asks && since >= probeAfter:
				from = p.w.Recorder.Len()
				asks, probe = false, p.probe()
			}
			return false, nil
		}
		at = p.sent[i]
		switch {
		case len(at.Data) > 0:
			return false, p.judge.Wanted(st, "the end of the connection", at.describe(), "the client %s and did not close the connection", at.did())
		case how == "fin" && at.Text != "FIN", how == "rst" && at.Text != "RST", conn != 0 && conn != at.Conn:
			return false, p.judge.Wanted(st, "the end of the connection: "+how, at.describe(), "the connection ended otherwise")
		}
		p.sent = slices.Delete(p.sent, i, i+1)
		return true, nil
	}, func() error {
		return p.judge.Wanted(st, "the end of the connection", "it is still open", "the client did not close the connection %s%s", judge.Bound(st, defaultWithin), p.afterMalformed())
	}, func() error { return p.stepped(st, at.Time) }}
}

// received looks for the next message of the callback, which must be this one.
func (p *player) received(st *scenario.Step) look {
	want := judge.DescribeArgs("message", st.Args)
	return look{st, func() (bool, error) {
		m, ok := p.message(p.got)
		if !ok {
			return false, nil
		}
		if f, w, g := judge.Differs(m.Message, st.Args); f != "" {
			err := p.judge.Wanted(st, want, judge.DescribeMessage(m.Message),
				"the callback got a message with %s=%s, not %s", f, judge.Value(g), judge.Value(w))
			if ids, ok := p.judge.Undelivered(st, m.at); ok {
				err = undelivered(err, ids)
			}
			return false, err
		}
		p.got++
		return true, nil
	}, func() error {
		if ids, ok := p.judge.Undelivered(st, p.seen); ok {
			return undelivered(p.judge.Wanted(st, want, "nothing", "the callback did not get the message %s, although the client was handed it", judge.Bound(st, defaultWithin)), ids)
		}
		return p.judge.Wanted(st, want, "nothing", "the callback did not get the message %s", judge.Bound(st, defaultWithin))
	}, func() error { return p.stepped(st, p.w.Now()) }}
}
