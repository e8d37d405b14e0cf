package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"umqtt/client"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
	shim "umqtt/harness/subject/process"
)

// TestMain is a client of its own process when the environment says so: the tests start their own binary again.
func TestMain(m *testing.M) {
	name := os.Getenv("UMQTT_TEST_PROGRAM")
	if name == "" {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(heapGrowth) // as main does
		}
		waitAtOnce()
		os.Exit(m.Run())
	}
	if err := programs[name](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// waitAtOnce has eight parallel tests run at once unless the flags say otherwise: those of this package mostly wait for
// programs that they have started. With the race detector they take the processors.
func waitAtOnce() {
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said && !raceDetector && runtime.GOMAXPROCS(0) < 8 {
		flag.Set("test.parallel", "8")
	}
}

// serve returns a shim for a subject, whose features and calls it may change.
func serve(change func(f *subject.Factory)) func() error {
	return func() error {
		f := subject.Simple()
		change(&f)
		return shim.Serve(f, os.Stdin, os.Stdout)
	}
}

// wrapped changes the subjects that a factory makes.
func wrapped(wrap func(subject.Subject) subject.Subject) func(*subject.Factory) {
	return func(f *subject.Factory) {
		inner := f.New
		f.New = func(env subject.Env) (subject.Subject, error) {
			s, err := inner(env)
			return wrap(s), err
		}
	}
}

// without takes features away.
func without(features ...spec.Feature) func(*subject.Factory) {
	return func(f *subject.Factory) {
		f.Features = slices.DeleteFunc(f.Features, func(have spec.Feature) bool { return slices.Contains(features, have) })
	}
}

// programs are the programs that the tests start.
var programs = map[string]func() error{
	"simple":        serve(func(*subject.Factory) {}),
	"dies":          serve(wrapped(func(s subject.Subject) subject.Subject { return &onPublish{s, func() { panic("oh\x1b[31m no") }} })),
	"prints":        serve(wrapped(func(s subject.Subject) subject.Subject { return &onPublish{s, func() { fmt.Println("debug") }} })),
	"encodes twice": serve(wrapped(func(s subject.Subject) subject.Subject { return &twice{s} })),
	"stays":         func() error { shim.Serve(subject.Simple(), os.Stdin, os.Stdout); select {} },
	"ends badly":    func() error { shim.Serve(subject.Simple(), os.Stdin, os.Stdout); return fmt.Errorf("bye") },
	"tells more":    serve(without(spec.TellsSessionPresent)),
	"tells less":    serve(wrapped(func(s subject.Subject) subject.Subject { return &silent{s} })),
	"knows all":     func() error { return shim.Serve(subject.Simple(), os.Stdin, otherKind{}) },
	"publishes":     publishes,
	"mqttconform":   func() error { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)); return nil },
}

// onPublish does something else before each publish.
type onPublish struct {
	subject.Subject
	do func()
}

func (s *onPublish) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.do()
	s.Subject.Publish(ctx, m, done)
}

func (s *onPublish) Idle(ctx context.Context) error { return s.Subject.(subject.Idler).Idle(ctx) }

// twice takes the bytes of a payload for characters, as a shim does that forgets to decode them.
type twice struct{ subject.Subject }

func (s *twice) Publish(ctx context.Context, m subject.Message, done func(error)) {
	var b strings.Builder
	for i := range len(m.Payload) {
		b.WriteRune(rune(m.Payload[i]))
	}
	m.Payload = b.String()
	s.Subject.Publish(ctx, m, done)
}

func (s *twice) Idle(ctx context.Context) error { return s.Subject.(subject.Idler).Idle(ctx) }

// silent keeps the return codes of a subscribe to itself.
type silent struct{ subject.Subject }

func (s *silent) Subscribe(ctx context.Context, filters []subject.Filter) ([]int, error) {
	_, err := s.Subject.Subscribe(ctx, filters)
	return nil, err
}

func (s *silent) Idle(ctx context.Context) error { return s.Subject.(subject.Idler).Idle(ctx) }

// otherKind writes to standard output, and calls what is unsupported something else.
type otherKind struct{}

func (otherKind) Write(b []byte) (int, error) {
	if _, err := os.Stdout.Write(bytes.ReplaceAll(b, []byte(`"unsupported"`), []byte(`"other"`))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// publishes is a program without an API: ADDR ID TOPIC PAYLOAD [retain].
func publishes() error {
	args := os.Args[1:]
	c, err := client.New(client.Config{ClientID: args[1], Dial: func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", args[0])
	}})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := c.Connect(ctx, true); err != nil {
		return err
	}
	if err := c.Publish(ctx, []byte(args[2]), []byte(args[3]), 0, len(args) > 4); err != nil {
		return err
	}
	return c.Disconnect()
}

// with returns arguments, and behind them the test's own binary as the program of that name.
func with(t *testing.T, name string, args ...string) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append(args, "env", "UMQTT_TEST_PROGRAM="+name, exe)
}

