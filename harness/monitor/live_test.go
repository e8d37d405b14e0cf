package monitor_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"umqtt/golden"
	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/wire"
)

// lives are the ways in which a Live may look at a capture.
var lives = []struct {
	name string
	make func(monitor.World) *monitor.Live
}{
	{"in the middle", func(w monitor.World) *monitor.Live { return monitor.NewLive(w, false) }},
	{"forgetting now and then", func(w monitor.World) *monitor.Live { return monitor.NewForgetful(w, 1000) }},
	{"forgetting each record", func(w monitor.World) *monitor.Live { return monitor.NewForgetful(w, 0) }},
}

func names(findings []monitor.Finding) []string {
	var names []string
	for _, f := range findings {
		names = append(names, fmt.Sprintf("%s@%d", f.Monitor, f.Record))
	}
	slices.Sort(names)
	return names
}

// A Live of the whole life of a client finds what Check finds, and one that begins in the
// middle, or forgets, finds nothing else.
func TestLiveSamples(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			c, w := script(t, s.script), worldOf(s.script)
			if slices.ContainsFunc(c.Records, func(r capture.Record) bool { return r.Time == capture.NoTime }) {
				t.Skip("a Live has a clock")
			}
			want := names(monitor.Check(c, w))
			got := names(monitor.NewLive(w, true).Play(c))
			full := slices.DeleteFunc(slices.Clone(want), func(n string) bool { return strings.HasPrefix(n, "disconnect-closes@") })
			if diff := cmp.Diff(full, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("a Live of the whole life finds (-want +got):\n%s", diff)
			}
			for _, l := range lives {
				for _, n := range names(l.make(w).Play(c)) {
					if !slices.Contains(want, n) {
						t.Errorf("%s: it finds %s, which Check does not", l.name, n)
					}
				}
			}
		})
	}
}

// Conforming clients are not accused, wherever the looking begins and whatever is forgotten.
func TestLiveGoldens(t *testing.T) {
	const dir = "../../golden"
	count := 0
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".wire" {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), dir+"/"), ".wire")
		subject, scenario, _ := strings.Cut(name, "/")
		c, err := golden.Load(subject, scenario)
		if err != nil {
			return err
		}
		for _, l := range lives {
			for _, f := range l.make(monitor.Simulated).Play(c) {
				t.Errorf("%s, %s: %v", name, l.name, f)
			}
		}
		count++
		return nil
	})
	if err != nil || count == 0 {
		t.Errorf("%d goldens: %v", count, err)
	}
}

// A Live says what is wrong at the record that shows it, in the middle of a life behind a clean session.
func TestLiveTellsAtOnce(t *testing.T) {
	c := script(t, `
		> CONNECT clean=1
		< CONNACK
		> PUBACK id=7
		> PINGREQ`)
	v := monitor.NewLive(monitor.Real, false)
	var at []int
	for i, r := range c.Records {
		for range v.Add(r) {
			at = append(at, i)
		}
	}
	if !slices.Equal(at, []int{2}) {
		t.Errorf("findings at %v, want one at record 2", at)
	}
}

// What a Live remembers does not grow with what passes, on one connection or on many.
func TestLiveIsBounded(t *testing.T) {
	v := monitor.NewForgetful(monitor.Real, 64<<10)
	most := 0
	add := func(r capture.Record, p wire.Packet) {
		r.Data = p.Append(nil)
		if found := v.Add(r); len(found) > 0 {
			t.Fatal(found)
		}
		most = max(most, v.Remembered())
	}
	for conn := 1; conn <= 100; conn++ {
		at := time.Duration(conn) * time.Second
		sent, handed := capture.Record{Time: at, Conn: conn, Kind: capture.Sent}, capture.Record{Time: at, Conn: conn, Kind: capture.Handed}
		add(sent, &wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, ClientID: "c"})
		add(handed, &wire.Connack{SessionPresent: conn > 1})
		for i := range 200 {
			id := uint16(i%7 + 1)
			add(sent, &wire.Publish{Topic: "t", QoS: 1, PacketID: id, Payload: fmt.Appendf(nil, "%d/%d", conn, i)})
			add(handed, &wire.Publish{Topic: "u", QoS: 1, PacketID: id})
			add(sent, &wire.Puback{PacketID: id})
			add(handed, &wire.Puback{PacketID: id})
		}
		v.Closed(conn)
	}
	if most > 2000 || v.Open() != 0 {
		t.Errorf("%d things were remembered, %d connections are open", most, v.Open())
	}
}
