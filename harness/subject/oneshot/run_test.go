package oneshot_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/oneshot"
)

// script writes a program in the shell.
func script(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return file
}

const refused = `
title: a connect is refused
level: must
covers: [MQTT-3.1.0-1]
why: the first packet is a CONNECT (3.1)
peer: script
steps:
  - client connect:
  - expect CONNECT:
    within: 700ms
  - send CONNACK: {session_present: false, code: 5}
`

// What a program does that is no client shows in the failure.
func TestPrograms(t *testing.T) {
	for _, test := range []struct {
		name, program string
		want          []string
	}{
		{"it ends", "echo no such option >&2; exit 7", []string{"the client sent no CONNECT", "it ended: exit status 7", "no such option"}},
		{"it crashes", "kill -SEGV $$; sleep 1000", []string{"the program ended: signal: segmentation fault"}},
		{"it hangs", "trap '' TERM; sleep 1000 & wait", []string{"the client sent no CONNECT"}},
		{"it prints something else", "echo connecting...; sleep 1000", []string{"the client sent no CONNECT", "it printed what is no message: connecting..."}},
		{"it makes messages up", "echo t hi; sleep 1000", []string{"the callback got a message that the client was not handed"}},
		{"it floods", "yes", []string{"it printed what is no message: y"}},
		{"it prints without end", "yes | tr -d '\\n'", []string{"the program's output: a line is too long"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sc, err := scenario.Parse("a/b.yaml", []byte(refused))
			if err != nil {
				t.Fatal(err)
			}
			tmpl, err := oneshot.Parse(script(t, test.program)+" {port} {filter}", "")
			if err != nil {
				t.Fatal(err)
			}
			if err := tmpl.Find(); err != nil {
				t.Fatal(err)
			}
			f, played, err := tmpl.For(sc)
			if err != nil {
				t.Fatal(err)
			}
			if test.name == "it prints without end" { // a fault ends it
				for i := range played.Steps {
					played.Steps[i].Within = time.Minute
				}
			}
			res := play.Real(played, f, play.Options{Foreign: true})
			report := res.Report() + res.ReportAPI()
			if res.Verdict != judge.Fail {
				t.Errorf("verdict %s", res.Verdict)
			}
			for _, want := range test.want {
				if !strings.Contains(report, want) {
					t.Errorf("the report lacks %q:\n%s", want, report)
				}
			}
		})
	}
}

const comesBack = `
title: a connect is made again
level: must
covers: [MQTT-3.1.0-1]
why: the first packet is a CONNECT (3.1)
needs: [auto-reconnect]
peer: script
steps:
  - client connect:
  - expect CONNECT:
    within: 5m
`

// Nothing is expected of a program that has ended and connects by itself, if it connects at all. Of one that goes on, all is.
func TestEnded(t *testing.T) {
	for program, want := range map[string]string{
		"exit 0":               "the client has ended, and sent no CONNECT",
		"sleep 1 & exit 0":     "the client has ended, and sent no CONNECT",
		"exec 1>&-; sleep 1.5": "the client has ended, and sent no CONNECT",
		"sleep 1000":           "the client sent no CONNECT within 3s",
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			text := comesBack
			if program == "sleep 1000" { // it goes on
				text = strings.Replace(text, "5m", "3s", 1)
			}
			sc, err := scenario.Parse("a/b.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			tmpl, err := oneshot.Parse(script(t, program)+" {port} {filter}", "")
			if err != nil {
				t.Fatal(err)
			}
			f, played, err := tmpl.For(sc)
			if err != nil {
				t.Fatal(err)
			}
			f.Features = append(f.Features, spec.AutoReconnect)
			res := play.Real(played, f, play.Options{Foreign: true})
			if report := res.Report(); res.Verdict != judge.Fail || !strings.Contains(report, want) {
				t.Errorf("verdict %s, want %q:\n%s", res.Verdict, want, report)
			}
		})
	}
}

// A program that is started again is not there twice: the client identifier is the same.
func TestStartedAgain(t *testing.T) {
	sc, err := scenario.Parse("a/b.yaml", []byte(refused))
	if err != nil {
		t.Fatal(err)
	}
	pids := filepath.Join(t.TempDir(), "pids")
	tmpl, err := oneshot.Parse(script(t, "echo $$ >> "+pids+"; sleep 1000")+" {port} {filter}", "")
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := tmpl.For(sc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.New(subject.Env{Addr: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.(subject.Closer).Close()
	s.Connect(t.Context(), subject.Options{})
	first := ""
	for first == "" {
		b, _ := os.ReadFile(pids)
		first = strings.TrimSpace(string(b))
	}
	s.Connect(t.Context(), subject.Options{})
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Signal(syscall.Signal(0))
	}
	if !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the first program is still there: %v", err)
	}
}
