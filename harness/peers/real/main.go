// Command real plays the suite with clients of other languages, and with the Go clients of package peers, over loopback
// TCP, and compares what fails with what is known of each.
//
//	go run ./real                      # every client that is found; what is missing is said
//	go run ./real -only MQTT.js        # some of them, with commas in between
//	go run ./real -install             # first get what is missing: apt-get and npm
//
// For each client it writes RESULTS/NAME.json, and of all of them the matrix, as Markdown and as a page. It exits with 1
// when a client that was played fails other scenarios than expect/NAME.txt says, or breaks another rule, and with 2
// when something could not be run. It is run in the directory of module peers.
//
// With -renew it also writes the totals of each client, those of Go too, to expect/NAME.txt, and all that fails to
// RESULTS/NAME.known, from which new findings are moved by hand into expect/NAME.txt, or into the lists of package peers.
// The totals of a client stay as they are where a scenario is inconclusive and not listed as such: play it again, with
// -only NAME, when the machine is less busy. Then go test ./real . -run Readme -update writes the tables that are made of
// all this.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	var (
		only    = flag.String("only", "", "play only the clients called `NAMES`, with commas in between")
		results = flag.String("results", "results", "write to `DIR`")
		install = flag.Bool("install", false, "get what is missing, with apt-get and npm")
		renew   = flag.Bool("renew", false, "write what fails now to RESULTS/NAME.known, in the form of an expectation, and the totals to expect/NAME.txt")
		serving = flag.String("serve", "", "be the shim of the Go client called `NAME`")
	)
	flag.Parse()
	if *serving != "" {
		if err := serve(*serving); err != nil {
			fatal(err)
		}
		return
	}
	r := run{results: *results, renew: *renew}
	ok, err := r.all(clients(), *only, *install)
	if err != nil {
		fatal(err)
	}
	if !ok {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "real:", err)
	os.Exit(2)
}

// A run plays clients, one after another.
type run struct {
	results string
	renew   bool
	program string // mqttconform
}

// all plays the clients that are wanted and found, and reports whether each fails what is known of it.
func (r *run) all(list []client, only string, install bool) (bool, error) {
	dir, err := os.MkdirTemp("", "mqttconform")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	r.program = filepath.Join(dir, "mqttconform")
	build := exec.Command("go", "build", "-o", r.program, "./harness/cmd/mqttconform")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return false, fmt.Errorf("building mqttconform: %w\n%s", err, out)
	}
	if err := os.MkdirAll(r.results, 0o777); err != nil {
		return false, err
	}
	if list, err = chosen(list, only); err != nil {
		return false, err
	}
	good := true
	var files []string
	for _, c := range list {
		version, err := c.find()
		if err != nil && install && len(c.get) > 0 {
			fmt.Printf("%s: %s\n", c.name, strings.Join(c.get, " "))
			get := exec.Command(c.get[0], c.get[1:]...)
			get.Stdout, get.Stderr = os.Stderr, os.Stderr
			if err = get.Run(); err == nil {
				version, err = c.find()
			}
		}
		if err != nil {
			fmt.Printf("%-16s missing: %v\n%-16s get it: %s\n", c.name, err, "", strings.Join(c.get, " "))
			continue
		}
		begun := time.Now()
		faults, totals, err := r.play(c, version)
		if err != nil {
			return false, fmt.Errorf("%s: %w", c.name, err)
		}
		files = append(files, c.name+"="+r.file(c, ".json"))
		word := "as expected"
		if len(faults) > 0 {
			good, word = false, "not as expected:\n    "+strings.Join(faults, "\n    ")
		}
		fmt.Printf("%-16s %-10s %s, %.0f s, %s\n", c.name, version, totals, time.Since(begun).Seconds(), word)
	}
	if len(files) == 0 {
		return false, fmt.Errorf("no client was found")
	}
	return good, r.matrix(files)
}

// chosen are the clients of these names, or all but those that want to be named.
func chosen(list []client, names string) ([]client, error) {
	if names == "" {
		return slices.DeleteFunc(list, func(c client) bool { return c.asked }), nil
	}
	var some []client
	for _, name := range strings.Split(names, ",") {
		n := len(some)
		for _, c := range list {
			if c.name == name {
				some = append(some, c)
			}
		}
		if len(some) == n {
			return nil, fmt.Errorf("there is no client called %q", name)
		}
	}
	return some, nil
}

func (r *run) file(c client, suffix string) string { return filepath.Join(r.results, c.name+suffix) }

// play plays the suite with a client, and returns what is not as expected, and the totals.
func (r *run) play(c client, version string) (faults []string, totals string, err error) {
	want, err := c.expected()
	if err != nil {
		return nil, "", err
	}
	known, flaky := r.file(c, ".known-failing"), r.file(c, ".flaky")
	if err := os.WriteFile(known, want.list(false), 0o666); err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(flaky, want.list(true), 0o666); err != nil {
		return nil, "", err
	}
	log, err := os.Create(r.file(c, ".txt"))
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	args := []string{"run", "--quiet", "--json", r.file(c, ".json"), "--captures", filepath.Join(r.results, "captures"), "--known-failing", known, "--flaky", flaky}
	if r.renew {
		args = append(args, "--write-known-failing", r.file(c, ".known"))
	}
	cmd := exec.Command(r.program, append(args, c.args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	switch e, exited := cmd.Run(), cmd.ProcessState; {
	case exited == nil:
		return nil, "", e
	case exited.ExitCode() > 1 || exited.ExitCode() < 0:
		return nil, "", fmt.Errorf("mqttconform: %v; see %s", e, log.Name())
	}
	got, err := read(r.file(c, ".json"))
	if err != nil {
		return nil, "", err
	}
	if want.version != "" && want.version != version {
		fmt.Printf("%-16s what is known of it is of version %s, this is %s\n", c.name, want.version, version)
	}
	n := want.count(got)
	faults = want.compare(got)
	undecided := want.undecided(got)
	switch {
	case r.renew && want.version != "" && len(undecided) > 0:
		faults = append(faults, fmt.Sprintf("the totals are not written, since these are inconclusive: %s", strings.Join(undecided, ", ")))
	case r.renew && want.version != "":
		err = writeTotals(c.fileName(), n)
	case len(undecided) == 0 && want.totals != "" && want.totals != n.String():
		faults = append(faults, fmt.Sprintf("the totals are not those of %s: %s", c.fileName(), want.totals))
	}
	return faults, n.String(), err
}

// matrix shows the clients beside one another.
func (r *run) matrix(files []string) error {
	page, text := filepath.Join(r.results, "matrix.html"), filepath.Join(r.results, "matrix.md")
	out, err := exec.Command(r.program, append([]string{"matrix", "--html", page, "--markdown", text}, files...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mqttconform matrix: %w\n%s", err, out)
	}
	fmt.Printf("the matrix: %s and %s\n", text, page)
	return nil
}
