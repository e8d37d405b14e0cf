package play

import (
	"cmp"
	"fmt"
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
		"client hold":        (*player).clientHold,
		"client flush":       (*player).clientFlush,
		"client disconnect":  (*player).clientDisconnect,
		"client abort":       (*player).clientAbort,
		"client dies":        (*player).clientDies,
		"client done":        (*player).clientDone,
		"client fails":       (*player).clientFails,
		"client ends":        (*player).clientEnds,
		"client pending":     (*player).clientPending,
		"client on_message":  (*player).clientOnMessage,
		"expect close":       (*player).watch,
		"expect silence":     (*player).expectSilence,
		"receive":            (*player).watch,
		"send raw":           (*player).sendRaw,
		"send close":         (*player).sendClose,
		"witness connect":    (*player).witnessConnect,
		"witness subscribe":  (*player).witnessSubscribe,
		"witness publish":    (*player).witnessPublish,
		"witness expect":     (*player).watch,
		"witness disconnect": (*player).witnessDisconnect,
		"fault release":      (*player).faultRelease,
		"fault heal":         (*player).faultHeal,
		"fault down":         (*player).faultDown,
		"fault up":           (*player).faultUp,
		"fault clock":        (*player).faultClock,
		"fault flap":         (*player).faultFlap,
		"measure start":      (*player).measureStart,
		"measure growth":     (*player).measureGrowth,
		"fault cut":          (*player).faultCut,
		"fault stall":        (*player).faultStall,
		"fault tls":          (*player).faultTransport,
		"fault websocket":    (*player).faultTransport,
		"wait":               (*player).wait,
	}
	for _, v := range scenario.Table() {
		switch {
		case m[v.Key] != nil:
		case strings.HasPrefix(v.Key, "fault "):
			m[v.Key] = (*player).faultRule
		case v.Key == "expect "+v.Packet.String():
			m[v.Key] = (*player).watch
		case v.Key == "deliver "+v.Packet.String():
			m[v.Key] = (*player).watch
		case v.Key == "send "+v.Packet.String():
			m[v.Key] = (*player).sendPacket
		}
	}
	return m
}()

func init() { executors["repeat"] = (*player).repeat } // which uses executors itself

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
		if u, ok := want.(scenario.Unlike); ok {
			if u = p.unlike(u); slices.ContainsFunc(u.Not, func(v any) bool { return equal(v, got, false) }) {
				return w.Name, u, got
			}
			if want = u.As; u.As == "" {
				continue
			}
		}
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

// unlike returns what a field must not be with the values of its variables.
func (p *player) unlike(u scenario.Unlike) scenario.Unlike {
	u.Not = slices.Clone(u.Not)
	for i, v := range u.Not {
		if name, ok := v.(scenario.Var); ok {
			u.Not[i] = p.vars[name]
		}
	}
	return u
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
	conn, _ := st.Args.Int("conn")
	return p.quiet(st, d, conn)
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

// undelivered makes err the failure of a message that the callback did not get. Unless a statement rules
// that, it is one of the API.
func undelivered(err error, ids []string) error {
	if judge.Blame(err, ids...); slices.Contains(ids, judge.DeliveredOnce) {
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
