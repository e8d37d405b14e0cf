package sweep

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// A Farm sweeps with worker processes, so that a client that panics, or hangs in a mutex, costs no more than its
// point: the worker that dies of one is started anew, and the point has failed.
type Farm struct {
	// Plans are what the workers have, too, in this order.
	Plans []Pair
	// Command returns the command of a worker, not started, with neither input nor output: see [Serve].
	Command func() *exec.Cmd
	// Workers is how many there are.
	Workers int
	Options Options
	// Shard and Shards choose every Shards-th batch of points from Shard on; Shards 0 is all.
	Shard, Shards int
	// Limit is the wall-clock time after which no more points are begun; 0 is none.
	Limit time.Duration
	// Stop, once it is closed, ends the sweep behind the points that have begun, and nothing is reduced; it may be nil.
	Stop <-chan struct{}
	// Skip reports whether a point was played in an earlier run that this one resumes; it may be nil.
	Skip func(plan int, point string) bool
	// Played is called with each run that is done, by one goroutine at a time; it may be nil.
	Played func(plan int, r Run)
	// Tick is called now and then with how far the sweep is; it may be nil.
	Tick func(done, all, failed int)
	// OneEach ends the sweep of a plan with the first point that fails: enough to know that a mutant is found.
	OneEach bool
	// Reduced is the most failures of a kind and plan of which a file is made.
	Reduced int
}

// A Summary is what came of a sweep.
type Summary struct {
	Enumerated, Resumed, Played, Unstruck int
	Failures                              []Failure
	Peer                                  []Failure      // findings about the broker
	Known                                 map[string]int // how often the broker's known faults showed
	Errors                                []string
	Wall, CPU, Virtual                    time.Duration
	// Hash is the digest of the traces of all points that were played.
	Hash Digest
	// First is how many points of a plan were played up to the first that failed; 0 is none.
	First []int
}

// A Failure is one kind of failure with one plan.
type Failure struct {
	Plan int
	Run  Run // the first one, in the order of the points
	Also int // how many other points fail alike
	File []byte

	index int
}

// job is a batch of points.
type job struct {
	plan   int
	at     []int // indexes of the points
	points []Point
}

const batch = 24

// sweepRun is the work on one sweep.
type sweepRun struct {
	*Farm
	mu     sync.Mutex
	sum    *Summary
	traces [][]string // by plan and point
	runs   int
	all    int
	failed int
	over   []bool // plans that are done with
	cpu    time.Duration
}

// Sweep enumerates the points of all plans, plays them, and reduces what fails.
func (f *Farm) Sweep() (*Summary, error) {
	begin := time.Now()
	s := &sweepRun{Farm: f, sum: &Summary{Known: map[string]int{}, First: make([]int, len(f.Plans))}, over: make([]bool, len(f.Plans))}
	lists := make([][]Point, len(f.Plans))
	err := s.each(len(f.Plans), func(w *worker, i int) error {
		if f.stopped() {
			return nil
		}
		points, err := w.list(i, f.Options)
		if errors.Is(err, errStart) {
			return err
		}
		if err != nil {
			s.mu.Lock()
			s.sum.Errors = append(s.sum.Errors, err.Error())
			s.mu.Unlock()
			return nil
		}
		lists[i] = points
		return nil
	})
	if err != nil {
		return nil, err
	}
	jobs := s.jobs(lists)
	s.all = s.sum.Enumerated - s.sum.Resumed
	err = s.each(len(jobs), func(w *worker, i int) error {
		if f.Limit > 0 && time.Since(begin) > f.Limit || f.stopped() {
			return nil
		}
		return s.play(w, jobs[i])
	})
	if err != nil {
		return nil, err
	}
	if err := s.reduce(); err != nil {
		return nil, err
	}
	s.finish(begin)
	return s.sum, nil
}

func (f *Farm) stopped() bool {
	select {
	case <-f.Stop:
		return true
	default:
		return false
	}
}

// jobs makes batches of the points that are to be played.
func (s *sweepRun) jobs(lists [][]Point) []job {
	var jobs []job
	n := 0
	s.traces = make([][]string, len(lists))
	for plan, points := range lists {
		s.traces[plan] = make([]string, len(points))
		for from := 0; from < len(points); from += batch {
			if n++; s.Shards > 0 && (n-1)%s.Shards != s.Shard {
				continue
			}
			j := job{plan: plan}
			for i := from; i < min(from+batch, len(points)); i++ {
				s.sum.Enumerated++
				if s.Skip != nil && s.Skip(plan, points[i].String()) {
					s.sum.Resumed++
					continue
				}
				j.at, j.points = append(j.at, i), append(j.points, points[i])
			}
			if len(j.points) > 0 {
				jobs = append(jobs, j)
			}
		}
	}
	return jobs
}

