package swarm

import (
	"testing"

	"umqtt/harness/subject"
)

// No script has a retained message for a client that may close each of its connections for it, for ever.
func TestNothingEndless(t *testing.T) {
	retained, closes := 0, 0
	for seed := uint64(1); seed <= 3000; seed++ {
		src := Odd(Seeded(seed))
		s := NewScript(subject.Simple(), src)
		for range 10 {
			s.oddMessage(src)
			s.oddPublish(src)
		}
		closing := s.sc.Client.MaxPacket > 0 && !s.sc.Client.SkipOversize
		if closing {
			closes++
		}
		for _, st := range s.sc.Steps {
			switch retain, _ := st.Args.Bool("retain"); {
			case retain && closing:
				t.Fatalf("seed %d: a retained message for a client that closes its connection for a large one", seed)
			case retain:
				retained++
			}
		}
	}
	if retained == 0 || closes == 0 {
		t.Errorf("%d retained messages, and %d clients that close their connections: the test proves nothing", retained, closes)
	}
}
