package judge

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
)

// Decide sets the verdict on the wire from the error that ended the script, and that on the API from its errors.
// The level excuses what need not be so, unless the judge is strict.
func TestDecide(t *testing.T) {
	wire := &Error{Verdict: Fail, Failure: &Failure{Message: "wire"}}
	always := &Error{Verdict: Fail, Always: true, Failure: &Failure{Message: "always"}}
	setup := &Error{Verdict: SetupError, Failure: &Failure{Message: "setup"}}
	given := &Error{Verdict: Inconclusive, Failure: &Failure{Message: "given"}}
	api := &Error{Verdict: Fail, API: true, Failure: &Failure{Message: "api"}}
	apiAlways := &Error{Verdict: Fail, API: true, Always: true, Failure: &Failure{Message: "api always"}}
	for _, tt := range []struct {
		name     string
		level    scenario.Level
		strict   bool
		err      error
		api      []*Error
		warnings []string
		verdict  Verdict
		message  string
		apis     Verdict
	}{
		{"nothing", scenario.Must, false, nil, nil, nil, Pass, "", Pass},
		{"must", scenario.Must, false, wire, nil, nil, Fail, "wire", Pass},
		{"should", scenario.Should, false, wire, nil, nil, Warn, "wire", Pass},
		{"may", scenario.May, false, wire, nil, nil, Info, "wire", Pass},
		{"policy", scenario.Policy, false, wire, nil, nil, Info, "wire", Pass},
		{"should, strict", scenario.Should, true, wire, nil, nil, Fail, "wire", Pass},
		{"may, strict", scenario.May, true, wire, nil, nil, Fail, "wire", Pass},
		{"should, always", scenario.Should, false, always, nil, nil, Fail, "always", Pass},
		{"may, always", scenario.May, false, always, nil, nil, Fail, "always", Pass},
		{"may, setup", scenario.May, false, setup, nil, nil, SetupError, "setup", Pass},
		{"may, a precondition", scenario.May, false, given, nil, nil, Inconclusive, "given", Pass},
		{"must, a precondition, strict", scenario.Must, true, given, nil, nil, Inconclusive, "given", Pass},
		{"another error", scenario.May, false, errOther, nil, nil, SetupError, "other", Pass},
		{"must, of the API", scenario.Must, false, nil, []*Error{api}, nil, Pass, "", Fail},
		{"should, of the API", scenario.Should, false, nil, []*Error{api}, nil, Pass, "", Warn},
		{"may, of the API, and always", scenario.May, false, nil, []*Error{api, apiAlways}, nil, Pass, "", Fail},
		{"may, of the API, and always before", scenario.May, false, nil, []*Error{apiAlways, api}, nil, Pass, "", Fail},
		{"may, of both", scenario.May, false, wire, []*Error{api}, nil, Info, "wire", Info},
		{"may, of both, strict", scenario.May, true, wire, []*Error{api}, nil, Fail, "wire", Fail},
		{"warnings", scenario.Must, false, nil, nil, []string{"a", "b"}, Warn, "a", Pass},
		{"warnings and an error", scenario.Must, false, wire, nil, []string{"a", "b"}, Fail, "wire", Pass},
		{"warnings and the API", scenario.Must, false, nil, []*Error{api}, []string{"a"}, Warn, "a", Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := &Result{Verdict: Pass}
			New(&scenario.Scenario{Level: tt.level}, history(), tt.strict).Decide(res, tt.err, tt.api, tt.warnings)
			if res.Verdict != tt.verdict || res.API != tt.apis {
				t.Errorf("verdict %s, of the API %s, want %s, %s", res.Verdict, res.API, tt.verdict, tt.apis)
			}
			var apis []*Failure
			for _, e := range tt.api {
				apis = append(apis, e.Failure)
			}
			if diff := cmp.Diff(apis, res.APIFailures); diff != "" {
				t.Errorf("failures of the API (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.warnings, res.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			if res.Failure == nil {
				if tt.message != "" {
					t.Errorf("no failure, want %q", tt.message)
				}
				return
			}
			var unlisted []string
			if tt.err != nil {
				unlisted = tt.warnings
			}
			if diff := cmp.Diff(&Failure{Message: tt.message, Unlisted: unlisted}, res.Failure); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
		})
	}
}

