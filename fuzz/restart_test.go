package fuzz

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"umqtt/client"
	"umqtt/harness/fault"
	"umqtt/harness/model"
	"umqtt/harness/mortal"
	"umqtt/harness/wire"

	"pgregory.net/rapid"
)

// disks are where a store may be.
var disks = map[string]func(path string) disk{
	"memory": func(string) disk { return &memory{} },
	"file":   func(path string) disk { return &folder{path: path} },
}

// Wherever a process with a store is killed, a torn write of its file included, and however often: what the API reported
// done has arrived, what the store has kept goes on in the next process with its identifier and with DUP, in front of
// anything new, and is acknowledged in the end. No identifier in flight is given to another message, and what was
// done is not done again.
func TestStoreOutlivesProcesses(t *testing.T) {
	for name, d := range disks {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			rapid.Check(t, func(r *rapid.T) { outlives(r, t, path, d, plant{}, map[string]bool{}, nil) })
		})
	}
}

// outlives draws the lives of a client, plays them, and judges them. It adds what they have met to met.
func outlives(r *rapid.T, t *testing.T, path string, d func(path string) disk, with plant, met map[string]bool, small *enough) {
	p := career{
		order:     rapid.Uint64Max(1<<20).Draw(r, "order"),
		keepAlive: time.Duration(rapid.SampledFrom([]int{0, 10}).Draw(r, "keep alive")) * time.Second,
		window:    rapid.SampledFrom([]int{client.DefaultMaxInflight, 1, 3}).Draw(r, "max in flight"),
	}
	r.Repeat(map[string]func(*rapid.T){
		"publish": p.publish, "publish another": p.publish, "die": p.die, "die at": p.dieAt, "cut": p.cut, "cut now": p.cutNow,
		"refuse": p.refuse, "stall": p.stall, "heal": p.heal, "pause": p.pause,
	})
	path, err := os.MkdirTemp(path, "")
	if err != nil {
		r.Fatal(err)
	}
	defer os.RemoveAll(path)
	if wrong := p.play(t, d(path), with, met); len(wrong) > 0 {
		failure := fmt.Sprintf("%s\n%s", p, strings.Join(wrong, "\n"))
		small.of(len(p.steps), failure)
		r.Fatalf("%s", failure)
	}
}

// A career is the lives of a client as they were drawn.
type career struct {
	order     uint64
	keepAlive time.Duration
	window    int
	steps     []livesStep
}

// A livesStep is one thing that happens.
type livesStep struct {
	text string
	do   func(*lives, finder)
}

// String lists the steps, one a line.
func (p career) String() string {
	out := fmt.Sprintf("order %d, keep alive %v, max in flight %d\n", p.order, p.keepAlive, p.window)
	for _, s := range p.steps {
		out += "step: " + s.text + "\n"
	}
	return out
}

// play plays a career, and returns what is wrong with the client.
func (p career) play(t *testing.T, d disk, with plant, met map[string]bool) (wrong []string) {
	watchdog := time.AfterFunc(30*time.Second, func() {
		debug.SetTraceback("all")
		panic("the bubble hangs on\n" + p.String())
	})
	defer watchdog.Stop()
	synctest.Test(t, func(*testing.T) {
		wrong = found(func(f finder) {
			l := newLives(p, d, with, met)
			defer l.end()
			l.begin()
			for _, s := range p.steps {
				end := l.turn()
				s.do(l, f)
				end()
				l.healthy(f)
			}
			l.drain(f)
			for _, v := range model.Check(l.history()) {
				if v.Known == "" {
					f.Errorf("%v", v)
				}
			}
			if wrong := *f.(*findings); len(wrong) > 0 {
				f.Errorf("%s", l.shown())
			}
		})
	})
	if d.anew() > 0 {
		met["within a file written anew"] = true
	}
	return wrong
}

func (p *career) add(do func(*lives, finder), format string, args ...any) {
	p.steps = append(p.steps, livesStep{fmt.Sprintf(format, args...), do})
}

