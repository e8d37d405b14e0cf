package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// The input is a list of rules, and packets and times for the engine. It answers the same when it is asked again, and
// what it hands over is in order: no Due goes back, pieces have sizes, nothing comes behind an end. Rules that lose
// and change nothing hand over each byte once, whatever they are together.
func FuzzRules(f *testing.F) {
	for _, s := range ruleSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input []byte) { checkRules(t, newEngine, input) })
}

// engine is what fault.Engine can do, as far as this target asks.
type engine interface {
	Packet(now time.Duration, p fault.Packet) ([]fault.Out, []fault.Event)
	End(now time.Duration, conn int, dir wire.Direction) ([]fault.Out, []fault.Event)
}

func newEngine(seed uint64, rules []fault.Rule) engine { return fault.NewEngine(seed, rules...) }

// ruleSeeds are inputs: the seed, how many rules, the rules, and packets.
var ruleSeeds = [][]byte{
	{1, 1, 0, 0, 0, 0, 0, 10, 1, 0, 2, 2, 5, 3, 4},             // latency
	{2, 2, 3, 0, 1, 0, 0, 3, 4, 0, 0, 0, 0, 2, 0, 0, 1, 0, 1},  // split, merge
	{3, 1, 2, 0, 0, 2, 0, 9, 2, 0, 1, 0, 1, 2, 3, 0, 1, 1, 40}, // bandwidth at the second packet
	{4, 2, 6, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 3, 1, 0, 3, 2, 9},  // drop, duplicate
	{5, 1, 9, 0, 0, 0, 0, 2, 2, 0, 4, 0, 2, 0},                 // cut
}

// actions are those that a rule may have. The first five lose and change nothing.
var actions = []func(n int) fault.Action{
	func(n int) fault.Action { return fault.Latency{By: time.Duration(n) * time.Millisecond} },
	func(n int) fault.Action { return fault.Jitter{Max: time.Duration(n) * time.Millisecond} },
	func(n int) fault.Action { return fault.Bandwidth{Rate: n} },
	func(n int) fault.Action { return fault.Split{Sizes: []int{n, 1 + n/2}} },
	func(n int) fault.Action { return fault.Merge{Count: n} },
	func(n int) fault.Action { return fault.Duplicate{Times: n % 8} },
	func(int) fault.Action { return fault.Drop{} },
	func(int) fault.Action { return fault.Swap{} },
	func(n int) fault.Action { return fault.Corrupt{Byte: n - 8, Xor: 1 + byte(n)} },
	func(n int) fault.Action { return fault.Cut{At: n - 1, How: fault.RST} },
	func(n int) fault.Action { return fault.Truncate{To: n} },
	func(n int) fault.Action { return fault.Delay{By: time.Duration(n) * time.Second} },
}

const harmless = 5 // of the actions

// asked is a packet and the time at which the engine is asked about it.
type asked struct {
	now time.Duration
	fault.Packet
}

// readRules decodes an input.
func readRules(input []byte) (seed uint64, rules []fault.Rule, packets []asked, lossless bool) {
	src := &source{input}
	seed, lossless = uint64(src.below(256)), true
	for range src.below(4) {
		kind := src.below(len(actions))
		r := fault.Rule{Match: fault.Match{Conn: src.below(3), Dirs: fault.Dirs(src.below(3)), Nth: src.below(4), Probability: float64(src.below(3)) / 4}}
		r.Action = actions[kind](src.below(256))
		if r.Check() != nil {
			continue // the loader refuses it, too
		}
		rules = append(rules, r)
		lossless = lossless && kind < harmless
	}
	var now time.Duration
	frames := [][]byte{
		(&wire.Publish{Topic: "t", Payload: []byte("hello")}).Append(nil), (&wire.Puback{PacketID: 7}).Append(nil),
		(&wire.Pingresp{}).Append(nil), {0x30},
	}
	for len(src.b) > 0 {
		p := fault.Packet{Conn: 1 + src.below(2), Dir: wire.Direction(src.below(2))}
		kind := src.below(len(frames))
		p.Data, p.Raw = frames[kind], kind == len(frames)-1
		now += time.Duration(src.below(256)) * time.Millisecond
		packets = append(packets, asked{now, p})
	}
	return seed, rules, packets, lossless
}

