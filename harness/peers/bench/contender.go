package main

import (
	"context"
	"fmt"
	"net"
	"time"

	atwat "github.com/at-wat/mqtt-go"
	paho "github.com/eclipse/paho.mqtt.golang"

	"umqtt/client"
)

// patience bounds every wait of a contender.
const patience = 30 * time.Second

// contender is a client that is measured: one connection, used as the client's documentation shows it.
type contender interface {
	connect(addr, id string) error
	// publish publishes. At QoS 0 it returns when the client lets its caller go on, at QoS 1 when the
	// message is acknowledged.
	publish(payload []byte, qos byte) error
	// burst publishes n messages at QoS 0, as many with one write as the client can.
	burst(payload []byte, n int) error
	// window publishes n messages at QoS 1 without waiting in between, and waits until all
	// are acknowledged.
	window(payload []byte, n int) error
	// subscribe has got called for each message.
	subscribe(topic string, got func()) error
	// receive lets messages come until the context ends, in the client's usual way.
	receive(ctx context.Context)
	close()
}

// topic is what every message is published to; all clients encode the same bytes.
const topic = "bench/1"

// contenders are the clients in the order of the table; the first is ours.
var contenders = []struct {
	name string
	make func() contender
}{
	{"umqtt", func() contender { return new(ours) }},
	{"paho", func() contender { return new(theirPaho) }},
	{"at-wat", func() contender { return new(theirAtWat) }},
}

func contenderOf(name string) (contender, error) {
	for _, c := range contenders {
		if c.name == name {
			return c.make(), nil
		}
	}
	return nil, fmt.Errorf("there is no client %q", name)
}

// ours is umqtt/client.
type ours struct{ c *client.Client }

var ourTopic = []byte(topic)

func (o *ours) connect(addr, id string) error {
	c, err := client.New(client.Config{Addr: addr, ClientID: id})
	if err != nil {
		return err
	}
	o.c = c
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = c.Connect(ctx, true)
	return err
}

func (o *ours) publish(payload []byte, qos byte) error {
	return o.c.Publish(context.Background(), ourTopic, payload, qos, false)
}

func (o *ours) burst(payload []byte, n int) error {
	if err := o.c.Hold(); err != nil {
		return err
	}
	for range n {
		if err := o.c.Publish(context.Background(), ourTopic, payload, 0, false); err != nil {
			return err
		}
	}
	return o.c.Flush(context.Background())
}

func (o *ours) window(payload []byte, n int) error {
	if err := o.c.Hold(); err != nil {
		return err
	}
	for range n {
		if _, err := o.c.Post(context.Background(), ourTopic, payload, false); err != nil {
			return err
		}
	}
	return o.c.WaitAcks(context.Background())
}

func (o *ours) subscribe(topic string, got func()) error {
	o.c.SetCallback(func(client.Message) { got() })
	_, err := o.c.Subscribe(context.Background(), client.Filter{Topic: []byte(topic)})
	return err
}

func (o *ours) receive(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := o.c.WaitMsg(ctx); err != nil {
			return
		}
	}
}

func (o *ours) close() { o.c.Close() }

// theirPaho is paho with its defaults, but for the pings, and logging nothing.
type theirPaho struct{ c paho.Client }

func (p *theirPaho) connect(addr, id string) error {
	o := paho.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(id).SetProtocolVersion(4).SetKeepAlive(0).SetAutoReconnect(false)
	p.c = paho.NewClient(o)
	return p.wait(p.c.Connect())
}

func (*theirPaho) wait(t paho.Token) error {
	if !t.WaitTimeout(patience) {
		return fmt.Errorf("paho: nothing for %v", patience)
	}
	return t.Error()
}

func (p *theirPaho) publish(payload []byte, qos byte) error {
	t := p.c.Publish(topic, qos, false, payload)
	if qos == 0 {
		return nil
	}
	<-t.Done()
	return t.Error()
}

func (p *theirPaho) burst(payload []byte, n int) error {
	for range n {
		if err := p.publish(payload, 0); err != nil {
			return err
		}
	}
	return nil
}

func (p *theirPaho) window(payload []byte, n int) error {
	tokens := make([]paho.Token, n)
	for i := range tokens {
		tokens[i] = p.c.Publish(topic, 1, false, payload)
	}
	for _, t := range tokens {
		<-t.Done()
		if err := t.Error(); err != nil {
			return err
		}
	}
	return nil
}

func (p *theirPaho) subscribe(topic string, got func()) error {
	return p.wait(p.c.Subscribe(topic, 0, func(paho.Client, paho.Message) { got() }))
}

func (p *theirPaho) receive(ctx context.Context) { <-ctx.Done() }

func (p *theirPaho) close() { p.c.Disconnect(50) }

// theirAtWat is at-wat's BaseClient.
type theirAtWat struct{ c *atwat.BaseClient }

func (a *theirAtWat) connect(addr, id string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	a.c = &atwat.BaseClient{Transport: conn}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err = a.c.Connect(ctx, id, atwat.WithCleanSession(true))
	return err
}

func (a *theirAtWat) publish(payload []byte, qos byte) error {
	return a.c.Publish(context.Background(), &atwat.Message{Topic: topic, QoS: atwat.QoS(qos), Payload: payload})
}

func (a *theirAtWat) burst(payload []byte, n int) error {
	for range n {
		if err := a.publish(payload, 0); err != nil {
			return err
		}
	}
	return nil
}

// window uses a goroutine for each message, since Publish waits.
func (a *theirAtWat) window(payload []byte, n int) error {
	errs := make(chan error, n)
	for range n {
		go func() { errs <- a.publish(payload, 1) }()
	}
	for range n {
		if err := <-errs; err != nil {
			return err
		}
	}
	return nil
}

func (a *theirAtWat) subscribe(topic string, got func()) error {
	a.c.Handle(atwat.HandlerFunc(func(*atwat.Message) { got() }))
	_, err := a.c.Subscribe(context.Background(), atwat.Subscription{Topic: topic})
	return err
}

func (a *theirAtWat) receive(ctx context.Context) { <-ctx.Done() }

func (a *theirAtWat) close() { a.c.Close() }
