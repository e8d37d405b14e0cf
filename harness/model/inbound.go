package model

import (
	"slices"
	"strings"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// inboundRules are about the messages to the client.
var inboundRules = []Rule{
	{Name: "delivery-founded", IDs: []string{"api-delivery-1"}, Weak: true, check: (*judgement).deliveries,
		Doc: "The callback gets a message only after the client was handed it, whole, and not more often."},
	{Name: "acked-is-delivered", IDs: []string{"api-delivery-1"}, check: (*judgement).ackedDelivered,
		Doc: "A message that the client has acknowledged was passed to its callback."},
	{Name: "message-arrives", IDs: []string{"api-delivery-1"}, check: (*judgement).arrives,
		Doc: "A message at QoS 1 or 2 that was published while the client's subscription stood in a session that was not lost arrives at the callback by the end."},
	{Name: "exactly-once", IDs: []string{"MQTT-4.3.3-2"}, check: (*judgement).onceInbound,
		Doc: "A message at QoS 2 that was published once arrives at the callback once while the session lasts."},
	{Name: "delivery-order", IDs: []string{"api-delivery-1"}, check: (*judgement).deliveryOrder,
		Doc: "The callback gets the messages of a connection, topic and QoS in the order in which the client was handed them."},
	{Name: "works-again", IDs: []string{"api-delivery-1"}, check: (*judgement).worksAgain,
		Doc: "Once the faults are over and the client is connected, it gets what is published to what it has subscribed to."},
}

func (j *judgement) deliveries() {
	got := map[key]int{}
	for _, m := range j.Messages {
		k := m.key()
		got[k]++
		if n := before(j.handed[k], m.At); got[k] > n {
			j.report(m.At-1, "the callback got %v for the %d. time, and the client was handed it %d times", m, got[k], n)
		}
	}
}

// delivered counts what the callback got.
func (j *judgement) delivered() map[key]int {
	got := map[key]int{}
	for _, m := range j.Messages {
		got[m.key()]++
	}
	return got
}

func (j *judgement) ackedDelivered() {
	type exchange struct {
		conn int
		id   uint16
	}
	open := map[exchange][]int{} // records of PUBLISH packets, of which a PUBACK answers the oldest
	got := j.delivered()
	for i, p := range j.packets {
		r := j.Records[i]
		var id uint16
		switch p := p.(type) {
		case *wire.Publish:
			if r.Kind == capture.Handed && p.QoS > 0 {
				x := exchange{r.Conn, p.PacketID}
				if p.QoS == 2 {
					open[x] = nil // it comes again
				}
				open[x] = append(open[x], i)
			}
			continue
		case *wire.Puback:
			id = p.PacketID
		case *wire.Pubcomp:
			id = p.PacketID
		default:
			continue
		}
		x := exchange{r.Conn, id}
		if r.Kind != capture.Sent || len(open[x]) == 0 {
			continue
		}
		at := open[x][0]
		open[x] = open[x][1:]
		m := j.packets[at].(*wire.Publish)
		if got[key{m.Topic, string(m.Payload)}] == 0 && !j.skipped(at) {
			j.report(i, "the client sent %s for %q to %q, which its callback never got", p.Type(), m.Payload, m.Topic)
		}
	}
}

// A subscription is a filter that the server has granted.
type subscription struct {
	filter string
	qos    int
	from   int // the record of its SUBACK
	to     int // from which on nothing is certain any more
}

// subscriptions returns what the client was granted at QoS 1 or 2, and how long that stands for sure.
func (j *judgement) subscriptions() []subscription { return j.granted(1) }

// granted returns what the client was granted at this QoS or above, and how long that stands for sure.
func (j *judgement) granted(least byte) []subscription {
	type request struct {
		conn int
		id   uint16
	}
	var all []subscription
	asked := map[request][]wire.Subscription{}
	end := func(i int, does func(subscription) bool) {
		for n := range all {
			if all[n].to == len(j.packets) && does(all[n]) {
				all[n].to = i
			}
		}
	}
	lost := j.Lost
	for i, p := range j.packets {
		r := j.Records[i]
		for len(lost) > 0 && lost[0] <= i {
			end(i, func(subscription) bool { return true })
			lost = lost[1:]
		}
		if len(r.Data) == 0 && r.Kind != capture.Event && j.clean[r.Conn] {
			end(i, func(subscription) bool { return true })
		}
		switch p := p.(type) {
		case *wire.Connect:
			if p.CleanSession {
				end(i, func(subscription) bool { return true })
			}
		case *wire.Subscribe:
			for _, f := range p.Filters {
				if f.QoS >= int(least) {
					continue
				}
				end(i, func(s subscription) bool { return s.filter == f.Filter })
				for _, filters := range asked { // what was not answered yet is replaced, too
					for n := range filters {
						if filters[n].Filter == f.Filter {
							filters[n].Filter = ""
						}
					}
				}
			}
			asked[request{r.Conn, p.PacketID}] = slices.Clone(p.Filters)
		case *wire.Unsubscribe:
			end(i, func(s subscription) bool { return slices.Contains(p.Filters, s.filter) })
			for _, filters := range asked { // what was not answered yet does not stand any more, either
				for n, f := range filters {
					if slices.Contains(p.Filters, f.Filter) {
						filters[n].Filter = ""
					}
				}
			}
		case *wire.Suback:
			for n, f := range asked[request{r.Conn, p.PacketID}] {
				if n < len(p.Codes) && p.Codes[n] >= least && p.Codes[n] <= 2 && f.Filter != "" {
					all = append(all, subscription{f.Filter, int(p.Codes[n]), i, len(j.packets)})
				}
			}
		}
	}
	return all
}

// Matches reports whether a topic name matches a topic filter (section 4.7).
func Matches(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	for i, level := range f {
		switch {
		case level == "#":
			return true
		case i >= len(t) || level != "+" && level != t[i]:
			return false
		}
	}
	return len(f) == len(t)
}

// expected returns the messages that the client must get by the end of the run.
func (j *judgement) expected() []Message {
	if !j.Drained {
		return nil
	}
	subs := j.subscriptions()
	var all []Message
	for _, p := range j.Published {
		if p.QoS > 0 && slices.ContainsFunc(subs, func(s subscription) bool {
			return s.from < p.At && s.to == len(j.packets) && Matches(s.filter, p.Topic)
		}) {
			all = append(all, p.Message)
		}
	}
	return all
}

// skipped reports whether the client may have read past the packet of a record.
func (j *judgement) skipped(i int) bool { return j.Skips > 0 && len(j.Records[i].Data) > j.Skips }

func (j *judgement) arrives() {
	got := j.delivered()
	for _, m := range j.expected() {
		if got[m.key()] > 0 {
			continue
		}
		if at := j.handed[m.key()]; len(at) > 0 {
			if !j.skipped(at[0]) {
				j.report(at[len(at)-1], "the client was handed %v, and its callback never got it", m)
			}
		} else {
			j.blamePeer(m, -1, "%v was published to a subscription that stands, and was never handed to the client", m)
		}
	}
}

func (j *judgement) onceInbound() {
	if len(j.Lost) > 0 || len(j.clean) > 0 && j.anyClean() {
		return
	}
	twice := map[key]int{}
	for _, p := range j.Published {
		twice[p.key()]++
	}
	for i := range j.Calls {
		if c := &j.Calls[i]; c.Verb == "publish" {
			twice[c.key()]++
		}
	}
	got := map[key]int{}
	for _, m := range j.Messages {
		if m.QoS != 2 {
			continue
		}
		k := m.key()
		if got[k]++; got[k] > max(twice[k], 1) {
			ids := map[uint16]bool{} // one identifier is one message of the server's
			for _, at := range j.handed[k] {
				ids[j.packets[at].(*wire.Publish).PacketID] = true
			}
			if got[k] > len(ids) {
				j.report(m.At-1, "the callback got %v %d times", m, got[k])
			} else {
				j.blamePeer(m, m.At-1, "the broker has sent %v with %d identifiers", m, len(ids))
			}
		}
	}
}

func (j *judgement) anyClean() bool {
	for _, clean := range j.clean {
		if clean {
			return true
		}
	}
	return false
}

func (j *judgement) deliveryOrder() {
	if j.Busy {
		return
	}
	type line struct {
		conn  int
		topic string
		qos   byte
	}
	used := map[int]bool{}
	newest := map[line]int{}
	for _, m := range j.Messages {
		at := -1
		for _, i := range j.handed[m.key()] {
			// The newest one that it can have come from: an older one may have got lost with its connection.
			if i < m.At && !used[i] && (at < 0 || j.Records[i].Conn > j.Records[at].Conn) {
				at = i
			}
		}
		if at < 0 {
			continue // of which another rule speaks
		}
		used[at] = true
		l := line{j.Records[at].Conn, m.Topic, m.QoS}
		if last, ok := newest[l]; ok && last > at && m.QoS < 2 {
			j.report(m.At-1, "the callback got %v (record %d) behind a message that the client was handed later (record %d)", m, at, last)
		}
		newest[l] = max(newest[l], at)
	}
}

func (j *judgement) worksAgain() {
	got := j.delivered()
	for _, m := range j.Asked {
		if got[m.key()] > 0 {
			continue
		}
		if j.stands(m) {
			if at := j.handed[m.key()]; len(at) > 0 {
				j.report(at[0], "the client was handed %v at the end, and its callback did not get it", m)
			} else {
				j.blamePeer(m, -1, "%v was published at the end to a subscription that stands, and was not handed to the client", m)
			}
			continue
		}
		if j.foundRefused() || j.givenUp(m) {
			continue
		}
		j.miss(j.Resubscribes, "the client does not get %v at the end: its API reported a subscription, and it has not subscribed again since the session was lost", m)
	}
}

// foundRefused reports whether the client was refused, and later told of a session. The broker of a workload refuses
// nobody: a fault has made a refusal of its answer, and the session that it began stays, which no server has that
// refuses.
func (j *judgement) foundRefused() bool {
	refused := false
	for i, p := range j.packets {
		if c, ok := p.(*wire.Connack); ok && j.Records[i].Kind == capture.Handed {
			if refused && c.SessionPresent {
				return true
			}
			refused = refused || c.Code != 0
		}
	}
	return false
}

// givenUp reports whether a client may have given up each subscription that a message of the end matches: as many
// connections in a row as may be enough have ended in front of the answer to it.
func (j *judgement) givenUp(m Message) bool {
	type request struct {
		conn int
		id   uint16
	}
	open, tried := map[request]bool{}, map[int]bool{}
	for i, p := range j.packets {
		conn := j.Records[i].Conn
		switch p := p.(type) {
		case *wire.Subscribe:
			if slices.ContainsFunc(p.Filters, func(f wire.Subscription) bool { return Matches(f.Filter, m.Topic) }) {
				open[request{conn, p.PacketID}], tried[conn] = true, true
			}
		case *wire.Suback:
			if open[request{conn, p.PacketID}] && j.Records[i].Kind == capture.Handed {
				clear(open)
				clear(tried)
			}
		}
	}
	return len(tried) >= enough
}

// stands reports whether a message of the end matches a subscription, at any QoS, that stood when it was published: on
// a connection that lives it is sent. A clean session
// ends with the connection, and the last one ends behind that.
func (j *judgement) stands(m Message) bool {
	return slices.ContainsFunc(j.granted(0), func(s subscription) bool {
		return (s.to == len(j.packets) || m.At > 0 && s.from < m.At && s.to >= m.At) && Matches(s.filter, m.Topic)
	})
}
