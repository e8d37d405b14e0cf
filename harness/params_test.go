package harness_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"umqtt/harness"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
)

// mute is a subject that opens a connection and closes it.
type mute struct{ env harness.Env }

func (m mute) Connect(ctx context.Context, _ harness.Options) (bool, error) {
	conn, err := m.env.Dial(ctx)
	if err == nil {
		err = conn.Close()
	}
	return false, errors.Join(errors.New("gave up"), err)
}
func (mute) Publish(_ context.Context, _ harness.Message, done func(error)) { done(nil) }
func (mute) Subscribe(context.Context, []harness.Filter) ([]int, error)     { return nil, nil }
func (mute) Unsubscribe(context.Context, []string) error                    { return nil }
func (mute) Ping(context.Context) error                                     { return nil }
func (mute) Disconnect(context.Context) error                               { return nil }
func (mute) Abort() error                                                   { return nil }

func newMute(env harness.Env) (harness.Subject, error) { return mute{env}, nil }

// liar is a subject that opens a connection, closes it, and reports that it has connected.
type liar struct{ mute }

func (l liar) Connect(ctx context.Context, o harness.Options) (bool, error) {
	l.mute.Connect(ctx, o)
	return false, nil
}

func newLiar(env harness.Env) (harness.Subject, error) { return liar{mute{env}}, nil }

const (
	given    = "title: a precondition\ncovers: [MQTT-3.1.0-1]\nlevel: must\nwhy: a client begins with CONNECT (3.1)\npeer: script\nsteps:\n  - client connect: {as: up}\n  - expect CONNECT:\n    given: true\n  - client fails: up\n"
	connects = "title: a CONNECT\ncovers: [MQTT-3.1.0-1]\nlevel: must\nwhy: a client begins with CONNECT (3.1)\npeer: script\nsteps:\n  - client connect: {as: up}\n  - expect CONNECT:\n  - client fails: up\n"
	ends     = "title: an end\ncovers: [MQTT-3.1.0-1]\nlevel: must\nwhy: a client begins with CONNECT (3.1)\npeer: script\nsteps:\n  - client connect: {as: up}\n  - expect close:\n  - client fails: up\n"
	needs    = "title: a will\ncovers: [MQTT-3.1.2-9]\nlevel: must\nwhy: a client begins with CONNECT (3.1)\nneeds: [will]\npeer: script\nclient: {will: {topic: t}}\nsteps:\n  - client connect:\n  - expect CONNECT:\n"
)

var (
	may    = strings.Replace(connects, "level: must", "level: may", 1)
	policy = strings.Replace(connects, "level: must", "level: policy\nprofile: umqtt", 1)
)

var table = strings.Replace(connects, "steps:", "cases:\n  one: {with: {id: c1}}\n  two: {with: {id: c2}}\nclient: {client_id: $id}\nsteps:", 1)

