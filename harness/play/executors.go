package play

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// An executor carries out one step. Its error is a *refusal.
type executor func(*player, *scenario.Step) error

// executors has one entry for each verb of the step table; a test holds the two equal.
var executors = func() map[string]executor {
	m := map[string]executor{
		"client connect":     (*player).clientConnect,
		"client publish":     (*player).clientPublish,
		"client subscribe":   (*player).clientSubscribe,
		"client unsubscribe": (*player).clientUnsubscribe,
		"client ping":        (*player).clientPing,
		"client disconnect":  (*player).clientDisconnect,
		"client abort":       (*player).clientAbort,
		"client done":        (*player).clientDone,
		"client fails":       (*player).clientFails,
		"client pending":     (*player).clientPending,
		"client on_message":  (*player).clientOnMessage,
		"expect close":       (*player).expectClose,
		"expect silence":     (*player).expectSilence,
		"receive":            (*player).receive,
		"send raw":           (*player).sendRaw,
		"send close":         (*player).sendClose,
		"witness connect":    (*player).witnessConnect,
		"witness subscribe":  (*player).witnessSubscribe,
		"witness publish":    (*player).witnessPublish,
		"witness expect":     (*player).witnessExpect,
		"witness disconnect": (*player).witnessDisconnect,
		"fault release":      (*player).faultRelease,
		"fault heal":         (*player).faultHeal,
		"fault down":         (*player).faultDown,
		"fault up":           (*player).faultUp,
		"fault cut":          (*player).faultCut,
		"fault stall":        (*player).faultStall,
		"wait":               (*player).wait,
	}
	for _, v := range scenario.Table() {
		switch {
		case m[v.Key] != nil:
		case v.Packet == 0:
			m[v.Key] = (*player).faultRule
		case v.Key == "expect "+v.Packet.String():
			m[v.Key] = (*player).expectPacket
		case v.Key == "deliver "+v.Packet.String():
			m[v.Key] = (*player).deliverPacket
		case v.Key == "send "+v.Packet.String():
			m[v.Key] = (*player).sendPacket
		}
	}
	return m
}()

// lookup resolves a variable that a step uses.
func (p *player) lookup(v scenario.Var) (any, error) {
	value, ok := p.vars[v]
	if !ok {
		return nil, fmt.Errorf("%s has no value yet", v)
	}
	return value, nil
}

// compare holds a packet against what a step wants of its fields, and binds variables. It returns the
// first field that differs, with both values.
func (p *player) compare(q wire.Packet, wants []scenario.Want) (field string, want, got any) {
	bound := map[scenario.Var]any{}
	for _, w := range wants {
		got, _ := wire.Get(q, w.Name)
		want := w.Value
		if v, ok := want.(scenario.Var); ok {
			if value, ok := p.vars[v]; ok {
				want = value
			} else if value, ok := bound[v]; ok {
				want = value
			} else {
				bound[v] = got
				continue
			}
		}
		if !equal(want, got, w.AnyOrder) {
			return w.Name, want, got
		}
	}
	for v, value := range bound {
		p.vars[v] = value
	}
	return "", nil, nil
}

// equal compares two values of a field. Lists are compared as sorted ones where any order will do.
func equal(want, got any, anyOrder bool) bool {
	if anyOrder {
		want, got = ordered(want), ordered(got)
	}
	return reflect.DeepEqual(want, got)
}

// ordered returns a list of filters in an order of its own.
func ordered(v any) any {
	switch list := v.(type) {
	case []string:
		return slices.Sorted(slices.Values(list))
	case []wire.Subscription:
		return slices.SortedFunc(slices.Values(list), func(a, b wire.Subscription) int {
			return cmp.Or(strings.Compare(a.Filter, b.Filter), cmp.Compare(a.QoS, b.QoS))
		})
	}
	return v
}

