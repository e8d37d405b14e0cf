//go:build unix

package filestore_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"umqtt/client/filestore"
)

// fullEnv names the store in a process whose files cannot grow beyond 510 bytes.
const fullEnv = "UMQTT_FILESTORE_FULL"

// fillUp puts messages until one fails, then a short one that still has room, and
// prints what is kept.
func fillUp(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	check(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 510, Max: 510}))
	s, err := filestore.Open(path, filestore.Options{})
	check(err)
	id := uint16(1)
	for ; s.Put(id, payload(int(id))) == nil; id++ {
		fmt.Printf("%d %s\n", id, payload(int(id)))
	}
	check(s.Put(id, []byte("end")))
	fmt.Printf("%d end\n", id)
}

// A file that must not grow in the middle of a write: the message is refused, the part of
// it is gone, and the others are as they were.
func TestLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fullEnv+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	same(t, content(t, open(t, path)), strings.Split(strings.TrimSpace(string(out)), "\n"))
}
