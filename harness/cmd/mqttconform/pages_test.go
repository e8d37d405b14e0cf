package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the folder of the module.
const root = "../../.."

// A block is a block of code in a page.
type block struct {
	page string // relative to root
	line int    // of its first line, from 1
	text string
}

// A use says what executes a block. One of run, by and exempt is set.
type use struct {
	begins string // how the first line of the block begins
	run    func(t *testing.T, b []block, i int)
	by     string // the folder and the name of a test that executes it, such as "harness.TestReadmeFailure"
	exempt string // why nothing executes it
}

// pageUses lists the blocks of each page in their order. Pages without blocks are not in it.
var pageUses = map[string][]use{
	"README.md": {
		{begins: "make run ", run: makeTargets},
		{begins: "go mod edit ", run: goModEdit},
		{begins: "package mine", by: "harness.TestReadmeExampleAsOutsideModule"},
		{begins: "    mine_test.go:14: mine:", by: "harness.TestReadmeExampleAsOutsideModule"},
		{begins: "--- FAIL: TestConformance/mine/qos1/puback-lost", by: "harness.TestReadmeFailure"},
		{begins: "go install ./harness/cmd/mqttconform", run: goInstall},
		{begins: "mqttconform shim-test -- perl", run: perlShim},
		{begins: "failed:", run: perlOutput},
		{begins: "mqttconform run --write-known-failing", run: listKnown},
		{begins: "mqttconform run --filter 'qos1/*' --exec", run: execMosquitto},
		{begins: "while sleep 1;", exempt: "the loop takes a second for each case; TestServe plays a board in its place"},
		{begins: "failed:", exempt: "it is the output of the loop above"},
		{begins: "mqttconform proxy ", run: proxyLine},
		{begins: "- fault drop:", run: proxyLine},
		{begins: "name: conformance", run: workflow},
		{begins: "mqttconform swarm --seeds", run: swarmShards},
		{begins: "go run gotest.tools/gotestsum", exempt: "gotestsum comes from the network; TestGoTestFlags runs go test with its flags"},
		{begins: "go run ./harness/cmd/mqttconform run ", run: commandLines},
		{begins: "# yaml-language-server:", run: scenarioPlays},
		{begins: "mqtt-capture 1", run: goldenLines},
		{begins: "tcpdump -i any", run: fromTcpdump},
		{begins: "go test ./fuzz -list Fuzz", run: fuzzTargets},
	},
	"golden/README.md": {
		{begins: "go test ./golden -update", by: "golden.TestUpdate"},
	},
	"harness/peers/README.md": {
		{begins: "go test ./...", exempt: "these are the tests of another module, and a benchmark of minutes; make peers and make bench run them"},
		{begins: "figure ", exempt: "it is the output of a benchmark"},
	},
	"harness/peers/found/sweep/README.md": {
		{begins: "go test -run TestSweeps", exempt: "it is a test of another module, which make peers runs"},
	},
	"harness/subject/PROTOCOL.md": {
		{begins: `< {"hello":1`, by: "harness/subject/process.TestTranscript"},
	},
	"scenarios/README.md": {
		{begins: "# yaml-language-server:", run: scenarioPlays},
		{begins: "cases:", run: fragmentPlays},
		{begins: "- repeat:", run: fragmentPlays},
	},
}

// Each block of code in each page of the module is executed, or pageUses says why not.
func TestPages(t *testing.T) {
	pages := pageBlocks(t)
	for page := range pageUses {
		if pages[page] == nil {
			t.Errorf("%s has no block of code", page)
		}
	}
	for page, blocks := range pages {
		uses := pageUses[page]
		for i, b := range blocks {
			first, _, _ := strings.Cut(strings.TrimLeft(b.text, " "), "\n")
			if i >= len(uses) || !strings.HasPrefix(first, strings.TrimLeft(uses[i].begins, " ")) {
				t.Errorf("%s:%d: nothing in pageUses executes the block that begins %q, or says why not", page, b.line, first)
				break
			}
			u := uses[i]
			switch {
			case u.run != nil:
				t.Run(page+" "+strings.Fields(u.begins)[0], func(t *testing.T) { u.run(t, blocks, i) })
			case u.by != "":
				testExists(t, u.by)
			case u.exempt == "":
				t.Errorf("%s:%d: the block has neither a test nor a reason", page, b.line)
			}
		}
		if len(uses) > len(blocks) {
			t.Errorf("%s: pageUses has %d blocks, the page %d", page, len(uses), len(blocks))
		}
	}
}

// pageBlocks returns the blocks of code of all pages, by page: fenced ones, and indented ones after an empty line.
func pageBlocks(t *testing.T) map[string][]block {
	t.Helper()
	fence := regexp.MustCompile("^(```|~~~)")
	pages := map[string][]block{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != root && (name == "node_modules" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		// The tables of proofs are indented; TestProofs of package client reads them.
		if filepath.Ext(path) != ".md" || d.Name() == "PROOFS.md" {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		page, lines := filepath.ToSlash(rel), strings.Split(read(t, path), "\n")
		for i := 0; i < len(lines); i++ {
			begin := i
			if m := fence.FindString(lines[i]); m != "" {
				for i++; i < len(lines) && !strings.HasPrefix(lines[i], m); i++ {
				}
				pages[page] = append(pages[page], block{page, begin + 2, strings.Join(lines[begin+1:min(i, len(lines))], "\n") + "\n"})
			} else if strings.HasPrefix(lines[i], "    ") && (i == 0 || lines[i-1] == "") {
				for ; i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    "); i++ {
				}
				pages[page] = append(pages[page], block{page, begin + 1, strings.Join(lines[begin:i+1], "\n") + "\n"})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// testExists fails the test when there is no test of this name, such as "harness.TestReadmeFailure".
func testExists(t *testing.T, test string) {
	t.Helper()
	dot := strings.LastIndex(test, ".")
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(test[:dot]), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), "\nfunc "+test[dot+1:]+"(t *testing.T) {") {
			return
		}
	}
	t.Errorf("there is no test %s", test)
}