// expectPacket waits for the next packet of the subject, which must be this one.
func (p *player) expectPacket(st *scenario.Step) error {
	typ, _ := st.Packet()
	wants, err := scenario.Wants(*st)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	want := judge.DescribeWant(typ, wants)
	conn, _ := st.Args.Int("conn")
	var at seen
	err = p.await(st, func() (bool, error) {
		if typ == wire.CONNECT {
			p.tellToConnect(st)
		}
		p.skip(typ)
		for len(p.sent) > 0 && p.opts.Foreign && p.repeats(p.sent[0]) && !p.matches(p.sent[0], typ, wants) {
			p.sent = p.sent[1:]
			p.skip(typ)
		}
		if len(p.sent) == 0 {
			return false, nil
		}
		at = p.sent[0]
		switch {
		case len(at.Data) == 0, wire.TypeOf(at.Data) != typ:
			return false, p.judge.Wanted(st, want, at.describe(), "the subject sent something else")
		case at.bad != nil:
			return false, judge.Blame(p.judge.Wanted(st, want, at.describe(), "the subject sent a malformed packet: %v", at.bad), judge.Breaks(at.bad)...)
		case conn != 0 && conn != at.Conn:
			return false, p.judge.Wanted(st, want, at.describe(), "it came on connection %d, not %d", at.Conn, conn)
		}
		if f, w, g := p.compare(at.packet, wants); f != "" {
			return false, p.judge.Wanted(st, fmt.Sprintf("%s %s=%v", typ, f, w), fmt.Sprintf("%s=%v in %s", f, g, at.describe()), "%s differs", f)
		}
		p.sent = p.sent[1:]
		return true, nil
	}, func() error { return p.judge.Wanted(st, want, "nothing", "the subject did not send it in time") })
	if err != nil {
		return err
	}
	if typ == wire.PINGREQ {
		p.owed = true
		return p.steppedPing(st, at.Time)
	}
	return p.stepped(st, at.Time)
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

// deliverPacket waits until a packet was handed to the subject.
func (p *player) deliverPacket(st *scenario.Step) error {
	typ, _ := st.Packet()
	wants, err := scenario.Wants(*st)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	conn, _ := st.Args.Int("conn")
	var at seen
	looked := "nothing of that type"
	err = p.await(st, func() (bool, error) {
		for i, h := range p.handed {
			if wire.TypeOf(h.Data) != typ || h.bad != nil || conn != 0 && conn != h.Conn {
				continue
			}
			if f, _, _ := p.compare(h.packet, wants); f != "" {
				looked = h.describe()
				continue
			}
			at = h
			p.handed = append(p.handed[:i:i], p.handed[i+1:]...)
			return true, nil
		}
		return false, nil
	}, func() error {
		return p.judge.Wanted(st, judge.DescribeWant(typ, wants), looked, "the subject was not handed it in time")
	})
	if err != nil {
		return err
	}
	return p.stepped(st, at.Time)
}

// expectClose waits until the subject ends its connection.
func (p *player) expectClose(st *scenario.Step) error {
	how, _ := st.Args.String("how")
	conn, _ := st.Args.Int("conn")
	var at seen
	err := p.await(st, func() (bool, error) {
		p.skipPackets()
		i := p.nextEnd(conn)
		if i < 0 {
			return false, nil
		}
		at = p.sent[i]
		switch {
		case len(at.Data) > 0:
			return false, p.judge.Wanted(st, "the end of the connection", at.describe(), "the subject sent something else")
		case how == "fin" && at.Text != "FIN", how == "rst" && at.Text != "RST", conn != 0 && conn != at.Conn:
			return false, p.judge.Wanted(st, "the end of the connection: "+how, at.describe(), "it ended otherwise")
		}
		p.sent = slices.Delete(p.sent, i, i+1)
		return true, nil
	}, func() error {
		return p.judge.Wanted(st, "the end of the connection", "it is still open", "the subject did not close the connection in time")
	})
	if err != nil {
		return err
	}
	return p.stepped(st, at.Time)
}

// nextEnd finds what a step that waits for the end of a connection looks at: the end, the packet that came
// instead, or nothing yet (below 0). Over real sockets the first packets of the next connection can be seen
// before the end of the last one, and the end of an older connection late.
func (p *player) nextEnd(conn int) int {
	for i, s := range p.sent {
		if len(s.Data) == 0 && s.Conn < conn && (p.mayEnd(s.Conn) || p.superseded(s.Conn)) {
			continue // no step need ask for it
		}
		older := s.Conn - 1
		if conn != 0 {
			older = conn
		}
		if s.Conn > older && (slices.Contains(p.w.Link.Open(), older) || slices.ContainsFunc(p.sent, endOf(older))) {
			continue // the older one's end is still to come, or stands behind this
		}
		return i
	}
	return -1
}

func endOf(conn int) func(seen) bool {
	return func(s seen) bool { return s.Conn == conn && len(s.Data) == 0 }
}

// expectSilence lets time pass in which the subject sends nothing.
func (p *player) expectSilence(st *scenario.Step) error {
	d, _ := st.Args.Duration("for")
	return p.quiet(st, d)
}

// never is for waits that only let time pass.
func never() (bool, error) { return false, nil }

// wait lets time pass.
func (p *player) wait(st *scenario.Step) error {
	d, _ := st.Args.Duration("for")
	if _, err := p.let(never, d); err != nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// receive waits until the callback gets a message, which must be this one.
func (p *player) receive(st *scenario.Step) error {
	want := judge.DescribeArgs("message", st.Args)
	err := p.await(st, func() (bool, error) {
		m, ok := p.message(p.got)
		if !ok {
			return false, nil
		}
		if f, w, g := judge.Differs(m.Message, st.Args); f != "" {
			err := p.judge.Wanted(st, want, fmt.Sprintf("%s=%v (want %v) in topic=%q payload=%s qos=%d dup=%t retain=%t", f, g, w, m.Topic, judge.Shorten(m.Payload), m.QoS, m.Dup, m.Retain),
				"the callback got another message")
			if ids, ok := p.judge.Undelivered(st, m.at); ok {
				err = p.undelivered(err, ids)
			}
			return false, err
		}
		p.got++
		return true, nil
	}, func() error {
		if ids, ok := p.judge.Undelivered(st, p.seen); ok {
			return p.undelivered(p.judge.Wanted(st, want, "nothing", "the callback did not get it, although the subject was handed it"), ids)
		}
		return p.judge.Wanted(st, want, "nothing", "the callback did not get it in time")
	})
	if err != nil {
		return err
	}
	return p.stepped(st, p.w.Now())
}

// undelivered makes err the failure of a message that the callback did not get. Unless a statement rules
// that, it is one of the API.
func (p *player) undelivered(err error, ids []string) error {
	if judge.Blame(err, ids...); slices.Contains(ids, judge.DeliveredOnce) {
		p.lost = true
		judge.AsAPI(err)
	}
	return err
}

func (p *player) message(i int) (received, bool) {
	p.run.mu.Lock()
	defer p.run.mu.Unlock()
	if i >= len(p.run.messages) {
		return received{}, false
	}
	return p.run.messages[i], true
}
