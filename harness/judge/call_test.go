package judge

import (
	"slices"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// Success that is reported before the packet that answers the call is a failure of the API at any level.
func TestCall(t *testing.T) {
	connect := &Call{Verb: "connect"}
	const early = `connect: reported success before its CONNACK`
	sub := func(filters ...string) *Call { return &Call{Verb: "subscribe", Filters: filters} }
	unsub := func(filters ...string) *Call { return &Call{Verb: "unsubscribe", Filters: filters} }
	for _, tt := range []struct {
		name    string
		call    *Call
		from    int
		later   int // records that came after the report
		records []capture.Record
		want    string // "" for nothing wrong
		lacks   string
	}{
		{"connect", connect, 0, 0, []capture.Record{handed(connack(0))}, "", ""},
		{"connect, nothing", connect, 0, 0, nil, early, "CONNACK code=0"},
		{"connect, another answer", connect, 0, 0, []capture.Record{handed(puback(1))}, early, "CONNACK code=0"},
		{"connect, later", connect, 0, 1, []capture.Record{event(1), handed(connack(0))}, early, "CONNACK code=0"},
		{"connect, refused", connect, 0, 0, []capture.Record{handed(connack(5))}, "connect: reported success, although the CONNACK refuses the connection", "CONNACK code=0"},
		{"connect, malformed", connect, 0, 0, []capture.Record{handedBytes("\x21\x02\x00\x00")}, "connect: reported success for a malformed answer, which must close the connection: malformed CONNACK [MQTT-2.2.2-1] offset=0 found=flags 0001, not 0000", "CONNACK code=0"},
		{"connect, cut short", connect, 0, 0, []capture.Record{handedBytes("\x20\x02\x00"), end(capture.Handed)}, "connect: reported success, although its connection ended without a CONNACK", "CONNACK code=0"},
		{"connect, ended", connect, 0, 0, []capture.Record{end(capture.Handed)}, "connect: reported success, although its connection ended without a CONNACK", "CONNACK code=0"},
		{"connect, ended by the client", connect, 0, 0, []capture.Record{end(capture.Sent)}, early, "CONNACK code=0"},
		{"connect, ended before", connect, 1, 0, []capture.Record{end(capture.Handed)}, early, "CONNACK code=0"},
		{"connect, refused before", connect, 1, 0, []capture.Record{handed(connack(5))}, early, "CONNACK code=0"},
		{"connect, ended after", connect, 0, 0, []capture.Record{handed(connack(0)), end(capture.Handed)}, "", ""},
		{"connect, from beyond", connect, 5, 0, []capture.Record{event(1)}, early, "CONNACK code=0"},
		{"connected before", connect, 1, 0, []capture.Record{handed(connack(0))}, "", ""},
		{"connected before, and an event", connect, 2, 0, []capture.Record{handed(connack(0)), event(1)}, "", ""},
		{"connected before, and an event of no connection", connect, 2, 0, []capture.Record{handed(connack(0)), event(0)}, "", ""},
		{"connected before, and ended", connect, 2, 0, []capture.Record{handed(connack(0)), end(capture.Handed)}, early, "CONNACK code=0"},
		{"connected before, and ended by the client", connect, 2, 0, []capture.Record{handed(connack(0)), end(capture.Sent)}, early, "CONNACK code=0"},
		{"connected before, and refused on the newest", connect, 2, 0, []capture.Record{handed(connack(0)), on(2, handed(connack(1)))}, early, "CONNACK code=0"},
		{"connected before, and nothing on the newest", connect, 2, 0, []capture.Record{handed(connack(0)), on(2, sent(&wire.Pingreq{}))}, early, "CONNACK code=0"},
		{"connected before on the newest, and another ended", connect, 3, 0, []capture.Record{event(1), on(2, handed(connack(0))), end(capture.Handed)}, "", ""},
		{"connected before, late on an old one", connect, 2, 0, []capture.Record{on(2, sent(&wire.Pingreq{})), handed(connack(0))}, early, "CONNACK code=0"},
		{"connected before, and more", connect, 2, 0, []capture.Record{handed(connack(0)), handed(&wire.Pingresp{})}, "", ""},
		{"malformed before", connect, 1, 0, []capture.Record{handedBytes("\x21\x02\x00\x00")}, early, "CONNACK code=0"},

		{"subscribe", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0))}, "", ""},
		{"subscribe, refused", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0x80))}, "", ""},
		{"subscribe, nothing", sub("a"), 0, 0, nil, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, unanswered", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a"))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, later", sub("a"), 0, 1, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, another identifier", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(2, 0))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, another connection", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), on(2, handed(suback(1, 0)))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, on the second", sub("a"), 0, 0, []capture.Record{on(2, sent(subscribe(1, "a"))), on(2, handed(suback(1, 0)))}, "", ""},
		{"subscribe, answered before", sub("a"), 0, 0, []capture.Record{handed(suback(1, 0)), sent(subscribe(1, "a"))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, another filter", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "b")), handed(suback(1, 0))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, one of many", sub("b"), 0, 0, []capture.Record{sent(subscribe(1, "a", "b")), handed(suback(1, 0, 0))}, "", ""},
		{"subscribe, the other not", sub("a", "b"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, the first not", sub("a", "b"), 0, 0, []capture.Record{sent(subscribe(1, "b")), handed(suback(1, 0))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, each on its own", sub("a", "b"), 0, 0, []capture.Record{sent(subscribe(1, "a")), sent(subscribe(2, "b")), handed(suback(2, 0)), handed(suback(1, 0))}, "", ""},
		{"subscribe, answered and again", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0)), sent(subscribe(2, "a"))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, answered and another", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0)), sent(subscribe(2, "b")), handed(suback(2, 0))}, "", ""},
		{"subscribe, and an unsubscribe of it", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(suback(1, 0)), sent(unsubscribe(2, "a"))}, "", ""},
		{"subscribe, an answer to an unsubscribe", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handed(unsuback(1))}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe, malformed", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), handedBytes("\x91\x03\x00\x01\x00")}, "subscribe: reported success for a malformed answer, which must close the connection: malformed SUBACK [MQTT-2.2.2-1] offset=0 found=flags 0001, not 0000", "SUBACK"},
		{"subscribe, ended", sub("a"), 0, 0, []capture.Record{sent(subscribe(1, "a")), end(capture.Handed)}, "subscribe: reported success before its SUBACK", "SUBACK"},
		{"subscribe of nothing", sub(), 0, 0, nil, "", ""},

		{"unsubscribe", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(1))}, "", ""},
		{"unsubscribe, unanswered", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a"))}, "unsubscribe: reported success before its UNSUBACK", "UNSUBACK"},
		{"unsubscribe, another identifier", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(2))}, "unsubscribe: reported success before its UNSUBACK", "UNSUBACK"},
		{"unsubscribe, another connection", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), on(2, handed(unsuback(1)))}, "unsubscribe: reported success before its UNSUBACK", "UNSUBACK"},
		{"unsubscribe, another filter", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "b")), handed(unsuback(1))}, "unsubscribe: reported success before its UNSUBACK", "UNSUBACK"},
		{"unsubscribe, answered and another", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(1)), handed(unsuback(2))}, "", ""},
		{"unsubscribe, answered and again", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(1)), on(2, sent(unsubscribe(1, "a")))}, "unsubscribe: reported success before its UNSUBACK", "UNSUBACK"},
		{"unsubscribe, and a subscribe of it", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), handed(unsuback(1)), sent(subscribe(2, "a"))}, "", ""},
		{"unsubscribe, an answer to a subscribe", unsub("a"), 0, 0, []capture.Record{sent(unsubscribe(1, "a")), handed(suback(1, 0))}, "unsubscribe: reported success before its UNSUBACK", "UNSUBACK"},

		{"publish at QoS 0", pub(0), 0, 0, nil, "", ""},
		{"publish at QoS 1", pub(1), 0, 0, []capture.Record{sent(message(1, 5, "m")), handed(puback(5))}, "", ""},
		{"publish, unanswered", pub(1), 0, 0, []capture.Record{sent(message(1, 5, "m"))}, "publish: reported success before its PUBACK", "PUBACK"},
		{"publish, named", &Call{Name: "late", Verb: "publish", Message: pub(1).Message}, 0, 0, nil, `publish "late": reported success before its PUBACK`, "PUBACK"},
		{"disconnect", &Call{Verb: "disconnect"}, 0, 0, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := history(tt.records...)
			c := *tt.call
			c.Began, c.Done, c.From, c.At = true, true, tt.from, rec.Len()-tt.later
			j := New(theirs, rec, false)
			err := j.Call(&c)
			if again := j.Call(&c); again != nil {
				t.Errorf("the call is judged twice: %v", again)
			}
			if tt.want == "" {
				if err != nil {
					t.Errorf("%v: want nothing wrong", err)
				}
				return
			}
			if err == nil {
				t.Fatalf("nothing is wrong, want %q", tt.want)
			}
			e := err.(*Error)
			if f := e.Failure; f.Message != tt.want || f.Want != tt.lacks+" before it" || f.Got != "no such packet" {
				t.Errorf("%q, want %q, got %q, want\n%q, %q", f.Message, f.Want, f.Got, tt.want, tt.lacks)
			}
			if !e.API || !e.Always || e.Verdict != Fail || !slices.Equal(e.Failure.Covers, []string{"api-outcome-1"}) {
				t.Errorf("api %t, always %t, verdict %s, rules %q", e.API, e.Always, e.Verdict, e.Failure.Covers)
			}
		})
	}
}

