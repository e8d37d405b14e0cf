package sweep

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// A Digest stands for a set of runs, whatever order they were added in. The sum of the digests of the parts of a set is
// the digest of the set.
type Digest uint64

// Add adds a run: which one it is, and its trace.
func (d *Digest) Add(run, trace string) {
	sum := sha256.Sum256([]byte(run + "\x00" + trace))
	*d += Digest(binary.BigEndian.Uint64(sum[:]))
}

// String returns the digest in 16 hexadecimal digits.
func (d Digest) String() string { return fmt.Sprintf("%016x", uint64(d)) }