// each calls do for the numbers below n, with one worker or another.
func (s *sweepRun) each(n int, do func(*worker, int) error) error {
	next := make(chan int)
	errs := make(chan error, s.Workers)
	var wg sync.WaitGroup
	for range min(s.Workers, max(n, 1)) {
		wg.Go(func() {
			w := &worker{command: s.Command}
			var failed error
			for i := range next {
				if failed == nil {
					failed = do(w, i)
				}
			}
			w.stop()
			s.mu.Lock()
			s.cpu += w.cpu
			s.mu.Unlock()
			if failed != nil {
				errs <- failed
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// play has a worker play a batch.
func (s *sweepRun) play(w *worker, j job) error {
	for len(j.points) > 0 {
		s.mu.Lock()
		over := s.over[j.plan]
		s.mu.Unlock()
		if over {
			return nil
		}
		done := 0
		err := w.play(j.plan, j.points, func(r Run) {
			r.Point = j.points[done]
			s.took(j.plan, j.at[done], r)
			done++
		})
		if err == nil {
			return nil
		}
		if errors.Is(err, errStart) {
			return err
		}
		// The worker has died of the point behind the last that it answered.
		s.took(j.plan, j.at[done], Run{Point: j.points[done], Broken: Crashed, Message: err.Error(), Struck: true})
		j = job{plan: j.plan, at: j.at[done+1:], points: j.points[done+1:]}
	}
	return nil
}

// took notes a run.
func (s *sweepRun) took(plan, index int, r Run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs++
	s.sum.Played++
	s.sum.Virtual += r.Virtual
	s.traces[plan][index] = r.Trace
	if !r.Struck {
		s.sum.Unstruck++
	}
	for _, k := range r.Known {
		s.sum.Known[k]++
	}
	for _, p := range r.Peer {
		kind := r
		kind.Broken, kind.Message = "peer "+PeerRule(p), p
		note(&s.sum.Peer, plan, index, kind)
	}
	if r.Broken != "" {
		s.failed++
		note(&s.sum.Failures, plan, index, r)
		if first := &s.sum.First[plan]; *first == 0 || index+1 < *first {
			*first = index + 1
		}
		s.over[plan] = s.over[plan] || s.OneEach
	}
	if s.Played != nil {
		s.Played(plan, r)
	}
	if s.Tick != nil {
		s.Tick(s.runs, s.all, s.failed)
	}
}

// note adds a failure to those of its kind, of which the first point is kept.
func note(list *[]Failure, plan, index int, r Run) {
	for i := range *list {
		f := &(*list)[i]
		if f.Plan != plan || f.Run.Broken != r.Broken {
			continue
		}
		if f.Also++; index < f.index {
			f.Run, f.index = r, index
		}
		return
	}
	*list = append(*list, Failure{Plan: plan, Run: r, index: index})
}

// reduce has the workers make files of the failures.
func (s *sweepRun) reduce() error {
	byPlace := func(a, b Failure) int {
		if a.Plan != b.Plan {
			return a.Plan - b.Plan
		}
		return a.index - b.index
	}
	slices.SortStableFunc(s.sum.Failures, byPlace)
	slices.SortStableFunc(s.sum.Peer, byPlace)
	if s.Reduced == 0 || s.stopped() {
		return nil
	}
	return s.each(len(s.sum.Failures), func(w *worker, i int) error {
		f := &s.sum.Failures[i]
		if f.Run.Broken == Crashed || f.Run.Broken == SetupFailed {
			return nil
		}
		file, err := w.reduce(f.Plan, f.Run)
		if err != nil {
			return nil // it died of it: the point itself is there
		}
		s.mu.Lock()
		f.File = file
		s.mu.Unlock()
		return nil
	})
}

func (s *sweepRun) finish(begin time.Time) {
	s.sum.Wall, s.sum.CPU = time.Since(begin), s.cpu
	var d Digest
	for plan, traces := range s.traces {
		for index, t := range traces {
			if t != "" { // of another part, or played before
				d.Add(fmt.Sprint(plan, " ", index), t)
			}
		}
	}
	s.sum.Hash = d
}
