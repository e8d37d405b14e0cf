package proxy

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// walked is what the stepper knows of what may move, by a look at each connection.
type walked struct {
	choices []choice
	due     time.Duration // of the first delayed piece
}

// never is later than anything is due.
const never = 1 << 60

// walk looks at each connection, as a stepper does that keeps nothing from one step to the next.
func (s *Stepper) walk() walked {
	w := walked{due: never}
	now := s.Now()
	ending := map[string]bool{} // links with an end on its way
	for _, c := range s.all {
		if c.over {
			continue
		}
		for _, d := range directions {
			f, box, i := c.flow(d), c.outbox[index(d)], index(d)
			stalled := s.stalled(c.conn, d)
			switch {
			case stalled:
			case len(f.pending) > 0 && f.pending[0].Due > now:
				w.due = min(w.due, f.pending[0].Due)
			case len(f.pending) == 0 && f.free > now:
				w.due = min(w.due, f.free)
			}
			switch {
			case stalled:
			case len(f.pending) > 0 && f.pending[0].Due <= now:
				w.choices = append(w.choices, choice{c, d, -1, c.seq[i]})
			case d == wire.ToServer && ending[c.link]:
			case d == wire.ToServer && len(box) > 0:
				w.choices = append(w.choices, choice{c, d, 0, box[0].seq})
			default:
				for k := range box {
					if k == 0 || s.order != nil && mayGoFirst(box[:k], box[k]) {
						w.choices = append(w.choices, choice{c, d, k, box[k].seq})
					}
				}
			}
		}
		if k := len(c.outbox[0]); k > 0 && c.outbox[0][k-1].end != fault.NoEnding && !c.cut && !s.stalled(c.conn, wire.ToServer) {
			ending[c.link] = true
		}
	}
	slices.SortStableFunc(w.choices, func(a, b choice) int { return a.seq - b.seq })
	return w
}

// unnoticed empties each connection that the next step does not look at, and returns those that had something to read, or
// are over and not known to be.
func (s *Stepper) unnoticed() (missed []int) {
	s.changing.Lock()
	looked := slices.Clone(s.changed)
	s.changing.Unlock()
	for _, c := range s.all {
		if c.over || slices.Contains(looked, c) {
			continue
		}
		arrivals, eof := s.arrivals, c.eof
		s.drain(c, wire.ToServer, c.near)
		if c.far != nil {
			s.drain(c, wire.ToClient, c.far)
		}
		if s.arrivals != arrivals || c.eof != eof || c.ended() {
			missed = append(missed, c.no)
		}
	}
	return missed
}

// drawn is a stepper to which anything happens, by a generator.
type drawn struct {
	*Stepper
	*rand.Rand
	t     *testing.T
	ln    *simnet.Listener // nil: the peer is a script
	ends  []*simnet.Conn   // of the subject, the bystanders and the peer
	reach map[string]int   // how often states were reached
}

func (s *drawn) conn() int { return 1 + s.IntN(len(s.conns)) }

func (s *drawn) dirs() fault.Dirs {
	return []fault.Dirs{fault.ToServer, fault.ToClient, fault.ToServer | fault.ToClient}[s.IntN(3)]
}

// packet returns a packet, or what is none.
func (s *drawn) packet() []byte {
	id := uint16(1 + s.IntN(3))
	return []wire.Packet{
		&wire.Pingreq{}, &wire.Puback{PacketID: id}, &wire.Connack{},
		&wire.Publish{Topic: fmt.Sprint("t", id), QoS: 1, PacketID: id, Payload: make([]byte, s.IntN(20))},
		&wire.Publish{Topic: fmt.Sprint("t", id)},
	}[s.IntN(5)].Append(nil)
}

func (s *drawn) dial(plain bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	var nc net.Conn
	var err error
	if plain {
		nc, err = s.DialPlain(ctx, s.cfg.Peer, []string{"witness", "another"}[s.IntN(2)])
	} else {
		nc, err = s.Dial(ctx)
	}
	if err != nil {
		return
	}
	s.ends = append(s.ends, nc.(*simnet.Conn))
}

// peer is dialed by the stepper. It may write at once.
func (s *drawn) peer(ctx context.Context) (net.Conn, error) {
	c, err := s.ln.Dial(ctx)
	if err != nil {
		return nil, err
	}
	far, err := s.ln.AcceptContext(ctx)
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, far)
	if s.IntN(3) == 0 {
		far.Write(s.packet())
	}
	return c, nil
}

// rule draws a rule.
func (s *drawn) rule() fault.Rule {
	actions := []fault.Action{
		fault.Drop{}, fault.Delay{By: time.Duration(s.IntN(30)) * time.Millisecond}, fault.Hold{}, fault.Duplicate{}, fault.Swap{},
		fault.Split{Sizes: []int{1, 2}}, fault.Bandwidth{Rate: 1 + s.IntN(500)}, fault.Stall{At: s.IntN(3), Dirs: s.dirs()},
		fault.Cut{At: s.IntN(4) - 1, How: []fault.Ending{fault.FIN, fault.RST}[s.IntN(2)], Refuse: s.IntN(2)}, fault.Merge{Count: 2},
	}
	r := fault.Rule{Name: "r", Match: fault.Match{Nth: 1 + s.IntN(3), Dirs: s.dirs()}, Action: actions[s.IntN(len(actions))]}
	if _, slow := r.Action.(fault.Bandwidth); slow {
		r.Match.Nth = 0
	}
	return r
}

