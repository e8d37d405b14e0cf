package main

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"umqtt/harness/child"
	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	shim "umqtt/harness/subject/process"
)

var shimTestCommand = command{
	name:  "shim-test",
	args:  "[flags] -- CMD…",
	short: "test a shim: the adapter of a client in another language",
	runs:  true,
	long: `
Starts a shim, a program that speaks the protocol of harness/subject/PROTOCOL.md, and tests it: its hello, each
request against the embedded broker, all bytes of topics and payloads, the requests of the features that it declares,
and its end. Requests of features that it does not declare are skipped.

Each check has one line: ok, FAIL with the reason below it, or skip. The exit code is 1 if a check failed, and 3
without a hello. shim-test tests the shim, not the client: use run for that.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("shim-test")
		trace := flags.Bool("trace", false, "show the lines that the two say to each other: > the harness's, < the shim's")
		return flags, func(args []string) (int, error) {
			dash := flags.ArgsLenAtDash()
			switch {
			case dash < 0 || len(args) == 0:
				return 0, usagef("shim-test takes the shim after --")
			case dash > 0:
				return 0, usagef("shim-test takes no arguments but the shim after --")
			}
			return (&shimTest{app: a, command: args, trace: *trace}).run()
		}
	},
}

//go:embed shim/*.yaml
var shimScenarios embed.FS

// A shimTest is one try of a shim.
type shimTest struct {
	app
	command []string
	trace   bool
	failed  int

	mu     sync.Mutex
	ops    map[uint64]string // of requests, by id
	asked  map[string]bool   // ops that were answered with success
	told   map[string]bool   // ops whose answer told session_present, or granted
	traced []string          // lines since the last check
}

// run makes the checks and returns the exit code.
func (s *shimTest) run() (int, error) {
	if err := loopback(); err != nil {
		return 0, &setupError{err}
	}
	sub, err := fs.Sub(shimScenarios, "shim")
	if err != nil {
		return 0, err
	}
	all, err := scenario.Load(sub)
	if err != nil {
		return 0, err
	}
	s.ops, s.asked, s.told = map[uint64]string{}, map[string]bool{}, map[string]bool{}
	program, err := shim.Open(shim.Config{Command: s.command, Trace: s.note})
	if e, ok := errors.AsType[*shim.Error](err); ok {
		return 0, &setupError{fmt.Errorf("%w%s", e, below(e.Stderr))}
	}
	defer program.Close()
	h := program.Hello()
	s.show("hello", strings.TrimSpace(fmt.Sprintf("%s %s", h.Name, h.Version))+", "+plural(len(h.Features), "feature"), nil)
	f := program.Factory()
	for _, sc := range order(all) {
		if missing, ok := f.Has(sc.Needs); !ok {
			s.print("skip", sc.Name, fmt.Sprintf("the feature %s is not declared", missing))
			continue
		}
		res := play.Real(sc, f, play.Options{Foreign: true, Strict: true, Require: judge.Require("api")})
		s.show(sc.Name, sc.Title, outcomeOf(res))
	}
	s.declared(h.Features)
	s.show("unknown", "an op that is unknown is answered with an error of the kind unsupported", s.alone(unknown))
	s.show("early", "a publish before a connect is answered", s.alone(early))
	s.show("quit", "quit ends the process with status 0", s.alone(quit))
	s.show("end", "so does the end of standard input", s.alone(func(*child.Process) error { return nil }))
	if s.failed > 0 {
		fmt.Fprintf(s.stdout, "\n%s failed\n", plural(s.failed, "check"))
		return exitFailed, nil
	}
	fmt.Fprintln(s.stdout, "\nthe shim speaks the protocol")
	return exitOK, nil
}

// order puts the scenarios in an order in which one builds on those before.
func order(all []*scenario.Scenario) []*scenario.Scenario {
	first := []string{"connect", "keep-alive", "credentials", "will", "publish", "publish-qos1", "publish-qos2", "message", "granted", "nested"}
	place := func(sc *scenario.Scenario) int {
		if i := slices.Index(first, sc.Name); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(all, func(a, b *scenario.Scenario) int { return place(a) - place(b) })
	return all
}

// outcomeOf returns why a result is not what it should be, or nil.
func outcomeOf(res *judge.Result) error {
	if res.Shown() == judge.Pass {
		return nil
	}
	reason := res.Reason()
	if reason == nil {
		return errors.New(string(res.Shown()))
	}
	return errors.New(strings.TrimRight(reason.Report(), "\n"))
}

// show prints the outcome of a check.
func (s *shimTest) show(name, what string, err error) {
	word := "ok"
	if err != nil {
		word = "FAIL"
		s.failed++
	}
	s.print(word, name, what)
	if err != nil {
		fmt.Fprintf(s.stdout, "      %s\n", strings.ReplaceAll(printable(err), "\n", "\n      "))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trace {
		for _, line := range s.traced {
			fmt.Fprintf(s.stdout, "      %s\n", judge.Printable(line))
		}
	}
	s.traced = nil
}

func (s *shimTest) print(word, name, what string) {
	fmt.Fprintf(s.stdout, "%-4s  %-12s  %s\n", word, name, judge.Printable(what))
}

// declared checks that what two features declare is told, and that what is told is declared.
func (s *shimTest) declared(features []spec.Feature) {
	for _, tell := range []struct {
		feature   spec.Feature
		op, field string
	}{{spec.TellsSessionPresent, "connect", "session_present"}, {spec.TellsGranted, "subscribe", "granted"}} {
		s.mu.Lock()
		told, asked := s.told[tell.op], s.asked[tell.op]
		s.mu.Unlock()
		has := slices.Contains(features, tell.feature)
		what := fmt.Sprintf("the field %s is told as %s says", tell.field, tell.feature)
		switch {
		case !asked:
			s.print("skip", "declared", fmt.Sprintf("no %s has succeeded", tell.op))
		case has && !told:
			s.show("declared", what, errors.New("the feature is declared, but the field is null or missing"))
		case !has && told:
			s.show("declared", what, errors.New("the field is given, but the feature is not declared"))
		default:
			s.show("declared", what, nil)
		}
	}
}

// note notes a line that passes.
func (s *shimTest) note(ours bool, line []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := "< "
	if ours {
		mark = "> "
	}
	const most = 200 // bytes
	text := string(line[:min(len(line), most)])
	if len(line) > most {
		text += "…"
	}
	if len(s.traced) < 1000 {
		s.traced = append(s.traced, mark+text)
	}
	var fields struct {
		ID             uint64          `json:"id"`
		Op             string          `json:"op"`
		Error          json.RawMessage `json:"error"`
		SessionPresent *bool           `json:"session_present"`
		Granted        *[]int          `json:"granted"`
	}
	if json.Unmarshal(line, &fields) != nil || fields.ID == 0 {
		return
	}
	if ours {
		s.ops[fields.ID] = fields.Op
		return
	}
	if fields.Error == nil || string(fields.Error) == "null" {
		s.asked[s.ops[fields.ID]] = true
	}
	s.told["connect"] = s.told["connect"] || fields.SessionPresent != nil
	s.told["subscribe"] = s.told["subscribe"] || fields.Granted != nil
}

// alone starts the shim, hands it over, and wants it to end with status 0 when its standard input has ended.
func (s *shimTest) alone(check func(*child.Process) error) error {
	p, err := child.Start(child.Config{Args: s.command})
	if err != nil {
		return err
	}
	defer p.Kill()
	if _, err := p.Line(); err != nil {
		return fmt.Errorf("its hello: %w", err)
	}
	if err := check(p); err != nil {
		return fmt.Errorf("%w%s", err, below(p.Stderr()))
	}
	switch exit := p.End(shimExit); {
	case exit.Killed:
		return fmt.Errorf("it did not end within %v", shimExit)
	case exit.Err != nil:
		return fmt.Errorf("it ended: %v%s", exit, below(p.Stderr()))
	}
	return nil
}

// How long a shim may take to end, and to answer here.
const (
	shimExit   = 2 * time.Second
	shimAnswer = 10 * time.Second
)

// unknown makes a request that there is none.
func unknown(p *child.Process) error {
	kind, err := ask(p, `{"id":1,"op":"dance","in":0}`)
	if err == nil && kind != "unsupported" {
		err = fmt.Errorf("the kind of its error is %q", kind)
	}
	return err
}

// early publishes before anything else.
func early(p *child.Process) error {
	_, err := ask(p, `{"id":1,"op":"publish","in":0,"topic":"t","payload":"","qos":0,"retain":false}`)
	return err
}

func quit(p *child.Process) error { return p.Write([]byte(`{"op":"quit"}`+"\n"), shimAnswer) }

// ask makes the request 1 and returns the kind of the error that answers it.
func ask(p *child.Process, request string) (kind string, err error) {
	if err := p.Write([]byte(request+"\n"), shimAnswer); err != nil {
		return "", err
	}
	late := time.AfterFunc(shimAnswer, func() { p.Kill() })
	for {
		line, err := p.Line()
		if !late.Stop() {
			return "", fmt.Errorf("it did not answer %s within %v", request, shimAnswer)
		}
		if errors.Is(err, io.EOF) {
			exit, _ := p.Await(shimExit)
			return "", fmt.Errorf("it did not answer %s and ended: %v", request, exit)
		}
		if err != nil {
			return "", err
		}
		var answer struct {
			ID    int
			Error struct{ Kind string }
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			return "", fmt.Errorf("its answer %q: %w", line, err)
		}
		if answer.ID == 1 {
			return answer.Error.Kind, nil
		}
		late.Reset(shimAnswer)
	}
}
