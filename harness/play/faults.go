package play

import (
	"fmt"

	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/wire"
)

// controlled runs a control of the link and turns its error into one of the set-up.
func (p *player) controlled(st *scenario.Step, err error) error {
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	p.last = p.w.Now()
	return nil
}

// connected waits until the subject has opened the connection that a step acts on.
func (p *player) connected(st *scenario.Step) (int, error) {
	conn, _ := st.Args.Int("conn")
	err := p.await(st, func() (bool, error) { return p.w.Link.Conns() >= max(conn, 1), nil }, func() error {
		return p.judge.Wanted(st, fmt.Sprintf("connection %d", max(conn, 1)), "no connection of that number", "the client opened no connection %s", judge.Bound(st, defaultWithin))
	})
	if conn == 0 {
		conn = p.newest()
	}
	return conn, err
}

// newest is the connection that a step is about which names none: the newest, or for a foreign subject the
// newest that it uses, for it may have opened one more that it closes again.
func (p *player) newest() int {
	n := p.w.Link.Conns()
	if !p.opts.Foreign {
		return n
	}
	for conn := n; conn > 0; conn-- {
		if c := p.conns[conn]; c != nil && c.used {
			return conn
		}
	}
	return n
}

// sendPacket has the script send a packet.
func (p *player) sendPacket(st *scenario.Step) error {
	q, err := scenario.Packet(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	if q.Type() == wire.PINGRESP {
		paid := p.paid
		if p.owed, p.paid = false, false; paid {
			return nil // it was sent when the PINGREQ came
		}
	}
	return p.send(st, q.Append(nil))
}

// sendRaw has the script send bytes.
func (p *player) sendRaw(st *scenario.Step) error {
	b, err := scenario.Raw(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	return p.send(st, b)
}

func (p *player) send(st *scenario.Step, b []byte) error {
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	if err := p.alive(st, conn); err != nil {
		return err
	}
	err = p.controlled(st, p.w.Link.Send(conn, b))
	p.wrote(conn, b)
	return err
}

// alive fails when the subject has ended a connection that the script is to go on with.
func (p *player) alive(st *scenario.Step, conn int) error {
	if c := p.conns[conn]; c != nil && c.ended {
		return p.judge.Wanted(st, fmt.Sprintf("connection %d, still open", conn), "its end", "the client ended the connection before this step")
	}
	return nil
}

// sendClose has the script end the connection.
func (p *player) sendClose(st *scenario.Step) error {
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	if err := p.alive(st, conn); err != nil {
		return err
	}
	how, _ := st.Args.String("how")
	end, _ := fault.ParseEnding(how)
	return p.controlled(st, p.w.Link.EndPeer(conn, end))
}

// faultRule arms a rule.
func (p *player) faultRule(st *scenario.Step) error {
	r, err := scenario.Rule(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	p.w.Link.Arm(r)
	return p.controlled(st, p.w.Link.Err())
}

func (p *player) faultCut(st *scenario.Step) error {
	if !scenario.AtOnce(*st) {
		return p.faultRule(st)
	}
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	how, _ := st.Args.String("how")
	end, _ := fault.ParseEnding(how)
	return p.controlled(st, p.w.Link.Cut(conn, end))
}

func (p *player) faultStall(st *scenario.Step) error {
	if !scenario.AtOnce(*st) {
		return p.faultRule(st)
	}
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	r, err := scenario.Rule(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	return p.controlled(st, p.w.Link.Stall(conn, r.Action.(fault.Stall).Dirs))
}

func (p *player) faultHeal(st *scenario.Step) error {
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	return p.controlled(st, p.w.Link.Heal(conn))
}

func (p *player) faultRelease(st *scenario.Step) error {
	name, _ := st.Args.String("name")
	err := p.await(st, func() (bool, error) { return p.w.Link.Held(name), nil }, func() error {
		return p.judge.Wanted(st, "a packet held as "+name, "none", "there is nothing to release")
	})
	if err != nil {
		return err
	}
	return p.controlled(st, p.w.Link.Release(name))
}

// faultTransport has the server of the transport misbehave, or no more.
func (p *player) faultTransport(st *scenario.Step) error {
	p.w.Front.Misbehave(scenario.TransportFaults(*st))
	return p.controlled(st, nil)
}

func (p *player) faultDown(st *scenario.Step) error {
	p.w.Link.Down()
	return p.controlled(st, nil)
}

func (p *player) faultUp(st *scenario.Step) error {
	p.w.Link.Up()
	return p.controlled(st, nil)
}
