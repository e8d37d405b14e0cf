package play

import (
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// ask sends a packet for the witness and waits for its acknowledgement, if that has a type. Over TCP it
// then waits until the broker has done what was asked, too: a broker may acknowledge a message before it
// passes it on. It answers a connection's packets in turn, so that a PINGRESP tells.
func (p *player) ask(st *scenario.Step, q wire.Packet, ack wire.Type) error {
	err := p.exchange(st, q, ack)
	if err == nil && !p.w.Simulated() && q.Type() != wire.DISCONNECT {
		err = p.exchange(st, &wire.Pingreq{}, wire.PINGRESP)
	}
	if err != nil {
		return err
	}
	return p.controlled(st, nil)
}

// exchange sends a packet for the witness and waits for one acknowledgement of a type more; of none if that
// is 0.
func (p *player) exchange(st *scenario.Step, q wire.Packet, ack wire.Type) error {
	w := p.w.Witness()
	want := w.Acks(ack) + 1
	if err := w.Send(q); err != nil {
		return p.judge.Setup(st, "the witness cannot send: %v", err)
	}
	if ack == 0 {
		return nil
	}
	return p.await(st, func() (bool, error) {
		if err := w.Err(); err != nil {
			return false, p.judge.Setup(st, "the witness: %v", err)
		}
		return w.Acks(ack) >= want, nil
	}, func() error { return p.judge.Setup(st, "the broker sent the witness no %s", ack) })
}

func (p *player) witnessConnect(st *scenario.Step) error {
	id, _ := st.Args.String("client_id")
	clean, _ := st.Args.Bool("clean_session")
	if err := p.w.ConnectWitness(); err != nil {
		return p.judge.Setup(st, "the witness cannot connect: %v", err)
	}
	c := wire.New(wire.CONNECT).(*wire.Connect)
	for name, v := range map[string]any{"client_id": id, "clean_session": clean} {
		if err := wire.Set(c, name, v); err != nil {
			return p.judge.Setup(st, "%v", err)
		}
	}
	return p.ask(st, c, wire.CONNACK)
}

func (p *player) witnessSubscribe(st *scenario.Step) error {
	filter, _ := st.Args.String("filter")
	qos, _ := st.Args.Int("qos")
	return p.ask(st, &wire.Subscribe{
		PacketID: p.w.Witness().NextID(), Filters: []wire.Subscription{{Filter: filter, QoS: qos}},
	}, wire.SUBACK)
}

func (p *player) witnessPublish(st *scenario.Step) error {
	m := message(st.Args)
	q := &wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: byte(m.QoS), Retain: m.Retain}
	var ack wire.Type
	if m.QoS > 0 {
		q.PacketID = p.w.Witness().NextID()
		ack = wire.PUBACK
	}
	return p.ask(st, q, ack)
}

// witnessed looks for the witness's next message, which must be this one.
func (p *player) witnessed(st *scenario.Step) look {
	want := judge.DescribeArgs("message", st.Args)
	return look{st, func() (bool, error) {
		q, ok := p.w.Witness().Peek()
		if err := p.w.Witness().Err(); !ok && err != nil {
			return false, p.judge.Setup(st, "the witness: %v", err)
		}
		if !ok {
			return false, nil
		}
		for ok && p.sentAgain(published(q)) && differs(published(q), st) {
			p.w.Witness().Pop()
			q, ok = p.w.Witness().Peek()
		}
		if !ok {
			return false, nil
		}
		if f, w, g := judge.Differs(published(q), st.Args); f != "" {
			return false, p.judge.Wanted(st, want, judge.DescribeMessage(published(q)), "the client published a message with %s=%s, not %s: the witness got it", f, judge.Value(g), judge.Value(w))
		}
		p.w.Witness().Pop()
		return true, nil
	}, func() error {
		return p.judge.Wanted(st, want, "nothing", "the witness did not get the message %s: the client has not published it", judge.Bound(st, defaultWithin))
	},
		func() error { return p.stepped(st, p.w.Now()) }}
}

func (p *player) witnessDisconnect(st *scenario.Step) error {
	if p.w.Witness() == nil {
		return p.judge.Setup(st, "the witness is not connected")
	}
	return p.ask(st, &wire.Disconnect{}, 0)
}

// published is the message of a PUBLISH.
func published(q *wire.Publish) subject.Message {
	return subject.Message{Topic: q.Topic, Payload: string(q.Payload), QoS: int(q.QoS), Retain: q.Retain, Dup: q.Dup}
}

// differs reports whether a message is not the one that a step waits for.
func differs(m subject.Message, st *scenario.Step) bool {
	f, _, _ := judge.Differs(m, st.Args)
	return f != ""
}
