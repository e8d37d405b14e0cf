package pcap

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// Read reads a pcap or pcapng file; file is its name for errors, and names the capture. Errors about its
// content are an [*Error].
//
// The time 0 is that of the first frame of the connections that are taken. A record has the time of the
// frame with its last byte, to the microsecond.
func Read(file string, r io.Reader, o Options) (*Result, error) {
	res, err := read(file, r, o)
	var e *Error
	if errors.As(err, &e) {
		e.File = file
	}
	return res, err
}

func read(file string, r io.Reader, o Options) (*Result, error) {
	f, err := open(r)
	if err != nil {
		return nil, err
	}
	if c, err := capture.Parse(file, []byte(f.comment)); err == nil && len(c.Records) == 0 {
		return readOwn(c, f)
	}
	t := newTrace(file)
	for {
		frame, err := f.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = t.add(frame)
		}
		if err != nil {
			return nil, err
		}
	}
	t.finish()
	return t.result(o)
}

// result makes the capture of the connections that were asked for.
func (t *trace) result(o Options) (*Result, error) {
	records := t.rec.Since(0)
	clients := t.clients(records)
	if len(clients) == 0 {
		return nil, t.nothing()
	}
	res := &Result{Capture: &capture.Capture{Name: name(t.file), Measured: true}}
	numbers := make(map[int]int) // of the connections that are taken, by their ids
	servers := make(map[netip.AddrPort]bool)
	origin := time.Duration(-1)
	for _, c := range t.conns {
		client, ok := clients[c.id]
		if !ok {
			continue
		}
		servers[c.server()] = true
		if o.Client != nil && *o.Client != client.ID && *o.Client != client.Addr.String() {
			continue
		}
		numbers[c.id] = len(numbers) + 1
		if c.at >= 0 && origin < 0 {
			origin = c.at
		}
		if !slices.Contains(res.Clients, client) {
			res.Clients = append(res.Clients, client)
		}
	}
	if len(numbers) == 0 {
		return nil, &Error{Err: ErrClient, Detail: fmt.Sprintf("%q; the clients are %s", *o.Client, list(clients))}
	}
	res.Capture.Records = t.take(records, numbers, servers, origin)
	res.Warnings = t.tell(numbers, servers)
	for _, r := range res.Capture.Records {
		if len(r.Data) > 0 {
			return res, nil
		}
	}
	for _, c := range t.conns {
		if numbers[c.id] > 0 && c.lost != nil {
			return nil, c.fail(c.lost.frame, ErrLost, c.lost.detail)
		}
	}
	return res, nil
}

// clients returns the clients of the MQTT connections by the connections' ids.
func (t *trace) clients(records []capture.Record) map[int]Client {
	ids := make(map[int]string)
	for _, r := range records {
		if _, ok := ids[r.Conn]; ok || r.Kind != capture.Sent || len(r.Data) == 0 {
			continue
		}
		ids[r.Conn] = ""
		if p, err := r.Packet(); err == nil {
			if p, ok := p.(*wire.Connect); ok {
				ids[r.Conn] = p.ClientID
			}
		}
	}
	clients := make(map[int]Client)
	for _, c := range t.conns {
		if c.state == mqtt {
			clients[c.id] = Client{ID: ids[c.id], Addr: c.ends[c.client].Addr()}
		}
	}
	return clients
}

// list names the clients, each once, in a fixed order.
func list(clients map[int]Client) string {
	seen := make(map[string]bool)
	for _, c := range clients {
		seen[c.String()] = true
	}
	var all []string
	for s := range seen {
		all = append(all, s)
	}
	slices.Sort(all)
	if more := len(all) - 10; more > 0 {
		all = append(all[:10], fmt.Sprintf("%d more", more))
	}
	return strings.Join(all, ", ")
}

// take returns the records of the connections in numbers, under these numbers and with the time counted from
// origin, and events for what is lost and for connections to the same servers that were refused.
func (t *trace) take(records []capture.Record, numbers map[int]int, servers map[netip.AddrPort]bool, origin time.Duration) []capture.Record {
	type placed struct {
		frame int
		capture.Record
	}
	var all []placed
	dialers := make(map[netip.Addr]bool)
	for _, c := range t.conns {
		if numbers[c.id] > 0 {
			dialers[c.ends[c.client].Addr()] = true
		}
	}
	for _, c := range t.conns {
		n := numbers[c.id]
		switch {
		case n > 0 && c.lost != nil:
			text := fmt.Sprintf("lost %s %s; the connection is followed no further", c.kind(c.lost.end), c.lost.detail)
			all = append(all, placed{c.lost.frame, capture.Record{Time: c.lost.at, Conn: n, Kind: capture.Event, Text: text}})
		case c.refused() && servers[c.server()] && dialers[c.ends[c.dialer].Addr()]:
			all = append(all, placed{c.frame, capture.Record{Time: c.at, Kind: capture.Event, Text: "fault refuse"}})
		}
	}
	for i, r := range records {
		n := numbers[r.Conn]
		if c := t.conns[r.Conn-1]; n == 0 || c.lost != nil && t.frames[i] >= c.lost.frame {
			continue
		}
		r.Conn = n
		all = append(all, placed{t.frames[i], r})
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.frame, b.frame) })
	var taken []capture.Record
	var last time.Duration
	for _, p := range all {
		if p.Time >= 0 {
			last = max(last, (p.Time - max(origin, 0)).Truncate(time.Microsecond))
			p.Time = last
		}
		taken = append(taken, p.Record)
	}
	return taken
}

// tell returns what is missing from the connections in numbers, and what could have been one of them.
func (t *trace) tell(numbers map[int]int, servers map[netip.AddrPort]bool) []error {
	all := t.told()
	for _, c := range t.conns {
		switch {
		case numbers[c.id] > 0 && c.lost != nil:
			all = append(all, c.fail(c.lost.frame, ErrLost, c.lost.detail))
		case c.reason != nil && c.held > 0 && (servers[c.server()] || errors.Is(c.reason, ErrVersion)):
			all = append(all, c.reason)
		}
	}
	slices.SortStableFunc(all, func(a, b *Error) int { return cmp.Compare(a.Frame, b.Frame) })
	var errs []error
	for _, e := range all {
		errs = append(errs, e)
	}
	return errs
}

// nothing says why the file holds no MQTT connection.
func (t *trace) nothing() error {
	for _, of := range []error{ErrVersion, ErrTLS, ErrLost, ErrNoConnect, ErrNotMQTT} {
		for _, c := range t.conns {
			if c.lost != nil && of == ErrLost {
				return c.fail(c.lost.frame, ErrLost, c.lost.detail)
			}
			if c.reason != nil && c.reason.Err == of {
				return c.reason
			}
		}
	}
	if told := t.told(); len(told) > 0 {
		return told[0]
	}
	return &Error{Err: ErrNoTCP, Detail: fmt.Sprintf("%d frames", t.frame)}
}

// name returns the name of a capture that was read from a file.
func name(file string) string {
	base := filepath.Base(file)
	base = strings.TrimSuffix(base, ".gz")
	return strings.TrimSuffix(base, filepath.Ext(base))
}
