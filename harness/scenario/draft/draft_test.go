package draft_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/scenario/draft"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// drafted turns a capture into what Draft takes.
func drafted(c *capture.Capture) []draft.Record {
	var all []draft.Record
	for _, r := range c.Records {
		d := draft.Record{Time: r.Time, Conn: r.Conn, Sent: r.Kind == capture.Sent, Data: r.Data}
		switch {
		case r.Kind == capture.Event:
			d.Event = r.Text
		case len(r.Data) == 0:
			d.End = r.Text
		}
		all = append(all, d)
	}
	return all
}

// goldens returns every golden, by its path.
func goldens(t *testing.T) map[string]*capture.Capture {
	t.Helper()
	all := map[string]*capture.Capture{}
	err := filepath.WalkDir("../../../golden", func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".wire" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c, err := capture.Parse(path, b)
		if err == nil && !abridged(c) {
			all[path] = c
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d goldens: %v", len(all), err)
	}
	return all
}

// abridged reports whether a capture has a digest in place of most rounds of a repeat.
func abridged(c *capture.Capture) bool {
	return slices.ContainsFunc(c.Records, func(r capture.Record) bool {
		return r.Kind == capture.Event && strings.HasPrefix(r.Text, "rounds ")
	})
}

// A draft of any golden loads, and says what the golden holds, packet for packet, with its identifiers. Of goldens that
// are equal one is drafted.
func TestDraftOfGoldens(t *testing.T) {
	seen := map[string]bool{}
	for path, c := range goldens(t) {
		sum := c.Hash()
		if !hasPackets(c) || seen[sum] {
			continue
		}
		seen[sum] = true
		s, err := draft.Of(c.Name, drafted(c))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		text := scenario.Format(s)
		again, err := scenario.Parse(c.Name+".yaml", text)
		if err != nil {
			t.Errorf("%s: %v\n%s", path, err, text)
			continue
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("%s: the draft as a file (-draft +file):\n%s", path, diff)
		}
		if diff := cmp.Diff(packets(c), replayed(t, s, requested(c))); diff != "" {
			t.Errorf("%s: packets (-golden +draft):\n%s\n%s", path, diff, text)
		}
	}
}

// Most drafts are played as they are, with the same bytes on each connection. The others want what a capture
// does not hold: the callback's program, limits of the client, calls that were made at the same time. Each subject plays
// every third of its own.
func TestDraftsPlay(t *testing.T) {
	played, passed := 0, 0
	all := goldens(t)
	for _, f := range subject.Builtin() {
		var own []string
		for path, c := range all {
			if hasPackets(c) && strings.HasPrefix(filepath.ToSlash(path), "../../../golden/"+f.Name+"/") {
				own = append(own, path)
			}
		}
		slices.Sort(own)
		for i, path := range own {
			if i%3 != 0 {
				continue
			}
			c := all[path]
			s, err := draft.Of(c.Name, drafted(c))
			if err != nil {
				t.Fatal(err)
			}
			s.Level = scenario.Must
			t.Run(f.Name+"/"+c.Name, func(t *testing.T) {
				played++
				res := play.Simulated(t, s, f, play.Options{})
				if res.Verdict != judge.Pass {
					t.Logf("%s: %+v", res.Verdict, res.Failure)
					return
				}
				passed++
				if diff := cmp.Diff(capture.Streams(c), capture.Streams(res.Capture)); diff != "" {
					t.Logf("other bytes (-golden +played):\n%s", diff)
					passed--
				}
			})
		}
	}
	if passed*4 < played*3 {
		t.Errorf("%d of %d drafts play as their goldens did", passed, played)
	}
	t.Logf("%d of %d drafts play as their goldens did", passed, played)
}

func hasPackets(c *capture.Capture) bool {
	for _, r := range c.Records {
		if len(r.Data) > 0 {
			return true
		}
	}
	return false
}

// packets returns the bytes of a capture, each with its sign.
func packets(c *capture.Capture) []string {
	var all []string
	for _, r := range c.Records {
		if len(r.Data) > 0 && (r.Kind != capture.Sent || !wire.Begun(r.Data)) {
			all = append(all, r.Kind.String()+" "+string(r.Data))
		}
	}
	return all
}

// requested returns the identifiers of a capture's requests, each once, in the order in which the client first sent them.
// One that it gave to a packet which never left is not among them.
func requested(c *capture.Capture) []int {
	var ids []int
	for _, r := range c.Records {
		if r.Kind != capture.Sent {
			continue
		}
		p, _ := wire.Decode(r.Data)
		id := 0
		switch p := p.(type) {
		case *wire.Publish:
			id = int(p.PacketID)
		case *wire.Subscribe:
			id = int(p.PacketID)
		case *wire.Unsubscribe:
			id = int(p.PacketID)
		}
		if id > 0 && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// replayed returns the bytes that pass when a subject does just what the steps expect, and gives its
// packets the identifiers ids in the order of their variables.
func replayed(t *testing.T, s *scenario.Scenario, ids []int) []string {
	t.Helper()
	var all []string
	vars := map[scenario.Var]int{}
	resolve := func(v scenario.Var) (any, error) {
		if vars[v] == 0 {
			if len(vars) == len(ids) {
				return nil, fmt.Errorf("no packet of the capture has the identifier of %v", v)
			}
			vars[v] = ids[len(vars)]
		}
		return vars[v], nil
	}
	for _, st := range s.Steps {
		if b, ok := st.Args.Bytes("hex"); ok {
			all = append(all, "< "+string(b))
		}
		typ, ok := st.Packet()
		if !ok {
			continue
		}
		sign, p := "<", wire.Packet(nil)
		if strings.HasPrefix(st.Key, "expect ") {
			sign = ">"
			p = expected(t, st, typ, resolve)
		} else {
			var err error
			if p, err = scenario.Packet(st, resolve); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, sign+" "+string(p.Append(nil)))
	}
	return all
}

// expected returns the packet that a step expects; every field must be there.
func expected(t *testing.T, st scenario.Step, typ wire.Type, resolve scenario.Resolver) wire.Packet {
	t.Helper()
	wants, err := scenario.Wants(st)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(wire.Fields(typ)); len(wants) != n {
		t.Errorf("%v: %s has %d fields of %d", st.Pos, st.Key, len(wants), n)
	}
	p := wire.New(typ)
	for _, w := range wants {
		if v, ok := w.Value.(scenario.Var); ok {
			if w.Value, err = resolve(v); err != nil {
				t.Fatal(err)
			}
		}
		if err := wire.Set(p, w.Name, w.Value); err != nil {
			t.Fatalf("%v: %v", st.Pos, err)
		}
	}
	return p
}
