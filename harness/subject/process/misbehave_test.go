package process_test

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/child"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
)

// hello is a hello without features.
func hello() { fmt.Println(`{"hello":1,"name":"bad"}`) }

// ever waits until the process is killed.
func ever() error { select {} }

// upon says hello, and does something on the first request.
func upon(do func(a asked)) func() error {
	return func() error {
		hello()
		first := true
		requests(func(a asked) {
			if first {
				first = false
				do(a)
			}
		})
		return nil
	}
}

// misbehaving are shims that do what none may do, by what they do.
var misbehaving = map[string]func() error{
	// before the hello
	"says nothing": ever,
	"dies at once": func() error { return errors.New("no module named mqtt") },
	"prints first": func() error { fmt.Println("Loading\x1b[31m …"); return ever() },
	"is of another version": func() error {
		fmt.Println(`{"hello":2,"name":"x"}`)
		return ever()
	},
	"has a feature of its own": func() error { fmt.Println(`{"hello":1,"name":"x","features":["qos1","qos3"]}`); return ever() },
	"has no name":              func() error { fmt.Println(`{"hello":1}`); return ever() },
	"says hello without end": func() error {
		for {
			fmt.Print(strings.Repeat("h", 1<<16))
		}
	},
	"closes its output first": func() error { os.Stdout.Close(); return ever() },

	// in a scenario
	"hangs": func() error {
		signal.Ignore(syscall.SIGTERM, syscall.SIGPIPE)
		hello()
		fmt.Fprintln(os.Stderr, "pid", os.Getpid())
		return ever()
	},
	"dies": upon(func(asked) {
		fmt.Fprint(os.Stderr, "Traceback:\n  in connect\nKeyError: \x1b[31m'qos'\n")
		os.Exit(3)
	}),
	"is killed":               upon(func(asked) { syscall.Kill(os.Getpid(), syscall.SIGKILL) }),
	"ends as if all was well": upon(func(asked) { os.Exit(0) }),
	"prints rubbish":          upon(func(asked) { fmt.Println("connected!") }),
	"prints half a line":      upon(func(a asked) { fmt.Printf(`{"id":%d`, a.ID); os.Exit(0) }),
	"prints a list":           upon(func(asked) { fmt.Println("[]") }),
	"says hello again":        upon(func(asked) { hello() }),
	"says two things":         upon(func(a asked) { fmt.Printf("{\"id\":%d,\"event\":\"lost\"}\n", a.ID) }),
	"has an event of its own": upon(func(asked) { fmt.Println(`{"event":"connected"}`) }),
	"has a number for a bool": upon(func(asked) { fmt.Println(`{"event":"message","seq":1,"topic":"t","payload":"","retain":1}`) }),
	"crashes when it quits":   func() error { hello(); requests(func(asked) {}); return errors.New("oh no") },
	"has an error of its own": upon(func(a asked) { fmt.Printf("{\"id\":%d,\"error\":{\"kind\":\"oops\"}}\n", a.ID) }),
	"writes UTF-8":            upon(func(asked) { fmt.Println(`{"event":"message","seq":1,"topic":"€","payload":""}`) }),
	"writes no line end": upon(func(asked) {
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	}),
	"floods": upon(func(asked) {
		for {
			fmt.Println(`{"event":"note","text":"again"}`)
		}
	}),
	"floods in bytes": upon(func(asked) {
		for {
			fmt.Printf("{\"event\":\"note\",\"text\":\"%s\"}\n", strings.Repeat("x", 100_000))
		}
	}),
	"floods with messages": upon(func(asked) {
		for i := 1; ; i++ {
			fmt.Printf("{\"event\":\"message\",\"seq\":%d,\"topic\":\"t\",\"payload\":\"\"}\n", i)
		}
	}),
	"answers another request":  upon(func(a asked) { fmt.Printf("{\"id\":%d}\n", a.ID+1) }),
	"answers twice":            upon(func(a asked) { fmt.Printf("{\"id\":%d}\n{\"id\":%d}\n", a.ID, a.ID) }),
	"leaves a connect pending": upon(func(a asked) { fmt.Printf("{\"id\":%d,\"pending\":true}\n", a.ID) }),
	"uses a seq twice": upon(func(asked) {
		for range 2 {
			fmt.Println(`{"event":"message","seq":1,"topic":"t","payload":""}`)
		}
	}),
	"closes its output": upon(func(asked) { os.Stdout.Close(); ever() }),
	"closes its input": upon(func(a asked) {
		os.Stdin.Close()
		fmt.Printf("{\"id\":%d}\n", a.ID)
		ever()
	}),
	"lies about its connection": upon(func(a asked) { fmt.Printf("{\"id\":%d}\n", a.ID) }),
	"lies about a message":      upon(func(a asked) { fmt.Println(`{"event":"message","seq":1,"topic":"t","payload":"made up"}`) }),
	"floods its standard error": upon(func(a asked) {
		for range 1000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("y", 10_000))
		}
		os.Exit(1)
	}),
}

