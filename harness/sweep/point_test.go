package sweep_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
	"umqtt/harness/wire"
)

// ParsePoint reads what String writes.
func TestParsePoint(t *testing.T) {
	for text, want := range map[string]sweep.Point{
		"none":           nil,
		"cut-rst>3@5":    {{Kind: sweep.CutRST, Dir: wire.ToServer, Nth: 3, At: 5}},
		"delay<2/3.5s":   {{Kind: sweep.Delay, Dir: wire.ToClient, Nth: 2, By: 3500 * time.Millisecond}},
		"corrupt<1@0^80": {{Kind: sweep.Corrupt, Dir: wire.ToClient, Nth: 1, Value: 0x80}},
		"code<1^05+stall>10@0": {
			{Kind: sweep.Code, Dir: wire.ToClient, Nth: 1, Value: 5}, {Kind: sweep.Stall, Dir: wire.ToServer, Nth: 10},
		},
	} {
		got, err := sweep.ParsePoint(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if got.String() != text {
			t.Errorf("%s comes out as %s", text, got)
		}
	}
	for text, want := range map[string]string{
		"":             "is no fault",
		"cut>1@0":      "no fault of the kind cut",
		"cut-fin>1":    "it wants a byte",
		"drop>1@3":     "it takes no a byte",
		"code<1":       "it wants a value",
		"cut-fin>0@1":  "counted from 1 on",
		"delay<1":      "only delay has a time",
		"delay<1/soon": "is no time",
		"drop>1/3s":    "only delay has a time",
		"drop>1+":      "is no fault",
	} {
		if _, err := sweep.ParsePoint(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

// Each kind of fault makes a step that the language knows, and that strikes.
func TestFaultsStrike(t *testing.T) {
	p := plan(t, "pipelined", subject.Simple())
	points, err := p.Points(t, sweep.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[sweep.Kind]int{}
	for _, pt := range points {
		if len(pt) == 0 {
			continue
		}
		k := pt[0].Kind
		if kinds[k]++; kinds[k]%40 != 1 { // a few of each
			continue
		}
		sc := p.Scenario(pt)
		parsed, err := scenario.Parse("x.yaml", scenario.Format(sc))
		if err != nil {
			t.Errorf("%v: %v", pt, err)
			continue
		}
		if diff := cmp.Diff(scenario.Format(sc), scenario.Format(parsed)); diff != "" {
			t.Errorf("%v is not what is written of it:\n%s", pt, diff)
		}
		if want := map[bool]scenario.Oracle{true: scenario.Weak, false: scenario.Strong}[k.Weak()]; sc.Oracle != want {
			t.Errorf("%v is judged by the oracle %s, want %s", pt, sc.Oracle, want)
		}
		if r := p.Run(t, pt); !r.Struck {
			t.Errorf("%v does not strike", pt)
		}
	}
	// CONNECT of 16 bytes, four PUBLISH packets of 13, DISCONNECT; CONNACK and four PUBACK packets.
	bytes, packets := 16+4*13+2+5*4, 11
	for k, want := range map[sweep.Kind]int{
		sweep.CutFIN: bytes + packets, sweep.CutRST: bytes + packets, sweep.CutHalf: bytes + packets, sweep.Stall: bytes + packets,
		sweep.Split: bytes - packets, sweep.Delay: 3 * packets, sweep.Merge: packets, sweep.Lost: 2 * packets, sweep.Restart: 2 * packets,
		sweep.RestartLost: 2 * packets, sweep.Code: 5, sweep.Drop: packets, sweep.Duplicate: packets, sweep.Swap: packets, sweep.Hold: packets,
		sweep.Corrupt: 3 * bytes, sweep.Present: 2,
	} {
		if kinds[k] != want {
			t.Errorf("%d points of the kind %s, want %d", kinds[k], k, want)
		}
		delete(kinds, k)
	}
	if len(kinds) > 0 {
		t.Errorf("nobody expects %v", kinds)
	}
}

// plan returns the plan of a built-in workload.
func plan(t *testing.T, workload string, f subject.Factory) sweep.Plan {
	t.Helper()
	w, ok := sweep.Find(workload)
	if !ok {
		t.Fatalf("there is no workload %s", workload)
	}
	p, err := sweep.NewPlan(w, f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