// A call is judged once it has reported success, and not before.
func TestCallNotJudged(t *testing.T) {
	j := New(theirs, history(), false)
	c := &Call{Verb: "connect", Began: true}
	if err := j.Call(c); err != nil {
		t.Errorf("before it reports anything: %v", err)
	}
	c.Done, c.Err = true, errOther
	if err := j.Call(c); err != nil {
		t.Errorf("of a call that failed: %v", err)
	}
	c.Err = nil
	if err := j.Call(c); err == nil {
		t.Error("of one that succeeds: nothing is wrong")
	}
}

// A publish waits for the acknowledgement of one of its own packets.
func TestUnacknowledged(t *testing.T) {
	for _, tt := range []struct {
		name    string
		qos     int
		from    int
		records []capture.Record
		want    string
	}{
		{"QoS 0", 0, 0, nil, ""},
		{"QoS 1, nothing", 1, 0, nil, "PUBACK"},
		{"QoS 2, nothing", 2, 0, nil, "PUBCOMP"},
		{"QoS 1", 1, 0, []capture.Record{sent(message(1, 5, "m")), handed(puback(5))}, ""},
		{"QoS 1, of another identifier", 1, 0, []capture.Record{sent(message(1, 5, "m")), handed(puback(6))}, "PUBACK"},
		{"QoS 1, before it was sent", 1, 0, []capture.Record{handed(puback(5)), sent(message(1, 5, "m"))}, "PUBACK"},
		{"QoS 1, sent by the client", 1, 0, []capture.Record{sent(message(1, 5, "m")), sent(puback(5))}, "PUBACK"},
		{"QoS 1, of another payload", 1, 0, []capture.Record{sent(message(1, 5, "n")), handed(puback(5))}, "PUBACK"},
		{"QoS 1, of another topic", 1, 0, []capture.Record{sent(&wire.Publish{Topic: "u", QoS: 1, PacketID: 5, Payload: []byte("m")}), handed(puback(5))}, "PUBACK"},
		{"QoS 2, sent by the client", 2, 0, []capture.Record{sent(message(2, 5, "m")), sent(pubcomp(5))}, "PUBCOMP"},
		{"QoS 1, of a message from the server", 1, 0, []capture.Record{handed(message(1, 5, "m")), handed(puback(5))}, "PUBACK"},
		{"QoS 1, of an earlier call", 1, 1, []capture.Record{sent(message(1, 5, "m")), handed(puback(5))}, "PUBACK"},
		{"QoS 1, sent as the call began", 1, 1, []capture.Record{event(1), sent(message(1, 5, "m")), handed(puback(5))}, ""},
		{"QoS 1, sent again", 1, 0, []capture.Record{sent(message(1, 5, "m")), end(capture.Handed), on(2, sent(message(1, 6, "m"))), on(2, handed(puback(6)))}, ""},
		{"QoS 1, the first of two", 1, 0, []capture.Record{sent(message(1, 5, "m")), sent(message(1, 6, "m")), handed(puback(5))}, ""},
		{"QoS 1, behind another", 1, 0, []capture.Record{sent(message(1, 5, "m")), handed(puback(9)), handed(puback(5))}, ""},
		{"QoS 1, behind an end and a bad packet", 1, 0, []capture.Record{sent(message(1, 5, "m")), event(0), handedBytes("\x41\x02\x00\x05"), handed(puback(5))}, ""},
		{"QoS 1, a bad packet only", 1, 0, []capture.Record{sent(message(1, 5, "m")), handedBytes("\x41\x02\x00\x05")}, "PUBACK"},
		{"QoS 1, a bad message", 1, 0, []capture.Record{{Conn: 1, Kind: capture.Sent, Data: []byte("\x36\x06\x00\x01t\x00\x05m")}, handed(puback(5))}, "PUBACK"},
		{"QoS 1, PUBCOMP", 1, 0, []capture.Record{sent(message(1, 5, "m")), handed(pubcomp(5))}, "PUBACK"},
		{"QoS 2, PUBACK", 2, 0, []capture.Record{sent(message(2, 5, "m")), handed(puback(5))}, "PUBCOMP"},
		{"QoS 2, PUBREC", 2, 0, []capture.Record{sent(message(2, 5, "m")), handed(&wire.Pubrec{PacketID: 5})}, "PUBCOMP"},
		{"QoS 2, PUBCOMP", 2, 0, []capture.Record{sent(message(2, 5, "m")), handed(&wire.Pubrec{PacketID: 5}), handed(pubcomp(5))}, ""},
		{"QoS 2, of another identifier", 2, 0, []capture.Record{sent(message(2, 5, "m")), handed(pubcomp(6))}, "PUBCOMP"},
	} {
		c := &Call{Verb: "publish", Message: subject.Message{Topic: "t", Payload: "m", QoS: tt.qos}, From: tt.from}
		if got := Unacknowledged(history(tt.records...).Since(tt.from), c); got != tt.want {
			t.Errorf("%s: still waits for %q, want %q", tt.name, got, tt.want)
		}
	}
}
