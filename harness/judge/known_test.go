package judge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/scenario"
)

func named(name string) *scenario.Scenario { return &scenario.Scenario{Name: name} }

// A list turns round what passes and what fails, and leaves alone what was not played.
func TestKnownFailing(t *testing.T) {
	list, err := judge.ParseKnown("known.txt", []byte("a/b # of old\n\n\t# a behaviour\nc/*\t# why\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []judge.Known{list, judge.KnownFailing("a/b", "c/*")} {
		for _, tt := range []struct {
			scenario string
			verdict  judge.Verdict
			want     judge.Verdict
		}{
			{"a/b", judge.Fail, judge.KnownFail},
			{"c/d", judge.Fail, judge.KnownFail},
			{"x/y", judge.Fail, judge.Fail},
			{"a/b", judge.Pass, judge.Fail},
			{"a/b", judge.Warn, judge.Fail},
			{"a/b", judge.Info, judge.Fail},
			{"x/y", judge.Pass, judge.Pass},
			{"a/b", judge.SetupError, judge.SetupError},
			{"a/b", judge.Unsupported, judge.Unsupported},
			{"a/b", judge.Inconclusive, judge.Inconclusive},
		} {
			res := &judge.Result{Scenario: named(tt.scenario), Verdict: tt.verdict, Failure: &judge.Failure{Message: "as it was"}}
			k.Judge(res)
			if res.Verdict != tt.want {
				t.Errorf("%s of %s becomes %s, want %s", tt.verdict, tt.scenario, res.Verdict, tt.want)
			}
			if (tt.want == tt.verdict || tt.want == judge.KnownFail) && res.Failure.Message != "as it was" {
				t.Errorf("%s of %s has another failure: %v", tt.verdict, tt.scenario, res.Failure)
			}
			stale := tt.verdict != tt.want && tt.want == judge.Fail
			if says := strings.Contains(res.Failure.Message, "take it off the list"); says != stale || res.Stale != stale {
				t.Errorf("%s of %s: %s", tt.verdict, tt.scenario, res.Failure.Message)
			}
		}
	}
	if err := list.Check([]*scenario.Scenario{named("a/b"), named("c/d")}); err != nil {
		t.Error(err)
	}
}

// Every mistake of a list is said, with where it stands.
func TestKnownMistakes(t *testing.T) {
	_, err := judge.ParseKnown("known.txt", []byte("a/b\na/b for now\n# a/b\na/b # again\n"))
	want := "known.txt:2: one pattern a line, and a # before the reason\nknown.txt:4: a/b is there twice; first at line 1"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
	// A line that is a mistake adds nothing, and the first line of a pattern stays the first.
	list, err := judge.ParseKnown("known.txt", []byte("a/b later\na/b\nc/d#e # why\na/b\na/b\n"))
	want = "known.txt:1: one pattern a line, and a # before the reason\nknown.txt:4: a/b is there twice; first at line 2\nknown.txt:5: a/b is there twice; first at line 2"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
	want = "known.txt:2: a/b: there is no such scenario\nknown.txt:3: c/d#e: there is no such scenario"
	if diff := cmp.Diff(want, list.Check(nil).Error()); diff != "" {
		t.Errorf("checking what was read (-want +got):\n%s", diff)
	}
	suite := []*scenario.Scenario{named("a/b")}
	list, err = judge.ParseKnown("known.txt", []byte("a/b\n\na/[\na/c\n"))
	if err != nil {
		t.Fatal(err)
	}
	want = "known.txt:3: a/[: syntax error in pattern\nknown.txt:4: a/c: there is no such scenario"
	if diff := cmp.Diff(want, list.Check(suite).Error()); diff != "" {
		t.Errorf("checking a file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(`known failing "a/c": there is no such scenario`, judge.KnownFailing("a/b", "a/c").Check(suite).Error()); diff != "" {
		t.Errorf("checking patterns (-want +got):\n%s", diff)
	}
}

// A failure of the API that counts is a failure that can be known, and then counts no more.
func TestKnownAPI(t *testing.T) {
	wire, api := &judge.Failure{Message: "wire"}, &judge.Failure{Message: "api"}
	for _, tt := range []struct {
		name    string
		counts  bool
		verdict judge.Verdict
		want    judge.Verdict
		message string
	}{
		{"of a pass", true, judge.Pass, judge.KnownFail, "api"},
		{"of a warning", true, judge.Warn, judge.KnownFail, "api"},
		{"of a failure", true, judge.Fail, judge.KnownFail, "wire"},
		{"that does not count, of a pass", false, judge.Pass, judge.Fail, "it passes, but stands on the list of what is known to fail: take it off the list"},
		{"that does not count, of a warning", false, judge.Warn, judge.Fail, "it does not fail (warn: wire), but stands on the list of what is known to fail: take it off the list"},
	} {
		res := &judge.Result{Scenario: named("a/b"), Verdict: tt.verdict, API: judge.Fail, APICounts: tt.counts, APIFailures: []*judge.Failure{api}}
		if tt.verdict != judge.Pass {
			res.Failure = wire
		}
		judge.KnownFailing("a/b").Judge(res)
		if res.Verdict != tt.want || res.Failure.Message != tt.message || res.APICounts {
			t.Errorf("a failure of the API %s: %s, %v, counts %t", tt.name, res.Verdict, res.Failure, res.APICounts)
		}
	}
}

// A list of what fails now and then turns round what fails only.
func TestExcuse(t *testing.T) {
	wire, api := &judge.Failure{Message: "wire"}, &judge.Failure{Message: "api"}
	for _, tt := range []struct {
		scenario     string
		verdict, api judge.Verdict
		want         judge.Verdict
		failure      *judge.Failure
	}{
		{"a/b", judge.Fail, judge.Pass, judge.Flaky, wire},
		{"a/b", judge.Fail, judge.Fail, judge.Flaky, wire},
		{"a/b", judge.Warn, judge.Fail, judge.Flaky, api},
		{"a/b", judge.Pass, judge.Pass, judge.Pass, wire},
		{"a/b", judge.Warn, judge.Pass, judge.Warn, wire},
		{"a/b", judge.SetupError, judge.Fail, judge.SetupError, wire},
		{"a/b", judge.Inconclusive, judge.Pass, judge.Inconclusive, wire},
		{"x/y", judge.Fail, judge.Fail, judge.Fail, wire},
	} {
		list := judge.KnownFailing("q/r", "a/b")
		res := &judge.Result{Scenario: named(tt.scenario), Verdict: tt.verdict, API: tt.api, APICounts: true, Failure: wire, APIFailures: []*judge.Failure{api}}
		list.Excuse(res)
		if res.Verdict != tt.want || res.Failure != tt.failure || res.APICounts == (tt.want == judge.Flaky) || res.Stale {
			t.Errorf("%s of %s, of the API %s: %s, %v, counts %t, stale %t", tt.verdict, tt.scenario, tt.api, res.Verdict, res.Failure, res.APICounts, res.Stale)
		}
		if has := list.Has(res.Scenario); has != (tt.scenario == "a/b") {
			t.Errorf("%s is on the list: %t", tt.scenario, has)
		}
	}
}
