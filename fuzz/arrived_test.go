package fuzz

import (
	"fmt"
	"strings"

	"umqtt/harness/wire"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// judge compares what arrived, and what the client sent, with what Publish reported.
func (w *world) judge(t *rapid.T) {
	w.healthy(t)
	sent := judgeCapture(w.rec.Capture(), w.byPayload())
	faults := append(sent.faults, w.judgeArrivals(sent.times)...)
	if len(faults) > 0 {
		t.Fatalf("%s\n%s", strings.Join(faults, "\n"), w.shown())
	}
}

// judgeArrivals judges what the observer got; times tells how often each message was sent.
func (w *world) judgeArrivals(times map[string]int) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	byPayload := w.byPayload()
	arrived := map[int]int{}
	last := map[string]int{} // the newest message that arrived, by topic and QoS
	for _, p := range w.observer.messages() {
		m := byPayload[string(p.Payload)]
		if m == nil {
			bad("%q was never published", p.Payload)
			continue
		}
		want := &wire.Publish{Topic: m.topic, QoS: m.qos, Payload: []byte(m.payload), PacketID: p.PacketID, Dup: p.Dup}
		if diff := cmp.Diff(want, p); diff != "" {
			bad("message %d (-published +arrived)\n%s", m.n, diff)
		}
		if flow := fmt.Sprintf("QoS %d to %s", m.qos, m.topic); arrived[m.n] == 0 {
			if m.n < last[flow] {
				bad("%s: message %d arrives after %d", flow, m.n, last[flow])
			}
			last[flow] = m.n
		}
		arrived[m.n]++
	}
	for _, m := range w.messages {
		switch n := arrived[m.n]; {
		case n == 0 && m.qos == 1 && m.done:
			bad("message %d was reported done and never arrived", m.n)
		case n == 0 && m.pending != nil:
			bad("message %d was acknowledged in the end and never arrived", m.n)
		case n > times[m.payload]:
			bad("message %d arrived %d times and was sent %d times", m.n, n, times[m.payload])
		case m.qos == 1 && !m.done && m.pending == nil && times[m.payload] > 0:
			bad("message %d was refused and sent: %v", m.n, m.err)
		}
	}
	return faults
}

// byPayload finds messages by their payloads, no two of which are the same.
func (w *world) byPayload() map[string]*message {
	found := map[string]*message{}
	for _, m := range w.messages {
		found[m.payload] = m
	}
	return found
}
