package fuzz

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/wire"
)

// maxOps bounds a program.
const maxOps = 64

// source is what is left of the input. At its end it gives zeros.
type source struct{ b []byte }

// below returns a number from 0 to n-1, of one byte.
func (s *source) below(n int) int {
	if len(s.b) == 0 {
		return 0
	}
	v := int(s.b[0]) % n
	s.b = s.b[1:]
	return v
}

// take returns up to n bytes.
func (s *source) take(n int) []byte {
	b := s.b[:min(n, len(s.b))]
	s.b = s.b[len(b):]
	return b
}

// pick returns one of the values.
func pick[T any](s *source, of ...T) T { return of[s.below(len(of))] }

// An op is an operation of a program: its first byte chooses it from ops, those behind are its arguments.
type op struct {
	name string
	do   func(d *duel, s *source) string // returns its arguments for the reader
}

// The operations. Their places in the table are the encoding of the corpus: append only.
var ops []op

func init() {
	ops = []op{
		{"raw", func(d *duel, s *source) string { return d.write(s.take(1 + s.below(16))) }},
		{"accept", func(d *duel, s *source) string { return d.write((&wire.Connack{}).Append(nil)) }},
		{"connack", func(d *duel, s *source) string {
			return d.write((&wire.Connack{SessionPresent: s.below(2) == 1, Code: byte(s.below(8))}).Append(nil))
		}},
		{"publish", func(d *duel, s *source) string { return d.write(d.message(s).Append(nil)) }},
		{"answer", (*duel).answer},
		{"puback", func(d *duel, s *source) string { return d.write((&wire.Puback{PacketID: s.id()}).Append(nil)) }},
		{"suback", func(d *duel, s *source) string {
			return d.write((&wire.Suback{PacketID: s.id(), Codes: slices.Clone(s.take(s.below(4)))}).Append(nil))
		}},
		{"unsuback", func(d *duel, s *source) string { return d.write((&wire.Unsuback{PacketID: s.id()}).Append(nil)) }},
		{"pingresp", func(d *duel, s *source) string { return d.write((&wire.Pingresp{}).Append(nil)) }},
		{"any", func(d *duel, s *source) string { return d.write(valid[s.below(len(valid))].Append(nil)) }},
		{"corrupt", func(d *duel, s *source) string {
			b := d.message(s).Append(nil)
			b[min(s.below(256), len(b)-1)] ^= byte(s.below(256))
			return d.write(b)
		}},
		{"long length", func(d *duel, s *source) string { return d.write(lengthen(d.message(s).Append(nil))) }},
		{"large", (*duel).large},
		{"half", func(d *duel, s *source) string {
			b := d.message(s).Append(nil)
			return d.write(b[:min(s.below(256), len(b))])
		}},
		{"chunk", func(d *duel, s *source) string { d.chunk = s.below(8); return fmt.Sprint(d.chunk) }},
		{"hold", func(d *duel, s *source) string { d.held = append([]byte{}, d.held...); return "" }},
		{"flush", func(d *duel, s *source) string { d.flush(); return "" }},
		{"end", (*duel).end},
		{"sleep", func(d *duel, s *source) string {
			how := pick(s, time.Millisecond, 100*time.Millisecond, time.Second, 10*time.Second) + time.Microsecond
			time.Sleep(how)
			return how.String()
		}},
		{"connect", (*duel).connect},
		{"publish by the client", (*duel).publish},
		{"subscribe", (*duel).subscribe},
		{"unsubscribe", (*duel).unsubscribe},
		{"wait", func(d *duel, s *source) string {
			return d.ask(s, call{name: "wait", read: true, bound: s.bound(), do: func(ctx context.Context) error {
				_, err := d.client.WaitMsg(ctx)
				return err
			}})
		}},
		{"check", func(d *duel, s *source) string {
			return d.ask(s, call{name: "check", read: true, do: func(context.Context) error { _, err := d.client.CheckMsg(); return err }})
		}},
		{"ping", func(d *duel, s *source) string {
			return d.ask(s, call{name: "ping", do: func(context.Context) error { return d.client.Ping() }})
		}},
		{"disconnect", func(d *duel, s *source) string {
			return d.ask(s, call{name: "disconnect", end: "Disconnect", do: func(context.Context) error { return d.client.Disconnect() }})
		}},
		{"close", func(d *duel, s *source) string {
			return d.ask(s, call{name: "close", end: "Close", do: func(context.Context) error { return d.client.Close() }})
		}},
		{"panic in the callback", func(d *duel, s *source) string {
			d.later(call{name: "panic", end: "panic", do: func(context.Context) error { panic(errDeliberate) }})
			return ""
		}},
		{"post", (*duel).post},
		{"gather", func(d *duel, s *source) string {
			return d.ask(s, call{name: "hold", do: func(context.Context) error { return d.client.Hold() }})
		}},
		{"write what is gathered", func(d *duel, s *source) string {
			return d.ask(s, call{name: "flush", bound: s.bound(), do: func(ctx context.Context) error { return d.client.Flush(ctx) }})
		}},
		{"wait for a while", func(d *duel, s *source) string {
			bound := s.bound()
			return d.ask(s, call{name: "wait for", read: true, bound: bound, do: func(context.Context) error {
				_, err := d.client.WaitFor(context.Background(), bound)
				return err
			}})
		}},
		{"wait for PUBACKs", func(d *duel, s *source) string {
			return d.ask(s, call{name: "wait for PUBACKs", bound: s.bound(), do: func(ctx context.Context) error { return d.client.WaitAcks(ctx) }})
		}},
	}
}

// step carries out the next operation.
func (d *duel) step() {
	o := ops[d.source.below(len(ops))]
	before := len(d.script)
	d.script = append(d.script, o.name) // there even if the client brings the bubble down
	d.script[before] += " " + o.do(d, d.source)
}

// id returns a packet identifier, mostly a small one.
func (s *source) id() uint16 {
	if v := s.below(256); v < 0xf0 {
		return uint16(v % 8)
	}
	return uint16(s.below(256))<<8 | uint16(s.below(256))
}

// bound returns how long a context lasts; 0 is one that has ended.
func (s *source) bound() time.Duration {
	return pick(s, time.Second, 0, 50*time.Millisecond, 3*time.Second)
}

// texts are topic names and filters, good ones and bad ones.
var texts = []string{
	"t", "a/b", "é/水", "\ufeff", "\x01", string(bytes.Repeat([]byte{'x'}, 150)),
	"", "a/+", "#", "a/#", "a#", "+a", "nul\x00", "\xff", "\xed\xa0\x80", "$SYS/x",
}
