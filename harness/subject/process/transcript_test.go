package process_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/spec"
	"umqtt/harness/subject"
	"umqtt/harness/subject/process"
	"umqtt/harness/transport"
)

// transcript returns the lines of the transcript in PROTOCOL.md.
func transcript() ([]string, error) {
	b, err := os.ReadFile("../PROTOCOL.md")
	if err != nil {
		return nil, err
	}
	_, text, _ := strings.Cut(string(b), "## A transcript")
	_, text, _ = strings.Cut(text, "```\n")
	text, _, found := strings.Cut(text, "```")
	if !found {
		return nil, errors.New("there is no transcript")
	}
	return strings.Split(strings.TrimSpace(text), "\n"), nil
}

// replayTranscript is the shim that says what the transcript has, and wants to read what it has, to the byte.
func replayTranscript() error {
	lines, err := transcript()
	if err != nil {
		return err
	}
	in := bufio.NewReader(os.Stdin)
	for i, line := range lines {
		if line, ours := strings.CutPrefix(line, "< "); ours {
			fmt.Println(line)
			continue
		}
		got, err := in.ReadString('\n')
		if err != nil || "> "+got != line+"\n" {
			return fmt.Errorf("line %d of the transcript: got %q, %v, want %q", i+1, got, err, line)
		}
	}
	return nil
}

func TestTranscript(t *testing.T) {
	p := open(t, "transcript", process.Limits{})
	hello := process.Hello{Protocol: 1, Name: "example", Version: "1.2",
		Features: []spec.Feature{spec.QoS1, spec.NestedPublish, spec.Pipelining, spec.TellsSessionPresent, spec.TellsGranted}}
	if diff := cmp.Diff(hello, p.Hello()); diff != "" {
		t.Fatalf("the hello (-want +got):\n%s", diff)
	}
	var got []string
	note := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	told := func(err error) string {
		if err == nil {
			return "ok"
		}
		return fmt.Sprintf("%s: %v", subject.KindOf(err), err)
	}
	ctx := t.Context()
	var s subject.Subject
	target := transport.Target{Kind: transport.TLS, ServerName: "127.0.0.1", CAFile: "/tmp/ca.pem"}
	s = begin(t, p, subject.Env{Pipelined: true, Target: target, OnMessage: func(m subject.Message) {
		note("message %q %q qos=%d retain=%t untold=%v", m.Topic, m.Payload, m.QoS, m.Retain, m.Untold)
		s.Publish(subject.Nested(ctx), subject.Message{Topic: "out", Payload: "inner", QoS: 1}, func(err error) { note("inner %s", told(err)) })
	}})
	me := "me"
	present, err := s.Connect(ctx, subject.Options{ClientID: "c1", KeepAlive: time.Minute, Username: &me,
		Will: &subject.Message{Topic: "gone", Payload: "\x00\xff", QoS: 1}, AckTimeout: 1500 * time.Millisecond})
	note("connect present=%t %s", present, told(err))
	granted, err := s.Subscribe(ctx, []subject.Filter{{Filter: "a/+", QoS: 1}, {Filter: "b"}})
	note("subscribe %v %s", granted, told(err))
	outcomes := make(chan string, 2)
	for _, payload := range []string{"one", "two"} {
		s.Publish(ctx, subject.Message{Topic: "out", Payload: payload, QoS: 1}, func(err error) { outcomes <- payload + " " + told(err) })
	}
	note("%s", <-outcomes)
	note("%s", <-outcomes)
	note("unsubscribe %s", told(s.Unsubscribe(ctx, []string{"a/+"})))
	note("ping %s", told(s.Ping(ctx)))
	note("idle %s", told(s.(subject.Idler).Idle(ctx)))
	note("abort %s", told(s.Abort()))
	note("disconnect %s", told(s.Disconnect(ctx)))
	s.(subject.Closer).Close()
	note("%s", s.(subject.Noter).Notes())
	want := []string{
		"connect present=true ok",
		`message "a/1" "café" qos=1 retain=true untold={false false true}`,
		"inner ok",
		"subscribe [1 128] ok",
		"two ok",
		"one timeout: no PUBACK",
		"unsubscribe ok",
		"ping unsupported: no such call",
		"idle network: reset by peer",
		"abort ok",
		"disconnect closed: not connected",
		"note: slow\nnote: lost: reset by peer",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what came of it (-want +got):\n%s", diff)
	}
}

// Every word of the protocol's page is one that the harness knows, and the other way round.
func TestPageNamesAllKinds(t *testing.T) {
	b, err := os.ReadFile("../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(b), "The kinds of errors: ")
	list, _, _ = strings.Cut(list, "\n\n")
	var got []string
	for i, part := range strings.Split(list, "`") {
		if i%2 == 1 && part != "op" {
			got = append(got, part)
		}
	}
	var want []string
	for _, k := range process.Kinds() {
		want = append(want, string(k))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-known +on the page):\n%s", diff)
	}
}
