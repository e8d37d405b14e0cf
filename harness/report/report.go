package report

import (
	"errors"
	"strings"

	"umqtt/harness/judge"
)

// A Report takes results and shows them. It is not safe for concurrent use.
type Report interface {
	// Add takes the next result.
	Add(*judge.Result)
	// End ends the report; interrupted tells that results are missing. It returns the first error
	// of the underlying writer.
	End(interrupted bool) error
}

// Join returns a report that passes on what it is given to several others. Its error is that of all of them.
func Join(reports ...Report) Report { return joined(reports) }

type joined []Report

func (j joined) Add(res *judge.Result) {
	for _, r := range j {
		r.Add(res)
	}
}

func (j joined) End(interrupted bool) error {
	var errs []error
	for _, r := range j {
		errs = append(errs, r.End(interrupted))
	}
	return errors.Join(errs...)
}

// Options say how results are shown, and what they have in common. The zero value shows them without
// colours and without commands.
type Options struct {
	// World is the run's world, simulated or real.
	World string
	// Seed is the run's seed; 0 is FIFO order.
	Seed uint64
	// Mutant names what the subjects were changed with, if anything.
	Mutant string
	// Suite is the version of the built-in suite, where that is what is played.
	Suite string
	// Replay returns the command that plays a result again; text shows it for failures, those of the API
	// included, JSON for all that was played and did not pass. Nil: none is shown.
	Replay func(*judge.Result) string
	// Capture returns the file that holds the capture of a result, or "" when there is none; text shows
	// it for failures, JSON for all. Nil: no file does.
	Capture func(*judge.Result) string
	// Keep is what text says of the capture of a failure that no file holds: how to keep it. Nothing
	// is said when it is empty.
	Keep string
	// Mutants names, by statement, the mutants that violate it: those that the suite is tried with. The page of a
	// run shows them beside the statement.
	Mutants map[string][]string
	// Quiet has text leave out what passes, what is known to fail, and what was not played.
	Quiet bool
	// Color has verdicts coloured for a terminal. JSON never is.
	Color bool
}

// replay returns the command for a result that somebody may want to see again.
func (o Options) replay(res *judge.Result) string {
	if o.Replay == nil || res.Verdict == judge.Pass && len(res.APIFailures) == 0 || res.Verdict == judge.Unsupported {
		return ""
	}
	return o.Replay(res)
}

// capture returns the file that holds the capture of a result, or "".
func (o Options) capture(res *judge.Result) string {
	if o.Capture == nil {
		return ""
	}
	return o.Capture(res)
}

// behaviour returns the directory of a scenario's name, and the name within it.
func behaviour(name string) (dir, base string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}
