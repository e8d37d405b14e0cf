package fuzz

import (
	"math/rand/v2"
	"slices"
	"testing"

	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
)

// The input is a schedule: the first byte chooses a client, and the others make every choice that a seed of a swarm
// makes, of calls and of faults. The model judges the run. So the coverage guidance of go test searches schedules.
func FuzzScript(f *testing.F) {
	for _, s := range scriptSeeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		playScript(t, t, input, func(f subject.Factory) subject.Factory { return f })
	})
}

// playScript plays a schedule with the client that it chooses, changed.
func playScript(t *testing.T, find finder, input []byte, change func(subject.Factory) subject.Factory) {
	find.Helper()
	clients := subject.Builtin()
	f := clients[0]
	if len(input) > 0 {
		f = clients[int(input[0])%len(clients)]
		input = input[1:]
	}
	script := swarm.Draw(f, swarm.Bytes(input))
	out := swarm.Client{Subject: change(f)}.Play(t, script)
	if out.Run.Broken == "" && len(out.Run.Peer) == 0 {
		return
	}
	sc, err := script.Scenario()
	if err != nil {
		find.Fatalf("%v", err)
	}
	find.Errorf("%s in the order of seed %d: %s %s %q\n%s", f.Name, script.Order(), out.Run.Broken, out.Run.Message, out.Run.Peer, scenario.Format(sc))
}

// scriptSeeds are the choices of some seeds of a swarm.
func scriptSeeds() [][]byte {
	var all [][]byte
	for seed := range uint64(24) {
		for i, f := range subject.Builtin() {
			r := &recorder{Source: swarm.Seeded(seed + 1), choices: []byte{byte(i)}}
			swarm.Draw(f, r)
			all = append(all, r.choices)
		}
	}
	return all
}

// A recorder notes the choices of a source as swarm.Bytes takes them.
type recorder struct {
	swarm.Source
	choices []byte
}

func (r *recorder) IntN(n int) int {
	c := r.Source.IntN(n)
	if n > 256 {
		r.choices = append(r.choices, byte(c>>8))
	}
	r.choices = append(r.choices, byte(c))
	return c
}

// The bytes of a seed are the script of the seed.
func TestScriptSeeds(t *testing.T) {
	f := subject.Builtin()[0]
	input := scriptSeeds()[0]
	plain := struct{ swarm.Source }{swarm.Seeded(1)} // all its choices are in one row, as those of bytes are
	want, err := swarm.Draw(f, plain).Scenario()
	if err != nil {
		t.Fatal(err)
	}
	got, err := swarm.Draw(f, swarm.Bytes(input[1:])).Scenario()
	if err != nil {
		t.Fatal(err)
	}
	if a, b := scenario.Format(want), scenario.Format(got); !slices.Equal(a, b) {
		t.Errorf("the seed is\n%sand its bytes are\n%s", a, b)
	}
}

// Schedules find a client that loses what it has to send again the second time.
func TestScriptFindsDefect(t *testing.T) {
	m, ok := mutant.Find("deep-second-redelivery-lost")
	if !ok {
		t.Fatal("there is no such mutant")
	}
	good := func(f subject.Factory) subject.Factory { return f }
	bad := func(f subject.Factory) subject.Factory {
		if m.For(f.Name) {
			return m.Apply(f)
		}
		return f
	}
	// No seed shows it by itself: the fuzzer has to change one.
	var plain [][]byte
	for _, s := range scriptSeeds() {
		if len(found(func(f finder) { playScript(t, f, s, bad) })) == 0 {
			plain = append(plain, s)
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	rnd.Shuffle(len(plain), func(i, j int) { plain[i], plain[j] = plain[j], plain[i] })
	hunt(t, "outcome-told", plain, 4000,
		func(f finder, b []byte) { playScript(t, f, b, good) },
		func(f finder, b []byte) { playScript(t, f, b, bad) })
}
