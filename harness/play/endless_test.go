package play_test

import (
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// most samples the memory of the process while f runs, and returns how much more than before it took at most.
func most(f func()) uint64 {
	sample := func() uint64 {
		s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64() - s[1].Value.Uint64()
	}
	debug.FreeOSMemory()
	before := sample()
	var top atomic.Uint64
	done := make(chan struct{})
	go func() {
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				top.Store(max(top.Load(), sample()))
			case <-done:
				return
			}
		}
	}()
	f()
	close(done)
	return max(top.Load(), before) - before
}

// write is send for a subject that stops when it is told to.
func (f *fake) write(p wire.Packet) error {
	_, err := f.conn.Write(p.Append(nil))
	return err
}

// A subject that sends or calls back without end ends in a verdict, in bounded memory, and the failure shows its
// first packets and a count.
func TestEndlessSubjects(t *testing.T) {
	large := &wire.Publish{Topic: "t", Payload: make([]byte, 10_000)}
	for _, tt := range []struct {
		name string
		set  func(*fake)
		want []string
	}{
		{"it sends large packets", func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) {
				for f.write(large) == nil {
				}
			}
		}, []string{"the subject sends without end: more than 16777216 bytes without letting time pass", "record 8: conn 1 0.000 * 16", "more packets and events, 16"}},
		{"it sends small packets", func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) {
				for f.write(&wire.Pingreq{}) == nil {
				}
			}
		}, []string{"the subject sends without end: more than 100000 packets without letting time pass", "more packets and events, 2"}},
		{"it calls back", func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) {
				for {
					f.env.OnMessage(subject.Message{Topic: "t", Payload: "x"})
				}
			}
		}, []string{"the client calls back without end: more than 100000 messages"}},
		{"it calls back with much", func(f *fake) {
			payload := strings.Repeat("x", 1<<20)
			f.publish = func(f *fake, _ subject.Message, _ func(error)) {
				for {
					f.env.OnMessage(subject.Message{Topic: "t", Payload: payload})
				}
			}
		}, []string{"or 16777216 bytes of them"}},
		{"it calls back in a goroutine of its own", func(f *fake) {
			f.publish = func(f *fake, _ subject.Message, _ func(error)) {
				go func() {
					for {
						f.env.OnMessage(subject.Message{Topic: "t", Payload: "x"})
					}
				}()
			}
		}, []string{"the client calls back without end"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var res *judge.Result
			memory := most(func() { res = play.Simulated(t, parse(t, publishes), factory(tt.set), play.Options{Foreign: true}) })
			if !res.Failed() {
				t.Fatalf("%s: %v", res.Verdict, res.Failure)
			}
			report := res.Failure.Report()
			for _, want := range tt.want {
				if !strings.Contains(report, want) {
					t.Errorf("the report lacks %q", want)
				}
			}
			if t.Failed() || len(report) > 4000 {
				t.Errorf("%d bytes:\n%.4000s", len(report), report)
			}
			if n := len(res.Capture.Records); n > 9 {
				t.Errorf("%d records are kept", n)
			}
			if memory > 200<<20 {
				t.Errorf("it took %d MB", memory>>20)
			}
		})
		t.Run(tt.name+" over TCP", func(t *testing.T) {
			t.Parallel()
			sc := parse(t, strings.Replace(publishes, "packet_id: $id}\n", "packet_id: $id}\n    within: 1s\n", 1))
			if res := play.Real(sc, factory(tt.set), play.Options{Foreign: true}); !res.Failed() {
				t.Fatalf("%s: %v", res.Verdict, res.Failure)
			}
		})
	}
}
