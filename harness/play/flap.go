package play

import (
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// faultFlap cuts the connection and waits until the subject has connected again, as often as the step says.
func (p *player) faultFlap(st *scenario.Step) error {
	count, _ := st.Args.Int("count")
	how, _ := st.Args.String("how")
	lasts, _ := st.Args.Duration("lasts")
	end, _ := fault.ParseEnding(how)
	for range count {
		conn, err := p.connected(st)
		if err != nil {
			return err
		}
		if err := p.controlled(st, p.w.Link.Cut(conn, end)); err != nil {
			return err
		}
		if err := p.connectsAgain(st); err != nil {
			return err
		}
		if lasts > 0 {
			if _, err := p.let(never, lasts); err != nil {
				return err
			}
		}
	}
	return p.stepped(st, p.w.Now())
}

// connectsAgain waits for the next connection of the subject, which is told to make one if it does not do so by itself,
// and until it is accepted.
func (p *player) connectsAgain(st *scenario.Step) error {
	clean := scenario.Var("flap clean session")
	delete(p.vars, clean)
	connects := &scenario.Step{Pos: st.Pos, Key: "expect CONNECT", Args: scenario.Args{"clean_session": clean}, Within: st.Within, Covers: st.Covers}
	if err := p.watch(connects); err != nil {
		return err
	}
	if p.sc.Peer == scenario.Broker {
		accepted := &scenario.Step{Pos: st.Pos, Key: "deliver CONNACK", Args: scenario.Args{"code": 0}, Within: st.Within, Covers: st.Covers}
		if err := p.watch(accepted); err != nil {
			return err
		}
	} else {
		discards, _ := p.vars[clean].(bool)
		if n := p.w.Link.Conns(); p.w.Link.Ended(n) {
			return p.judge.Wanted(st, "a connection that lasts", "its end", "the client gave up connection %d before it was accepted", n)
		}
		if err := p.send(st, (&wire.Connack{SessionPresent: !discards}).Append(nil)); err != nil {
			return err
		}
	}
	_, err := p.let(func() (bool, error) { return !p.run.connecting(), nil }, returns)
	return err
}

// returns is how long a connect may take to return once it was accepted.
const returns = 5 * time.Second
