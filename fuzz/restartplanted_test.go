package fuzz

import (
	"slices"
	"strings"
	"testing"

	"umqtt/client"
	"umqtt/harness/wire"

	"pgregory.net/rapid"
)

// plants are defects that TestStoreOutlivesProcesses is to find, each with the rules that may tell and the most steps
// that may be left of the lives after shrinking.
var plants = []struct {
	name  string
	rules []string
	steps int
	plant plant
}{
	{"a client that does not load", []string{"kept-arrives", "kept-same", "kept-first"}, 2, plant{
		store: func(_ *lives, s client.Store) client.Store { return unread{s} },
	}},
	{"a store that forgets its oldest message where it writes its file anew", []string{"kept-arrives", "kept-first", "outcome-told"}, 5, plant{
		store: func(_ *lives, s client.Store) client.Store { return &forgetful{Store: s} },
	}},
	{"a store that does not delete", []string{"kept-only", "kept-first", "sent-once"}, 3, plant{
		store: func(_ *lives, s client.Store) client.Store { return hoarding{s} },
	}},
	{"a store that loads in another order", []string{"kept-first", "monitors"}, 4, plant{
		store: func(_ *lives, s client.Store) client.Store { return turned{s} },
	}},
	{"a client that deletes what it has sent", []string{"kept-arrives", "kept-first", "outcome-told"}, 3, plant{
		wrote: func(l *lives, packet []byte) {
			if p, err := wire.DecodeFrom(wire.ToServer, packet); err == nil && p.Type() == wire.PUBLISH {
				l.must(l.files.Delete(p.(*wire.Publish).PacketID))
			}
		},
	}},
}

// unread is a store of which nothing is read.
type unread struct{ client.Store }

func (unread) Load(func(uint16, []byte)) error { return nil }

// forgetful is a store that loses the oldest of its messages with every third that it is given.
type forgetful struct {
	client.Store
	puts int
}

func (f *forgetful) Put(id uint16, packet []byte) error {
	if err := f.Store.Put(id, packet); err != nil {
		return err
	}
	if f.puts++; f.puts%3 != 0 {
		return nil
	}
	var oldest uint16
	err := f.Load(func(id uint16, _ []byte) {
		if oldest == 0 {
			oldest = id
		}
	})
	if err != nil {
		return err
	}
	return f.Delete(oldest)
}

// hoarding is a store that keeps what it is to delete.
type hoarding struct{ client.Store }

func (hoarding) Delete(uint16) error { return nil }

// turned is a store that loads the newest message first.
type turned struct{ client.Store }

func (s turned) Load(yield func(id uint16, packet []byte)) error {
	type record struct {
		id     uint16
		packet []byte
	}
	var all []record
	err := s.Store.Load(func(id uint16, packet []byte) { all = append(all, record{id, slices.Clone(packet)}) })
	for _, r := range slices.Backward(all) {
		yield(r.id, r.packet)
	}
	return err
}

// The property finds each of them, and shrinks what it has found to a few steps.
func TestStoreOutlivesProcessesFindsDefects(t *testing.T) {
	seeded(t, "1", 1000, 15)
	path := t.TempDir()
	for _, tt := range plants {
		t.Run(tt.name, func(t *testing.T) {
			tb, small := &recording{TB: t}, &enough{most: tt.steps}
			tb.check(func(r *rapid.T) { outlives(r, t, path, disks["memory"], tt.plant, map[string]bool{}, small) })
			told := slices.ContainsFunc(tt.rules, func(rule string) bool { return strings.Contains(small.found, rule+": ") })
			if !told {
				t.Fatalf("the property says %q, and %s", small.found, strings.Join(tb.lines, "\n"))
			}
		})
	}
}

// In a few hundred runs the property meets whatever it is to try.
func TestStoreOutlivesProcessesMeets(t *testing.T) {
	want := []string{
		"before put", "within put", "behind put", "before delete", "within delete", "behind delete", "before dial", "behind dial",
		"before write", "within write", "behind write", "before read", "in a call", "several are kept", "told later", "within a file written anew",
	}
	seeded(t, "1", 300, 30)
	path, met := t.TempDir(), map[string]bool{}
	rapid.Check(t, func(r *rapid.T) { outlives(r, t, path, disks["file"], plant{}, met, nil) })
	for _, what := range want {
		if !met[what] {
			t.Errorf("never: a process that dies %s", what)
		}
	}
}
