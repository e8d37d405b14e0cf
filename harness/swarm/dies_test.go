package swarm_test

import (
	"testing"

	"umqtt/client"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
)

// unread is a store of which nothing is read.
type unread struct{ client.Store }

func (unread) Load(func(uint16, []byte)) error { return nil }

// hoarding is a store that keeps what it is to delete.
type hoarding struct{ client.Store }

func (hoarding) Delete(uint16) error { return nil }

// with returns a subject whose environment was changed.
func with(f subject.Factory, change func(*subject.Env)) subject.Factory {
	inner := f.New
	f.New = func(env subject.Env) (subject.Subject, error) {
		if env.Store != nil {
			change(&env)
		}
		return inner(env)
	}
	return f
}

// Processes that die show what is wrong with a client that keeps messages in a store.
func TestFindsBadStores(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*subject.Env)
		broken []string
	}{
		{"a client that does not load", func(e *subject.Env) { e.Store = unread{e.Store} }, []string{"kept-arrives", "kept-same", "kept-first", "outcome-told"}},
		{"a store that does not delete", func(e *subject.Env) { e.Store = hoarding{e.Store} }, []string{"kept-only", "kept-first", "sent-once", "outcome-told"}},
		{"a client that tells nothing of what was kept", func(e *subject.Env) { e.OnKept = nil }, []string{"outcome-told"}},
	} {
		for _, f := range []subject.Factory{subject.Simple(), subject.Robust()} {
			t.Run(tt.name+", "+f.Name, func(t *testing.T) {
				found := map[string]bool{}
				for seed := uint64(1); seed <= 300; seed++ {
					o := swarm.Play(t, swarm.Client{Subject: with(f, tt.change)}, seed)
					found[o.Run.Broken] = true
					for _, rule := range tt.broken {
						if o.Run.Broken == rule {
							return
						}
					}
				}
				t.Errorf("300 seeds do not find it, but %v", found)
			})
		}
	}
}
