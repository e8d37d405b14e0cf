// Package model is the oracle of runs that no script expects anything of: it is told what a client's API
// reported, what went over its link and what the others at the broker saw, and says which rules that breaks.
//
//	for _, v := range model.Check(model.History{Level: model.Strong, Records: c.Records, Calls: calls, …}) {
//		fmt.Println(v)
//	}
//
// It is a pure function of a [History]. It knows no script, no world and no client, so that sweeps, properties and
// fuzz targets use it alike; whoever plays the run fills the history in.
//
// [Strong] is for what TCP and a conforming server can do to a client: cuts, stalls, delays, pieces, refusals, lost
// sessions. Nothing that the API reported may then turn out wrong. [Weak] is for what they cannot do: packets that
// are dropped, duplicated, swapped, held back or changed on a connection that lives on. A client may lose messages
// then, but its calls end, and it reports no success before the acknowledgement was handed to it.
//
// What the broker got wrong is no violation of the client's: see [Violation].Peer and [Known].
package model

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/monitor"
	"umqtt/harness/wire"
)

// Level says what a run may be judged by.
type Level byte

// The levels.
const (
	Strong Level = iota // every rule
	Weak                // only the rules that hold under faults that no TCP makes
)

// A History is what was seen of one run. The numbers of records in it are counts: what happened when there were n
// records came behind the first n and before all others.
type History struct {
	Level Level
	World monitor.World
	// Records is the client's side of the link, as a [capture.Capture] has it.
	Records []capture.Record
	// Lost lists the numbers of records at which the broker lost the client's session, ascending.
	Lost []int
	// Restarts are the ends of processes of the client's with a store, in their order. What a process that has ended
	// would have told of its calls nobody knows: such a call is Untold, unless a later process tells of it.
	Restarts []Restart
	// Calls are the calls of the client's API in the order in which they began.
	Calls []Call
	// Messages are those that the message callback got, in the order in which it was called.
	Messages []Message
	// Published are the messages that others have published and the broker has acknowledged.
	Published []Published
	// Witnessed are the messages that the witness got, in their order. It is subscribed to all topics at QoS 1
	// on a link without faults, from before the client's first call to the end; without a witness nothing is
	// judged by it.
	Witnessed []Message
	Witness   bool
	// Drained tells that the faults were over for long enough, and the client connected, at the end of the run.
	Drained bool
	// Asked are the messages that were published to the client at the very end, while it was connected and its
	// API had reported its subscription: it must get them.
	Asked []Message
	// Retries tells that the client sends messages again by a timer, on the same connection.
	Retries bool
	// Keeps tells that the client was told to keep its session on every connection (clean session 0).
	Keeps bool
	// Ordered tells that the client promises to send what was in flight before anything new.
	Ordered bool
	// Busy tells that the message callback takes its time: what was handed to the client may not have been read yet.
	Busy bool
	// Bent tells that the server erred below MQTT: what was handed to the client may have been no packet to it.
	Bent bool
	// MaxInflight and MaxPacket are limits that the client was given; 0 is none.
	MaxInflight, MaxPacket int
	// Changed says of each message what of it changed while its callback had it.
	Changed []string
	// Distrusted are connections on which nothing may be sent.
	Distrusted []Distrust
	// Pipelined tells that a publish at QoS 1 returns without waiting.
	Pipelined bool
	// Reconnects tells that the client connects again by itself.
	Reconnects bool
	// Slow tells that the link was made slow, which no record shows.
	Slow bool
	// Skips, above 0, is the size in bytes of the largest packet that the client does not read past.
	Skips int
	// Resubscribes tells that it is demanded of the client to subscribe again by itself once its session is lost, which
	// MQTT leaves to whoever uses it.
	Resubscribes bool
	// Held is what the client held when the run was over; zero where that was not measured.
	Held Held
	// OwnID and OwnKeepAlive tell that the client chooses these by itself, whatever it was told.
	OwnID, OwnKeepAlive bool
}

// Held is what a client holds: the bytes of its data, and how many elements its lists have.
type Held struct{ Bytes, Elements int }

// A Call is one call of the client's API.
type Call struct {
	Verb    string // connect, publish, subscribe, unsubscribe, ping, disconnect or abort
	Message        // of a publish
	Filters []string
	QoSs    []byte // of the filters of a subscribe
	Connect *Asked // of a connect, or nil where that is not known
	// Granted and Present are what a subscribe and a connect told besides; nil where the API does not tell.
	Granted []int
	Present *bool
	// Began tells that it was made, Returned that it has returned, and Told that its outcome is known: a publish
	// may tell later. Untold is a call of which the API tells nothing.
	Began, Returned, Told, Untold bool
	// Nested tells that it was made from inside the message callback, or by another thread.
	Nested bool
	// Err is the outcome: "" is success, anything else says what kind of failure.
	Err string
	// From and At are how many records there were when the call began, and when its outcome was told.
	From, At int
	// Until is when it returned, in the time of the records.
	Until time.Duration
	// Took is how long the call lasted, and Bound how long it may have; 0 is any time.
	Took, Bound time.Duration
}

// String names the call.
func (c *Call) String() string {
	if c.Verb == "publish" {
		return "publish of " + c.Message.String()
	}
	return c.Verb
}

// A Message is an application message.
type Message struct {
	Topic, Payload string
	QoS            byte
	Retain         bool // of a publish of the client's
	// At is how many records there were when the callback got it, or when it was asked for at the end.
	At int
}

