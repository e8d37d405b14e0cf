package play

import (
	"slices"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
	"umqtt/harness/world"
)

// The player has one executor for each verb of the step table, and none beside.
func TestExecutorsMatchTheStepTable(t *testing.T) {
	verbs := map[string]bool{}
	for _, v := range scenario.Table() {
		verbs[v.Key] = true
		if executors[v.Key] == nil {
			t.Errorf("no executor for %q", v.Key)
		}
	}
	for key := range executors {
		if !verbs[key] {
			t.Errorf("an executor for %q, which is no verb", key)
		}
	}
}

// openLink is a link of which some connections are open.
type openLink struct {
	proxy.Link
	open []int
}

func (l openLink) Open() []int         { return l.open }
func (l openLink) Ended(conn int) bool { return !slices.Contains(l.open, conn) }

// Over real sockets the ends of connections and the packets of the next ones are seen in any order. A step
// that waits for one end passes over what comes too early or too late.
func TestNextEnd(t *testing.T) {
	end := func(conn int) seen { return seen{Record: capture.Record{Conn: conn, Kind: capture.Sent, Text: "FIN"}} }
	packet := func(conn int) seen {
		return seen{Record: capture.Record{Conn: conn, Kind: capture.Sent, Data: []byte{0xc0, 0}}}
	}
	for _, tt := range []struct {
		name string
		sent []seen
		open []int
		conn int
		want int
	}{
		{"nothing yet", nil, []int{1}, 1, -1},
		{"the end", []seen{end(1)}, nil, 1, 0},
		{"any end", []seen{end(1)}, nil, 0, 0},
		{"a packet instead", []seen{packet(1), end(1)}, nil, 1, 0},
		{"the next connection first", []seen{packet(2), end(1)}, []int{2}, 1, 1},
		{"the next connection, and the end to come", []seen{packet(2)}, []int{1, 2}, 1, -1},
		{"the older one's end late", []seen{end(1), end(2)}, nil, 2, 1},
		{"the older one's end behind it", []seen{end(2), end(1)}, nil, 2, 0},
		{"only the older one's", []seen{end(1)}, []int{2}, 2, -1},
		{"an older one's that the subject was not to end", []seen{end(1)}, []int{1, 2}, 2, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &player{
				sent: tt.sent, w: &world.World{Link: openLink{open: tt.open}},
				conns: map[int]*connState{1: {used: true}, 2: {}},
			}
			if got := p.nextEnd(tt.conn); got != tt.want {
				t.Errorf("nextEnd = %d, want %d", got, tt.want)
			}
		})
	}
}
