package child

import (
	"strings"
	"sync"
)

// A tail keeps the last bytes of what is written to it.
type tail struct {
	mu   sync.Mutex
	size int
	buf  []byte
	cut  bool // there was more
}

// Write implements io.Writer. It never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(b)
	if len(b) > t.size {
		b, t.cut = b[len(b)-t.size:], true
	}
	if over := len(t.buf) + len(b) - t.size; over > 0 {
		t.buf, t.cut = append(t.buf[:0], t.buf[over:]...), true
	}
	t.buf = append(t.buf, b...)
	return n, nil
}

func (t *tail) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf, t.cut = t.buf[:0], false
}

// String returns what is kept. Where more was written it begins with a whole line, if there is one.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := string(t.buf)
	if !t.cut {
		return text
	}
	if _, rest, found := strings.Cut(text, "\n"); found && rest != "" {
		text = rest
	}
	return "…\n" + text
}
