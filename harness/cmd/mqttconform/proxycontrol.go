package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"umqtt/harness/fault"
	"umqtt/harness/judge"
	"umqtt/harness/proxy"
	"umqtt/harness/scenario"
)

// maxControl bounds the body of a request.
const maxControl = 1 << 20

// control is the HTTP interface of a proxy.
type control struct {
	r      *proxy.Relay
	addr   string
	server *http.Server
	done   chan struct{}
}

// startControl serves the interface of a relay at a loopback address.
func startControl(addr string, r *proxy.Relay) (*control, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &control{r: r, addr: ln.Addr().String(), done: make(chan struct{})}
	mux := http.NewServeMux()
	for pattern, h := range c.routes() {
		mux.HandleFunc(pattern, h)
	}
	c.server = &http.Server{Handler: local(mux), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() {
		defer close(c.done)
		c.server.Serve(newLimitListener(ln, maxControlConns))
	}()
	return c, nil
}

// controlAPI is the interface as OpenAPI.
//
//go:embed control.openapi.yaml
var controlAPI []byte

// routes are the requests that the interface answers, as controlAPI has them.
func (c *control) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /rules":         c.list,
		"POST /rules":        c.add,
		"DELETE /rules/{id}": c.remove,
		"POST /cut":          c.cut,
		"POST /reset":        c.reset,
		"GET /metrics":       c.metrics,
		"GET /openapi.yaml":  describe,
	}
}

// describe answers with the interface as OpenAPI.
func describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Write(controlAPI)
}

// Close ends the interface.
func (c *control) Close() {
	c.server.Close()
	<-c.done
}

// local refuses what a page in a browser can send: a request with an Origin, or to a host by name.
func local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		host, _, err := net.SplitHostPort(q.Host)
		if err != nil {
			host = q.Host
		}
		ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if q.Header.Get("Origin") != "" || host != "localhost" && (err != nil || !ip.IsLoopback()) {
			http.Error(w, "only for programs of this machine", http.StatusForbidden)
			return
		}
		q.Body = http.MaxBytesReader(w, q.Body, maxControl)
		h.ServeHTTP(w, q)
	})
}

// controlRule is a rule as the interface shows it.
type controlRule struct {
	ID     int    `json:"id"`
	Name   string `json:"name,omitempty"`
	Action string `json:"action"`
	Hits   int    `json:"hits"`
}

// controlAdded is the answer to a script.
type controlAdded struct {
	IDs []int `json:"ids"`
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Write(append(judge.PrintableJSON(b), '\n'))
}

func (c *control) list(w http.ResponseWriter, _ *http.Request) {
	all := []controlRule{}
	for _, a := range c.r.Rules() {
		all = append(all, controlRule{a.ID, a.Rule.Name, a.Rule.Action.Name(), a.Hits})
	}
	answer(w, all)
}

// add plays the steps of a script, which cannot wait, and answers with the numbers of the rules that it adds.
func (c *control) add(w http.ResponseWriter, q *http.Request) {
	b, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	steps, err := scenario.ParseFaults("body", b)
	for _, s := range steps {
		if s.Key == "wait" {
			err = errors.Join(err, fmt.Errorf("%v: wait: a request cannot wait", s.Pos))
		}
	}
	if err != nil {
		http.Error(w, printable(err), http.StatusBadRequest)
		return
	}
	ids := []int{}
	for _, s := range steps {
		id, err := playStep(c.r, s)
		if err != nil {
			http.Error(w, printable(fmt.Errorf("%v: %w", s.Pos, err)), http.StatusConflict)
			return
		}
		if id > 0 {
			ids = append(ids, id)
		}
	}
	answer(w, controlAdded{ids})
}

func (c *control) remove(w http.ResponseWriter, q *http.Request) {
	id, err := strconv.Atoi(q.PathValue("id"))
	if err != nil || !c.r.Remove(id) {
		http.Error(w, "no such rule", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// cut ends a connection: that of the parameter conn, or the newest.
func (c *control) cut(w http.ResponseWriter, q *http.Request) {
	conn, how := 0, fault.RST
	if s := q.FormValue("conn"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			http.Error(w, "conn is the number of a connection, from 1", http.StatusBadRequest)
			return
		}
		conn = n
	}
	if s := q.FormValue("how"); s != "" {
		var ok bool
		if how, ok = fault.ParseEnding(s); !ok {
			http.Error(w, "how is fin, rst or half", http.StatusBadRequest)
			return
		}
	}
	if err := c.r.Cut(conn, how); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// reset removes all rules and ends all stalls.
func (c *control) reset(w http.ResponseWriter, _ *http.Request) {
	for _, a := range c.r.Rules() {
		c.r.Remove(a.ID)
	}
	c.r.Up()
	for _, conn := range c.r.Open() {
		c.r.Heal(conn) // it may have ended
	}
	w.WriteHeader(http.StatusNoContent)
}

// metrics answers with the counters in the text format of Prometheus.
func (c *control) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	s := summaryOf(c.r, nil)
	metric := func(name, kind, help string) {
		fmt.Fprintf(w, "# HELP mqttconform_%s %s\n# TYPE mqttconform_%s %s\n", name, help, name, kind)
	}
	metric("connections_total", "counter", "Connections by what became of them.")
	for _, m := range []struct {
		what string
		n    int64
	}{{"opened", int64(s.Opened)}, {"refused", s.Refused}, {"full", s.Full}, {"unreached", s.Unreached}, {"handshake", s.Handshakes}, {"too_long", s.TooLong}, {"silent", s.Silent}, {"crowded", s.Crowded}} {
		fmt.Fprintf(w, "mqttconform_connections_total{result=%q} %d\n", m.what, m.n)
	}
	metric("connections_open", "gauge", "Connections that are open.")
	fmt.Fprintf(w, "mqttconform_connections_open %d\n", s.Open)
	metric("packets_total", "counter", "Packets before faults, by sender and type.")
	for _, side := range []struct {
		from string
		m    map[string]int64
	}{{"client", s.Sent}, {"broker", s.Received}} {
		for _, t := range sortedNames(side.m) {
			fmt.Fprintf(w, "mqttconform_packets_total{from=%q,type=%q} %d\n", side.from, t, side.m[t])
		}
	}
	metric("bytes_total", "counter", "Bytes before faults, by sender.")
	fmt.Fprintf(w, "mqttconform_bytes_total{from=\"client\"} %d\nmqttconform_bytes_total{from=\"broker\"} %d\n", s.SentBytes, s.ReceivedBytes)
	metric("faults_total", "counter", "Times that rules have applied, by action.")
	for _, t := range sortedNames(s.Faults) {
		fmt.Fprintf(w, "mqttconform_faults_total{action=%q} %d\n", t, s.Faults[t])
	}
}
