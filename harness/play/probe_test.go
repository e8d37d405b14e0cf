package play_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// A step that waits for the end of a connection at a violation asks in the real world whether the subject lives
// on, and waits on where it does not answer.
func TestProbe(t *testing.T) {
	t.Parallel()
	violates := strings.Replace(header, "MQTT-4.3.2-1", "MQTT-4.8.0-1", 1) + `  - client connect:
  - expect CONNECT:
  - send CONNACK: {session_present: false, code: 0}
  - client publish: {topic: t, qos: 1, payload: hi}
  - expect PUBLISH:
  - send raw: {hex: "d000 d001 00"}
  - expect close:
    within: 4s
`
	probe := len((&wire.Publish{Topic: "mqttconform/probe", QoS: 1, PacketID: 0xfffe}).Append(nil))
	first := &wire.Publish{Topic: "t", Payload: []byte("hi"), QoS: 1, PacketID: 1}
	reads := func(f *fake, n int) bool {
		f.conn.SetReadDeadline(time.Now().Add(3 * time.Second))
		for buf := make([]byte, 64); n > 0; {
			k, err := f.conn.Read(buf)
			if err != nil {
				return false
			}
			n -= k
		}
		return true
	}
	after := func(then func(*fake)) func(*fake) {
		return func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, done func(error)) {
				f.send(first)
				reads(f, 5)
				then(f)
				done(nil)
			}
		}
	}
	answers := func(f *fake) {
		if reads(f, probe) {
			f.send(&wire.Puback{PacketID: 0xfffe})
		}
	}
	tests := []struct {
		name    string
		text    string
		then    func(*fake)
		foreign bool
		want    judge.Verdict
		report  string // part of it
		least   time.Duration
		most    time.Duration
	}{
		{"it answers", violates, answers, true, judge.Fail, "and goes on: its PUBACK", time.Second, 4 * time.Second},
		{"it closes", violates, func(f *fake) { f.conn.Close() }, true, judge.Pass, "", 0, time.Second},
		{"it closes late", violates, func(f *fake) { reads(f, probe); f.conn.Close() }, true, judge.Pass, "", time.Second, 4 * time.Second},
		{"it says nothing", violates, func(*fake) {}, true, judge.Fail, "within 4s", 4 * time.Second, 10 * time.Second},
		{"one of ours is not asked", violates, answers, false, judge.Fail, "within 4s", 4 * time.Second, 10 * time.Second},
		{"a scenario of another rule does not ask", strings.Replace(violates, "MQTT-4.8.0-1", "MQTT-4.3.2-1", 1), answers, true, judge.Fail, "within 4s", 4 * time.Second, 10 * time.Second},
		{"behind a length of five bytes nothing is asked", strings.Replace(strings.Replace(violates, "d001 00", "d080 8080 8000", 1), "MQTT-4.8.0-1", "2.2.3-must-1, MQTT-4.8.0-1", 1),
			answers, true, judge.Fail, "within 4s", 4 * time.Second, 10 * time.Second},
		{"nothing is asked in the middle of a packet", strings.Replace(violates, "d001 00", "9003 00", 1), answers, true, judge.Fail, "within 4s", 4 * time.Second, 10 * time.Second},
	}
	results := make([]*judge.Result, len(tests))
	var playing sync.WaitGroup // all at once, since they wait for seconds
	for i, tt := range tests {
		sc := parse(t, tt.text)
		playing.Go(func() { results[i] = play.Real(sc, factory(after(tt.then)), play.Options{Foreign: tt.foreign}) })
	}
	playing.Wait()
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := results[i]
			if res.Verdict != tt.want || res.Elapsed < tt.least || res.Elapsed > tt.most {
				t.Fatalf("verdict %s after %v, want %s between %v and %v\n%s", res.Verdict, res.Elapsed, tt.want, tt.least, tt.most, res.Report())
			}
			if !strings.Contains(res.Report(), tt.report) {
				t.Errorf("the report lacks %q:\n%s", tt.report, res.Report())
			}
		})
	}
}
