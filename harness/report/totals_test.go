package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/judge"
	"umqtt/harness/spec"
)

func TestTotals(t *testing.T) {
	var totals Totals
	if got := totals.String(); got != "nothing was played\n0 passed, 0 failed, 0 skipped" || totals.Judged() != 0 || totals.Played() != 0 {
		t.Errorf("the zero value: %d judged, %q", totals.Judged(), got)
	}
	for _, res := range []*judge.Result{
		{Verdict: judge.Pass, API: judge.Pass},
		{Verdict: judge.Pass, API: judge.Fail, APICounts: true},
		{Verdict: judge.Fail, API: judge.Fail},
		{Verdict: judge.Inconclusive, API: judge.Pass},
		{Verdict: judge.Unsupported, Missing: spec.QoS2},
		{Verdict: judge.Unsupported, Missing: spec.KeepAlive},
		{Verdict: judge.Unsupported, Missing: spec.QoS2},
		{Verdict: judge.Unsupported},
	} {
		totals.Add(res)
	}
	want := `1 pass, 1 fail, 1 api-fail, 1 inconclusive, 4 unsupported
unsupported: 2 need qos2, 1 needs keep-alive
api: 2 pass, 2 fail
1 passed, 2 failed, 5 skipped`
	if diff := cmp.Diff(want, totals.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, k := totals.Played(), totals.Judged(); n != 4 || k != 3 {
		t.Errorf("%d played and %d judged, want 4 and 3", n, k)
	}
	var sum Totals
	sum.Merge(&totals)
	sum.Merge(&totals)
	want = `2 pass, 2 fail, 2 api-fail, 2 inconclusive, 8 unsupported
unsupported: 4 need qos2, 2 need keep-alive
api: 4 pass, 4 fail
2 passed, 4 failed, 10 skipped`
	if diff := cmp.Diff(want, sum.String()); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}
