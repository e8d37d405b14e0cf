package report

import (
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

// named returns a scenario that covers one statement, as far as reports look at it.
func named(name string) *scenario.Scenario {
	return &scenario.Scenario{Name: name, File: "scenarios/" + name + ".yaml", Level: scenario.Must, Covers: []string{"MQTT-4.4.0-1"},
		Title: "it sends again", Why: "what is in flight is sent again (4.4)"}
}

// results holds one result of each verdict, in two behaviours.
func results() []*judge.Result {
	result := func(name string, v judge.Verdict, f *judge.Failure) *judge.Result {
		return &judge.Result{Scenario: named(name), Subject: "simple", World: scenario.Simulated, Seed: 7, Verdict: v, Failure: f,
			Elapsed: 1001500 * time.Microsecond, Trace: "9f86d0"}
	}
	at := func(name string, line int) scenario.Pos {
		return scenario.Pos{File: "scenarios/" + name + ".yaml", Line: line, Col: 5}
	}
	all := []*judge.Result{
		result("qos1/passes", judge.Pass, nil),
		result("qos1/fails", judge.Fail, &judge.Failure{
			Pos: at("qos1/fails", 19), Step: "expect PUBLISH", Covers: []string{"MQTT-4.4.0-1"}, Message: "dup differs",
			Want: "PUBLISH dup=true", Got: `dup=false in PUBLISH topic="<&>"`,
			Last: []judge.Record{{N: 4, Record: capture.Record{Time: time.Millisecond, Conn: 2, Kind: capture.Handed, Data: []byte{0x20, 2, 1, 0}}}},
		}),
		result("qos1/known", judge.KnownFail, &judge.Failure{Pos: at("qos1/known", 3), Step: "expect PUBLISH", Message: "it did not come"}),
		result("will/warns", judge.Warn, &judge.Failure{Pos: at("will/warns", 4), Step: "expect PINGREQ", Message: "it came late", Want: "1s", Got: "2s"}),
		result("will/informs", judge.Info, &judge.Failure{Message: "it chose otherwise"}),
		result("will/cannot", judge.SetupError, &judge.Failure{Message: "no port is free"}),
		result("will/open", judge.Inconclusive, &judge.Failure{Pos: at("will/open", 5), Step: "expect CONNECT", Message: "it never came"}),
		result("will/unsuited", judge.Unsupported, &judge.Failure{Message: "the client lacks the feature qos2"}),
	}
	all[len(all)-1].Trace, all[len(all)-1].Elapsed = "", 0
	return all
}

func replay(res *judge.Result) string { return "again " + res.Scenario.Name }

// kept is the file of the one capture that was kept.
func kept(res *judge.Result) string {
	if res.Scenario.Name == "qos1/fails" {
		return "got/qos1/fails.wire"
	}
	return ""
}

// apiResults holds results in which the API is not in order: where that counts, where it does not, and where the
// level excuses it.
func apiResults() []*judge.Result {
	result := func(name string, api judge.Verdict, counts bool) *judge.Result {
		return &judge.Result{Scenario: named(name), Subject: "paho", Verdict: judge.Pass, API: api, APICounts: counts, APIFailures: []*judge.Failure{{
			Pos: scenario.Pos{File: "scenarios/" + name + ".yaml", Line: 9, Col: 5}, Step: "client done", Covers: []string{"api-outcome-1"},
			Message: `publish "late": reported success before its PUBACK`, Want: "PUBACK before it", Got: "no such packet",
		}}}
	}
	return []*judge.Result{result("api/counts", judge.Fail, true), result("api/free", judge.Fail, false), result("api/excused", judge.Info, true)}
}
