package swarm_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/swarm"
	"umqtt/harness/sweep"
)

// builtin returns a built-in subject.
func builtin(t *testing.T, name string) subject.Factory {
	t.Helper()
	for _, f := range subject.ByName() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no subject %s", name)
	return subject.Factory{}
}

// text returns the script of a source.
func text(t *testing.T, f subject.Factory, src swarm.Source) string {
	t.Helper()
	sc, err := swarm.Draw(f, src).Scenario()
	if err != nil {
		t.Fatal(err)
	}
	return string(scenario.Format(sc))
}

// Each seed has a script of its own, and always the same one.
func TestSeeds(t *testing.T) {
	seen := map[string]uint64{}
	for seed := uint64(1); seed <= 100; seed++ {
		for _, f := range subject.Builtin() {
			s := text(t, f, swarm.Seeded(seed))
			if again := text(t, f, swarm.Seeded(seed)); again != s {
				t.Fatalf("seed %d with %s is another script the second time:\n%s", seed, f.Name, cmp.Diff(s, again))
			}
			if f.Name == "simple" {
				if other, ok := seen[s]; ok {
					t.Errorf("seeds %d and %d have one script:\n%s", other, seed, s)
				}
				seen[s] = seed
			}
		}
	}
}

// A byte string is a script; more bytes are more steps, and any bytes will do.
func TestBytes(t *testing.T) {
	f := builtin(t, "robust")
	few, many := text(t, f, swarm.Bytes(nil)), text(t, f, swarm.Bytes([]byte(strings.Repeat("\x01\x07\xff\x30", 60))))
	if steps := strings.Count(few, "\n  - "); steps != 1 {
		t.Errorf("no bytes are %d steps:\n%s", steps, few)
	}
	if steps := strings.Count(many, "\n  - "); steps < 10 {
		t.Errorf("many bytes are %d steps:\n%s", steps, many)
	}
}

// Equal seeds give equal runs, with one processor, too.
func TestHash(t *testing.T) {
	hash := func() string {
		var y swarm.Tally
		for seed := uint64(1); seed <= 40; seed++ {
			for i, f := range subject.Builtin() {
				o := swarm.Play(t, swarm.Client{Subject: f}, seed)
				o.Client = i
				y.Add(o, nil, 0)
			}
		}
		return y.Hash.String()
	}
	first := hash()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if again := hash(); again != first {
		t.Errorf("hashes %s and %s", first, again)
	}
}

// No seed breaks a rule with a good client, and together they meet all that a search must meet.
func TestGoodClients(t *testing.T) {
	var y swarm.Tally
	for seed := uint64(1); seed <= 300; seed++ {
		for _, f := range subject.Builtin() {
			o := swarm.Play(t, swarm.Client{Subject: f, Soon: swarm.Soon(f)}, seed)
			y.Add(o, nil, 0)
			if o.Run.Broken != "" || len(o.Run.Peer) > 0 {
				t.Errorf("seed %d with %s: %s: %s %q", seed, f.Name, o.Run.Broken, o.Run.Message, o.Run.Peer)
			}
		}
	}
	for _, s := range swarm.Sometimes() {
		if y.Reached[s.Name] == 0 {
			t.Errorf("%s: none of %d runs met it", s.Name, y.Open[s.Name])
		}
	}
}

