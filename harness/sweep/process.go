package sweep

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// A worker is a worker process, started when there is something for it to do.
type worker struct {
	command func() *exec.Cmd
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	cpu     time.Duration
}

// errStart says that a worker cannot be started.
var errStart = errors.New("no worker process")

// ask gives the process a task and passes its answers on, but for the last, which it returns.
func (w *worker) ask(task Task, each func(Answer)) (Answer, error) {
	if w.cmd == nil {
		if err := w.start(); err != nil {
			return Answer{}, fmt.Errorf("%w: %w", errStart, err)
		}
	}
	b, err := json.Marshal(task)
	if err != nil {
		return Answer{}, err
	}
	if _, err := w.in.Write(append(b, '\n')); err != nil {
		return Answer{}, w.died(err)
	}
	for w.out.Scan() {
		var a Answer
		if err := json.Unmarshal(w.out.Bytes(), &a); err != nil {
			return Answer{}, w.died(err)
		}
		if a.Done {
			return a, nil
		}
		each(a)
	}
	return Answer{}, w.died(w.out.Err())
}

func (w *worker) start() error {
	cmd := w.command()
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w.cmd, w.in, w.out = cmd, in, bufio.NewScanner(out)
	w.out.Buffer(nil, 64<<20)
	return nil
}

// died ends the process and says why.
func (w *worker) died(err error) error {
	if e := w.stop(); e != nil {
		err = e
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the process died: %w", err)
}

// stop ends the process in good order.
func (w *worker) stop() error {
	if w.cmd == nil {
		return nil
	}
	w.in.Close()
	err := w.cmd.Wait()
	if st := w.cmd.ProcessState; st != nil {
		w.cpu += st.UserTime() + st.SystemTime()
	}
	w.cmd = nil
	return err
}

func (w *worker) list(plan int, o Options) ([]Point, error) {
	a, err := w.ask(Task{Plan: plan, List: &o}, func(Answer) {})
	if err != nil {
		return nil, err
	}
	if a.Err != "" {
		return nil, fmt.Errorf("%s", a.Err)
	}
	var points []Point
	for _, text := range a.List {
		p, err := ParsePoint(text)
		if err != nil {
			return nil, err
		}
		points = append(points, p)
	}
	return points, nil
}

func (w *worker) play(plan int, points []Point, each func(Run)) error {
	task := Task{Plan: plan}
	for _, p := range points {
		task.Points = append(task.Points, p.String())
	}
	_, err := w.ask(task, func(a Answer) {
		if a.Run != nil {
			each(*a.Run)
		}
	})
	return err
}

func (w *worker) reduce(plan int, r Run) ([]byte, error) {
	a, err := w.ask(Task{Plan: plan, Reduce: r.Point.String(), Broken: r.Broken}, func(Answer) {})
	return a.File, err
}
