package process_test

import (
	"context"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
)

// leaks are what the shims of these tests leave behind at each connect.
var leaks = map[string]func(){
	"nothing": func() {},
	"threads": func() {
		go func() {
			runtime.LockOSThread()
			select {}
		}()
	},
	"descriptors": func() {
		f, err := os.Open(os.DevNull)
		if err != nil {
			panic(err)
		}
		kept = append(kept, f)
	},
	"memory": func() {
		b := make([]byte, 4<<20)
		for i := range b {
			b[i] = 1 // so that it is resident
		}
		kept = append(kept, b)
	},
}

// kept is what garbage collection must not take.
var kept []any

// leakyShims returns the shims that leak.
func leakyShims() map[string]func() error {
	all := map[string]func() error{}
	for name, leak := range leaks {
		f := subject.Ref()
		inner := f.New
		f.New = func(env subject.Env) (subject.Subject, error) {
			s, err := inner(env)
			return &leaky{s, leak}, err
		}
		all["leaks "+name] = serve(f)
	}
	return all
}

type leaky struct {
	subject.Subject
	leak func()
}

func (l *leaky) Connect(ctx context.Context, o subject.Options) (bool, error) {
	l.leak()
	return l.Subject.Connect(ctx, o)
}

// grows is a scenario of reconnects that leave nothing behind.
const grows = `title: a test
covers: [api-resources-1]
level: policy
profile: umqtt
peer: script
steps:
  - client connect:
  - expect CONNECT:
  - send CONNACK: {code: 0}
  - fault flap: 2
  - measure start:
  - fault flap: {count: 8, how: rst}
  - measure growth: {threads: 3, descriptors: 3, memory: 16777216}
    within: 500ms
`

// What a process holds is measured, and each kind of leak is seen.
func TestGrowth(t *testing.T) {
	t.Parallel()
	sc, err := scenario.Parse("grows.yaml", []byte(grows))
	if err != nil {
		t.Fatal(err)
	}
	measures := begin(t, open(t, "leaks nothing", process.Limits{}), subject.Env{})
	_, err = measures.(subject.Measurer).Usage()
	measures.(subject.Closer).Close()
	if err != nil {
		t.Skipf("nothing can be measured here: %v", err)
	}
	results := map[string]*judge.Result{}
	var mu sync.Mutex
	var playing sync.WaitGroup // all at once, since they mostly wait
	for name := range leaks {
		f := open(t, "leaks "+name, process.Limits{}).Factory()
		playing.Go(func() {
			res := play.Real(sc, f, play.Options{Strict: true, Foreign: true})
			mu.Lock()
			defer mu.Unlock()
			results[name] = res
		})
	}
	playing.Wait()
	for name, res := range results {
		switch {
		case name == "nothing":
			if res.Verdict != judge.Pass {
				t.Errorf("%s: %s: %v", name, res.Verdict, res.Failure)
			}
		case res.Verdict != judge.Fail || !strings.Contains(res.Failure.Message, "holds more than it did: "+name+" +"):
			t.Errorf("%s: %s: %v", name, res.Verdict, res.Failure)
		}
	}
}
