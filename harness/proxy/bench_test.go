package proxy

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// endpoint is a socket that logs what is done to it.
type endpoint struct {
	net.Conn // nil: nobody reads from it
	name     string
	log      *[]string
}

func (e endpoint) CloseWrite() error { return e.note("FIN") }

func (e endpoint) Reset() error { return e.note("RST") }

func (e endpoint) Close() error { return e.note("close") }

func (e endpoint) note(what string) error {
	*e.log = append(*e.log, e.name+": "+what)
	return nil
}

// bench is a core that a test drives, with a clock of its own. What happens to the sockets is its log.
type bench struct {
	core
	rec   *capture.Recorder
	clock time.Duration
	log   []string
	kicks int
	seen  int // records that want has looked at
}

func newBench(rules ...fault.Rule) *bench {
	b := &bench{}
	b.rec = capture.NewRecorder("test", func() time.Duration { return b.clock })
	b.core = core{
		cfg: Config{Engine: fault.NewEngine(1, rules...), Recorder: b.rec},
		now: func() time.Duration { return b.clock }, kick: func() { b.kicks++ }, sync: func() {},
		flood: flood{bounds: bounds},
	}
	return b
}

// dial opens a connection of the subject, to a peer or to a script.
func (b *bench) dial(peer bool) *conn {
	n := b.open(endpoint{name: "near", log: &b.log}, nil)
	if peer {
		n.far = endpoint{name: "far", log: &b.log}
	}
	b.opened(n)
	return n
}

func (b *bench) bytes(n *conn, d wire.Direction, data ...byte) {
	for _, a := range b.arrived(n, d, data) {
		b.decide(n, d, a)
	}
}

func (b *bench) end(n *conn, d wire.Direction, reset bool) {
	for _, a := range b.arrivedEnd(n, d, reset) {
		b.decide(n, d, a)
	}
}

// run hands over what is ready.
func (b *bench) run(n *conn) {
	for _, d := range directions {
		for b.ready(n, d) {
			piece, end := b.take(n, d)
			if s := n.dest(d); s != nil && len(piece) > 0 {
				s.(endpoint).note(fmt.Sprintf("% x", piece))
			}
			b.finish(n, d, end)
		}
	}
}

// want checks what has happened to the sockets and what was recorded, both since the last want.
func (b *bench) want(t *testing.T, log []string, records ...string) {
	t.Helper()
	if diff := cmp.Diff(log, b.log); diff != "" {
		t.Errorf("at the sockets (-want +got):\n%s", diff)
	}
	got := lines(b.rec)
	if diff := cmp.Diff(records, got[b.seen:]); diff != "" && len(records)+len(got[b.seen:]) > 0 {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	b.log, b.seen = nil, len(got)
}

// lines is one line a record: its connection, its kind, and the hex of a packet or the text.
func lines(rec *capture.Recorder) []string {
	var all []string
	for _, r := range rec.Capture().Records {
		text := r.Text
		if len(r.Data) > 0 {
			text = fmt.Sprintf("% x", r.Data)
		}
		all = append(all, fmt.Sprintf("%d %c %s", r.Conn, r.Kind, text))
	}
	return all
}

var ping, pong = []byte{0xc0, 0}, []byte{0xd0, 0}
