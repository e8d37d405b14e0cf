package swarm

import (
	"strings"
	"time"

	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/transport"
)

// options draws what a script of the unusual kind asks for when it connects: a will, a user name and a password,
// limits, and what the connection goes over.
func (s *Script) options(src Source) {
	c := &s.sc.Client
	if s.has(spec.SetsClientID) && chance(src, 3) {
		c.ClientID = pick(src, "c", "a client identifier of more than 23 bytes", "ü/c1")
	}
	if s.has(spec.KeepAlive) && s.has(spec.SetsKeepAlive) && chance(src, 4) {
		s.need(spec.KeepAlive)
		c.KeepAlive = pick(src, 2*time.Second, 300*time.Second, 900*time.Second)
	}
	if s.has(spec.WithWill) && chance(src, 5) {
		s.need(spec.WithWill)
		c.Will = s.will(src)
	}
	if s.has(spec.Credentials) && chance(src, 5) {
		s.need(spec.Credentials)
		c.Username = text(pick(src, "user", "ünsere")) // the embedded broker answers an empty one with a CONNACK that is none
		if chance(src, 10) {
			c.Password = text(pick(src, "secret", "", "\x00\xff\x80"))
		}
	}
	if s.has(spec.OwnLimits) && chance(src, 6) {
		s.need(spec.OwnLimits)
		c.MaxDepth = pick(src, 0, 1, 2)
		c.MaxInflight = pick(src, 0, 1, 2)
		if c.MaxPacket = pick(src, 0, 256); c.MaxPacket > 0 && s.has(spec.SkipsOversize) && (!c.CleanSession || chance(src, 8)) {
			s.need(spec.SkipsOversize)
			c.SkipOversize = true
		}
	}
	kind := pick(src, transport.TCP, transport.TCP, transport.TCP, transport.TLS, transport.WebSocket)
	if f := map[transport.Kind]spec.Feature{transport.TLS: spec.TLS, transport.WebSocket: spec.WebSocket}[kind]; f != "" && s.has(f) {
		s.need(f)
		s.sc.Transport = kind
	}
}

// will draws a will. Each has another payload, and none an empty one: the embedded broker answers such a CONNECT with a
// return code that MQTT 3.1.1 does not have.
func (s *Script) will(src Source) *scenario.Will {
	return &scenario.Will{Topic: pick(src, "t/will", "t/will/ü"), Payload: s.payload(src), QoS: src.IntN(2), Retain: chance(src, 4)}
}

func text(s string) *string { return &s }

// long is longer than any text of MQTT can be.
var long = strings.Repeat("x", 65536)

// wrong are texts that no packet may have: not UTF-8, with U+0000, too long.
func wrong(src Source) string {
	return pick(src, "\xff\xfe", "t/\xed\xa0\x80", "t/\x00", "\x00", "t/"+long, "\xc0\xaf")
}

// wrongTopic draws what is no topic name.
func wrongTopic(src Source) string {
	if chance(src, 6) {
		return wrong(src)
	}
	return pick(src, "", "t/+", "t/#", "#", "+", "t/+/x")
}

// wrongFilter draws what is no topic filter.
func wrongFilter(src Source) string {
	if chance(src, 6) {
		return wrong(src)
	}
	return pick(src, "", "t/#/x", "t#", "t/x+", "+x/t", "#/")
}
