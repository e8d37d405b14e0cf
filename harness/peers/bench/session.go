package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
	"umqtt/harness/world"
)

// sessionWorlds are the worlds that sessions are played in, each as "world/peer". "played" is the simulated world with a
// scenario: a player walks its steps, and monitors and a judge look at the capture. Over TCP a player waits most of the time.
var sessionWorlds = []string{"simulated/script", "tcp/script", "played/script", "simulated/broker", "tcp/broker", "played/broker"}

// sessionScenarios are the scenarios of "played", by peer.
var sessionScenarios = map[string]string{
	"script": `title: A session
covers: [MQTT-3.3.4-1]
level: must
why: a session
needs: [qos1]
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {session_present: false, code: 0}
  - client publish: {topic: bench, payload: "0123456789abcdef", qos: 1}
  - expect PUBLISH: {qos: 1, packet_id: $id}
  - send PUBACK: {packet_id: $id}
  - client disconnect:
  - expect DISCONNECT:
`,
	"broker": `title: A session
covers: [MQTT-3.3.4-1]
level: must
why: a session
needs: [qos1]
peer: broker
steps:
  - client connect:
  - expect CONNECT:
  - deliver CONNACK:
  - client publish: {topic: bench, payload: "0123456789abcdef", qos: 1}
  - expect PUBLISH: {qos: 1}
  - deliver PUBACK:
  - client disconnect:
  - expect DISCONNECT:
`,
}

// session makes a world, has a client connect, publish at QoS 1 and disconnect in it, and closes it.
func session(t *testing.T, kind string) error {
	cfg := world.Config{Name: "bench/session", Broker: kind == "simulated/broker" || kind == "tcp/broker", Dialed: true}
	switch kind {
	case "tcp/script", "tcp/broker":
		w, err := world.OverTCP(cfg)
		if err != nil {
			return err
		}
		return converse(w, !cfg.Broker)
	case "simulated/script", "simulated/broker":
		var err error
		stopped := world.Bubble(t, kind, patience, nil, func() {
			var w *world.World
			if w, err = world.InBubble(cfg); err == nil {
				err = converse(w, !cfg.Broker)
			}
		})
		if stopped != nil {
			return fmt.Errorf("the simulated world came to a stop: %v", stopped)
		}
		return err
	}
	return fmt.Errorf("there is no world %q", kind)
}

// played returns what plays a scenario of a session.
func played(t *testing.T, peer string) (func() error, error) {
	sc, err := scenario.Parse("session.yaml", []byte(sessionScenarios[peer]))
	if err != nil {
		return nil, err
	}
	return func() error {
		if res := play.Simulated(t, sc, subject.Simple(), play.Options{}); res.Shown() != judge.Pass {
			return fmt.Errorf("%s: %s", res.Shown(), res.Reason())
		}
		return nil
	}, nil
}

// player returns what plays one session of a world.
func player(t *testing.T, kind string) (func() error, error) {
	if w, peer, _ := strings.Cut(kind, "/"); w == "played" {
		return played(t, peer)
	}
	return func() error { return session(t, kind) }, nil
}

// converse plays a session in a world, and the peer where the world has none.
func converse(w *world.World, script bool) error {
	defer w.Close()
	var over atomic.Bool
	ended := make(chan error, 1)
	go func() {
		ended <- publishOnce(w)
		over.Store(true)
		w.Link.Wake()
	}()
	var failed error
	seen := 0
	done := w.Link.Await(func() bool {
		for _, r := range w.Recorder.Since(seen) {
			seen++
			if script && r.Kind == capture.Sent && len(r.Data) > 0 {
				failed = errors.Join(failed, reply(w, r.Data))
			}
		}
		return over.Load()
	}, patience)
	if !done {
		return errors.Join(failed, errors.New("the session does not end"))
	}
	return errors.Join(failed, <-ended)
}

// reply answers a packet of a session as a server does.
func reply(w *world.World, packet []byte) error {
	p, err := wire.Decode(packet)
	if err != nil {
		return err
	}
	switch p := p.(type) {
	case *wire.Connect:
		return w.Link.Send(0, (&wire.Connack{}).Append(nil))
	case *wire.Publish:
		return w.Link.Send(0, (&wire.Puback{PacketID: p.PacketID}).Append(nil))
	}
	return nil
}

// publishOnce is the client's part.
func publishOnce(w *world.World) error {
	ctx := context.Background()
	c, err := client.New(client.Config{Dial: w.Dial, ClientID: "bench"})
	if err != nil {
		return err
	}
	if _, err := c.Connect(ctx, true); err != nil {
		return err
	}
	if err := c.Publish(ctx, []byte(topic), make([]byte, smallPayload), 1, false); err != nil {
		return err
	}
	return c.Disconnect()
}

// sessionsJob plays sessions for a time, on one processor, and prints how many there were, and the wall-clock and
// processor time that they took, in nanoseconds.
func sessionsJob(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("sessions: %q", args)
	}
	length, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	return hosted(func(t *testing.T) error {
		play, err := player(t, args[0])
		if err != nil {
			return err
		}
		if err := play(); err != nil { // what the first one initialises is nobody's share
			return err
		}
		n := 0
		spent, err := measured(func() error {
			for began := time.Now(); n == 0 || time.Since(began) < length; n++ {
				if err := play(); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			fmt.Println(n, spent.took.Nanoseconds(), spent.cpu.Nanoseconds(), spent.objects, spent.bytes)
		}
		return err
	})
}

// hosted has this process be a test, which alone may open a bubble of testing/synctest, and ends it.
func hosted(body func(*testing.T) error) error {
	os.Args = os.Args[:1]
	out := os.Stdout
	os.Stdout = os.Stderr // package testing writes to it
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bench", F: func(t *testing.T) {
		os.Stdout = out
		if err := body(t); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}}}, nil, nil)
	return errors.New("package testing runs no test") // testing.Main has exited
}
