package fuzz

import (
	"fmt"
	"testing"

	"umqtt/harness/wire"
)

// An excuse is a difference between two codecs that is no finding: why, and a frame that shows it.
type excuse struct{ why, frame string }

// lenient are the refusals of wire that mochi does not share, by packet and rule or by rule, with the reason why wire is
// right.
var lenient = map[string]excuse{
	"CONNECT MQTT-3.1.3-7":     {serverChecks, "\x10\x0c\x00\x04MQTT\x04\x00\x00\x00\x00\x00"},
	"CONNECT MQTT-3.1.2-2":     {serverChecks, "\x10\x0d\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00"},
	"CONNECT MQTT-3.1.2-13":    {"mochi takes a will QoS without a will (peer fault)", "\x10\x0c\x00\x04MQTT\x04\x0a\x00\x00\x00\x00"},
	"CONNECT MQTT-3.1.2-22":    {"mochi takes a password without a user name (peer fault)", "\x10\x0f\x00\x04MQTT\x04\x42\x00\x00\x00\x00\x00\x01p"},
	"CONNACK MQTT-3.2.2-4":     {mochiSends, "\x20\x02\x01\x01"},
	"CONNACK 3.2.2.1-must-1":   {mochiSends, "\x20\x02\x02\x00"},
	"CONNACK 3.2.2.3-must-1":   {mochiSends, "\x20\x02\x00\x06"},
	"SUBACK MQTT-3.9.3-2":      {mochiSends, "\x90\x03\x00\x01\x03"},
	"SUBACK MQTT-3.8.4-5":      {mochiSends, "\x90\x02\x00\x01"},
	"SUBSCRIBE MQTT-4.7.1-2":   {serverChecks, "\x82\x07\x00\x01\x00\x02a#\x00"},
	"SUBSCRIBE MQTT-4.7.1-3":   {serverChecks, "\x82\x07\x00\x01\x00\x02a+\x00"},
	"SUBSCRIBE MQTT-4.7.3-1":   {serverChecks, "\x82\x05\x00\x01\x00\x00\x00"},
	"UNSUBSCRIBE MQTT-4.7.3-1": {noFilters, "\xa2\x04\x00\x01\x00\x00"},
	"CONNECT MQTT-1.5.3-1":     {noText, "\x10\x0f\x00\x04MQTT\x04\x82\x00\x00\x00\x00\x00\x01\xff"},
	"CONNECT MQTT-1.5.3-2":     {noText, "\x10\x0f\x00\x04MQTT\x04\x82\x00\x00\x00\x00\x00\x01\x00"},
	"CONNECT MQTT-4.7.1-1":     {"mochi takes wildcards in a will topic (peer fault)", "\x10\x12\x00\x04MQTT\x04\x06\x00\x00\x00\x00\x00\x01+\x00\x01m"},
	"2.2.3-must-1":             {"mochi takes a remaining length of five bytes (peer fault)", "\xc0\x80\x80\x80\x80\x00"},
	"2.2.3-must-2":             {"mochi does not look at bytes behind the last field (peer fault)", "\x40\x03\x00\x01\x00"},
	"UNSUBSCRIBE MQTT-4.7.1-2": {noFilters, "\xa2\x06\x00\x01\x00\x02a#"},
	"UNSUBSCRIBE MQTT-4.7.1-3": {noFilters, "\xa2\x06\x00\x01\x00\x02a+"},
}

const (
	serverChecks = "mochi's server checks that elsewhere than in its codec"
	mochiSends   = "a server sends this packet and mochi does not check what it never reads"
	noFilters    = "mochi does not look at the filters of an UNSUBSCRIBE, which match nothing then (peer fault)"
	noText       = "mochi takes any bytes for a user name (peer fault)"
)

// strict are the refusals of mochi that wire does not share, by packet and text.
var strict = map[string]excuse{
	"CONNECT protocol violation: password flag set but no value": {"a password may have no bytes (section 3.1.3.5); mochi refuses it (peer fault)",
		"\x10\x11\x00\x04MQTT\x04\xc2\x00\x00\x00\x00\x00\x01u\x00\x00"},
	"CONNECT protocol violation: will flag no payload": {"a will message may have no bytes (section 3.1.3.3); mochi refuses it (peer fault)",
		"\x10\x11\x00\x04MQTT\x04\x06\x00\x00\x00\x00\x00\x01w\x00\x00"},
}

// Each excuse still applies: its frame shows the difference.
func TestExcusesApply(t *testing.T) {
	for key, e := range lenient {
		p, err := wire.Decode([]byte(e.frame))
		v, refused := err.(*wire.Violation)
		if !refused || fmt.Sprintf("%v %s", v.Packet, v.ID) != key && v.ID != key {
			t.Errorf("lenient %q: wire reads %v and %v from % x", key, p, err, e.frame)
		}
		if p, err := readMochi([]byte(e.frame)); err != nil {
			t.Errorf("lenient %q is stale: mochi, too, refuses % x: %v, %v", key, e.frame, p, err)
		}
	}
	for key, e := range strict {
		p, err := wire.Decode([]byte(e.frame))
		if err != nil {
			t.Fatalf("strict %q: wire refuses % x: %v", key, e.frame, err)
		}
		if _, err := readMochi([]byte(e.frame)); fmt.Sprintf("%v %v", p.Type(), err) != key {
			t.Errorf("strict %q is stale: mochi reads % x with %v", key, e.frame, err)
		}
	}
}
