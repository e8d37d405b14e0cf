package explore_test

import (
	"testing"
"slices"

	"umqtt/harness/explore"
	"umqtt/harness/mutant"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
)

func TestMustKills(t *testing.T) {
	play := explore.Strictly(t)
	for _, sc := range suite(t) {
		if sc.Level != scenario.Must { continue }
		if m, s, ok := explore.Killer(sc, mutant.All(), subject.Builtin(), play); ok { mm,_:=mutant.Find(m); t.Log("KILL", sc.Name, s, m, slices.ContainsFunc(sc.Covers, func(id string) bool { return slices.Contains(mm.Violates, id) })) } else {
			t.Errorf("NONE %s %v", sc.Name, sc.Covers)
		}
	}
}
