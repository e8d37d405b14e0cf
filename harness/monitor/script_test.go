package monitor_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/wire"
)

// A sample is a capture in short, and what the monitors find in it.
type sample struct {
	name   string
	script string
	want   []string // monitor@record; nil: nothing
}

// script makes a capture from one line for each record:
//
//	conn 2                  the records below belong to connection 2
//	at 1.5s                 ... and happen at that time; "at never" is no time
//	> PUBLISH qos=1 id=1    a packet, its fields by their short names
//	< 40 02 00 01           bytes
//	> FIN                   an end
//	* fault cut rst         an event
//	real                    the times are of the real world; see worldOf
//
// Fields that are left out: client id c1, topic t, one filter f, code 0 in a SUBACK.
func script(t testing.TB, text string) *capture.Capture {
	t.Helper()
	c := &capture.Capture{Name: t.Name()}
	conn, at := 1, time.Duration(0)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "", "real":
		case "conn":
			conn = number(t, rest)
		case "at":
			at = instant(t, rest)
		case ">", "<", "*":
			r := capture.Record{Time: at, Conn: conn, Kind: capture.Kind(verb[0])}
			if r.Kind == capture.Event || rest == capture.FIN || rest == capture.RST {
				r.Text = rest
			} else {
				r.Data = frame(t, rest)
			}
			c.Records = append(c.Records, r)
		default:
			t.Fatalf("%q: unknown line", line)
		}
	}
	return c
}

func instant(t testing.TB, s string) time.Duration {
	if s == "never" {
		return capture.NoTime
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t testing.TB, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// frame makes bytes of hex, or of a packet's name and fields.
func frame(t testing.TB, s string) []byte {
	words := strings.Fields(s)
	typ, ok := wire.ParseType(words[0])
	if !ok {
		b, err := hex.DecodeString(strings.Join(words, ""))
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return b
	}
	p := wire.New(typ)
	switch p := p.(type) {
	case *wire.Connect:
		p.ClientID = "c1"
	case *wire.Publish:
		p.Topic = "t"
	case *wire.Subscribe:
		p.Filters = []wire.Subscription{{Filter: "f"}}
	case *wire.Suback:
		p.Codes = []byte{0}
	case *wire.Unsubscribe:
		p.Filters = []string{"f"}
	}
	for _, w := range words[1:] {
		short, value, _ := strings.Cut(w, "=")
		if err := set(p, short, value); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	}
	return p.Append(nil)
}

// set sets the field with that short name.
func set(p wire.Packet, short, value string) error {
	for _, f := range wire.Fields(p.Type()) {
		if f.Short != short {
			continue
		}
		switch f.Kind {
		case wire.Bool:
			return wire.Set(p, f.Name, value == "1")
		case wire.Text, wire.Bytes:
			return wire.Set(p, f.Name, value)
		case wire.Filters:
			return wire.Set(p, f.Name, []wire.Subscription{{Filter: value}})
		default:
			n, err := strconv.Atoi(value)
			if err != nil {
				return err
			}
			return wire.Set(p, f.Name, n)
		}
	}
	return fmt.Errorf("%s has no field %q", p.Type(), short)
}

// worldOf returns the world of a sample: the simulated one, unless it says otherwise.
func worldOf(text string) monitor.World {
	if slices.Contains(strings.Fields(text), "real") {
		return monitor.Real
	}
	return monitor.Simulated
}

// found returns the findings as samples name them.
func found(c *capture.Capture, w monitor.World) []string {
	var names []string
	for _, f := range monitor.Check(c, w) {
		names = append(names, fmt.Sprintf("%s@%d", f.Monitor, f.Record))
	}
	return names
}
