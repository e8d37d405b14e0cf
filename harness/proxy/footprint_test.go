package proxy_test

import (
	"testing"

	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// Moves commute where neither changes what the other touches, and never in one direction of one connection.
func TestCommutes(t *testing.T) {
	for _, tt := range []struct {
		name string
		a, b proxy.Footprint
		want bool
	}{
		{"nothing in common",
			proxy.Footprint{Conn: 1, Dir: wire.ToClient, Writes: []string{"witness"}},
			proxy.Footprint{Conn: 2, Dir: wire.ToServer, Writes: []string{"broker"}}, true},
		{"both read",
			proxy.Footprint{Conn: 1, Dir: wire.ToServer, Reads: []string{"broker"}},
			proxy.Footprint{Conn: 2, Dir: wire.ToServer, Reads: []string{"broker"}}, true},
		{"both write",
			proxy.Footprint{Conn: 1, Dir: wire.ToServer, Writes: []string{"broker"}},
			proxy.Footprint{Conn: 2, Dir: wire.ToServer, Writes: []string{"broker"}}, false},
		{"one writes what the other reads",
			proxy.Footprint{Conn: 1, Dir: wire.ToServer, Reads: []string{"broker"}},
			proxy.Footprint{Conn: 2, Dir: wire.ToServer, Writes: []string{"broker"}}, false},
		{"one direction of one connection",
			proxy.Footprint{Conn: 1, Dir: wire.ToServer},
			proxy.Footprint{Conn: 1, Dir: wire.ToServer}, false},
		{"two directions of one connection",
			proxy.Footprint{Conn: 1, Dir: wire.ToServer},
			proxy.Footprint{Conn: 1, Dir: wire.ToClient}, true},
		{"all",
			proxy.Footprint{Conn: 1, Dir: wire.ToServer, All: true},
			proxy.Footprint{Conn: 2, Dir: wire.ToServer}, false},
	} {
		if got, back := tt.a.Commutes(tt.b), tt.b.Commutes(tt.a); got != tt.want || back != tt.want {
			t.Errorf("%s: %v and %v, want %v", tt.name, got, back, tt.want)
		}
	}
}
