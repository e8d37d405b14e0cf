package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/monitor"
	"umqtt/harness/spec"
	"umqtt/harness/wire"
)

// Bounds of what a watcher keeps.
const (
	watchedClients = 10_000    // clients; above it, those without a connection are forgotten
	watchedBytes   = 256 << 20 // of records that all monitors remember together
	shownRecords   = 16        // of a client, which findings can show
	shownBytes     = 1 << 10   // of a packet among them that is kept
	toldFindings   = 20        // of one monitor about one client; more are counted only
	waitingFinds   = 1024      // findings that wait to be written; more are counted only
)

// A watcher has the monitors judge each client that passes, and tells their findings.
type watcher struct {
	born  bool
	start time.Time
	json  bool
	out   chan finding
	done  chan struct{}

	mu      sync.Mutex
	clients map[string]*watchedClient
	open    int // clients that are judged now, those without an identifier included
	levels  map[monitor.Level]int
	rules   map[string]int // findings, by rule
	untold  int
}

// A watchedClient is one client: all connections with its identifier.
type watchedClient struct {
	mu     sync.Mutex
	name   string
	live   *monitor.Live
	recent []seenRecord
	told   map[string]int

	conns int           // that are open; guarded by the watcher's lock
	last  time.Duration // of the last record; likewise
}

// seenRecord is a record that a finding can show.
type seenRecord struct {
	n int
	capture.Record
	text string // in place of a record that is too long
}

func (s seenRecord) String() string { return cmp.Or(s.text, s.Record.String()) }

// finding is one, as it is told.
type finding struct {
	Time    time.Time     `json:"time"`
	Client  string        `json:"client"`
	Conn    int           `json:"conn"`
	ID      string        `json:"id"`
	Section string        `json:"section"`
	Level   string        `json:"level"`
	Monitor string        `json:"monitor"`
	Message string        `json:"message"`
	Rule    string        `json:"rule"`
	Record  int           `json:"record"`
	Records []shownRecord `json:"records"`
}

// shownRecord is a record beside a finding.
type shownRecord struct {
	Record int    `json:"record"`
	Text   string `json:"text"`
}

// newWatcher starts a watcher that writes to w.
func newWatcher(w io.Writer, asJSON, born bool) *watcher {
	x := &watcher{
		born: born, start: time.Now(), json: asJSON, out: make(chan finding, waitingFinds), done: make(chan struct{}),
		clients: map[string]*watchedClient{}, levels: map[monitor.Level]int{}, rules: map[string]int{},
	}
	go func() {
		defer close(x.done)
		for f := range x.out {
			x.write(w, f)
		}
	}()
	return x
}

// close waits until all is written. No record comes any more.
func (x *watcher) close() {
	close(x.out)
	<-x.done
}

// musts returns the number of findings that prove something.
func (x *watcher) musts() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.levels[monitor.Must]
}

// client returns what is known of the client with an identifier, and adds a connection to it. Each one without is on
// its own.
func (x *watcher) client(id, addr string) *watchedClient {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.clients[id]
	if id == "" || c == nil {
		name := cmp.Or(id, "without an identifier, "+addr)
		c = &watchedClient{name: name, live: monitor.NewLive(monitor.Real, x.born), told: map[string]int{}}
		if id != "" {
			x.room()
			x.clients[id] = c
		}
		x.open++
	} else if c.conns == 0 {
		x.open++
	}
	c.conns++
	return c
}

// room forgets a client that is away where there are too many: the oldest of a few.
func (x *watcher) room() {
	if len(x.clients) < watchedClients {
		return
	}
	oldest, looked := "", 0
	for id, c := range x.clients {
		if c.conns > 0 {
			continue
		}
		if oldest == "" || c.last < x.clients[oldest].last {
			oldest = id
		}
		if looked++; looked == 16 {
			break
		}
	}
	delete(x.clients, oldest)
}

// left takes a connection from a client.
func (x *watcher) left(c *watchedClient, at time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c.last = at
	if c.conns--; c.conns == 0 {
		x.open--
	}
}

// share is how many bytes the monitors of one client may remember.
func (x *watcher) share() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return min(monitor.MaxLive, watchedBytes/max(x.open, len(x.clients), 1))
}

