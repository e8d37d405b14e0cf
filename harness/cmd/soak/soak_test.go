package main

import (
	"io"
	"strings"
	"testing"
	"time"
)

// TestLoad has a few clients publish for a moment.
func TestLoad(t *testing.T) {
	addr, stop, err := startBroker("embedded")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	cfg := config{lasts: 800 * time.Millisecond, clients: 30, gap: 20 * time.Millisecond, seed: 1}
	res, err := load(t.Context(), cfg, addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.lost() {
		t.Error(f)
	}
	if cuts := res.stats.Fired["cut"]; cuts == 0 {
		t.Error("no connection was cut")
	}
}

// A message that was reported done and has not come is a failure, and so is a client that gets nothing through.
func TestLost(t *testing.T) {
	res := newResult(config{clients: 3})
	for _, seq := range []int{0, 1, 64, 200} {
		res.done[0].add(seq)
		res.done[1].add(seq)
		res.came[0].add(seq)
	}
	res.came[1].add(64)
	got := strings.Join(res.lost(), "\n")
	want := "3 messages were reported done and have not come\n1 clients have not got a message through"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if res.came[1].add(64) || res.came[1].has(65) || res.came[1].has(10_000) {
		t.Error("a set of sequence numbers has forgotten one, or has one that was not added")
	}
}

func TestGrown(t *testing.T) {
	steady := func(n int) (all []usage) {
		for i := range n {
			all = append(all, usage{goroutines: 1000 + i%3, descriptors: 500, memory: 50 << 20})
		}
		return all
	}
	leak := steady(40)
	for i := range leak {
		leak[i].descriptors += 10 * i
	}
	for _, tt := range []struct {
		name    string
		samples []usage
		want    string
	}{
		{"steady", steady(40), ""},
		{"too few", steady(7), "7 samples are too few to tell what grows"},
		{"descriptors", leak, "descriptors: from 690 to 890, above 823"},
	} {
		res := &result{samples: tt.samples}
		if got := strings.Join(res.grown(), "\n"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestUsage(t *testing.T) {
	if u := now(); u.goroutines < 1 || u.memory < 1<<20 {
		t.Errorf("this process uses %+v", u)
	}
}

func TestRefused(t *testing.T) {
	for _, cfg := range []config{
		{},
		{clients: 1, lasts: time.Second, gap: time.Second, broker: "nonsense"},
	} {
		if err := run(t.Context(), io.Discard, cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}