// A finding becomes the failure of a result that has none. A pass without a finding stays one.
func TestMonitorsVerdict(t *testing.T) {
	sc := &scenario.Scenario{Name: "a/b", File: "a/b.yaml", Level: scenario.May, Covers: []string{"MQTT-4.3.2-2"}}
	connect := capture.Record{Conn: 1, Kind: capture.Sent, Data: []byte("\x10\x0e\x00\x04MQTT\x04\x00\x00\x00\x00\x02c1")}
	late := history(connect, handed(connack(0)), sent(unsubscribe(0, "a")), end(capture.Sent), event(0))
	good := history(connect, handed(connack(0)))
	unnamed := monitor.Finding{
		Monitor: "sends/MQTT-2.3.1-1", ID: "MQTT-2.3.1-1", Level: monitor.Must, Record: 2, Records: []int{2}, Conn: 1,
		Message: "malformed UNSUBSCRIBE [MQTT-2.3.1-1] offset=2 found=packet id 0",
	}
	of := func(rec *capture.Recorder, v Verdict, f *Failure) *Result {
		res := &Result{Scenario: sc, Verdict: v, Failure: f, Capture: rec.Capture()}
		New(sc, rec, false).Monitors(res)
		return res
	}
	if res := of(good, Pass, nil); res.Verdict != Pass || res.Failure != nil {
		t.Errorf("nothing found: %s, %v", res.Verdict, res.Failure)
	}
	for _, v := range []Verdict{Pass, Warn, Info, Inconclusive} {
		var was *Failure
		if v != Pass {
			was = &Failure{Message: "was"}
		}
		res := of(late, v, was)
		f := res.Failure
		if res.Verdict != Fail || f == was || f.Message == "was" {
			t.Fatalf("a finding after %s: %s, %v", v, res.Verdict, f)
		}
		if diff := cmp.Diff(&Failure{
			Pos: scenario.Pos{File: "a/b.yaml", Line: 1, Col: 1}, Covers: []string{"MQTT-2.3.1-1"},
			Message: "malformed UNSUBSCRIBE [MQTT-2.3.1-1] offset=2 found=packet id 0 (record 2, monitor sends/MQTT-2.3.1-1)",
			Proven:  []monitor.Finding{unnamed},
			Last:    []Record{{0, late.Since(0)[0]}, {1, late.Since(0)[1]}, {2, late.Since(0)[2]}},
		}, f); diff != "" {
			t.Errorf("a finding after %s (-want +got):\n%s", v, diff)
		}
	}
	for _, v := range []Verdict{Fail, SetupError} {
		res := of(late, v, &Failure{Message: "was"})
		if diff := cmp.Diff([]monitor.Finding{unnamed}, res.Failure.Proven); diff != "" {
			t.Errorf("what is proven after %s (-want +got):\n%s", v, diff)
		}
		if f := res.Failure; res.Verdict != v || f.Message != "was" || len(f.Findings) != 1 || len(f.Last) != 1 || f.Last[0].N != 2 {
			t.Errorf("a finding after %s: %s, %+v", v, res.Verdict, f)
		}
	}
}

// Times are judged with tolerance where the clock is real.
func TestMonitorsWorld(t *testing.T) {
	sc := &scenario.Scenario{Name: "a/b", File: "a/b.yaml"}
	var now time.Duration
	rec := capture.NewRecorder("a/b", func() time.Duration { return now })
	rec.Bytes(1, capture.Sent, []byte("\x10\x0e\x00\x04MQTT\x04\x00\x00\x0a\x00\x02c1"))
	rec.Bytes(1, capture.Handed, []byte{0x20, 2, 0, 0})
	now = 10500 * time.Millisecond // of a keep alive of 10s
	rec.Bytes(1, capture.Sent, []byte{0xc0, 0})
	for w, want := range map[scenario.World]Verdict{scenario.Simulated: Fail, scenario.Real: Pass} {
		res := &Result{Scenario: sc, World: w, Verdict: Pass, Capture: rec.Capture()}
		if New(sc, rec, false).Monitors(res); res.Verdict != want {
			t.Errorf("%s: %s, want %s: %v", w, res.Verdict, want, res.Failure)
		}
	}
}

// The records that findings name are put in their places, each once, and those that do not exist nowhere.
func TestShow(t *testing.T) {
	c := history(event(1), event(2), event(3), event(4), event(5)).Capture()
	f := &Failure{Last: []Record{{1, c.Records[1]}, {3, c.Records[3]}}}
	f.show(c, monitor.Finding{Records: []int{0, 1, 2, 4, 5}})
	f.show(c, monitor.Finding{Records: []int{2, 3}})
	var want []Record
	for i, r := range c.Records {
		want = append(want, Record{i, r})
	}
	if diff := cmp.Diff(want, f.Last); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// A failure names the first findings with their records, and all of them as lines.
func TestMonitorsFindMuch(t *testing.T) {
	sc := &scenario.Scenario{Name: "a/b", File: "a/b.yaml"}
	connect := capture.Record{Conn: 1, Kind: capture.Sent, Data: []byte("\x10\x0e\x00\x04MQTT\x04\x00\x00\x00\x00\x02c1")}
	records := []capture.Record{connect, handed(connack(0))}
	for range 8 {
		records = append(records, sent(message(1, 0, "m"))) // a packet identifier of 0
	}
	rec := history(records...)
	res := &Result{Scenario: sc, Verdict: Fail, Failure: &Failure{Message: "was"}, Capture: rec.Capture()}
	New(sc, rec, false).Monitors(res)
	f := res.Failure
	if len(f.Findings) != 8 || f.Findings[7] != "the client broke MQTT-2.3.1-1: malformed PUBLISH [MQTT-2.3.1-1] offset=5 found=packet id 0 (record 9)" {
		t.Errorf("findings %q", f.Findings)
	}
	if len(f.Last) != 5 || f.Last[0].N != 2 || f.Last[4].N != 6 {
		t.Errorf("records %v, want 2 to 6", f.Last)
	}
}
