package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Hash returns a digest, 16 hexadecimal digits, of what decides the verdict of the scenario: its steps, what they
// cover, its level, peer, world, needs and options. Scenarios with the same digest give the same verdicts. The digest
// does not depend on the name, the title, why, reason, notes, tags and the layout of the file.
func (s *Scenario) Hash() string {
	judged := s.essence()
	judged.Level, judged.Profile = s.Level, s.Profile
	judged.Covers = slices.Sorted(slices.Values(s.Covers))
	sum := sha256.Sum256(Format(&judged))
	return hex.EncodeToString(sum[:8])
}