// These scripts have failed, through no fault of the client's.
func TestOldFailures(t *testing.T) {
	for _, tt := range []struct {
		file    string
		subject subject.Factory
		was     string
	}{
		{"simple-1061975", subject.Simple(), "the last message waited behind two merges, each of which wants another packet"},
		{"robust-4508", subject.Robust(), "a client that gathers has not read the acknowledgement when its connection ends"},
		{"simple-2798", subject.Simple(), "the run ended while the store kept a message, whose call had told that it is pending"},
		{"robust-3025947", subject.Robust(), "three connections in a row ended at a subscription, which the client then gives up"},
		{"robust-1905", subject.Robust(), "a connection ended when a call that connects began, and its end was recorded behind that"},
		{"simple-8115", subject.Simple(), "a client that gathers has not read the message in front of its DISCONNECT"},
	} {
		text, err := os.ReadFile("testdata/" + tt.file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		sc, err := scenario.Parse(tt.file, text)
		if err != nil {
			t.Fatal(err)
		}
		if r := (sweep.Plan{Subject: tt.subject}).Play(t, sc); r.Broken != "" || len(r.Peer) > 0 {
			t.Errorf("%s: %s: %s %q; once it was that %s", tt.file, r.Broken, r.Message, r.Peer, tt.was)
		}
	}
}

// What no run met is told, once enough of them could have.
func TestBlind(t *testing.T) {
	var y swarm.Tally
	for range 3 {
		y.Add(swarm.Outcome{Open: []string{"redelivery", "refused"}, Reached: []string{"refused"}}, nil, 0)
	}
	if blind := y.Blind(4); len(blind) > 0 {
		t.Errorf("3 of 4 runs prove that it is blind: %v", blind)
	}
	blind := y.Blind(3)
	if len(blind) != 1 || blind[0].Name != "redelivery" || blind[0].Doc == "" {
		t.Errorf("it is blind to %v, want redelivery", blind)
	}
}

// Failures of a kind are counted, and the first of them is kept.
func TestTally(t *testing.T) {
	add := func(seeds ...uint64) *swarm.Tally {
		y := new(swarm.Tally)
		for _, seed := range seeds {
			y.Add(swarm.Outcome{Seed: seed, Run: sweep.Run{Broken: "left", Trace: "t"}}, nil, 0)
		}
		y.Sort()
		return y
	}
	y := add(5, 3, 9)
	if len(y.Failures) != 1 || y.Failures[0].Seed != 3 || y.Failures[0].Also != 2 {
		t.Errorf("failures %+v", y.Failures)
	}
	if a, b := y.Hash, add(9, 5, 3).Hash; a != b {
		t.Errorf("the order of the workers changes the hash: %s, %s", a, b)
	}
	if a, b := y.Hash, add(9, 5, 4).Hash; a == b {
		t.Error("other seeds have the same hash")
	}
}

// The swarm finds mutants that no workload shows without a fault, and makes a file of what it finds.
func TestFindsDeepMutants(t *testing.T) {
	for _, tt := range []struct{ mutant, subject string }{
		{"deep-second-redelivery-lost", "simple"},
		{"deep-merged-puback-lost", "simple"},
		{"deep-half-a-message-is-seen", "simple"},
		{"deep-third-session-believed", "robust"},
	} {
		t.Run(tt.mutant, func(t *testing.T) {
			m, ok := mutant.Find(tt.mutant)
			if !ok {
				t.Fatal("there is no such mutant")
			}
			good := builtin(t, tt.subject)
			c := swarm.Client{Subject: m.Apply(good), Without: good, Odd: true}
			for seed := uint64(1); seed <= 1500; seed++ {
				o := swarm.Play(t, c, seed)
				if o.Run.Broken == "" {
					continue
				}
				file, order, ok := c.Reduce(t, seed, o.Run.Broken)
				if !ok {
					t.Fatalf("seed %d breaks %s and cannot be reduced: %s", seed, o.Run.Broken, o.Run.Message)
				}
				sc, err := scenario.Parse("alone.yaml", file)
				if err != nil {
					t.Fatalf("%v\n%s", err, file)
				}
				if len(sc.Steps) > 12 {
					t.Errorf("%d steps are left:\n%s", len(sc.Steps), file)
				}
				if r := (sweep.Plan{Subject: c.Subject, Seed: order}).Play(t, sc); r.Broken != o.Run.Broken {
					t.Errorf("the file breaks %q, want %q\n%s", r.Broken, o.Run.Broken, file)
				}
				if r := (sweep.Plan{Subject: good, Seed: order}).Play(t, sc); r.Broken != "" {
					t.Errorf("without the mutant the file breaks %q\n%s", r.Broken, file)
				}
				t.Logf("found by seed %d: %s", seed, o.Run.Broken)
				return
			}
			t.Error("1500 seeds do not find it")
		})
	}
}

// A worker that dies costs one run, and the seeds behind it are played.
func TestFarmSurvivesCrash(t *testing.T) {
	line := func(seed, client string) string {
		return `echo '{"Seed":` + seed + `,"Client":` + client + `,"Run":{"struck":true,"trace":"x"}}';`
	}
	f := swarm.Farm{Clients: 2, Workers: 1, From: 1, To: 3, Command: func(from, to uint64) *exec.Cmd {
		if to != 3 {
			t.Errorf("a worker plays to %d", to)
		}
		script := line("3", "0") + line("3", "1")
		if from == 1 {
			script = line("1", "0") + line("1", "1") + line("2", "0") + "exit 3"
		}
		return exec.Command("sh", "-c", script)
	}}
	y, _, err := f.Swarm()
	if err != nil {
		t.Fatal(err)
	}
	if y.Runs != 6 || len(y.Failures) != 1 || y.Failures[0].Seed != 2 || y.Failures[0].Client != 1 || y.Failures[0].Run.Broken != sweep.Crashed {
		t.Errorf("%d runs, failures %+v", y.Runs, y.Failures)
	}
	if _, _, err := (&swarm.Farm{Clients: 1, Workers: 2, From: 1, To: 500, Command: func(_, _ uint64) *exec.Cmd { return exec.Command("/none") }}).Swarm(); err == nil {
		t.Error("a worker that does not start is no error")
	}
}

// Shards share the seeds.
func TestFarmShards(t *testing.T) {
	var from []uint64
	for shard := range 2 {
		f := swarm.Farm{Clients: 1, Workers: 1, From: 1, To: 450, Shard: shard, Shards: 2, Command: func(a, b uint64) *exec.Cmd {
			from = append(from, a)
			return exec.Command("sh", "-c", fmt.Sprintf(`for i in $(seq %d %d); do echo '{"Seed":'$i',"Client":0}'; done`, a, b))
		}}
		if _, _, err := f.Swarm(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(from)
	if diff := cmp.Diff([]uint64{1, 101, 201, 301, 401}, from); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
}

// A farm that is stopped plays to its end what has begun, and tells where its shard goes on.
func TestFarmStops(t *testing.T) {
	for _, tt := range []struct {
		shard, shards int
		stop          uint64 // the first seed of the batch within which it is stopped; 0: before all
		runs          int
		next          uint64
	}{
		{0, 0, 0, 0, 1}, {0, 0, 1, 100, 101}, {0, 0, 101, 200, 201}, {1, 2, 101, 100, 201}, {0, 0, 401, 450, 0},
	} {
		stop := make(chan struct{})
		if tt.stop == 0 {
			close(stop)
		}
		f := swarm.Farm{Clients: 1, Workers: 1, From: 1, To: 450, Shard: tt.shard, Shards: tt.shards, Stop: stop, Command: func(a, b uint64) *exec.Cmd {
			if a == tt.stop {
				close(stop)
			}
			return exec.Command("sh", "-c", fmt.Sprintf(`for i in $(seq %d %d); do echo '{"Seed":'$i',"Client":0}'; done`, a, b))
		}}
		y, _, err := f.Swarm()
		if err != nil || y.Runs != tt.runs || y.Next != tt.next {
			t.Errorf("%+v: %d runs, goes on with %d, %v", tt, y.Runs, y.Next, err)
		}
	}
}