// checkRules plays an input.
func checkRules(t finder, newEngine func(uint64, []fault.Rule) engine, input []byte) {
	seed, rules, packets, lossless := readRules(input)
	type flow struct {
		conn int
		dir  wire.Direction
	}
	ask := func() (text string, in, out map[flow][]byte) {
		e := newEngine(seed, rules)
		in, out = map[flow][]byte{}, map[flow][]byte{}
		due, ended := map[flow]time.Duration{}, map[int]bool{}
		var b bytes.Buffer
		take := func(outs []fault.Out) {
			for _, o := range outs {
				f := flow{o.Conn, o.Dir}
				fmt.Fprintln(&b, o)
				switch {
				case o.Due < due[f] && o.PerByte == 0:
					t.Errorf("%v is due before what came before it, at %v", o, due[f])
				case slices.ContainsFunc(o.Sizes, func(n int) bool { return n < 1 }):
					t.Errorf("%v has a piece of no bytes", o)
				}
				due[f] = max(due[f], o.Due)
				out[f] = append(out[f], o.Data...)
				ended[o.Conn] = ended[o.Conn] || o.End == fault.FIN || o.End == fault.RST
			}
		}
		for _, p := range packets {
			if ended[p.Conn] {
				continue // nothing comes from a connection that has ended
			}
			f := flow{p.Conn, p.Dir}
			in[f] = append(in[f], p.Data...)
			given := bytes.Clone(p.Data)
			outs, events := e.Packet(p.now, p.Packet)
			if !bytes.Equal(given, p.Data) {
				t.Errorf("the engine has changed what it was given")
			}
			take(outs)
			fmt.Fprintln(&b, events)
		}
		for conn := 1; conn <= 2; conn++ {
			for dir := range wire.Direction(2) {
				outs, events := e.End(time.Hour, conn, dir)
				take(outs)
				fmt.Fprintln(&b, events)
			}
		}
		return b.String(), in, out
	}
	first, in, out := ask()
	if again, _, _ := ask(); again != first {
		t.Errorf("asked again, the engine answers otherwise:\n%s\n%s", first, again)
	}
	for f, b := range in {
		if lossless && !bytes.Equal(b, out[f]) {
			t.Errorf("connection %d, direction %v: % x goes in, % x comes out, by %v", f.conn, f.dir, b, out[f], rules)
		}
	}
}

// broken changes the answers of an engine.
type broken struct {
	engine
	n      int
	change func(n int, outs []fault.Out) []fault.Out
}

func (b *broken) Packet(now time.Duration, p fault.Packet) ([]fault.Out, []fault.Event) {
	outs, events := b.engine.Packet(now, p)
	b.n++
	return b.change(b.n, outs), events
}

func TestRulesFindPlanted(t *testing.T) {
	engines := 0
	for name, plant := range map[string]struct {
		want   string
		change func(n int, outs []fault.Out) []fault.Out
	}{
		"the third packet overtakes": {"is due before", func(n int, outs []fault.Out) []fault.Out {
			if n == 3 && len(outs) > 0 {
				outs[0].Due = 0
			}
			return outs
		}},
		"the last piece is lost": {"comes out", func(n int, outs []fault.Out) []fault.Out {
			if len(outs) > 0 && len(outs[0].Sizes) > 0 {
				outs[0].Data = outs[0].Data[:len(outs[0].Data)-1]
			}
			return outs
		}},
		"another order each time": {"answers otherwise", func(n int, outs []fault.Out) []fault.Out {
			if n == 2 && engines%2 == 0 && len(outs) > 0 {
				outs[0].Due += time.Second
			}
			return outs
		}},
	} {
		t.Run(name, func(t *testing.T) {
			hunt(t, plant.want, ruleSeeds, 50_000, func(f finder, input []byte) { checkRules(f, newEngine, input) }, func(f finder, input []byte) {
				checkRules(f, func(seed uint64, rules []fault.Rule) engine {
					engines++
					return &broken{engine: newEngine(seed, rules), change: plant.change}
				}, input)
			})
		})
	}
}