// watchTap gives a watcher the records of one connection.
type watchTap struct {
	x      *watcher
	conn   int
	addr   string
	client *watchedClient
	early  []capture.Record // before the client has sent anything
	last   time.Duration
}

// Record implements [proxy.Tap].
func (t *watchTap) Record(r capture.Record) {
	t.last = r.Time
	if t.client == nil {
		if r.Kind != capture.Sent || len(r.Data) == 0 {
			if len(t.early) < shownRecords {
				t.early = append(t.early, r)
			}
			return
		}
		id := ""
		if p, err := wire.Decode(r.Data); err == nil {
			if c, ok := p.(*wire.Connect); ok {
				id = c.ClientID
			}
		}
		t.client = t.x.client(id, t.addr)
		share := t.x.share()
		t.client.mu.Lock()
		t.client.live.Max = share
		t.client.mu.Unlock()
		for _, e := range t.early {
			t.x.add(t.client, e)
		}
		t.early = nil
	}
	t.x.add(t.client, r)
}

// Close implements [proxy.Tap].
func (t *watchTap) Close() {
	if t.client == nil {
		return
	}
	t.client.mu.Lock()
	for _, f := range t.client.live.Closed(t.conn) {
		t.x.tell(t.client, f)
	}
	t.client.mu.Unlock()
	t.x.left(t.client, t.last)
}

// add judges a record of a client.
func (x *watcher) add(c *watchedClient, r capture.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := seenRecord{n: c.live.Records(), Record: r}
	if len(r.Data) > shownBytes {
		s.text, s.Record.Data = r.String(), nil
	}
	if len(c.recent) == shownRecords {
		copy(c.recent, c.recent[1:])
		c.recent = c.recent[:shownRecords-1]
	}
	c.recent = append(c.recent, s)
	for _, f := range c.live.Add(r) {
		x.tell(c, f)
	}
}

// lastShown is how many records up to the one of a finding it shows, those that it names aside.
const lastShown = 6

// tell counts a finding, and has it written unless there are too many. The client's lock is held.
func (x *watcher) tell(c *watchedClient, f monitor.Finding) {
	c.told[f.Monitor]++
	x.mu.Lock()
	defer x.mu.Unlock()
	x.levels[f.Level]++
	x.rules[f.ID]++
	if c.told[f.Monitor] > toldFindings {
		x.untold++
		return
	}
	rule, _ := spec.Lookup(f.ID)
	out := finding{
		Time: time.Now(), Client: c.name, Conn: f.Conn, ID: f.ID, Section: rule.Section(), Level: f.Level.String(), Monitor: f.Monitor,
		Message: f.Message, Rule: rule.Text, Record: f.Record,
	}
	named := make(map[int]bool)
	for _, n := range f.Records {
		named[n] = true
	}
	for _, r := range c.recent {
		if named[r.n] || r.n <= f.Record && r.n > f.Record-lastShown {
			out.Records = append(out.Records, shownRecord{r.n, clipped(r.String())})
		}
	}
	select {
	case x.out <- out:
	default:
		x.untold++
	}
}

// clipped is a line that fits a screen.
func clipped(s string) string {
	const most = 200
	if s = judge.Printable(s); len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// write writes a finding.
func (x *watcher) write(w io.Writer, f finding) {
	if x.json {
		b, err := json.Marshal(f)
		if err == nil {
			w.Write(append(judge.PrintableJSON(b), '\n'))
		}
		return
	}
	var b strings.Builder
	broke := "broke"
	if f.Level == monitor.Should.String() {
		broke = "seems to break"
	}
	fmt.Fprintf(&b, "%s client %s, connection %d %s %s (section %s): %s\n", f.Time.Format("15:04:05.000"), judge.Printable(f.Client), f.Conn, broke, f.ID, f.Section, judge.Printable(f.Message))
	fmt.Fprintf(&b, "    rule: %s\n", f.Rule)
	for _, r := range f.Records {
		fmt.Fprintf(&b, "    record %-4d %s\n", r.Record, r.Text)
	}
	io.WriteString(w, b.String())
}