func TestRunCommand(t *testing.T) {
	t.Parallel()
	got := invoke(t, with(t, "simple", "run", "--filter", "qos1/puback-*", "--")...).want(t, exitOK)
	if !strings.HasSuffix(lastLine(got.stdout), " passed, 0 failed, 0 skipped") || !strings.Contains(got.stdout, "simple   puback-lost") {
		t.Errorf("standard output:\n%s", got.stdout)
	}
	got = invoke(t, with(t, "simple", "run", "testdata/mixed/connect/passes.yaml", "--")...).want(t, exitOK)
	if !strings.HasSuffix(lastLine(got.stdout), "1 passed, 0 failed, 0 skipped") {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

func TestRunCommandThatDies(t *testing.T) {
	t.Parallel()
	got := invoke(t, with(t, "dies", "run", "--filter", "publish/qos1-arrives", "--")...).want(t, exitFailed)
	for _, want := range []string{
		"the client's process ended: exit status 2", "printed:", "goroutine ",
		"replay: mqttconform run --world real --seed 0 --filter publish/qos1-arrives -- env UMQTT_TEST_PROGRAM=dies ",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("standard output lacks %q:\n%s", want, got.stdout)
		}
	}
}

func TestRunCommandThatBreaksTheProtocol(t *testing.T) {
	t.Parallel()
	got := invoke(t, with(t, "prints", "run", "--filter", "publish/qos1-arrives", "--")...).want(t, exitSetup)
	if !strings.Contains(got.stdout, `the line is "debug"`) {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

func TestRunCommandWithoutHello(t *testing.T) {
	got := invoke(t, "run", "--", "/no/such/shim").want(t, exitSetup)
	if !strings.Contains(got.stderr, "/no/such/shim: the program cannot be started") || got.stdout != "" {
		t.Errorf("standard error:\n%s", got.stderr)
	}
	got = invoke(t, "run", "--", "sh", "-c", "echo import failed >&2; exit 4").want(t, exitSetup)
	if want := "no hello: the process ended: exit status 4\n  printed:\n    import failed\n"; !strings.HasSuffix(got.stderr, want) {
		t.Errorf("standard error:\n%s", got.stderr)
	}
	invoke(t, "shim-test", "--", "/no/such/shim").want(t, exitSetup)
}

func TestShimTest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		program string
		code    int
		want    []string
	}{
		{"simple", exitOK, []string{"ok    hello         simple, ", "ok    lost ", "skip  publish-qos2  the feature qos2 is not declared\n", "the shim speaks the protocol\n"}},
		{"encodes twice", exitFailed, []string{"FAIL  publish ", "the client sent PUBLISH with payload=384B, not 256B", "1 check failed"}},
		{"stays", exitFailed, []string{"FAIL  quit ", "FAIL  end ", "it did not end within 2s"}},
		{"ends badly", exitFailed, []string{"FAIL  quit ", "it ended: exit status 1\n        printed:\n          bye"}},
		{"tells more", exitFailed, []string{"FAIL  declared ", "the field is given, but the feature is not declared"}},
		{"tells less", exitFailed, []string{"FAIL  declared ", "the feature is declared, but the field is null or missing", "1 check failed"}},
		{"knows all", exitFailed, []string{"FAIL  unknown ", `the kind of its error is "other"`, "1 check failed"}},
		{"prints", exitFailed, []string{"FAIL  publish ", `the shim broke the protocol`, "FAIL  early"}},
	} {
		t.Run(test.program, func(t *testing.T) {
			t.Parallel()
			got := invoke(t, with(t, test.program, "shim-test", "--")...).want(t, test.code)
			for _, want := range test.want {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("standard output lacks %q:\n%s", want, got.stdout)
				}
			}
		})
	}
}

func TestShimTestTrace(t *testing.T) {
	t.Parallel()
	got := invoke(t, with(t, "simple", "shim-test", "--trace", "--")...).want(t, exitOK)
	if !strings.Contains(got.stdout, `      > {"id":1,"op":"connect","in":0,`) || !strings.Contains(got.stdout, `      < {"id":1,"error":null,"session_present":false}`) {
		t.Errorf("the trace:\n%s", got.stdout)
	}
}

