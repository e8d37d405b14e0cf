package proxy

import (
	"bytes"
	"net"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// runTap takes runs, and keeps the records of their packets.
type runTap struct {
	tap
	runs atomic.Int32
}

func (x *runTap) Run(r capture.Record) {
	x.runs.Add(1)
	for p := range capture.Packets(r.Data) {
		one := r
		one.Data = bytes.Clone(p)
		x.Record(one)
	}
}

// What a client sends is recorded packet by packet, in its order, each before what a rule does to it: through a tap of
// records as through one of runs, whatever the stream ends with.
func TestRelaySent(t *testing.T) {
	ping, ack := (&wire.Pingreq{}).Append(nil), (&wire.Puback{PacketID: 1}).Append(nil)
	garbage := []byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}
	const pings, acked, dropped = "> PINGREQ", "> PUBACK id=1", "* fault drop > PUBACK id=1"
	for _, tt := range []struct {
		name  string
		sent  []byte
		rules []fault.Rule
		want  []string
	}{
		{"packets", slices.Concat(ping, ack, ping), nil, []string{pings, acked, pings, "> FIN"}},
		{"half a packet", slices.Concat(ping, ack[:3]), nil, []string{pings, "> raw 3B", "> FIN"}},
		{"no MQTT", slices.Concat(ping, garbage, ping), nil, []string{pings, "> raw 8B", "> FIN"}},
		{"a rule", slices.Concat(ping, ack, ack, ping, ack), []fault.Rule{{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Drop{}}},
			[]string{pings, acked, dropped, acked, dropped, pings, acked, dropped, "> FIN"}},
		{"a cut", slices.Concat(ping, ack, ping, ack[:3]), []fault.Rule{{Match: fault.Match{Type: wire.PUBACK}, Action: fault.Cut{How: fault.RST}}},
			[]string{pings, acked, "* fault cut rst at byte 0 of > PUBACK id=1", pings, "> raw 3B"}},
	} {
		for _, inRuns := range []bool{false, true} {
			name := tt.name
			if inRuns {
				name += ", in runs"
			}
			t.Run(name, func(t *testing.T) {
				x := &runTap{}
				r := relay(t, Options{Rules: tt.rules, Tap: func(int, net.Addr) Tap {
					if inRuns {
						return x
					}
					return &x.tap
				}})
				c := dial(t, r)
				c.Write(tt.sent)
				c.CloseWrite()
				c.Read(make([]byte, 1)) // the connection lives until something has come back, or it was cut
				wait(t, "the tap is closed", func() bool {
					x.mu.Lock()
					defer x.mu.Unlock()
					return x.closed == 1
				})
				var got []string
				for _, rec := range x.records {
					if rec.Kind != capture.Handed {
						rec.Time = capture.NoTime
						got = append(got, rec.String()[len("-.--- "):])
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				if inRuns != (x.runs.Load() > 0) {
					t.Errorf("%d runs", x.runs.Load())
				}
			})
		}
	}
}

// A packet that is handed over in pieces is recorded once, with its last piece. What is no packet is recorded as it comes.
func TestRelayHandedInPieces(t *testing.T) {
	spanned(t, Options{Rules: []fault.Rule{{Match: fault.Match{Dirs: fault.ToClient, Nth: 2}, Action: fault.Split{Sizes: []int{1}}}}}, func(s *span) {
		s.sends(s.server, append(acks(1, 2), pong...)...)
		s.did("client", "0s 40 02 00 01", "0s 40", "0s 02", "0s 00", "0s 02", "0s d0 00")
		const split = "* fault split < PUBACK id=2"
		s.recorded(0, split, "< PUBACK id=1", "< PUBACK id=2", "< PINGRESP")
		s.sends(s.server, 0xff, 0xff, 0xff, 0xff, 0xff)
		s.recorded(0, split, "< PUBACK id=1", "< PUBACK id=2", "< PINGRESP", "< raw 5B")
	})
}
