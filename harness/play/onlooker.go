package play

import (
	"umqtt/harness/model"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// witnessAll connects the witness and subscribes it to everything.
func (p *player) witnessAll() error {
	if err := p.w.ConnectWitness(); err != nil {
		return p.judge.Setup(nil, "the witness cannot connect: %v", err)
	}
	c := wire.New(wire.CONNECT).(*wire.Connect)
	c.ClientID, c.CleanSession = "witness", true
	if err := p.witnessAsks(c, wire.CONNACK); err != nil {
		return err
	}
	p.driver.watching = true
	return p.witnessAsks(&wire.Subscribe{PacketID: p.w.Witness().NextID(), Filters: []wire.Subscription{{Filter: "#", QoS: 1}}}, wire.SUBACK)
}

// witnessAsks sends a packet for the witness and waits for what answers it.
func (p *player) witnessAsks(q wire.Packet, ack wire.Type) error {
	w := p.w.Witness()
	want := w.Acks(ack) + 1
	if err := w.Send(q); err != nil {
		return p.judge.Setup(nil, "the witness cannot send: %v", err)
	}
	if ack == 0 {
		return p.passes()
	}
	ok, err := p.let(func() (bool, error) {
		if err := w.Err(); err != nil {
			return false, p.judge.Setup(nil, "the witness: %v", err)
		}
		return w.Acks(ack) >= want, nil
	}, patience)
	if err == nil && !ok {
		err = p.judge.Setup(nil, "the broker sent the witness no %s", ack)
	}
	return err
}

// witnessSends has the witness publish a message, which the oracle expects to arrive from then on.
func (p *player) witnessSends(st *scenario.Step, m subject.Message) error {
	q := &wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: byte(m.QoS), Retain: m.Retain}
	var ack wire.Type
	if m.QoS > 0 {
		q.PacketID, ack = p.w.Witness().NextID(), wire.PUBACK
	}
	at := p.w.Recorder.Len()
	if err := p.witnessAsks(q, ack); err != nil {
		return err
	}
	p.driver.published = append(p.driver.published, model.Published{Message: model.Message{Topic: m.Topic, Payload: m.Payload, QoS: byte(m.QoS)}, At: at})
	return p.passes()
}

// witnessTakes takes over what the witness has got.
func (p *player) witnessTakes() {
	w := p.w.Witness()
	if w == nil {
		return
	}
	for m, ok := w.Peek(); ok; m, ok = w.Peek() {
		p.driver.witnessed = append(p.driver.witnessed, model.Message{Topic: m.Topic, Payload: string(m.Payload), QoS: m.QoS})
		w.Pop()
	}
}
