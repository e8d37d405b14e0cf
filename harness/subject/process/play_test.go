package process_test

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
	"umqtt/scenarios"
)

// The same client gets the same verdicts as a process and in this one.
func TestSameVerdicts(t *testing.T) {
	t.Parallel()
	all, err := scenario.Load(scenarios.FS())
	if err != nil {
		t.Fatal(err)
	}
	ref, simple := open(t, "ref", process.Limits{}).Factory(), open(t, "simple", process.Limits{}).Factory()
	type pair struct {
		sc       *scenario.Scenario
		subjects [2]subject.Factory // in this process, and in one of its own
		results  [2]*judge.Result
	}
	playOne := func(p *pair, i int) { p.results[i] = play.Real(p.sc, p.subjects[i], play.Options{Foreign: true}) }
	differ := func(p *pair) bool {
		return p.results[0].Verdict != p.results[1].Verdict || p.results[0].API != p.results[1].API
	}
	late := func(res *judge.Result) bool { return res.Late > play.Tolerated }
	var pairs []*pair
	for _, sc := range all {
		match := slices.ContainsFunc([]string{"qos1/*", "qos2/*", "recursion/*", "subscribe/*", "connect/*", "concurrent/*"}, func(glob string) bool {
			is, _ := sc.Matches(glob)
			return is
		})
		for _, both := range [][2]subject.Factory{{subject.Ref(), ref}, {subject.Simple(), simple}} {
			if !match || play.Suits(sc, both[1], scenario.Real) != "" {
				continue
			}
			pairs = append(pairs, &pair{sc: sc, subjects: both})
		}
	}
	// Those that take longest are the first, since all would wait for them at the end.
	slices.SortStableFunc(pairs, func(a, b *pair) int { return cmp.Compare(play.Takes(b.sc), play.Takes(a.sc)) })
	var playing sync.WaitGroup
	places := make(chan struct{}, 40) // they mostly wait
	for _, p := range pairs {
		places <- struct{}{}
		playing.Go(func() {
			defer func() { <-places }()
			var inside sync.WaitGroup
			inside.Go(func() { playOne(p, 0) })
			playOne(p, 1)
			inside.Wait()
		})
	}
	playing.Wait()
	if len(pairs) < 100 {
		t.Errorf("%d scenarios were played", len(pairs))
	}
	for _, p := range pairs {
		if !differ(p) {
			continue
		}
		for i, res := range p.results {
			if late(res) { // the machine was too slow for so many at once; only what counts was played again already
				playOne(p, i)
			}
		}
		want, got := p.results[0], p.results[1]
		switch {
		case !differ(p):
		case late(want) || late(got):
			t.Logf("%s with %s: inconclusive, the machine stalled %v", p.sc.Name, got.Subject, max(want.Late, got.Late))
		default:
			t.Errorf("%s with %s: as a process %s, api %s; in this one %s, api %s\n%s%s", p.sc.Name, got.Subject, got.Verdict, got.API, want.Verdict, want.API, got.Report(), got.ReportAPI())
		}
	}
}

// A process that can be used again is; one whose reset is not answered is not, and one that has to be another
// client suddenly is told.
func TestReuse(t *testing.T) {
	p := open(t, "ref", process.Limits{})
	pids := map[int]bool{}
	for range 3 {
		s := begin(t, p, subject.Env{})
		pids[process.Pid(s)] = true
		s.(subject.Closer).Close()
	}
	if len(pids) != 1 {
		t.Errorf("%d processes, want one", len(pids))
	}
	for _, shim := range []string{"does not reset", "owes an answer"} {
		t.Run(shim, func(t *testing.T) {
			p := open(t, shim, process.Limits{Exit: 100 * time.Millisecond})
			pids := map[int]bool{}
			for range 2 {
				s := begin(t, p, subject.Env{OnMessage: func(subject.Message) { t.Error("a message of a scenario that is over") }})
				pids[process.Pid(s)] = true
				if shim == "owes an answer" {
					go s.Ping(t.Context())
					process.AwaitAsked(s)
				}
				s.(subject.Closer).Close()
			}
			if len(pids) != 2 {
				t.Errorf("%d processes, want two", len(pids))
			}
		})
	}
}

// A scenario that waits until a process may start plays with one that is given back meanwhile.
func TestStartsInTurn(t *testing.T) {
	p := open(t, "ref", process.Limits{})
	first := begin(t, p, subject.Env{})
	pid := process.Pid(first)
	release := process.HoldStarts(p)
	second := make(chan subject.Subject)
	go func() {
		s, err := p.Factory().New(subject.Env{Addr: "127.0.0.1:1883"})
		if err != nil {
			t.Error(err)
		}
		second <- s
	}()
	first.(subject.Closer).Close()
	release()
	s := <-second
	if s == nil {
		return
	}
	defer s.(subject.Closer).Close()
	if got := process.Pid(s); got != pid {
		t.Errorf("process %d, want %d, which played nothing", got, pid)
	}
}

