package world

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// A watchdog ends a process whose bubble hangs. It looks at it from outside.
type watchdog struct {
	what   string
	limit  time.Duration // of wall-clock time
	hung   func(why string)
	bubble atomic.Value // how dumps name the bubble, a string
	ended  chan struct{}
}

// looks is how often a watchdog looks at a bubble before its time is over. A bubble that waits for the same
// mutexes at lockedLooks of them in a row waits for ever: virtual time does not pass meanwhile.
const (
	looks       = 30
	lockedLooks = 4
)

// A vigil counts the looks in a row that find the same goroutines waiting.
type vigil struct {
	before string
	same   int
}

// lasts takes what [locked] returns, and reports whether it has returned the same at lockedLooks looks.
func (v *vigil) lasts(now string) bool {
	if now != v.before {
		v.before, v.same = now, 0
	}
	v.same++
	return now != "" && v.same >= lockedLooks
}

// watch waits for the end of the bubble, and ends the process if it hangs.
func (w *watchdog) watch() {
	tick := time.NewTicker(w.limit / looks)
	defer tick.Stop()
	begin := time.Now()
	var seen vigil
	for {
		select {
		case <-w.ended:
			return
		case <-tick.C:
		}
		if time.Since(begin) > w.limit {
			w.bark(fmt.Sprintf("it hangs: %v of wall time have passed; a loop, a system call or a mutex keeps virtual time from passing", w.limit))
		}
		if seen.lasts(locked(stacks(), w.bubble.Load())) {
			w.bark("a goroutine waits for a mutex that nobody unlocks")
		}
	}
}

// bark reports a bubble that hangs and ends the process.
func (w *watchdog) bark(why string) {
	if w.hung != nil {
		w.hung(why)
	}
	panic(fmt.Sprintf("play: %s: %s\n\n%s", w.what, why, stacks()))
}

// stacks returns the stacks of all goroutines.
func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

var (
	head    = regexp.MustCompile(`^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^\]]*)\]`)
	minutes = regexp.MustCompile(`, \d+ minutes`)
)

// bubbleOf returns how dumps name the bubble of the calling goroutine: the end of "goroutine 1 [running, synctest bubble 2]:".
func bubbleOf() string {
	var buf [100]byte
	first, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("]"))
	i := bytes.LastIndex(first, []byte("synctest bubble "))
	if i < 0 {
		return ""
	}
	return string(first[i:])
}

// locked returns the stacks of the goroutines of a bubble if all of them wait, and one of them for a mutex.
func locked(dump string, bubble any) string {
	name, _ := bubble.(string)
	if name == "" {
		return ""
	}
	var all strings.Builder
	mutex := false
	for g := range strings.SplitSeq(dump, "\n\n") {
		m := head.FindStringSubmatch(g)
		if m == nil {
			continue
		}
		state, more, _ := strings.Cut(m[1], ", ")
		if !strings.HasSuffix(", "+more, ", "+name) {
			continue
		}
		switch strings.TrimSuffix(state, " (durable)") {
		case "running", "runnable", "syscall", "IO wait", "GC assist wait", "GC assist marking", "preempted", "copystack":
			return "" // it goes on, or will by itself
		case "sync.Mutex.Lock", "sync.RWMutex.Lock", "sync.RWMutex.RLock", "semacquire":
			mutex = true
		}
		all.WriteString(minutes.ReplaceAllString(g, ""))
	}
	if !mutex {
		return ""
	}
	return all.String()
}
