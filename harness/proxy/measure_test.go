package proxy

import (
	"context"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// measurer takes the first move each time, and keeps what it is told.
type measurer struct {
	first []Move // the first that it chose among
	moved []Footprint
	idle  bool // told so behind the last move
}

func (m *measurer) Choose(moves []Move) int {
	if m.idle = false; m.first == nil {
		m.first = slices.Clone(moves)
	}
	return 0
}

func (m *measurer) Moved(f Footprint) { m.moved = append(m.moved, f) }
func (m *measurer) Idle()             { m.idle = true }

// A footprint names each client that has sent something because of the move, and commutes with none once the scenario has
// acted on the link or a connection has ended.
func TestFootprintOfAMove(t *testing.T) {
	type bench struct {
		*Stepper
		peer, witness net.Conn // the far end of the subject's connection, and the witness
	}
	const session = theSession + subjectLink
	reads := []string{theEngine, theBroker}
	for _, tt := range []struct {
		name string
		hear func(b bench) // runs when the peer has got the packet
		see  func(b bench) // runs when the scenario looks after the move
		want Footprint
	}{
		{"nothing", nil, nil, Footprint{Conn: 1, Reads: reads, Writes: []string{session}}},
		{"another client sends", func(b bench) { b.witness.Write(ping) }, nil, Footprint{Conn: 1, Reads: reads,
			Writes: []string{session, "witness", "end of 2>"}, Made: []Move{{Conn: 2, Dir: wire.ToServer, Nth: 1}}}},
		{"the peer answers", func(b bench) { b.peer.Write(pong) }, nil, Footprint{Conn: 1, Reads: reads,
			Writes: []string{session, "end of 1<"}, Made: []Move{{Conn: 1, Dir: wire.ToClient, Nth: 1}}}},
		{"the peer closes", func(b bench) { b.peer.Close() }, nil, Footprint{All: true, Conn: 1, Reads: reads,
			Writes: []string{session, "end of 1<"}, Made: []Move{{Conn: 1, Dir: wire.ToClient, Nth: 1}}}},
		{"the scenario adds a rule", nil, func(b bench) { b.Arm(fault.Rule{Action: fault.Drop{}}) },
			Footprint{All: true, Conn: 1, Reads: reads, Writes: []string{session}}},
		{"the scenario stalls", nil, func(b bench) { b.Stall(1, fault.BothWays) },
			Footprint{All: true, Conn: 1, Reads: reads, Writes: []string{session, subjectLink}}}, // the capture has an event more
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pipe := func(other *net.Conn) func(context.Context) (net.Conn, error) {
					return func(context.Context) (net.Conn, error) {
						near, far := simnet.Pipe(0)
						*other = far
						return near, nil
					}
				}
				var b bench
				var broker net.Conn // of the witness
				start, m := time.Now(), &measurer{}
				rec := capture.NewRecorder("test", func() time.Duration { return time.Since(start) })
				b.Stepper = NewStepper(Config{Engine: fault.NewEngine(1), Recorder: rec, Explorer: m, Peer: pipe(&b.peer)}, nil)
				defer b.Close()
				subject, err := b.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if b.witness, err = b.DialPlain(t.Context(), pipe(&broker), "witness"); err != nil {
					t.Fatal(err)
				}
				go func() {
					if n, _ := b.peer.Read(make([]byte, 16)); n > 0 && tt.hear != nil {
						tt.hear(b)
					}
				}()
				subject.Write(ping)
				looks := 0
				b.Await(func() bool {
					if looks++; looks == 2 && tt.see != nil { // before the move, and after it
						tt.see(b)
					}
					return false
				}, time.Second)
				if len(m.moved) == 0 {
					t.Fatal("nothing has moved")
				}
				if diff := cmp.Diff([]Move{{Conn: 1, Dir: wire.ToServer, Nth: 1}}, m.first); diff != "" || !m.idle {
					t.Errorf("idle at the end: %v; chosen among (-want +got):\n%s", m.idle, diff)
				}
				if diff := cmp.Diff(tt.want, m.moved[0]); diff != "" {
					t.Errorf("footprint (-want +got):\n%s", diff)
				}
			})
		})
	}
}