// A message that comes while a process resets is nobody's, and its callback may return.
func TestMessageWhileItResets(t *testing.T) {
	p := open(t, "sends while it resets", process.Limits{})
	pids := map[int]bool{}
	for range 3 {
		s := begin(t, p, subject.Env{OnMessage: func(subject.Message) { t.Error("a message of a scenario that is over") }})
		pids[process.Pid(s)] = true
		s.(subject.Closer).Close()
	}
	if len(pids) != 1 {
		t.Errorf("%d processes, want one", len(pids))
	}
}

// The outcome of a publish that is pending when its scenario ends is nobody's in the next one.
func TestStaleOutcome(t *testing.T) {
	p := open(t, "tells late", process.Limits{})
	s := begin(t, p, subject.Env{})
	s.Publish(t.Context(), subject.Message{}, func(error) { t.Error("an outcome of a scenario that is over") })
	s.(subject.Closer).Close()
	s = begin(t, p, subject.Env{Fail: func(f *subject.Fault) { t.Errorf("Fail: %v", f) }})
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	s.(subject.Closer).Close()
}

// The outcome of a publish may come before pending does: threads of a shim race.
func TestPendingBehindItsOutcome(t *testing.T) {
	s := begin(t, open(t, "is fast", process.Limits{}), subject.Env{Fail: func(f *subject.Fault) { t.Errorf("Fail: %v", f) }})
	outcomes := 0
	s.Publish(t.Context(), subject.Message{}, func(err error) { outcomes++ })
	if err := s.Ping(t.Context()); err != nil || outcomes != 1 {
		t.Errorf("Ping: %v, and %d outcomes", err, outcomes)
	}
	s.(subject.Closer).Close()
}

// A second process that says it is another client cannot be played.
func TestHelloDiffers(t *testing.T) {
	dir := t.TempDir()
	cfg := config(t, "changes", process.Limits{})
	cfg.Dir = dir
	p, err := process.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	begin(t, p, subject.Env{}).(subject.Closer).Close()
	sc, err := scenario.Parse("test.yaml", []byte(connects))
	if err != nil {
		t.Fatal(err)
	}
	res := play.Real(sc, p.Factory(), play.Options{Foreign: true})
	if res.Verdict != judge.SetupError || !strings.Contains(res.Report(), "the hello differs from that of the first process") {
		t.Errorf("verdict %s\n%s", res.Verdict, res.Report())
	}
}

// A client that dials by itself has nothing to dial in the simulated world.
func TestSimulatedWorld(t *testing.T) {
	sc, err := scenario.Parse("test.yaml", []byte(connects))
	if err != nil {
		t.Fatal(err)
	}
	res := play.Simulated(t, sc, open(t, "ref", process.Limits{}).Factory(), play.Options{})
	if res.Verdict != judge.Unsupported {
		t.Errorf("verdict %s, want unsupported", res.Verdict)
	}
}

func init() {
	misbehaving["does not reset"] = func() error {
		say(map[string]any{"hello": 1, "name": "x", "reusable": true})
		requests(func(asked) {})
		return nil
	}
	misbehaving["sends while it resets"] = func() error {
		say(map[string]any{"hello": 1, "name": "x", "reusable": true})
		seq, reset := 0, uint64(0)
		requests(func(a asked) {
			if a.Op == "return" {
				say(map[string]any{"id": reset})
				return
			}
			seq, reset = seq+1, a.ID
			say(map[string]any{"event": "message", "seq": seq, "topic": "t", "payload": ""})
		})
		return nil
	}
	misbehaving["owes an answer"] = func() error {
		say(map[string]any{"hello": 1, "name": "x", "reusable": true})
		requests(func(a asked) {
			if a.Op == "reset" {
				say(map[string]any{"id": a.ID})
			}
		})
		return nil
	}
	misbehaving["tells late"] = func() error {
		say(map[string]any{"hello": 1, "name": "x", "reusable": true})
		var id uint64
		requests(func(a asked) {
			switch a.Op {
			case "publish":
				id = a.ID
				say(map[string]any{"id": a.ID, "pending": true})
			case "ping":
				say(map[string]any{"id": id})
				say(map[string]any{"id": a.ID})
			default:
				say(map[string]any{"id": a.ID})
			}
		})
		return nil
	}
	misbehaving["is fast"] = func() error {
		hello()
		requests(func(a asked) {
			say(map[string]any{"id": a.ID})
			if a.Op == "publish" {
				say(map[string]any{"id": a.ID, "pending": true})
			}
		})
		return nil
	}
	misbehaving["changes"] = func() error {
		name := "first"
		if _, err := os.Stat("started"); err == nil {
			name = "second"
		}
		os.WriteFile("started", nil, 0o666)
		say(map[string]any{"hello": 1, "name": name})
		requests(func(asked) {})
		return nil
	}
}