func TestRunExec(t *testing.T) {
	t.Parallel()
	template := strings.Join(with(t, "publishes"), " ") + " {host}:{port} {client_id} {topic} {payload} [retain: retain]"
	file := write(t, t.TempDir(), "one/publish.yaml", `
title: a message is published
level: must
covers: [MQTT-3.3.2-1]
why: a PUBLISH has a topic name (3.3.2)
peer: broker
needs: [sets-client-id]
steps:
  - witness connect:
  - witness subscribe: {filter: "#", qos: 1}
  - client connect: {as: up}
  - expect CONNECT: {client_id: c1}
  - client done: up
  - client publish: {topic: a b, payload: "it's", retain: true, as: m}
  - expect PUBLISH: {topic: a b, payload: "it's", retain: true}
  - client done: m
  - witness expect: {topic: a b, payload: "it's"}
  - client disconnect:
  - expect DISCONNECT:
`)
	got := invoke(t, "run", "--strict", "--require", "api", "--exec", template, file).want(t, exitOK)
	if !strings.HasSuffix(got.stdout, "\n1 passed, 0 failed, 0 skipped\n") {
		t.Errorf("standard output:\n%s", got.stdout)
	}
	got = invoke(t, "run", "--exec", template, "--filter", "publish/re*", "--filter", "publish/qos0*").want(t, exitOK)
	if !strings.Contains(got.stdout, "the program has no call for client subscribe") {
		t.Errorf("standard output:\n%s", got.stdout)
	}
	invoke(t, "run", "--exec", "/no/such/program {port} {topic} {payload}").want(t, exitSetup)
	invoke(t, "run", "--exec", "x {port} {topik}").want(t, exitUsage)
}

// Programs that many know.
func TestRunExecMosquitto(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("mosquitto_pub"); err != nil {
		t.Skip("mosquitto_pub is not installed")
	}
	pub := "mosquitto_pub -h {host} -p {port} -i {client_id} -t {topic} -m {payload} -q {qos} [retain: -r]"
	got := invoke(t, "run", "--exec", pub, "--filter", "qos2/publish", "--filter", "qos1/puback-of-another").want(t, exitOK)
	if !strings.HasSuffix(lastLine(got.stdout), "2 passed, 0 failed, 0 skipped") {
		t.Errorf("standard output:\n%s", got.stdout)
	}
	sub := "mosquitto_sub -h {host} -p {port} -i {client_id} -t {filter} -q {qos} -F '%t|%q|%r|%x'"
	got = invoke(t, "run", "--exec", sub, "--exec-output", "{topic}|{qos}|{retain}|{payload_hex}", "--filter", "malformed/publish-zero-id", "--filter", "malformed/control").want(t, exitOK)
	if !strings.HasSuffix(lastLine(got.stdout), "2 passed, 0 failed, 0 skipped") {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

// The shim for python-paho speaks the protocol, and its client keeps a message until it is acknowledged.
func TestPythonShim(t *testing.T) {
	t.Parallel()
	if err := exec.Command("/usr/bin/python3", "-c", "import paho.mqtt.client as m; m.CallbackAPIVersion").Run(); err == nil {
		t.Skip("python-paho is of version 2; the shim is for 1.6")
	}
	if out, err := exec.Command("/usr/bin/python3", "-c", "import paho.mqtt.client").CombinedOutput(); err != nil {
		t.Skipf("python3-paho-mqtt is not installed: %v %s", err, out)
	}
	const shim = "../../peers/shims/python_paho.py"
	invoke(t, "shim-test", "--", "/usr/bin/python3", shim).want(t, exitOK)
	got := invoke(t, "run", "--filter", "qos1/puback-lost", "--filter", "qos1/own-message", "--filter", "qos2/publish", "--", "/usr/bin/python3", shim).want(t, exitOK)
	if lastLine(got.stdout) != "3 passed, 0 failed, 0 skipped" {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}

// The shim in Perl speaks the protocol with a client of one thread, whose calls block.
func TestPerlShim(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command("perl", "-MJSON::PP", "-MTime::HiRes", "-e", "fork // die").CombinedOutput(); err != nil {
		t.Skipf("there is no perl with its own modules: %v %s", err, out)
	}
	const shim = "../../peers/shims/perl_tiny.pl"
	invoke(t, "shim-test", "--", "perl", shim).want(t, exitOK)
	got := invoke(t, "run", "--filter", "qos1/puback-lost", "--filter", "qos1/own-message", "--filter", "malformed/publish-too-short/nothing",
		"--", "perl", shim).want(t, exitOK)
	if lastLine(got.stdout) != "3 passed, 0 failed, 0 skipped" {
		t.Errorf("standard output:\n%s", got.stdout)
	}
}