func suite(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

var runs = []struct {
	name   string
	params harness.Params
	ok     bool
	want   string // a pattern in the output of go test -v
}{
	{"it fails", harness.Params{New: newMute, Scenarios: suite("connect/a.yaml", connects)}, false,
		`a CONNECT \(level must\)\n(?s:.*)why: a client begins with CONNECT \(3.1\)(?s:.*)connect/a.yaml:8:5: expect CONNECT: the client sent no CONNECT within 10s(?s:.*)rule: MQTT-3.1.0-1 \(section 3.1\): (?s:.*)replay: go test umqtt/harness -run '\^TestRun\$/\^subject\$/\^connect\$/\^a\$'(?s:.*)capture: /.*got.wire`},
	{"it passes", harness.Params{New: newMute, Scenarios: suite("connect/b.yaml", ends)}, true, `--- PASS: TestRun/subject/connect/b`},
	{"in the real world", harness.Params{New: newMute, World: scenario.Real, Scenarios: suite("connect/b.yaml", ends)}, true, `--- PASS: TestRun/subject/connect/b`},
	{"a feature is missing", harness.Params{New: newMute, Name: "mute", Scenarios: suite("connect/b.yaml", ends, "will/c.yaml", needs)}, true, `lacks the feature will(?s:.*)--- SKIP: TestRun/mute/will/c`},
	{"nothing is played", harness.Params{New: newMute, Name: "mute", Scenarios: suite("will/c.yaml", needs)}, false,
		`nothing was played with mute: Params.Features lacks what the scenarios need: 1 needs will`},
	{"the totals", harness.Params{New: newMute, Name: "mute", Scenarios: suite("connect/a.yaml", connects, "connect/b.yaml", ends, "connect/g.yaml", given, "will/c.yaml", needs), KnownFailing: []string{"connect/a"}}, true,
		`mute:\n +1 pass, 1 known-fail, 1 inconclusive, 1 unsupported\n +unsupported: 1 needs will\n +api: 3 pass\n +2 passed, 0 failed, 2 skipped\n`},
	{"the totals as attributes", harness.Params{New: newMute, Name: "mute 1", Scenarios: suite("connect/a.yaml", connects, "connect/b.yaml", ends, "connect/g.yaml", given, "will/c.yaml", needs), KnownFailing: []string{"connect/a"}}, true,
		`ATTR  TestRun mqtt.mute_1.passed 1\n(?s:.*)mqtt.mute_1.failed 0\n(?s:.*)mqtt.mute_1.known-failing 1\n(?s:.*)mqtt.mute_1.inconclusive 1\n(?s:.*)mqtt.mute_1.unsupported 1\n(?s:.*)mqtt.mute_1.unsupported.will 1\n(?s:.*)mqtt.mute_1.api-failed 0\n`},
	{"no verdict", harness.Params{New: newMute, Name: "mute", Scenarios: suite("connect/g.yaml", given)}, false,
		`nothing was played with mute: no scenario came to a verdict: 1 inconclusive; api: 1 pass; 0 passed, 0 failed, 1 skipped`},
	{"too few", harness.Params{New: newMute, Name: "mute", Scenarios: suite("connect/b.yaml", ends, "will/c.yaml", needs), AtLeast: 2}, false,
		`1 scenarios came to a verdict with mute, fewer than the 2 of Params.AtLeast\n +1 pass, 1 unsupported\n +unsupported: 1 needs will`},
	{"enough", harness.Params{New: newMute, Name: "mute", Scenarios: suite("connect/b.yaml", ends, "will/c.yaml", needs), AtLeast: 1}, true, `1 passed, 0 failed, 1 skipped`},
	{"the API is wrong and does not count", harness.Params{New: newLiar, Scenarios: suite("connect/b.yaml", ends)}, true,
		`api: fail, which does not count\n(?s:.*)api: connect/b.yaml:7:5: client connect: connect "up": reported success(?s:.*)api: 1 fail\n`},
	{"the API is required", harness.Params{New: newLiar, Scenarios: suite("connect/b.yaml", ends), Require: []string{"api"}}, false,
		`api-fail\n(?s:.*)an end \(level must\)(?s:.*)connect "up": reported success`},
	{"a may is not required", harness.Params{New: newMute, Scenarios: suite("connect/a.yaml", may), Require: []string{"umqtt"}}, true, `info: connect/a.yaml`},
	{"a may is required", harness.Params{New: newMute, Scenarios: suite("connect/a.yaml", may), Require: []string{"connect/*"}}, false, `fail\n(?s:.*)a CONNECT \(level may\)`},
	{"a policy is required", harness.Params{New: newMute, Scenarios: suite("connect/a.yaml", policy), Require: []string{"umqtt"}}, false, `fail\n(?s:.*)a CONNECT \(level policy of the profile umqtt\)`},
	{"a word that is unknown", harness.Params{New: newMute, Scenarios: suite("connect/b.yaml", ends), Require: []string{"conect/*"}}, false, `require "conect/\*": it is no profile and selects no scenario; did you mean connect/\*\?`},
	{"an inconclusive one without its golden", harness.Params{New: newMute, Name: "mute", Golden: true, Scenarios: suite("connect/g.yaml", given)}, false, `golden(?s:.*)inconclusive: connect/g.yaml`},
	{"known to fail", harness.Params{New: newMute, Scenarios: suite("connect/a.yaml", connects), KnownFailing: []string{"connect/a"}}, true, `known failing:(?s:.*)--- SKIP`},
	{"known to fail but passes", harness.Params{New: newMute, Scenarios: suite("connect/b.yaml", ends), KnownFailing: []string{"connect/b"}}, false, `take it off the list`},
	{"known to fail but unknown", harness.Params{New: newMute, Scenarios: suite("connect/b.yaml", ends), KnownFailing: []string{"connect/z"}}, false, `known failing "connect/z": there is no such scenario`},
	{"a case of a table", harness.Params{New: newMute, Scenarios: suite("connect/t.yaml", table), Filter: "connect/*", KnownFailing: []string{"connect/t"}}, true,
		`--- SKIP: TestRun/subject/connect/t/(one|two)(?s:.*)--- SKIP: TestRun/subject/connect/t/(one|two)`},
	{"a star crosses slashes", harness.Params{New: newMute, Scenarios: suite("connect/t.yaml", table, "connect/b.yaml", ends), Filter: "c*o"}, false,
		`--- FAIL: TestRun/subject/connect/t/two`},
	{"no scenario", harness.Params{New: newMute, Scenarios: suite()}, false, `no .yaml file`},
	{"a filter that selects none", harness.Params{New: newMute, Scenarios: suite("connect/b.yaml", ends), Filter: "qos1/*"}, false, `selects no scenario`},
	{"a broken file", harness.Params{New: newMute, Scenarios: suite("connect/d.yaml", strings.Replace(ends, "title", "titel", 1))}, false, `connect/d.yaml:1:1: .*title`},
	{"a subject that cannot be made", harness.Params{
		New:       func(harness.Env) (harness.Subject, error) { return nil, errors.New("no luck") },
		Scenarios: suite("connect/b.yaml", ends), Features: []harness.Feature{spec.QoS1},
	}, false, `setup-error(?s:.*)no luck`},
}

// Run fails, skips and passes as its parameters say. Each case is a process of its own, as a failing test
// cannot be part of a passing one.
func TestRun(t *testing.T) {
	for _, tt := range runs {
		if os.Getenv("HARNESS_TEST_RUN") == tt.name {
			harness.Run(t, tt.params)
			return
		}
	}
	for _, tt := range runs {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestRun$", "-test.v", "-test.artifacts", "-test.outputdir="+t.TempDir())
			cmd.Env = append(os.Environ(), "HARNESS_TEST_RUN="+tt.name)
			out, err := cmd.CombinedOutput()
			if ok := err == nil; ok != tt.ok {
				t.Errorf("it passed: %t, want %t", ok, tt.ok)
			}
			if !regexp.MustCompile(tt.want).Match(out) {
				t.Errorf("the output does not match %s:\n%s", tt.want, out)
			}
		})
	}
}

// The example of Run passes.
func TestExampleRun(t *testing.T) {
	harness.Run(t, harness.Params{
		Name:     "own",
		New:      newAdapter,
		Features: []harness.Feature{spec.QoS1, spec.ManualReconnect},
		Filter:   "publish/qos?-arrives",
	})
}
