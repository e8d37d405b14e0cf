package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Hash returns a digest of what decides the verdict of the scenario: its steps, what they cover, its level,
// peer, world, needs and options. Scenarios of one digest judge alike. The name, the title and what is for
// readers (why, reason, notes, tags, the layout of the file) are not in it. It is 16 digits of hex.
func (s *Scenario) Hash() string {
	judged := s.essence()
	judged.Level, judged.Profile = s.Level, s.Profile
	judged.Covers = slices.Sorted(slices.Values(s.Covers))
	sum := sha256.Sum256(Format(&judged))
	return hex.EncodeToString(sum[:8])
}
