package play_test

import (
	"strings"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A script says what a client is free to do: what may come or not, in which order, and in place of what.
func TestFreedom(t *testing.T) {
	subscribe := &wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "t"}}}
	puback := &wire.Puback{PacketID: 7}
	ping := &wire.Pingreq{}
	connected := header + "  - client connect:\n  - expect CONNECT:\n  - send CONNACK: {code: 0}\n  - client ping: {as: x}\n"
	connected = strings.Replace(connected, "needs: [qos1]", "needs: [qos1, explicit-ping]", 1)
	optional := connected + `  - expect SUBSCRIBE: {packet_id: $s}
    optional: true
  - send SUBACK: {packet_id: $s, codes: [0]}
    when: $s
  - expect PINGREQ:
  - send PINGRESP:
  - client ends: x
`
	unordered := strings.Replace(connected, "  - client ping", "  - send PUBLISH: {topic: t, qos: 1, packet_id: 7, payload: hi}\n  - receive: {payload: hi}\n  - client ping", 1) + `  - expect PUBACK: {packet_id: 7}
    unordered: true
  - expect PINGREQ:
    unordered: true
  - client ends: x
`
	mixed := strings.Replace(unordered, "  - expect PINGREQ:\n    unordered: true\n", "  - expect PINGREQ:\n    unordered: true\n    optional: true\n", 1)
	or := connected + `  - expect PINGREQ:
    or:
      - expect SUBSCRIBE: {filters: [{filter: t, qos: 0}]}
      - expect close:
  - client ends: x
`
	send := func(ps ...wire.Packet) func(*fake) error {
		return func(f *fake) error {
			for _, p := range ps {
				f.send(p)
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name   string
		script string
		call   func(*fake) error
		want   judge.Verdict
		report string
	}{
		{"the optional packet comes", optional, send(subscribe, ping), judge.Pass, ""},
		{"it does not come", optional, send(ping), judge.Pass, ""},
		{"nothing comes", optional, send(), judge.Fail, "expect PINGREQ"},
		{"another comes", optional, send(puback), judge.Fail, "expect PINGREQ: the client sent PUBACK instead of PINGREQ"},
		{"the optional packet comes twice", optional, send(subscribe, subscribe, ping), judge.Fail, "expect PINGREQ: the client sent SUBSCRIBE instead of PINGREQ"},
		{"in the order of the script", unordered, send(puback, ping), judge.Pass, ""},
		{"the other way round", unordered, send(ping, puback), judge.Pass, ""},
		{"one of them is missing", unordered, send(ping), judge.Fail, "expect PUBACK: the client sent no PUBACK within 10s"},
		{"another in between", unordered, send(ping, subscribe, puback), judge.Fail, "expect PUBACK: the client sent SUBSCRIBE instead of PUBACK"},
		{"one of them twice", unordered, send(ping, ping, puback), judge.Fail, "expect PUBACK: the client sent PINGREQ instead of PUBACK"},
		{"the required one late, the optional one not at all", mixed, func(f *fake) error { time.Sleep(5 * time.Second); f.send(puback); return nil }, judge.Pass, ""},
		{"the required one not at all", mixed, send(ping), judge.Fail, "PUBACK"},
		{"the first alternative", or, send(ping), judge.Pass, ""},
		{"the second alternative", or, send(subscribe), judge.Pass, ""},
		{"the third alternative", or, func(f *fake) error { return f.conn.Close() }, judge.Pass, ""},
		{"none of them", or, send(puback), judge.Fail, " instead of "},
		{"the second one otherwise", or, send(&wire.Subscribe{PacketID: 9, Filters: []wire.Subscription{{Filter: "u"}}}), judge.Fail, " instead of "},
		{"two of them", or, send(ping, subscribe), judge.Fail, "the client sent SUBSCRIBE, which no step expects"},
		{"the call fails", optional, func(f *fake) error { f.send(ping); return errNo }, judge.Pass, ""},
		{"the call hangs", optional, func(f *fake) error { f.send(ping); f.read(2); return hangs(f)() }, judge.APIFail, "although its PINGRESP came"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := play.Simulated(t, parse(t, tt.script), factory(func(f *fake) {
				f.call = tt.call
				if strings.Contains(tt.script, "receive") {
					gets(9, subject.Message{Topic: "t", Payload: "hi"})(f)
				}
			}), play.Options{})
			if res.Shown() != tt.want {
				t.Fatalf("verdict %s, want %s: %v", res.Shown(), tt.want, res.Reason())
			}
			if res.Reason() != nil && !strings.Contains(res.Reason().Report(), tt.report) {
				t.Errorf("the report lacks %q:\n%s", tt.report, res.Reason().Report())
			}
		})
	}
}

// Silence can be asked of one connection, and a deliver without one is about the newest.
func TestOneConnection(t *testing.T) {
	script := header + `  - client connect: {as: up}
  - expect CONNECT: {conn: 1}
  - send CONNACK: {code: 0}
  - client done: up
  - client connect: {as: again}
  - expect silence: {for: 1s, conn: 1}
  - expect CONNECT: {conn: 2}
  - send CONNACK: {code: 0}
  - client done: again
`
	second := func(ps ...wire.Packet) func(*fake) {
		return func(f *fake) {
			times := 0
			f.connect = func(f *fake) error {
				if times++; times == 1 {
					f.dial()
					return f.read(4)
				}
				old := f.conn
				f.conn = nil
				time.AfterFunc(time.Second+500*time.Millisecond, func() { old.Close() })
				for _, p := range ps {
					old.Write(p.Append(nil))
				}
				time.Sleep(time.Second + time.Millisecond)
				f.dial()
				return f.read(4)
			}
		}
	}
	script = strings.Replace(script, "peer: script\n", "peer: script\nallow: [DISCONNECT]\n", 1)
	if res := play.Simulated(t, parse(t, script), factory(second(&wire.Disconnect{})), play.Options{}); res.Verdict != judge.Pass {
		t.Errorf("verdict %s, want pass: %v", res.Verdict, res.Failure)
	}
	if res := play.Simulated(t, parse(t, script), factory(second(&wire.Pingreq{})), play.Options{}); res.Verdict != judge.Fail {
		t.Errorf("verdict %s, want fail", res.Verdict)
	}
}
