package swarm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// unusual are calls that are right and seldom made.
func unusual() []Action {
	return []Action{
		{Name: "odd publish", do: (*Script).oddPublish},
		{Name: "odd message", do: (*Script).oddMessage},
		{Name: "several filters", Needs: spec.ManyFilters, do: (*Script).severalFilters},
		{Name: "several filters given up", Needs: spec.ManyFilters, do: (*Script).severalGivenUp},
		{Name: "callback calls", Needs: spec.NestedSubscribe, do: (*Script).callbackCalls},
		{Name: "slow callback", do: (*Script).slowCallback},
		{Name: "echoes", Needs: spec.NestedPublish, do: (*Script).echoesMany},
		{Name: "gather", Needs: spec.Gathers, do: (*Script).gather},
		{Name: "beside one another", Needs: spec.ConcurrentCalls, do: (*Script).beside},
		{Name: "idle", Needs: spec.KeepAlive, do: (*Script).idle},
	}
}

// oddTopics are topic names that are right.
var oddTopics = []string{"t/in/ü/𝄞", "t/in//x/", "t/in/ a b ", "t/in/\ufeffx", "t/in/$x", "t/in/x"}

// body draws a payload that is empty, of odd bytes, or of a length at a border.
func (s *Script) body(src Source) string {
	text := s.payload(src)
	switch src.IntN(5) {
	case 0:
		return ""
	case 1:
		return text + "\x00\xff\x80\xe2\x82"
	}
	if !s.has(spec.LargePackets) || s.sc.Client.MaxPacket > 0 && chance(src, 8) {
		return text
	}
	s.need(spec.LargePackets)
	return s.filled(src, pick(src, 90, 113, 114, 300, 16367, 16368, 20000, 40000))
}

// filled draws a payload of so many bytes, or a few more.
func (s *Script) filled(src Source, size int) string {
	text := s.payload(src)
	return text + strings.Repeat("y", max(0, size-len(text)))
}

func (s *Script) oddPublish(src Source) bool {
	s.step("client publish", scenario.Args{"topic": pick(src, oddTopics...), "qos": src.IntN(2), "payload": s.body(src), "retain": chance(src, 6) && !s.endless()})
	return true
}

func (s *Script) oddMessage(src Source) bool {
	s.subscribed("t/in/#", 1)
	args := scenario.Args{"topic": pick(src, oddTopics...), "qos": src.IntN(2), "payload": s.body(src)}
	args["retain"] = chance(src, 2) && !s.endless()
	s.step("witness publish", args)
	return true
}

// endless reports whether a message may be so large that the client closes its connection for it. A retained one would
// come with each subscription, and one of a session that is kept with each connection.
func (s *Script) endless() bool { return s.sc.Client.MaxPacket > 0 && !s.sc.Client.SkipOversize }

// subscribed makes sure that the client has subscribed.
func (s *Script) subscribed(filter string, qos int) {
	if slices.Contains(s.filters, filter) {
		return
	}
	s.filters = append(s.filters, filter)
	s.step("client subscribe", scenario.Args{"filter": filter, "qos": qos})
}

func (s *Script) severalFilters(src Source) bool {
	s.need(spec.ManyFilters)
	var filters []wire.Subscription
	for i, f := range []string{"t/in", "t/many/1", "t/many/2", "t/echo/+"}[:2+src.IntN(3)] {
		filters = append(filters, wire.Subscription{Filter: f, QoS: (i + src.IntN(2)) % 2})
		if !slices.Contains(s.filters, f) {
			s.filters = append(s.filters, f)
		}
	}
	s.step("client subscribe", scenario.Args{"filters": filters})
	return true
}

func (s *Script) severalGivenUp(src Source) bool {
	if !s.has(spec.Unsubscribe) || len(s.filters) < 2 {
		return false
	}
	s.need(spec.ManyFilters)
	s.need(spec.Unsubscribe)
	s.step("client unsubscribe", scenario.Args{"filters": slices.Clone(s.filters[:2])})
	s.filters = s.filters[2:]
	return true
}

// callbackCalls has the callback subscribe.
func (s *Script) callbackCalls(src Source) bool {
	s.need(spec.NestedSubscribe)
	s.subscribed("t/in", 1)
	s.step("client on_message", scenario.Args{"do": "subscribe", "filter": "t/nested", "qos": 1, "when": "t/in"})
	s.step("witness publish", scenario.Args{"topic": "t/in", "qos": 1, "payload": s.payload(src)})
	return true
}

// slowCallback has the callback take its time while more messages come.
func (s *Script) slowCallback(src Source) bool {
	s.subscribed("t/in", 1)
	wait := pick(src, 2*time.Millisecond, 100*time.Millisecond)
	if k := s.sc.Client.KeepAlive; k == 0 || k >= 10*time.Second {
		wait = 2 * time.Second
	}
	s.step("client on_message", scenario.Args{"do": "wait", "for": wait, "when": "t/in"})
	for range 2 + src.IntN(3) {
		s.step("witness publish", scenario.Args{"topic": "t/in", "qos": 1, "payload": s.payload(src)})
	}
	return true
}

// echoesMany has the callback answer a burst of messages, each with several of its own.
func (s *Script) echoesMany(src Source) bool {
	if s.echoes == 3 {
		return false
	}
	s.echoes++
	s.need(spec.NestedPublish)
	if s.has(spec.SeveralInFlight) {
		s.need(spec.SeveralInFlight)
	}
	s.subscribed("t/in", 1)
	args := scenario.Args{"do": "publish", "topic": "t/out", "qos": src.IntN(2), "payload": s.payload(src), "when": "t/in", "times": 1 + src.IntN(8)}
	if s.has(spec.ShowsMessageAgain) {
		s.need(spec.ShowsMessageAgain)
		args["still"] = true
	}
	s.step("client on_message", args)
	for range 2 + src.IntN(8) {
		s.step("witness publish", scenario.Args{"topic": "t/in", "qos": 1, "payload": s.payload(src)})
	}
	return true
}

func (s *Script) gather(src Source) bool {
	if s.sc.Client.MaxInflight > 0 {
		return false // a publish that waits for its turn would wait for what nobody writes
	}
	s.need(spec.Gathers)
	s.step("client hold", nil)
	for range 1 + src.IntN(3) {
		s.say(src, map[bool]int{true: src.IntN(2)}[slices.Contains(s.sc.Needs, spec.Pipelining)]) // who waits for a PUBACK gathers nothing
	}
	s.pause(100 * time.Millisecond)
	switch src.IntN(4) {
	case 0:
		s.step("client flush", nil)
		s.pause(time.Second)
	case 1:
		s.step("client disconnect", nil)
		s.step("client connect", nil)
	case 2:
		s.say(src, 1)
		s.step("client flush", nil)
	default:
		s.pause(12 * time.Second)
		s.step("client flush", nil)
	}
	return true
}

// beside has several threads call the client at once.
func (s *Script) beside(src Source) bool {
	s.need(spec.ConcurrentCalls)
	for i := range 2 + src.IntN(3) {
		s.step("client publish", scenario.Args{"topic": "t/out", "qos": src.IntN(2), "payload": s.body(src), "thread": fmt.Sprintf("x%d", i)})
	}
	return true
}

// idle lets several keep alives pass on a quiet connection.
func (s *Script) idle(Source) bool {
	s.need(spec.KeepAlive)
	if s.sc.Client.KeepAlive == 0 || s.sc.Client.KeepAlive > 20*time.Second {
		return false
	}
	s.pause(3 * s.sc.Client.KeepAlive)
	return true
}