// A program that cannot be played is told before anything is played, with the reason.
func TestNoHello(t *testing.T) {
	limits := process.Limits{Hello: 20 * time.Second, Line: 1 << 20}
	for _, test := range []struct {
		shim string
		want error
		text string
	}{
		{"says nothing", process.ErrHello, "no hello within 50ms"},
		{"dies at once", process.ErrHello, "the process ended: exit status 1"},
		{"prints first", process.ErrHello, `the first line is "Loading\x1b[31m …"`},
		{"is of another version", process.ErrVersion, "hello is 2, and this harness speaks 1"},
		{"has a feature of its own", process.ErrHello, `there is no feature "qos3"; "qos1" may be meant`},
		{"has no name", process.ErrHello, "it has no name"},
		{"says hello without end", child.ErrLongLine, "no hello: a line is too long"},
		{"closes its output first", process.ErrHello, "closed its standard output"},
	} {
		t.Run(test.shim, func(t *testing.T) {
			t.Parallel()
			limits := limits
			if test.shim == "says nothing" {
				limits.Hello = 50 * time.Millisecond
			}
			_, err := process.Open(config(t, test.shim, limits))
			var e *process.Error
			if !errors.As(err, &e) || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("Open: %v, want %v with %q", err, test.want, test.text)
			}
			if test.shim == "dies at once" && e.Stderr != "no module named mqtt\n" {
				t.Errorf("standard error: %q", e.Stderr)
			}
		})
	}
	if _, err := process.Open(process.Config{Command: []string{"/no/such/program"}}); !errors.Is(err, child.ErrNotStarted) {
		t.Errorf("Open: %v, want ErrNotStarted", err)
	}
}

const connects = `
title: the client connects
level: must
covers: [MQTT-3.1.0-1]
why: the first packet is a CONNECT (3.1)
peer: script
client: {client_id: c1}
steps:
  - client connect:
  - expect CONNECT:
    within: 700ms
`

