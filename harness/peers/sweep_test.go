package peers_test

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/peers"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/sweep"
)

var (
	sweepPoints = flag.Int("sweep.points", 0, "sweep the clients with so many points of each workload")
	sweepWrite  = flag.Bool("sweep.write", false, "with -sweep.points: write what is found to found/sweep")
)

// swept is where the findings of the sweeps lie: a table, and a scenario for each.
const swept = "found/sweep"

// clients are the setups that are swept.
func clients() []subject.Factory {
	return []subject.Factory{peers.Paho(), peers.PahoManual(), peers.AtWat(), peers.AtWatReconnect()}
}

// sweptPlans are the built-in workloads with the setups, for parent and workers alike.
func sweptPlans() []sweep.Pair {
	var plans []sweep.Pair
	for _, f := range clients() {
		for _, w := range sweep.Workloads() {
			p, err := sweep.NewPlan(w, f)
			if err != nil {
				continue // it needs what the client lacks
			}
			p.Foreign = true
			plans = append(plans, sweep.Pair{Plan: p})
		}
	}
	return plans
}

const sweptWorker = "UMQTT_PEERS_SWEEP_WORKER"

// TestSweepWorker is no test: it is what the worker processes of TestSweeps run.
func TestSweepWorker(t *testing.T) {
	if os.Getenv(sweptWorker) == "" {
		t.Skip("for worker processes")
	}
	if err := sweep.Serve(t, sweptPlans(), os.Stdin, os.Stdout); err != nil {
		t.Fatal(err)
	}
	os.Exit(0)
}

// A sweptFinding is a rule that a client breaks in a sweep of a workload.
type sweptFinding struct{ client, workload, rule, point, file, what string }

func (f sweptFinding) key() string { return f.client + " " + f.workload + " " + f.rule }

// A sweep finds nothing that the table in found/sweep does not have.
//
//	go test -run TestSweeps -sweep.points 200 .
//	go test -run TestSweeps -sweep.points 200 -sweep.write .
func TestSweeps(t *testing.T) {
	if *sweepPoints == 0 {
		t.Skip("no -sweep.points")
	}
	plans := sweptPlans()
	farm := sweep.Farm{
		Plans: plans, Workers: runtime.NumCPU(), Options: sweep.Options{Strong: true, Most: *sweepPoints}, Reduced: 1,
		Command: func() *exec.Cmd {
			cmd := exec.Command(os.Args[0], "-test.run=^TestSweepWorker$")
			cmd.Env = append(os.Environ(), sweptWorker+"=1", "GOMAXPROCS=1")
			return cmd
		},
	}
	sum, err := farm.Sweep()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d points, %d played in %v", sum.Enumerated, sum.Played, sum.Wall)
	known := map[string]sweptFinding{}
	for _, f := range sweptTable(t) {
		known[f.key()] = f
	}
	failures := sum.Failures
	for i, p := range plans { // what fails without a fault is not swept
		if r := p.Run(t, nil); r.Broken != "" {
			f := sweep.Failure{Plan: i, Run: r}
			if sc, ok := p.Reduce(t, nil, r.Broken, nil); ok {
				f.File = sweep.File(sc, p.Subject.Name, r)
			}
			failures = append(failures, f)
		}
	}
	for _, f := range failures {
		p := plans[f.Plan]
		found := sweptFinding{client: p.Subject.Name, workload: p.Workload.Name, rule: f.Run.Broken, point: f.Run.Point.String(), what: oneLine(f.Run.Message)}
		if _, ok := known[found.key()]; ok {
			continue
		}
		if !*sweepWrite {
			t.Errorf("news: %s breaks %s under %s: %s\n%s", found.client+" "+found.workload, found.rule, found.point, found.what, f.File)
			continue
		}
		if f.File != nil {
			found.file = strings.Map(fileByte, found.key()) + ".yaml"
			if err := os.WriteFile(filepath.Join(swept, found.file), f.File, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		known[found.key()] = found
	}
	if *sweepWrite {
		writeSweptTable(t, known)
	}
}

func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if len(s) > 200 {
		s = s[:200] + "…"
	}
	return strings.ReplaceAll(s, "|", "/")
}

func fileByte(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	} else if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return '-'
}

// sweptTable reads the table.
func sweptTable(t *testing.T) []sweptFinding {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(swept, "README.md"))
	if os.IsNotExist(err) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	var all []sweptFinding
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "|")
		if len(cells) != 8 || strings.Contains(lines.Text(), "---") || strings.TrimSpace(cells[1]) == "client" {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		all = append(all, sweptFinding{cells[1], cells[2], cells[3], cells[4], cells[5], cells[6]})
	}
	return all
}

func writeSweptTable(t *testing.T, known map[string]sweptFinding) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`# What sweeps find

Each line is a rule of package model that a client breaks when a fault that TCP and a conforming server can make strikes a
built-in workload: at the point, written as ` + "`mqttconform sweep`" + ` writes it; none is the workload by itself, which is not swept then. The file is the scenario that the point was reduced
to; a line without one did not fail once more. A sweep fails on what is not listed here:

    go test -run TestSweeps -sweep.points 200 .
    go test -run TestSweeps -sweep.points 200 -sweep.write .    # adds to the list

That a client does not subscribe again by itself once its session is lost is a policy, which nobody demands here: it is not
listed.

Not each is a broken rule of the standard. What an API tells is the client's own business, where the rule is ` + "`outcome-told`" + ` or
` + "`success-founded`" + `.

| client | workload | rule | point | file | what was seen |
|---|---|---|---|---|---|
`)
	all := slices.SortedFunc(maps.Values(known), func(a, b sweptFinding) int { return cmp.Compare(a.key(), b.key()) })
	for _, f := range all {
		fmt.Fprintf(&b, "| %s | %s | `%s` | `%s` | %s | %s |\n", f.client, f.workload, f.rule, f.point, f.file, f.what)
	}
	if err := os.WriteFile(filepath.Join(swept, "README.md"), []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Each file of the table fails as it says, and every file is in the table.
func TestSweptFiles(t *testing.T) {
	listed := map[string]bool{"README.md": true}
	by := map[string]subject.Factory{}
	for _, f := range clients() {
		by[f.Name] = f
	}
	for _, f := range sweptTable(t) {
		if f.file == "" {
			continue
		}
		listed[f.file] = true
		t.Run(f.file, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(swept, f.file))
			if err != nil {
				t.Fatal(err)
			}
			sc, err := scenario.Parse(f.file, b)
			if err != nil {
				t.Fatal(err)
			}
			if r := (sweep.Plan{Subject: by[f.client], Foreign: true}).Play(t, sc); r.Broken != f.rule {
				t.Errorf("it breaks %q, want %q: %s", r.Broken, f.rule, r.Message)
			}
		})
	}
	files, err := os.ReadDir(swept)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !listed[f.Name()] {
			t.Errorf("%s is not in the table", f.Name())
		}
	}
}
