package harness_test

import (
	"context"
	"testing"

	"umqtt/client"
	"umqtt/harness"
	"umqtt/harness/spec"
)

// adapter publishes with package client; the README has a whole one.
type adapter struct {
	env harness.Env
	c   *client.Client
}

func newAdapter(env harness.Env) (harness.Subject, error) {
	c, err := client.New(client.Config{Dial: env.Dial, ClientID: "c1"})
	return &adapter{env, c}, err
}

func (a *adapter) Connect(ctx context.Context, o harness.Options) (bool, error) {
	return a.c.Connect(ctx, o.CleanSession)
}

func (a *adapter) Publish(ctx context.Context, m harness.Message, done func(error)) {
	done(a.c.Publish(ctx, []byte(m.Topic), []byte(m.Payload), byte(m.QoS), m.Retain))
}

func (a *adapter) Subscribe(ctx context.Context, filters []harness.Filter) ([]int, error) {
	_, err := a.c.Subscribe(ctx, client.Filter{Topic: []byte(filters[0].Filter), QoS: byte(filters[0].QoS)})
	return nil, err
}

func (a *adapter) Unsubscribe(ctx context.Context, filters []string) error {
	return a.c.Unsubscribe(ctx, []byte(filters[0]))
}

func (a *adapter) Ping(context.Context) error       { return a.c.Ping() }
func (a *adapter) Disconnect(context.Context) error { return a.c.Disconnect() }
func (a *adapter) Abort() error                     { return a.c.Close() }

// A test of one's own plays the scenarios of one behaviour with one's own client.
func ExampleRun() {
	_ = func(t *testing.T) { // TestConformance in a file of yours
		harness.Run(t, harness.Params{
			Name:     "own",
			New:      newAdapter,
			Features: []harness.Feature{spec.QoS1, spec.ManualReconnect},
			Filter:   "publish/qos?-arrives",
		})
	}
}
