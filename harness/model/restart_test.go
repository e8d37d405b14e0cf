package model_test

import (
	"slices"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/model"
	"umqtt/harness/wire"
)

// restart makes a history of two processes. The first one publishes "a", which is acknowledged, "b" and "c". The second
// one sends what again returns, which is acknowledged, too.
func restart(h *model.History, again ...*wire.Publish) {
	var l log
	*h = model.History{World: h.World, Drained: true, Keeps: true, Ordered: true}
	l.begin(false, false)
	call := func(payload string, sent, at int) {
		h.Calls = append(h.Calls, published(payload, sent-1, at))
	}
	a := l.sent(pub("a", 1, false))
	call("a", a, l.handed(&wire.Puback{PacketID: 1}))
	b, c := l.sent(pub("b", 2, false)), l.sent(pub("c", 3, false))
	l.end()
	h.Restarts = []model.Restart{{Conns: 1, Calls: 3, Kept: []model.Kept{{Message: msg("b", 0), ID: 2}, {Message: msg("c", 0), ID: 3}}}}
	l.begin(false, true)
	at := map[string]int{}
	for _, p := range again {
		l.sent(p)
	}
	for _, p := range again {
		at[string(p.Payload)] = l.handed(&wire.Puback{PacketID: p.PacketID})
	}
	for payload, sent := range map[string]int{"b": b, "c": c} {
		call(payload, sent, at[payload])
		if at[payload] == 0 {
			h.Calls[len(h.Calls)-1].Untold = true
		}
	}
	slices.SortStableFunc(h.Calls, func(x, y model.Call) int { return x.From - y.From })
	if at["d"] > 0 {
		call("d", at["d"]-len(again), at["d"])
	}
	h.Records = l.records
}

// restarted are histories of clients that do not go on with what their store has kept.
func restarted() []spoilt {
	b, c, d := pub("b", 2, true), pub("c", 3, true), pub("d", 4, false)
	sends := func(again ...*wire.Publish) func(*testing.T, *model.History) {
		return func(_ *testing.T, h *model.History) { restart(h, again...) }
	}
	with := func(change func(h *model.History), again ...*wire.Publish) func(*testing.T, *model.History) {
		return func(_ *testing.T, h *model.History) {
			restart(h, again...)
			change(h)
		}
	}
	fresh := func(h *model.History) {
		for i, r := range h.Records {
			if r.Conn == 2 && r.Kind == capture.Handed && wire.TypeOf(r.Data) == wire.CONNACK {
				set(h, i, &wire.Connack{})
			}
		}
	}
	return []spoilt{
		{"a restart", sends(b, c, d), ""},
		{"a restart, and a message is lost", sends(b), "kept-arrives"},
		{"a restart, and all is lost", sends(), "kept-arrives"},
		{"a restart, and the run ends early", with(func(h *model.History) { h.Drained = false }, b), ""},
		{"a restart without the session", with(fresh, b), "kept-arrives"},
		{"a restart without the session, of a client that promises nothing", with(func(h *model.History) {
			fresh(h)
			h.Ordered = false
		}), ""},
		{"a restart, and another message has the identifier", sends(pub("d", 2, false), c), "kept-same"},
		{"a restart, and another identifier", sends(b, pub("c", 5, true)), "kept-same"},
		{"a restart, and a new message that is like one that is kept", with(func(h *model.History) {
			h.Calls = append(h.Calls, published("c", len(h.Records)-6, len(h.Records)))
		}, b, c, pub("c", 5, false)), ""},
		{"a restart, and no DUP", sends(b, pub("c", 3, false)), "kept-same"},
		{"a restart in another order", sends(c, b), "kept-first"},
		{"a restart, and something new first", sends(d, b, c), "kept-first"},
		{"a restart, and something new first of a client that promises nothing", with(func(h *model.History) { h.Ordered = false }, d, b, c), ""},
		{"a restart, and what was done is done again", sends(pub("a", 1, true), b, c), "kept-only"},
		{"a restart, and what was done comes later", with(func(h *model.History) { h.Restarts[0].Kept = h.Restarts[0].Kept[:1] }, b, c), "kept-only"},
		{"two restarts, and the second has kept less", with(func(h *model.History) {
			h.Restarts = append(h.Restarts, model.Restart{Conns: 2, Calls: 3})
		}, b), ""},
	}
}
