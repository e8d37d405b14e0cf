package mutant_test

import (
	"testing"

	"umqtt/harness/wire"
)

// What becomes of PUBACKs that the subject sends before it sends something else or waits.
func TestOwedPubacks(t *testing.T) {
	ping := &wire.Pingreq{}
	owe := func(ids ...uint16) []step {
		var steps []step
		for _, id := range ids {
			steps = append(steps, step{1, up, encode(acked(id)), nil})
		}
		return steps
	}
	sends := func(ids ...uint16) []step {
		var b []byte
		for _, id := range ids {
			b = append(b, encode(acked(id))...)
		}
		return []step{{1, up, encode(ping), append(b, encode(ping)...)}}
	}
	nine := []uint16{9, 8, 7, 6, 5, 4, 3, 2, 1}
	for _, tt := range []struct {
		name       string
		owed, sent []uint16
	}{
		{"oldest-puback-last", []uint16{5, 9, 7}, []uint16{9, 7, 5}},
		{"oldest-puback-last", []uint16{5}, []uint16{5}},
		{"oldest-puback-last", nil, nil},
		{"puback-table-from-its-start", nine, []uint16{1, 9, 8, 7, 6, 5, 4, 3, 2}},
		{"puback-table-from-its-start", nine[:8], nine[:8]},
		{"pubacks-by-id", []uint16{300, 5, 7}, []uint16{5, 7, 300}},
	} {
		t.Run(tt.name, func(t *testing.T) { walk(t, tt.name, append(owe(tt.owed...), sends(tt.sent...)...)...) })
	}
}

// The PUBACK of a message whose callback has published goes out behind the next one, and not another.
func TestPubackBehindCall(t *testing.T) {
	walk(t, "puback-behind-a-call",
		same(1, down, message(1, 3, false)),
		same(1, up, acked(3)),
		same(1, down, message(1, 4, false)),
		same(1, up, message(0, 0, false)), // out of its callback
		step{1, up, encode(acked(4)), nil},
		same(1, down, message(1, 5, false)), // for which the subject waits, so that it goes out
		step{1, up, encode(acked(5)), encode(acked(4), acked(5))},
	)
}
