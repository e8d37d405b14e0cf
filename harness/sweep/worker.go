package sweep

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"testing"
)

// A Task is what a worker process is asked for: the points of a plan, to play some of them, or to reduce one.
type Task struct {
	Plan   int      `json:"plan"`             // its index among the plans, which both sides have
	Points []string `json:"points,omitempty"` // to play; each is answered by a Run
	List   *Options `json:"list,omitempty"`   // to enumerate
	Reduce string   `json:"reduce,omitempty"` // a point to make a file of, which breaks the rule Broken
	Broken string   `json:"broken,omitempty"`
}

// An Answer is one line of what a worker answers. The last one of a task is Done.
type Answer struct {
	Run  *Run     `json:"run,omitempty"`
	List []string `json:"list,omitempty"`
	File []byte   `json:"file,omitempty"` // nil where nothing could be reproduced
	Err  string   `json:"err,omitempty"`
	Done bool     `json:"done,omitempty"`
}

// A Pair is a plan, and the same plan with the subject that is no mutant, or nil.
type Pair struct {
	Plan
	Without *Plan
}

// Serve is a worker: it does the tasks that come as lines of JSON, and answers each, until there are no more.
func Serve(t *testing.T, plans []Pair, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	w := json.NewEncoder(out)
	for lines.Scan() {
		var task Task
		if err := json.Unmarshal(lines.Bytes(), &task); err != nil {
			return err
		}
		if task.Plan < 0 || task.Plan >= len(plans) {
			return fmt.Errorf("there is no plan %d", task.Plan)
		}
		if err := serve(t, plans[task.Plan], task, w); err != nil {
			return err
		}
	}
	return lines.Err()
}

func serve(t *testing.T, p Pair, task Task, w *json.Encoder) error {
	last := Answer{Done: true}
	switch {
	case task.List != nil:
		plan := p.Plan
		if p.Without != nil {
			plan = *p.Without
		}
		points, err := plan.Points(t, *task.List)
		if err != nil {
			last.Err = err.Error()
		}
		for _, pt := range points {
			last.List = append(last.List, pt.String())
		}
	case task.Reduce != "":
		pt, err := ParsePoint(task.Reduce)
		if err != nil {
			return err
		}
		if sc, ok := p.Reduce(t, pt, task.Broken, p.Without); ok {
			r := p.Play(t, sc)
			r.Point = pt
			last.File = File(sc, p.Subject.Name, r)
		}
	default:
		for _, text := range task.Points {
			pt, err := ParsePoint(text)
			if err != nil {
				return err
			}
			r := p.Run(t, pt)
			if err := w.Encode(Answer{Run: &r}); err != nil {
				return err
			}
		}
	}
	return w.Encode(last)
}