// write writes to an end, and does not wait for room.
func (s *drawn) write(end *simnet.Conn, b []byte) {
	if s.cfg.Buffer > 0 {
		go end.Write(b)
		return
	}
	end.Write(b)
}

// happens has one thing happen.
func (s *drawn) happens() {
	end := s.ends[s.IntN(len(s.ends))]
	switch s.IntN(24) {
	case 0, 1:
		s.dial(false)
	case 2:
		if s.ln != nil { // a bystander speaks to a broker
			s.dial(true)
		}
	case 3:
		end.CloseWrite()
	case 4:
		end.Close()
	case 5:
		end.Reset()
	case 6:
		end.TryRead(make([]byte, 100))
	case 7:
		s.Stall(s.conn(), s.dirs())
	case 8, 9:
		s.Heal(s.conn())
	case 10:
		s.Cut(s.conn(), []fault.Ending{fault.FIN, fault.RST, fault.HalfClose}[s.IntN(3)])
	case 11:
		s.Arm(s.rule())
	case 12:
		s.Release("r")
	case 13:
		if s.IntN(4) == 0 {
			s.Down()
			s.Up()
		}
	case 14:
		s.EndPeer(s.conn(), []fault.Ending{fault.HalfClose, fault.RST}[s.IntN(2)])
	case 15:
		s.Send(s.conn(), s.packet())
	case 16, 17:
		time.Sleep(time.Duration(s.IntN(20)) * time.Millisecond)
	case 18:
		if s.IntN(20) == 0 {
			s.Drain()
		}
	case 19:
		s.write(end, s.packet()[:1]) // the beginning of a packet
	default:
		for range 1 + s.IntN(3) {
			s.write(end, s.packet())
		}
	}
}

// compares takes one step, and looks at each connection before the move.
func (s *drawn) compares() bool {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	got := walked{choices: s.choices.all(nil)}
	s.mu.Unlock()
	got.due = s.due(s.Now(), never)
	synctest.Wait() // a write that has waited for room goes on
	s.mu.Lock()
	want := s.walk()
	if diff := cmp.Diff(want.names(), got.names()); diff != "" {
		s.t.Errorf("what may move (-by a walk +by the changes):\n%s", diff)
	}
	if missed := s.unnoticed(); len(missed) > 0 {
		s.t.Errorf("nobody has told of changes on %d", missed)
	}
	if s.t.Failed() {
		return false
	}
	s.reaches(want)
	m, ok := s.choose()
	if ok {
		s.move(m)
	}
	return ok
}

func (w walked) names() (names []string) {
	for _, c := range w.choices {
		names = append(names, fmt.Sprintf("%d%s box %d seq %d", c.conn.no, arrow(c.dir), c.box, c.seq))
	}
	return append(names, w.due.String())
}

// reaches counts the states that the test is about.
func (s *drawn) reaches(w walked) {
	states := map[string]bool{"many": len(w.choices) > 2, "delayed": w.due < never}
	for _, c := range s.all {
		states["blocked"] = states["blocked"] || c.heads && c.blocked()
		states["over"] = states["over"] || c.over
		states["stalled"] = states["stalled"] || len(c.outbox[0]) > 0 && s.stalled(c.conn, wire.ToServer)
	}
	for _, m := range w.choices {
		states["another order"] = states["another order"] || m.box > 0
	}
	for name, reached := range states {
		if reached {
			s.reach[name]++
		}
	}
}

// Whatever happens, what the stepper has noted is what a look at each connection shows, in the same order.
func TestChangesAreNoticed(t *testing.T) {
	for name, tt := range map[string]struct {
		seeded, script bool
		buffer         int
	}{
		"in turn":              {},
		"by a seed":            {seeded: true},
		"script":               {script: true, seeded: true},
		"bounded":              {buffer: 8, seeded: true},
		"bounded, to a script": {buffer: 3, script: true},
	} {
		t.Run(name, func(t *testing.T) {
			reach := map[string]int{}
			for seed := uint64(1); seed <= 100 && !t.Failed(); seed++ {
				synctest.Test(t, func(t *testing.T) {
					s := &drawn{t: t, Rand: rand.New(rand.NewPCG(seed, 1)), reach: reach}
					cfg := Config{Engine: fault.NewEngine(seed), Recorder: capture.NewRecorder("test", nil), Buffer: tt.buffer}
					if !tt.script {
						s.ln = simnet.Listen("peer", 0)
						defer s.ln.Close()
						cfg.Peer = s.peer
					}
					var order Order
					if tt.seeded {
						order = Seeded(seed)
					}
					s.Stepper = NewStepper(cfg, order)
					defer s.Close()
					s.dial(false)
					for range 60 {
						for range s.IntN(4) {
							s.happens()
						}
						for range s.IntN(4) {
							s.compares()
						}
					}
					for s.compares() && !t.Failed() { // and what is left
					}
					if t.Failed() {
						t.Logf("seed %d", seed)
					}
				})
			}
			for _, state := range []string{"many", "delayed", "blocked", "over", "stalled", "another order"} {
				if seldom := state == "another order" && (!tt.seeded || tt.script) || tt.buffer > 0; reach[state] < 20 && !seldom {
					t.Errorf("the state %q was reached %d times", state, reach[state])
				}
			}
		})
	}
}