// String shows the message.
func (m Message) String() string {
	payload := m.Payload
	if len(payload) > 24 {
		payload = fmt.Sprintf("%s… (%d bytes)", payload[:24], len(payload))
	}
	return fmt.Sprintf("%q to %q at QoS %d", payload, m.Topic, m.QoS)
}

// A Published is a message that somebody else has published.
type Published struct {
	Message
	// At is how many records there were when the broker had acknowledged it.
	At int
}

// A Violation is a rule that a run breaks.
type Violation struct {
	// Rule is the name of the rule in [Rules], and IDs are the statements, clauses or promises of package spec
	// that it rests on.
	Rule string
	IDs  []string
	// Message says in one line what happened.
	Message string
	// Record is the record at which it shows, or -1.
	Record int
	// Peer tells that the broker is to blame, and not the client. Known is then the name of the fault in [Known],
	// or empty: nobody has seen it before.
	Peer  bool
	Known string
	// Policy tells that no rule of MQTT is broken: the client did not do what some demand, and it was not asked to.
	Policy bool
}

// String returns the violation in one line.
func (v Violation) String() string {
	who := ""
	switch {
	case v.Known != "":
		who = " (the broker's known fault " + v.Known + ")"
	case v.Peer:
		who = " (the broker's)"
	case v.Policy:
		who = " (a policy)"
	}
	return v.Rule + who + ": " + v.Message
}

// A Rule is one thing that a run is judged by.
type Rule struct {
	Name string
	Doc  string
	IDs  []string
	Weak bool // it holds at the level Weak, too

	check func(*judgement)
}

// Rules returns all rules. The slice is the caller's.
func Rules() []Rule { return slices.Clone(rules) }

var rules []Rule

func init() {
	rules = slices.Concat(callRules, inboundRules, outboundRules, toldRules, keptRules, restartRules, wireRules, peerRules)
}

// Check returns what is wrong with a run: what the client did first, in the order of the rules, then policies that it
// does not have, and then what the broker did.
func Check(h History) []Violation {
	j := newJudgement(&h)
	for _, r := range rules {
		if h.Level == Strong || r.Weak {
			j.rule = r
			r.check(j)
		}
	}
	slices.SortStableFunc(j.found, func(a, b Violation) int { return cmp.Compare(a.weight(), b.weight()) })
	return j.found
}

// weight is 0 of a violation that the client is to blame for, 1 of a policy, and 2 of what the broker did.
func (v Violation) weight() int {
	switch {
	case v.Peer:
		return 2
	case v.Policy:
		return 1
	}
	return 0
}

// Blamed returns the first violation that is the client's.
func Blamed(vs []Violation) (Violation, bool) {
	i := slices.IndexFunc(vs, func(v Violation) bool { return v.weight() == 0 })
	if i < 0 {
		return Violation{}, false
	}
	return vs[i], true
}

// A key is what makes two messages the same one.
type key struct{ topic, payload string }

func (m Message) key() key { return key{m.Topic, m.Payload} }

// A judgement is the work on one history.
type judgement struct {
	*History
	rule    Rule
	packets []wire.Packet // of the records; nil where there is no good one
	sent    map[key][]int // records of the client's PUBLISH packets
	handed  map[key][]int // records of those that it was handed
	clean   map[int]bool  // connections with a CONNECT of clean session 1
	found   []Violation
}

func newJudgement(h *History) *judgement {
	j := &judgement{History: h, packets: make([]wire.Packet, len(h.Records)), sent: map[key][]int{}, handed: map[key][]int{}, clean: map[int]bool{}}
	for i, r := range h.Records {
		if len(r.Data) == 0 {
			continue
		}
		p, err := r.Packet()
		if err != nil {
			continue
		}
		j.packets[i] = p
		switch p := p.(type) {
		case *wire.Connect:
			j.clean[r.Conn] = p.CleanSession
		case *wire.Publish:
			k := key{p.Topic, string(p.Payload)}
			if r.Kind == capture.Sent {
				j.sent[k] = append(j.sent[k], i)
			} else {
				j.handed[k] = append(j.handed[k], i)
			}
		}
	}
	return j
}

// report notes a violation of the client's.
func (j *judgement) report(record int, format string, args ...any) {
	j.found = append(j.found, Violation{Rule: j.rule.Name, IDs: j.rule.IDs, Record: record, Message: fmt.Sprintf(format, args...)})
}

// miss notes a policy that the client does not have. Where it is demanded, that is a violation.
func (j *judgement) miss(demanded bool, format string, args ...any) {
	j.report(-1, format, args...)
	j.found[len(j.found)-1].Policy = !demanded
}

// blamePeer notes what the broker did wrong with a message.
func (j *judgement) blamePeer(m Message, record int, format string, args ...any) {
	v := Violation{Rule: j.rule.Name, IDs: j.rule.IDs, Record: record, Message: fmt.Sprintf(format, args...), Peer: true}
	for _, f := range Known {
		if f.Rule == j.rule.Name && (f.match == nil || f.match(j, m)) {
			v.Known = f.Name
			break
		}
	}
	j.found = append(j.found, v)
}

// before returns how many of the numbers, which ascend, are below n.
func before(numbers []int, n int) int {
	i, _ := slices.BinarySearch(numbers, n)
	return i
}