// publish adds a call, which may be left to itself.
func (p *career) publish(r *rapid.T) {
	m := model.Message{Topic: rapid.SampledFrom([]string{"a", "b/c"}).Draw(r, "topic"), QoS: 1}
	m.Payload = fmt.Sprintf("%d:%s", len(p.steps)+1, strings.Repeat("x", rapid.SampledFrom([]int{0, large}).Draw(r, "size")))
	post, wait := rapid.Bool().Draw(r, "post"), rapid.Bool().Draw(r, "wait")
	p.add(func(l *lives, f finder) {
		l.alive(f)
		l.publish(m, post)
		if wait {
			l.join(f)
		}
	}, "publish %v, posted %t, waited for %t", m, post, wait)
}

// large is the size in bytes of a payload of which two make a file store write its file anew.
const large = 33 << 10

// die kills the process, which may be in the middle of a call.
func (p *career) die(*rapid.T) {
	p.add(func(l *lives, _ finder) {
		if p := l.process(); p != nil {
			if p.busy.Load() {
				l.met["in a call"] = true
			}
			p.Kill()
		}
	}, "die")
}

// dieAt has the process, or the next one, die at something that it does.
func (p *career) dieAt(r *rapid.T) {
	d := mortal.Doom{
		Op:    rapid.SampledFrom([]mortal.Op{mortal.Put, mortal.Delete, mortal.Dial, mortal.Write, mortal.Read}).Draw(r, "at"),
		Nth:   rapid.IntRange(1, 4).Draw(r, "nth"),
		When:  mortal.Moment(rapid.ByteMax(2).Draw(r, "when")),
		Bytes: rapid.IntRange(0, 40).Draw(r, "bytes"),
	}
	p.add(func(l *lives, _ finder) { l.world.Arm(&d) }, "die %v (%d bytes)", d, d.Bytes)
}

// cut arms a rule that ends the connection inside or behind a packet to come, and may have the broker forget its
// sessions.
func (p *career) cut(r *rapid.T) {
	match := fault.Match{
		Type: rapid.SampledFrom([]wire.Type{0, wire.CONNECT, wire.CONNACK, wire.PUBLISH, wire.PUBACK}).Draw(r, "type"),
		Dirs: rapid.SampledFrom(ways).Draw(r, "direction"),
		Nth:  rapid.IntRange(1, 4).Draw(r, "nth"),
	}
	cut := fault.Cut{
		At:     rapid.OneOf(rapid.IntRange(-1, 5), rapid.IntRange(0, 40)).Draw(r, "at"),
		How:    rapid.SampledFrom(endings).Draw(r, "how"),
		Forget: rapid.IntRange(0, 3).Draw(r, "forget") == 3,
	}
	p.add(func(l *lives, _ finder) { l.arm(fault.Rule{Match: match, Action: cut}) }, "cut %+v %+v", match, cut)
}

func (p *career) cutNow(r *rapid.T) {
	how := rapid.SampledFrom(endings).Draw(r, "how")
	p.add(func(l *lives, _ finder) {
		if l.connected() {
			l.stalled = false
			l.must(l.link.Cut(0, how))
		}
	}, "cut now %v", how)
}

func (p *career) refuse(*rapid.T) {
	p.add(func(l *lives, _ finder) { l.arm(fault.Rule{Action: fault.Refuse{}}) }, "refuse")
}

func (p *career) stall(r *rapid.T) {
	way := rapid.SampledFrom(ways).Draw(r, "direction")
	p.add(func(l *lives, _ finder) {
		if l.connected() {
			l.stalled = true
			l.must(l.link.Stall(0, way))
		}
	}, "stall %v", way)
}

func (p *career) heal(*rapid.T) {
	p.add(func(l *lives, _ finder) { l.heal() }, "heal")
}

// pause lets time pass, and whatever is under way arrive.
func (p *career) pause(r *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 20 * time.Second}).Draw(r, "for")
	p.add(func(l *lives, _ finder) { l.await(never, d+tick) }, "pause %v", d)
}
