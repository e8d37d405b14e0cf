package play

import (
	"umqtt/harness/fault"
	"umqtt/harness/wire"
	"umqtt/scenarios"
)

// controlled runs a control of the link and turns its error into one of the set-up.
func (p *player) controlled(st *scenarios.Step, err error) error {
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	p.last = p.w.Now()
	return nil
}

// connected waits until the subject has opened the connection that a step acts on.
func (p *player) connected(st *scenarios.Step) (int, error) {
	conn, _ := st.Args.Int("conn")
	err := p.await(st, func() (bool, error) { return p.w.Link.Conns() >= max(conn, 1), nil }, func() error {
		return p.judge.Wanted(st, "a connection", "none", "the subject has not opened the connection")
	})
	if conn == 0 {
		conn = p.w.Link.Conns()
	}
	return conn, err
}

// sendPacket has the script send a packet.
func (p *player) sendPacket(st *scenarios.Step) error {
	q, err := scenarios.Packet(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	if q.Type() == wire.PINGRESP {
		p.owed = false
	}
	return p.send(st, q.Append(nil))
}

// sendRaw has the script send bytes.
func (p *player) sendRaw(st *scenarios.Step) error {
	b, _ := st.Args.Bytes("hex")
	return p.send(st, b)
}

func (p *player) send(st *scenarios.Step, b []byte) error {
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	return p.controlled(st, p.w.Link.Send(conn, b))
}

// sendClose has the script end the connection.
func (p *player) sendClose(st *scenarios.Step) error {
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	how, _ := st.Args.String("how")
	end, _ := fault.ParseEnding(how)
	return p.controlled(st, p.w.Link.EndPeer(conn, end))
}

// faultRule arms a rule.
func (p *player) faultRule(st *scenarios.Step) error {
	r, err := scenarios.Rule(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	p.w.Link.Arm(r)
	return p.controlled(st, p.w.Link.Err())
}

func (p *player) faultCut(st *scenarios.Step) error {
	if !scenarios.AtOnce(*st) {
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

func (p *player) faultStall(st *scenarios.Step) error {
	if !scenarios.AtOnce(*st) {
		return p.faultRule(st)
	}
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	r, err := scenarios.Rule(*st, p.lookup)
	if err != nil {
		return p.judge.Setup(st, "%v", err)
	}
	return p.controlled(st, p.w.Link.Stall(conn, r.Action.(fault.Stall).Dirs))
}

func (p *player) faultHeal(st *scenarios.Step) error {
	conn, err := p.connected(st)
	if err != nil {
		return err
	}
	return p.controlled(st, p.w.Link.Heal(conn))
}

func (p *player) faultRelease(st *scenarios.Step) error {
	name, _ := st.Args.String("name")
	err := p.await(st, func() (bool, error) { return p.w.Link.Held(name), nil }, func() error {
		return p.judge.Wanted(st, "a packet held as "+name, "none", "there is nothing to release")
	})
	if err != nil {
		return err
	}
	return p.controlled(st, p.w.Link.Release(name))
}

func (p *player) faultDown(st *scenarios.Step) error {
	p.w.Link.Down()
	return p.controlled(st, nil)
}

func (p *player) faultUp(st *scenarios.Step) error {
	p.w.Link.Up()
	return p.controlled(st, nil)
}
