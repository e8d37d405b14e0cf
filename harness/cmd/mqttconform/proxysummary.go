package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"umqtt/harness/judge"
	"umqtt/harness/monitor"
	"umqtt/harness/proxy"
	"umqtt/harness/wire"
)

// summary is what a proxy has done so far.
type summary struct {
	Opened        int              `json:"opened"`
	Open          int              `json:"open"`
	Refused       int64            `json:"refused"`
	Full          int64            `json:"full"`
	Unreached     int64            `json:"unreached"`
	LastErr       string           `json:"last_error,omitempty"`
	Handshakes    int64            `json:"failed_handshakes"`
	TooLong       int64            `json:"too_long"`
	Silent        int64            `json:"silent"`
	Crowded       int64            `json:"crowded"`
	Sent          map[string]int64 `json:"sent"`
	SentBytes     int64            `json:"sent_bytes"`
	Received      map[string]int64 `json:"received"`
	ReceivedBytes int64            `json:"received_bytes"`
	Faults        map[string]int   `json:"faults"`
	Watch         *watchSummary    `json:"watch,omitempty"`
}

// watchSummary is what the monitors have found.
type watchSummary struct {
	Must     int            `json:"must"`
	Should   int            `json:"should"`
	Findings map[string]int `json:"findings"`
	Untold   int            `json:"untold"`
}

// summaryOf returns the summary of a relay, and of its watcher, which may be nil.
func summaryOf(r *proxy.Relay, x *watcher) summary {
	s := r.Stats()
	sum := summary{
		Opened: s.Opened, Open: s.Open, Refused: s.Refused, Full: s.Full, Unreached: s.Unreached, Handshakes: s.Handshakes, TooLong: s.TooLong, Silent: s.Silent, Crowded: s.Crowded,
		Sent: named(s.Sent), SentBytes: s.SentBytes, Received: named(s.Received), ReceivedBytes: s.ReceivedBytes, Faults: s.Fired,
	}
	if s.LastErr != nil {
		sum.LastErr = s.LastErr.Error()
	}
	if x != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		sum.Watch = &watchSummary{x.levels[monitor.Must], x.levels[monitor.Should], maps.Clone(x.rules), x.untold}
	}
	return sum
}

// named counts packets by the names of their types.
func named(types map[wire.Type]int64) map[string]int64 {
	m := make(map[string]int64)
	for t, n := range types {
		m[t.String()] = n
	}
	return m
}

// write writes the summary as text, or as a line of JSON.
func (s summary) write(w io.Writer, asJSON bool) {
	if asJSON {
		b, err := json.Marshal(map[string]summary{"summary": s})
		if err == nil {
			w.Write(append(judge.PrintableJSON(b), '\n'))
		}
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "connections: %d opened, %d open, %d refused by faults", s.Opened, s.Open, s.Refused)
	for _, c := range []struct {
		n    int64
		what string
	}{{s.Full, "too many"}, {s.Handshakes, "without a TLS handshake"}, {s.TooLong, "reset for a packet that is too long"},
		{s.Silent, "reset without a packet in time"}, {s.Crowded, "reset for want of memory"}} {
		if c.n > 0 {
			fmt.Fprintf(&b, ", %d %s", c.n, c.what)
		}
	}
	if s.Unreached > 0 {
		fmt.Fprintf(&b, ", %d for which the broker was not reached (%s)", s.Unreached, judge.Printable(s.LastErr))
	}
	fmt.Fprintf(&b, "\nclients sent:    %s (%d bytes)\n", counted(s.Sent), s.SentBytes)
	fmt.Fprintf(&b, "the broker sent: %s (%d bytes)\n", counted(s.Received), s.ReceivedBytes)
	fmt.Fprintf(&b, "faults fired:    %s\n", counted(s.Faults))
	if x := s.Watch; x != nil {
		fmt.Fprintf(&b, "findings:        %d must, %d should: %s\n", x.Must, x.Should, counted(x.Findings))
		if x.Untold > 0 {
			fmt.Fprintf(&b, "                 %d of them are counted only\n", x.Untold)
		}
	}
	io.WriteString(w, b.String())
}

// counted lists counts by name.
func counted[N int | int64](m map[string]N) string {
	var all []string
	for _, name := range sortedNames(m) {
		all = append(all, fmt.Sprintf("%s %d", name, m[name]))
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

func sortedNames[N any](m map[string]N) []string { return slices.Sorted(maps.Keys(m)) }
