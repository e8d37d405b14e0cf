//go:build unix

package filestore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"umqtt/client"
	"umqtt/client/filestore"
	"umqtt/client/robust"
	"umqtt/harness/simnet"
	"umqtt/harness/wire"
)

// childEnv names the store and the number of the first message in a process that
// is there to be killed.
const childEnv = "UMQTT_FILESTORE_CHILD"

func TestMain(m *testing.M) {
	if s := os.Getenv(childEnv); s != "" {
		var how, path string
		var first int
		if _, err := fmt.Sscan(s, &how, &path, &first); err != nil {
			panic(err)
		}
		if how == "outages" {
			outagesUntilKilled(path, first)
		}
		publishUntilKilled(path, first)
	}
	if path := os.Getenv(fullEnv); path != "" {
		fillUp(path)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// publishUntilKilled publishes numbered messages and reports what its store did: "P
// id n" when a Put has returned, "D id" when a Delete begins.
func publishUntilKilled(path string, n int) {
	file, err := filestore.Open(path, filestore.Options{})
	check(err)
	filestore.SetCompactAt(file, 1500)
	s := &reporter{Store: file, n: n}
	random := rand.New(rand.NewPCG(uint64(n), 1))
	c, _ := connect(s, random)
	for ; ; s.n++ {
		err := c.Publish(context.Background(), []byte("t"), payload(s.n), 1, false)
		var failed *client.StoreError
		if errors.As(err, &failed) {
			panic(err)
		}
		for kind := client.KindAck; kind != client.KindNone; {
			kind, err = c.CheckMsg()
			check(err)
		}
	}
}

// outagesUntilKilled is publishUntilKilled with a network that fails half of the time.
// No attempt to connect comes before its message is stored.
func outagesUntilKilled(path string, n int) {
	file, err := filestore.Open(path, filestore.Options{})
	check(err)
	filestore.SetCompactAt(file, 1500)
	s := &reporter{Store: file, n: n, put: n - 1}
	random := rand.New(rand.NewPCG(uint64(n), 2))
	publishing := false
	var srv *server
	c, err := robust.New(robust.Config{
		Config: client.Config{
			ClientID: "c", Store: s, AckTimeout: time.Millisecond, MaxInflight: 8,
			Dial: func(context.Context) (net.Conn, error) {
				if publishing && s.put != s.n && s.kept < 8 {
					panic(fmt.Sprintf("message %d is not stored, and connects", s.n))
				}
				if random.IntN(2) == 0 {
					return nil, syscall.ECONNREFUSED
				}
				srv = &server{random: random}
				srv.Conn, srv.end = simnet.Pipe(0)
				return srv, nil
			},
		},
		Policy:      robust.Forever(robust.Backoff{Initial: time.Millisecond, Max: 2 * time.Millisecond}),
		PoisonAfter: -1,
	})
	check(err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	_, _ = c.Connect(ctx, false) // may still try
	cancel()
	for ; ; s.n++ {
		publishing = true
		for s.put != s.n {
			ctx, cancel := context.WithTimeout(context.Background(), 500*time.Microsecond)
			err := c.Publish(ctx, []byte("t"), payload(s.n), 1, false)
			cancel()
			var failed *client.StoreError
			if errors.As(err, &failed) {
				panic(err)
			}
			if s.put != s.n { // there is no room
				publishing = false
				_, _ = c.WaitFor(context.Background(), time.Millisecond)
				publishing = true
			}
		}
		publishing = false
		if random.IntN(4) == 0 && srv != nil {
			_ = srv.end.Reset()
		}
		_, _ = c.WaitFor(context.Background(), 100*time.Microsecond)
	}
}

// payload is that of a numbered message, of a size that varies.
func payload(n int) []byte { return fmt.Appendf(nil, "%d %s", n, strings.Repeat("x", n*7%90)) }

// reporter is a store that says what it does.
type reporter struct {
	client.Store
	n    int // the message that is being published
	put  int // the last one that was stored
	kept int // messages
}

func (r *reporter) Load(yield func(id uint16, packet []byte)) error {
	return r.Store.Load(func(id uint16, packet []byte) {
		r.kept++
		yield(id, packet)
	})
}

func (r *reporter) Put(id uint16, packet []byte) error {
	err := r.Store.Put(id, packet)
	if err == nil {
		r.put = r.n
		r.kept++
		_, err = fmt.Printf("P %d %d\n", id, r.n)
	}
	return err
}

func (r *reporter) Delete(id uint16) error {
	if _, err := fmt.Printf("D %d\n", id); err != nil {
		return err
	}
	r.kept--
	return r.Store.Delete(id)
}

// A process that publishes is killed, again and again, at points that nobody
// chooses. After each restart every message that was reported as stored, and whose
// removal had not begun, is sent again, in order and whole; and nothing else but
// what the kill caught in between.
func TestKill(t *testing.T) { testKill(t, "publish", 200) }

// The same with package robust, in whose process connections fail and are lost all the
// time: a message is stored before anything is waited for.
func TestKillOutages(t *testing.T) { testKill(t, "outages", 100) }

func testKill(t *testing.T, how string, kills int) {
	if testing.Short() || raceDetector { // whose processes start slowly
		kills = 30
	}
	path := filepath.Join(t.TempDir(), "outbox")
	random := rand.New(rand.NewPCG(1, 2))
	history := &history{numbers: map[uint16]int{}}
	sent := 0
	for kill := range kills {
		last := runAndKill(t, how, path, history, random.IntN(50), time.Duration(random.IntN(200))*time.Microsecond)
		if random.IntN(4) == 0 {
			tear(t, path, random)
		}
		s := open(t, path)
		_, srv := connect(s, nil)
		history.check(t, kill, last, srv.got)
		sent += len(srv.got)
		must(t, s.Close())
	}
	if sent == 0 {
		t.Error("no message was sent again: every kill came before one was stored")
	}
}

// history is what the processes have reported.
type history struct {
	order   []uint16       // ids of the messages that are stored, in the order of their putting
	numbers map[uint16]int // of these messages
	next    int            // number of a message that no process had
}

// report takes up one line of a process.
func (h *history) report(t *testing.T, line string) {
	var id uint16
	var n int
	if _, err := fmt.Sscanf(line, "P %d %d", &id, &n); err == nil {
		h.remove(id)
		h.order = append(h.order, id)
		h.numbers[id], h.next = n, n+1
	} else if _, err := fmt.Sscanf(line, "D %d", &id); err == nil {
		h.remove(id)
	} else {
		t.Fatalf("a process says %q", line)
	}
}

func (h *history) remove(id uint16) {
	for i, v := range h.order {
		if v == id {
			h.order = append(h.order[:i], h.order[i+1:]...)
		}
	}
}

// check compares what was sent again, and takes over what the kill caught: a Put
// that was not reported any more, or a Delete that did not happen.
func (h *history) check(t *testing.T, kill int, last string, got []*wire.Publish) {
	t.Helper()
	extra := 0
	var order []uint16
	rest := h.order
	for _, p := range got {
		n := h.next
		switch {
		case !p.Dup:
			t.Fatalf("kill %d: packet %d is sent again without DUP", kill, p.PacketID)
		case len(rest) > 0 && rest[0] == p.PacketID:
			n, rest = h.numbers[p.PacketID], rest[1:]
		case last == fmt.Sprintf("D %d", p.PacketID):
			n = h.numbers[p.PacketID]
			extra++
		default:
			extra++
		}
		if string(p.Payload) != string(payload(n)) {
			t.Fatalf("kill %d: packet %d is %.20q, want %.20q", kill, p.PacketID, p.Payload, payload(n))
		}
		h.numbers[p.PacketID] = n
		order = append(order, p.PacketID)
	}
	if len(rest) > 0 || extra > 1 {
		t.Fatalf("kill %d: sent again were %v, stored %v, and %q came last", kill, order, h.order, last)
	}
	h.order = order
	h.next++ // whether or not that message was caught
}

// runAndKill starts a process that publishes, kills it some time after a number of
// reports, and returns the last one.
func runAndKill(t *testing.T, how, path string, h *history, reports int, later time.Duration) (last string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", fmt.Sprintf("%s=%s %s %d", childEnv, how, path, h.next))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	lines := bufio.NewReader(out)
	for i := 0; ; i++ {
		if i == reports {
			for end := time.Now().Add(later); time.Now().Before(end); {
			}
			must(t, cmd.Process.Signal(syscall.SIGKILL))
		}
		line, err := lines.ReadString('\n')
		if err == io.EOF && i >= reports {
			return last
		}
		must(t, err)
		last = strings.TrimSpace(line)
		h.report(t, last)
	}
}

// tear leaves a part of a record at the end of the file, as a write does that a kill
// or a full disk cuts short.
func tear(t *testing.T, path string, random *rand.Rand) {
	record := filestore.PutRecord(4711, payload(random.IntN(100)))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	_, err = f.Write(record[:random.IntN(len(record))])
	must(t, err, f.Close())
}
