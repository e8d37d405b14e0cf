package report

import (
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/play"
	"umqtt/scenarios"
)

// scenario returns a scenario that covers one statement, as far as reports look at it.
func scenario(name string) *scenarios.Scenario {
	return &scenarios.Scenario{Name: name, File: "scenarios/" + name + ".yaml", Level: scenarios.Must, Covers: []string{"MQTT-4.4.0-1"}}
}

// results holds one result of each verdict, in two behaviours.
func results() []*play.Result {
	result := func(name string, v play.Verdict, f *play.Failure) *play.Result {
		return &play.Result{Scenario: scenario(name), Subject: "simple", World: scenarios.Simulated, Seed: 7, Verdict: v, Failure: f,
			Elapsed: 1001500 * time.Microsecond, Trace: "9f86d0"}
	}
	at := func(name string, line int) scenarios.Pos {
		return scenarios.Pos{File: "scenarios/" + name + ".yaml", Line: line, Col: 5}
	}
	all := []*play.Result{
		result("qos1/passes", play.Pass, nil),
		result("qos1/fails", play.Fail, &play.Failure{
			Pos: at("qos1/fails", 19), Step: "expect PUBLISH", Covers: []string{"MQTT-4.4.0-1"}, Message: "dup differs",
			Want: "PUBLISH dup=true", Got: `dup=false in PUBLISH topic="<&>"`,
			Last: []capture.Record{{Time: time.Millisecond, Conn: 2, Kind: capture.Handed, Data: []byte{0x20, 2, 1, 0}}},
		}),
		result("qos1/known", play.KnownFail, &play.Failure{Pos: at("qos1/known", 3), Step: "expect PUBLISH", Message: "it did not come"}),
		result("will/warns", play.Warn, &play.Failure{Pos: at("will/warns", 4), Step: "expect PINGREQ", Message: "it came late", Want: "1s", Got: "2s"}),
		result("will/informs", play.Info, &play.Failure{Message: "it chose otherwise"}),
		result("will/cannot", play.SetupError, &play.Failure{Message: "no port is free"}),
		result("will/open", play.Inconclusive, &play.Failure{Pos: at("will/open", 5), Step: "expect CONNECT", Message: "it never came"}),
		result("will/unsuited", play.Unsupported, &play.Failure{Message: "the subject lacks the feature qos2"}),
	}
	all[len(all)-1].Trace, all[len(all)-1].Elapsed = "", 0
	return all
}

func replay(res *play.Result) string { return "again " + res.Scenario.Name }

// kept is the file of the one capture that was kept.
func kept(res *play.Result) string {
	if res.Scenario.Name == "qos1/fails" {
		return "got/qos1/fails.wire"
	}
	return ""
}
