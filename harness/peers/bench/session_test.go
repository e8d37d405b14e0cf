package main

import "testing"

// BenchmarkSession is one session in a world of its own.
func BenchmarkSession(b *testing.B) {
	for _, kind := range sessionWorlds {
		b.Run(kind, func(b *testing.B) {
			b.ReportAllocs()
			inTest(func(t *testing.T) {
				play, err := player(t, kind)
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := play(); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// TestSession plays a session in each world.
func TestSession(t *testing.T) {
	for _, kind := range sessionWorlds {
		t.Run(kind, func(t *testing.T) {
			play, err := player(t, kind)
			if err == nil {
				err = play()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// inTest calls f with a test of its own: a benchmark has no bubbles.
func inTest(f func(*testing.T)) {
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bench", F: f}})
}