// A shim that misbehaves gets a verdict that says so, and never holds up the run.
func TestMisbehaving(t *testing.T) {
	sc, err := scenario.Parse("test.yaml", []byte(connects))
	if err != nil {
		t.Fatal(err)
	}
	limits := process.Limits{Exit: 200 * time.Millisecond, Line: 1 << 20, Output: 8 << 20, Lines: 2000}
	for _, test := range []struct {
		shim    string
		verdict judge.Verdict
		texts   []string
	}{
		{"hangs", judge.Fail, []string{"the client sent no CONNECT within 700ms", "\n  printed:\n    note: it had yet to answer: connect\n    pid "}},
		{"dies", judge.Fail, []string{"the client's process ended: exit status 3", "\n  printed:\n    Traceback:\n      in connect\n    KeyError: \\x1b[31m'qos'\n"}},
		{"is killed", judge.Fail, []string{"the client's process ended: signal: killed"}},
		{"ends as if all was well", judge.Fail, []string{"the client's process ended: exit status 0"}},
		{"prints rubbish", judge.SetupError, []string{"the shim broke the protocol", `the line is "connected!"`}},
		{"prints half a line", judge.SetupError, []string{"unexpected end of JSON input"}},
		{"prints a list", judge.SetupError, []string{`it is no JSON object: the line is "[]"`}},
		{"says hello again", judge.SetupError, []string{"a second hello"}},
		{"says two things", judge.SetupError, []string{"a line has one of hello, id and event"}},
		{"has an event of its own", judge.SetupError, []string{`there is no event "connected"`}},
		{"has an error of its own", judge.SetupError, []string{`there is no kind of error "oops"`}},
		{"has a number for a bool", judge.SetupError, []string{"the shim broke the protocol: the field retain is a number"}},
		{"crashes when it quits", judge.Fail, []string{"the client's process ended: exit status 1", "oh no"}},
		{"writes UTF-8", judge.SetupError, []string{"the character U+20AC stands for no byte"}},
		{"writes no line end", judge.SetupError, []string{"a line is too long"}},
		{"floods", judge.SetupError, []string{"more than 2000 lines"}},
		{"floods in bytes", judge.SetupError, []string{"there is too much output"}},
		{"floods with messages", judge.SetupError, []string{"more than 100 messages wait for their turn"}},
		{"answers another request", judge.SetupError, []string{"an answer to the request 2, which was not made"}},
		{"answers twice", judge.SetupError, []string{"a second answer to the request 1"}},
		{"leaves a connect pending", judge.SetupError, []string{"pending is no answer to the request 1, connect"}},
		{"uses a seq twice", judge.SetupError, []string{"a message with the seq 1 after that with 1"}},
		{"closes its output", judge.SetupError, []string{"it closed its standard output and goes on"}},
		{"lies about its connection", judge.Fail, []string{"the client sent no CONNECT within 700ms", "connect: reported success before its CONNACK"}},
		{"lies about a message", judge.Fail, []string{"the callback got a message that the client was not handed"}},
		{"floods its standard error", judge.Fail, []string{"the client's process ended: exit status 1", "yyyy"}},
	} {
		t.Run(test.shim, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			f := open(t, test.shim, limits).Factory()
			res := play.Real(sc, f, play.Options{Foreign: true})
			report := res.Report() + res.ReportAPI()
			if res.Verdict != test.verdict {
				t.Fatalf("verdict %s, want %s\n%s", res.Verdict, test.verdict, report)
			}
			for _, text := range test.texts {
				if !strings.Contains(report, text) {
					t.Errorf("the report lacks %q:\n%s", text, report)
				}
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("it took %v", took)
			}
			if len(report) > 30_000 {
				t.Errorf("the report has %d bytes", len(report))
			}
			if m := regexp.MustCompile(`pid (\d+)`).FindStringSubmatch(report); m != nil {
				pid, _ := strconv.Atoi(m[1])
				if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
					t.Errorf("process %d lives on: %v", pid, err)
				}
			}
		})
	}
}

// A process that does not answer at all is given up, and said to hang.
func TestAnswerLimit(t *testing.T) {
	faults := make(chan *subject.Fault, 1)
	s := begin(t, open(t, "hangs", process.Limits{Answer: 50 * time.Millisecond}), subject.Env{Fail: func(f *subject.Fault) { faults <- f }})
	_, err := s.Connect(t.Context(), subject.Options{})
	if !errors.Is(err, process.ErrHang) || subject.KindOf(err) != subject.Closed {
		t.Errorf("Connect: %v", err)
	}
	if f := <-faults; f.Setup || !errors.Is(f, process.ErrHang) || !strings.Contains(f.Error(), "did not answer connect for 50ms") {
		t.Errorf("Fail: %+v", f)
	}
	s.(subject.Closer).Close()
}

// One that closes its standard input is told apart from one that ended.
func TestClosedInput(t *testing.T) {
	faults := make(chan *subject.Fault, 1)
	s := begin(t, open(t, "closes its input", process.Limits{Exit: 50 * time.Millisecond}), subject.Env{Fail: func(f *subject.Fault) { faults <- f }})
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Ping(t.Context())
	if f := <-faults; !f.Setup || !strings.Contains(f.Error(), "it closed its standard input and goes on") {
		t.Errorf("Fail: %+v", f)
	}
	s.(subject.Closer).Close()
}

// A process that does not read is given up, too.
func TestReadLimit(t *testing.T) {
	faults := make(chan *subject.Fault, 1)
	s := begin(t, open(t, "hangs", process.Limits{Read: 50 * time.Millisecond}), subject.Env{Fail: func(f *subject.Fault) { faults <- f }})
	s.Publish(t.Context(), subject.Message{Topic: "t", Payload: strings.Repeat("x", 1<<20)}, func(err error) {
		if !errors.Is(err, process.ErrProtocol) {
			t.Errorf("Publish: %v", err)
		}
	})
	if f := <-faults; !f.Setup || !strings.Contains(f.Error(), "it did not read its standard input for 50ms") {
		t.Errorf("Fail: %+v", f)
	}
	s.(subject.Closer).Close()
}
