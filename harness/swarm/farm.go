package swarm

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"testing"
	"time"

	"umqtt/harness/sweep"
)

// A Line is what a worker process writes of each run, as JSON.
type Line struct {
	Outcome
	File  []byte `json:",omitempty"`
	Order uint64 `json:",omitempty"`
}

// Serve is a worker: it plays the seeds from one to another, both included, with each client, and writes a [Line] for
// each run. Where reduced is true it makes a file of the first failure of each kind.
func Serve(t *testing.T, clients []Client, from, to uint64, reduced bool, out io.Writer) error {
	w := json.NewEncoder(out)
	done := map[string]bool{}
	for seed := from; seed <= to; seed++ {
		for i, c := range clients {
			l := Line{Outcome: Play(t, c, seed)}
			l.Client = i
			kind := fmt.Sprint(i, l.Run.Broken)
			if reduced && l.Run.Broken != "" && !done[kind] {
				done[kind] = true
				l.File, l.Order, _ = c.Reduce(t, seed, l.Run.Broken)
			}
			if err := w.Encode(l); err != nil {
				return err
			}
		}
		if seed == to { // the last one may be the largest number
			break
		}
	}
	return nil
}

// A Farm shares seeds among worker processes, so that a client that brings its process down costs one run.
type Farm struct {
	// Clients is how many clients there are.
	Clients int
	// Command returns the command of a worker that serves the seeds from one to another, not started, without output.
	Command func(from, to uint64) *exec.Cmd
	// Workers is how many run at once.
	Workers int
	// From and To are the seeds, both included.
	From, To uint64
	// Limit is the wall-clock time after which no more seeds are begun; 0 is none.
	Limit time.Duration
	// Stop, once it is closed, ends the swarm behind the runs that have begun; it may be nil.
	Stop <-chan struct{}
	// Shard and Shards choose every Shards-th batch of seeds from Shard on; Shards 0 is all.
	Shard, Shards int
	// Tick is called now and then with how many runs are done; it may be nil.
	Tick func(runs, failed int)
}

// batch is how many seeds a worker is started for.
const batch = 100

// Swarm plays the seeds, and returns what came of them and how much processor time it took. The error says why a
// worker could not be started.
func (f *Farm) Swarm() (*Tally, time.Duration, error) {
	begin := time.Now()
	var (
		mu     sync.Mutex
		tally  Tally
		failed int
		cpu    time.Duration
		first  error
		wg     sync.WaitGroup
	)
	next := make(chan uint64)
	took := func(l Line) {
		mu.Lock()
		defer mu.Unlock()
		tally.Add(l.Outcome, l.File, l.Order)
		if l.Run.Broken != "" {
			failed++
		}
		if f.Tick != nil {
			f.Tick(tally.Runs, failed)
		}
	}
	for range f.Workers {
		wg.Go(func() {
			for from := range next {
				used, err := f.serve(from, min(f.To, from+batch-1), took)
				mu.Lock()
				cpu += used
				if first == nil {
					first = err
				}
				mu.Unlock()
			}
		})
	}
	tally.Next = f.feed(next, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return first != nil || f.Limit > 0 && time.Since(begin) > f.Limit
	})
	close(next)
	wg.Wait()
	tally.Sort()
	return &tally, cpu, first
}

// feed hands out the first seed of each batch until all are begun, or it is over. It returns the seed from which the same
// shard of another farm goes on, or 0.
func (f *Farm) feed(next chan<- uint64, over func() bool) uint64 {
	shards := uint64(max(f.Shards, 1))
	again := f.From
	for from, n := f.From, uint64(0); ; from, n = from+batch, n+1 {
		if n%shards == uint64(f.Shard) {
			if over() {
				return again
			}
			select {
			case <-f.Stop:
				return again
			default:
			}
			select {
			case <-f.Stop:
				return again
			case next <- from:
				again += shards * batch
			}
		}
		if f.To-from < batch {
			return 0
		}
	}
}

// serve has processes play seeds: one, and another for what is left behind a run that one of them dies of. That run
// has failed, and its seed is not played with the clients behind.
func (f *Farm) serve(from, to uint64, took func(Line)) (cpu time.Duration, err error) {
	for {
		last := Line{Outcome: Outcome{Seed: from, Client: -1}}
		cmd := f.Command(from, to)
		out, err := cmd.StdoutPipe()
		if err != nil {
			return cpu, err
		}
		if err := cmd.Start(); err != nil {
			return cpu, err
		}
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 64<<20)
		var bad error
		for lines.Scan() {
			var l Line
			if bad = json.Unmarshal(lines.Bytes(), &l); bad != nil {
				break
			}
			last = l
			took(l)
		}
		_, _ = io.Copy(io.Discard, out)
		died := cmp.Or(cmd.Wait(), bad, lines.Err())
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if last.Seed == to && last.Client == f.Clients-1 {
			return cpu, nil
		}
		if died == nil {
			died = io.ErrUnexpectedEOF
		}
		crashed := Line{Outcome: Outcome{Seed: last.Seed, Client: last.Client + 1, Run: sweep.Run{Broken: sweep.Crashed, Message: "the process died: " + died.Error()}}}
		if crashed.Client == f.Clients {
			crashed.Seed, crashed.Client = last.Seed+1, 0
		}
		took(crashed)
		if crashed.Seed == to {
			return cpu, nil
		}
		from = crashed.Seed + 1
	}
}
