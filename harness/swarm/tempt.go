package swarm

import (
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/transport"
	"umqtt/harness/wire"
)

// tempting are calls that ask for what no packet may have: a client that makes no packet of them is fine, whatever
// it reports.
func tempting() []Action {
	return []Action{
		{Name: "publish what is wrong", do: (*Script).temptPublish},
		{Name: "subscribe to what is wrong", do: (*Script).temptSubscribe},
		{Name: "unsubscribe from what is wrong", Needs: spec.Unsubscribe, do: (*Script).temptUnsubscribe},
		{Name: "connect with what is wrong", do: (*Script).temptConnect},
		{Name: "connect once more", do: (*Script).connectMore},
		{Name: "clean for once", Needs: spec.PersistentSession, do: (*Script).cleanOnce},
		{Name: "bad server below", Fault: true, do: (*Script).below},
		{Name: "clock", Fault: true, Needs: spec.WallClock, do: (*Script).clock},
		{Name: "slow line", Fault: true, do: (*Script).slow},
	}
}

func (s *Script) temptPublish(src Source) bool {
	args := scenario.Args{"topic": "t/out", "qos": src.IntN(2), "payload": s.payload(src)}
	switch src.IntN(6) {
	case 0:
		args["qos"] = 3
	case 1:
		args["topic"] = "t/" + long
	default:
		args["topic"] = wrongTopic(src)
	}
	s.step("client publish", args)
	return true
}

func (s *Script) temptSubscribe(src Source) bool {
	filters := []wire.Subscription{{Filter: wrongFilter(src), QoS: 1}}
	switch src.IntN(4) {
	case 0:
		filters = []wire.Subscription{}
	case 1:
		filters[0] = wire.Subscription{Filter: "t/three", QoS: 3}
	}
	s.step("client subscribe", scenario.Args{"filters": filters})
	return true
}

func (s *Script) temptUnsubscribe(src Source) bool {
	s.need(spec.Unsubscribe)
	filters := []string{wrongFilter(src)}
	if chance(src, 4) {
		filters = []string{}
	}
	s.step("client unsubscribe", scenario.Args{"filters": filters})
	return true
}

// temptConnect has the client connect with an option that no CONNECT may have, and again without. A program that
// changes the options begins anew, so that it has no session to keep.
func (s *Script) temptConnect(src Source) bool {
	args, c := scenario.Args{}, s.sc.Client
	if !c.CleanSession {
		return false
	}
	switch n := src.IntN(4); {
	case n == 0 && s.has(spec.Credentials):
		s.need(spec.Credentials)
		args["username"] = wrong(src)
	case n == 1 && s.has(spec.Credentials) && c.Username == nil:
		s.need(spec.Credentials)
		args["password"] = "alone"
	case n == 2 && s.has(spec.WithWill):
		s.need(spec.WithWill)
		w := s.will(src)
		if chance(src, 4) {
			w.QoS = 3
		} else {
			w.Topic = wrongTopic(src)
		}
		args["will"] = *w
	case s.has(spec.SetsClientID) && chance(src, 8):
		args["client_id"] = wrong(src)
	case s.has(spec.SetsClientID) && s.has(spec.PersistentSession):
		s.need(spec.PersistentSession)
		args["client_id"], args["clean_session"] = "", false
	default:
		return false
	}
	s.step("client disconnect", nil)
	s.step("client connect", args)
	s.step("client connect", nil)
	return true
}

// connectMore has the client connect although it is connected.
func (s *Script) connectMore(src Source) bool {
	s.step("client connect", nil)
	return true
}

// cleanOnce has a session without the state of earlier ones come in between, often with a message in flight in front of
// it and in it.
func (s *Script) cleanOnce(src Source) bool {
	if s.endless() { // the last session is kept
		return false
	}
	s.need(spec.PersistentSession)
	away := chance(src, 8)
	if away {
		s.step("fault cut", scenario.Args{"how": "rst", "packet": wire.PUBACK, "nth": 1, "at": 0})
	}
	s.say(src, 1)
	s.step("client disconnect", nil)
	s.step("client connect", scenario.Args{"clean_session": true})
	s.say(src, 1)
	s.step("client disconnect", nil)
	s.step("client connect", scenario.Args{"clean_session": false})
	return true
}

// below has the server err below MQTT for a while.
func (s *Script) below(src Source) bool {
	var key string
	var bad, good scenario.Args
	switch s.sc.Transport {
	case transport.TLS:
		key, good = "fault tls", scenario.Args{}
		switch src.IntN(3) {
		case 0:
			bad = scenario.Args{"certificate": string(pick(src, transport.Certificates()[1:]...))}
		case 1:
			bad = scenario.Args{"answer": string(pick(src, transport.Answers()[1:]...))}
		default:
			bad = scenario.Args{"end": string(pick(src, transport.Ends()[1:]...))}
		}
	case transport.WebSocket:
		key, good = "fault websocket", scenario.Args{}
		switch src.IntN(5) {
		case 0:
			bad = scenario.Args{"subprotocol": pick(src, transport.NoSubprotocol, "mqttv3.1", "chat")}
		case 1:
			bad = scenario.Args{"data": "text"}
		case 2:
			bad = scenario.Args{"fragment": pick(src, 1, 3, 7)}
		case 3:
			bad = scenario.Args{"answer": string(pick(src, transport.Answers()[1:]...))}
		default:
			bad = scenario.Args{"end": string(pick(src, transport.Ends()[1:]...))}
		}
	default:
		return false
	}
	s.step(key, bad)
	s.step("fault cut", scenario.Args{"how": pick(src, "fin", "rst")})
	s.pause(pick(src, time.Second, 4*time.Second))
	s.say(src, 1)
	s.step(key, good)
	return true
}

func (s *Script) clock(src Source) bool {
	s.need(spec.WallClock)
	s.step("fault clock", scenario.Args{pick(src, "back", "ahead"): pick(src, time.Hour, 24*time.Hour)})
	s.pause(12 * time.Second)
	return true
}

func (s *Script) slow(src Source) bool {
	s.step("fault bandwidth", scenario.Args{"rate": pick(src, 40000, 100000), "dir": pick(src, "both", "to_client")})
	return true
}
