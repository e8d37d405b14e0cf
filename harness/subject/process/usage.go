package process

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"umqtt/harness/subject"
)

// Usage implements [subject.Measurer] where the system has /proc. It is about the process itself, not about others that
// it has started.
func (s *session) Usage() (subject.Usage, error) { return usageOf(s.child.Pid()) }

// usageOf reads what a process holds. Memory is what is resident and no file's.
func usageOf(pid int) (subject.Usage, error) {
	u := subject.Usage{Threads: subject.Unmeasured, Descriptors: subject.Unmeasured, Memory: subject.Unmeasured}
	dir := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(dir + "status")
	if err != nil {
		return u, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch {
		case err != nil:
		case name == "Threads":
			u.Threads = int(n)
		case name == "RssAnon":
			u.Memory = n << 10
		}
	}
	files, err := os.ReadDir(dir + "fd")
	if err == nil {
		u.Descriptors = len(files)
	}
	return u, err
}
