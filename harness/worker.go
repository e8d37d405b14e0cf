package harness

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

// workerEnv is the environment variable that makes this process a worker: it names the call of [Run] whose
// scenarios it plays.
const workerEnv = "MQTT_HARNESS_WORKER"

// worker is what workerEnv says. What the subject starts is no worker.
var worker = func() string {
	defer os.Unsetenv(workerEnv)
	return os.Getenv(workerEnv)
}()

// stderr is where marks go, whatever the subject makes of os.Stderr.
var stderr = os.Stderr

// calls counts the calls of Run in each test.
var calls = struct {
	sync.Mutex
	of map[*testing.T]int
}{of: map[*testing.T]int{}}

// callName names a call of Run by its test, and by its number there. It is the same in this process and in its
// workers.
func callName(t *testing.T) string {
	calls.Lock()
	defer calls.Unlock()
	if calls.of[t]++; calls.of[t] == 1 {
		t.Cleanup(func() {
			calls.Lock()
			defer calls.Unlock()
			delete(calls.of, t)
		})
	}
	return fmt.Sprintf("%s %d", t.Name(), calls.of[t])
}

// A job is a scenario that a worker is to play.
type job struct {
	Scenario string `json:"scenario"`
	File     string `json:"file"`
}

// A reply is what a worker tells: that it is there, a step that begins, a result, or why it ends.
type reply struct {
	Ready  bool          `json:"ready,omitempty"`
	Step   string        `json:"step,omitempty"`
	Pos    scenario.Pos  `json:"pos,omitzero"`
	Result *judge.Result `json:"result,omitempty"` // without its scenario
	Raced  bool          `json:"raced,omitempty"`  // the race detector has found something
	Retire bool          `json:"retire,omitempty"` // the process may be the worse for what it has played
	Fatal  string        `json:"fatal,omitempty"`  // why the process ends now
	Stacks string        `json:"stacks,omitempty"`
	Last   bool          `json:"last,omitempty"` // the process ends behind this one
}

// maxStack bounds the stack of a goroutine of a worker, in bytes. The default takes a gigabyte before there is an
// error.
const maxStack = 64 << 20

// watchdogOf bounds a simulated scenario in a worker by the wall clock.
const watchdogOf = 30 * time.Second

// A serving is a worker from within.
type serving struct {
	p    Params
	fsys fs.FS
	f    subject.Factory
	mu   sync.Mutex
	enc  *json.Encoder
	jobs chan job

	files map[string][]*scenario.Scenario
}

// serve plays what the parent process asks for, and ends the test when it asks no more.
func (p Params) serve(t *testing.T, fsys fs.FS, f subject.Factory) {
	syscall.CloseOnExec(3)
	syscall.CloseOnExec(4)
	s := &serving{p: p, fsys: fsys, f: f, enc: json.NewEncoder(os.NewFile(4, "replies")), jobs: make(chan job), files: map[string][]*scenario.Scenario{}}
	debug.SetMaxStack(maxStack)
	if limit := p.memory(); limit > 0 {
		limitData(limit)
		go s.watchMemory(limit)
	}
	busy := make(chan bool, 1) // holds a value while a scenario is played
	go s.read(json.NewDecoder(os.NewFile(3, "jobs")), busy)
	s.reply(reply{Ready: true})
	for j := range s.jobs {
		r := s.play(t, j)
		<-busy
		fmt.Fprint(stderr, mark)
		s.reply(r)
	}
	t.SkipNow() // what the test does behind Run is for the parent
}

// read reads jobs. When the parent has ended while one is played, nobody waits for the result.
func (s *serving) read(dec *json.Decoder, busy chan bool) {
	for {
		var j job
		if err := dec.Decode(&j); err != nil {
			select {
			case busy <- true:
				close(s.jobs)
			default:
				os.Exit(2)
			}
			return
		}
		busy <- true
		s.jobs <- j
	}
}

func (s *serving) reply(r reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Result != nil {
		res := *r.Result
		res.Scenario = nil
		r.Result = &res
	}
	if err := s.enc.Encode(r); err != nil {
		os.Exit(2) // there is no parent any more
	}
}

// play plays one scenario as a subtest, so that the race detector's findings are its own.
func (s *serving) play(t *testing.T, j job) reply {
	sc, err := s.scenario(j)
	if err != nil {
		return reply{Result: &judge.Result{Subject: s.f.Name, World: s.p.world(), Verdict: judge.SetupError, Failure: &judge.Failure{Message: err.Error()}}}
	}
	o := s.p.options()
	o.Watchdog = watchdogOf
	o.Begin = func(st *scenario.Step) { s.reply(reply{Step: st.Key, Pos: st.Pos}) }
	o.Hung = func(res *judge.Result) {
		s.reply(reply{Result: res, Last: true})
		os.Exit(2)
	}
	var r reply
	r.Raced = !t.Run(j.Scenario, func(t *testing.T) {
		if s.p.world() == scenario.Real {
			r.Result = play.Real(sc, s.f, o)
		} else {
			r.Result = play.Simulated(t, sc, s.f, o)
		}
	})
	if r.Result == nil {
		r.Result = &judge.Result{Subject: s.f.Name, World: s.p.world(), Verdict: judge.SetupError, Failure: &judge.Failure{Message: "the harness came to no result"}}
	}
	tidy := tidies(s.p.memory())
	r.Retire = r.Raced || !tidy || r.Result.Failure != nil && r.Result.Failure.Stacks != ""
	return r
}

// scenario returns the scenario of a job. A worker parses the files that it plays, and no others.
func (s *serving) scenario(j job) (*scenario.Scenario, error) {
	if s.files[j.File] == nil {
		b, err := fs.ReadFile(s.fsys, j.File)
		if err != nil {
			return nil, err
		}
		if s.files[j.File], err = scenario.ParseAll(j.File, b); err != nil {
			return nil, err
		}
	}
	i := slices.IndexFunc(s.files[j.File], func(sc *scenario.Scenario) bool { return sc.Name == j.Scenario })
	if i < 0 {
		return nil, fmt.Errorf("%s has no scenario %s in the worker process; Params.Scenarios must be the same in each", j.File, j.Scenario)
	}
	return s.files[j.File][i], nil
}

// memory is how many bytes this process has mapped, and how many of them it has of the system now.
func memory() (mapped, taken int64) {
	m := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(m)
	mapped = int64(m[0].Value.Uint64())
	return mapped, mapped - int64(m[1].Value.Uint64())
}

// tidies gives back what a scenario has left in memory, so that the next one is not blamed, and reports whether
// that has as much of the limit as in a new process.
func tidies(limit int64) bool {
	mapped, taken := memory()
	if limit == 0 || mapped < limit/2 {
		return true
	}
	if taken > limit/2 {
		debug.FreeOSMemory()
		_, taken = memory()
	}
	return mapped < limit && taken < limit/2
}

// watchMemory ends the process when it takes more than so many bytes, and what is garbage is not the cause.
func (s *serving) watchMemory(limit int64) {
	for range time.Tick(10 * time.Millisecond) {
		if _, taken := memory(); taken <= limit {
			continue
		}
		debug.FreeOSMemory()
		if _, taken := memory(); taken <= limit {
			continue
		}
		buf := make([]byte, 1<<16)
		s.reply(reply{Fatal: tooMuch(limit), Stacks: string(buf[:runtime.Stack(buf, true)]), Last: true})
		os.Exit(2)
	}
}

// tooMuch says that the memory of a worker is used up.
func tooMuch(limit int64) string {
	return fmt.Sprintf("the client takes more than %d MB of memory", limit>>20)
}
