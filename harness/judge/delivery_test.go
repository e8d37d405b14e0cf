package judge

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// played tells a judge of what the subject was handed, as a player does.
func played(j *Judge) {
	for i, r := range j.records.Since(0) {
		if q, err := r.Packet(); err == nil && r.Kind == capture.Handed {
			j.Handed(i, q)
		}
	}
}

// The callback gets what the wire has shown, as often.
func TestMessage(t *testing.T) {
	const (
		none    = "the callback got a message that the client was not handed"
		often   = "the callback got a message more often than the client was handed it"
		part    = "the callback got a message of which only the beginning has arrived"
		bad     = "the callback got a message out of a malformed packet, which must close the connection: malformed PUBLISH "
		mark    = "the callback got a message whose topic name has lost its U+FEFF"
		qos3    = "[MQTT-3.3.1-4] offset=0 found=QoS 3"
		noTopic = "[MQTT-4.7.3-1] offset=2 found=empty topic name"
	)
	m := subject.Message{Topic: "t", Payload: "m"}
	marked := &wire.Publish{Topic: "\ufefft", Payload: []byte("m")}
	raw := func(s string) capture.Record { return handedBytes(s) }
	for _, tt := range []struct {
		name    string
		records []capture.Record
		m       subject.Message
		at      int // records when the callback got it; -1 is all
		times   int // how often it has got it before
		what    string
		want    string
	}{
		{"as it arrived", []capture.Record{handed(message(0, 0, "m"))}, m, -1, 0, "", ""},
		{"as often", []capture.Record{handed(message(0, 0, "m")), handed(message(1, 5, "m"))}, m, -1, 1, "", ""},
		{"the second of two", []capture.Record{event(1), handed(message(0, 0, "n")), handed(message(0, 0, "m"))}, m, -1, 0, "", ""},
		{"never", nil, m, -1, 0, none, "no such message"},
		{"sent by the client", []capture.Record{sent(message(0, 0, "m"))}, m, -1, 0, none, "no such message"},
		{"of another payload", []capture.Record{handed(message(0, 0, "n"))}, m, -1, 0, none, "no such message"},
		{"too often", []capture.Record{handed(message(0, 0, "m"))}, m, -1, 1, often, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},
		{"too often of two", []capture.Record{handed(message(0, 0, "m")), handed(message(0, 0, "m"))}, m, -1, 2, often, "at most 2 such messages: so many PUBLISH packets with it were handed to the client"},
		{"too early", []capture.Record{event(1), handed(message(0, 0, "m"))}, m, 1, 0, none, "no such message"},
		{"as it has arrived", []capture.Record{event(1), handed(message(0, 0, "m"))}, m, 2, 0, "", ""},
		{"the second too early", []capture.Record{handed(message(0, 0, "m")), handed(message(0, 0, "m"))}, m, 1, 1, often, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},

		{"the beginning", []capture.Record{raw("\x30\x05\x00\x01tm")}, m, -1, 0, part, "no such message"},
		{"less than the beginning", []capture.Record{raw("\x30\x05\x00\x01t")}, m, -1, 0, part, "no such message"},
		{"the beginning with an identifier", []capture.Record{raw("\x32\x08\x00\x01t\x00\x05m")}, m, -1, 0, part, "no such message"},
		{"the beginning, and more in the callback", []capture.Record{raw("\x30\x06\x00\x01tm")}, subject.Message{Topic: "t", Payload: "m\x00"}, -1, 0, part, "no such message"},
		{"the beginning of another payload", []capture.Record{raw("\x30\x05\x00\x01tn")}, m, -1, 0, none, "no such message"},
		{"the beginning of another topic", []capture.Record{raw("\x30\x05\x00\x01um")}, m, -1, 0, none, "no such message"},
		{"the beginning sent by the client", []capture.Record{{Conn: 1, Kind: capture.Sent, Data: []byte("\x30\x05\x00\x01tm")}}, m, -1, 0, none, "no such message"},
		{"the beginning of a topic", []capture.Record{raw("\x30\x05\x00\x02t")}, m, -1, 0, part, "no such message"},
		{"less than a length", []capture.Record{raw("\x30\x05\x00")}, subject.Message{}, -1, 0, part, "no such message"},
		{"one byte", []capture.Record{raw("\x30")}, subject.Message{}, -1, 0, part, "no such message"},
		{"one byte, of a message", []capture.Record{raw("\x30")}, m, -1, 0, none, "no such message"},
		{"the beginning of an identifier", []capture.Record{raw("\x32\x08\x00\x01t\x00")}, m, -1, 0, part, "no such message"},

		{"malformed", []capture.Record{raw("\x36\x06\x00\x01t\x00\x05m")}, m, -1, 0, bad + qos3, "no such message"},
		{"malformed, of another message", []capture.Record{raw("\x36\x06\x00\x01u\x00\x05n")}, m, -1, 0, bad + qos3, "no such message"},
		{"malformed, behind a good one", []capture.Record{handed(message(0, 0, "m")), raw("\x36\x06\x00\x01t\x00\x05m")}, m, -1, 1, bad + qos3, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},
		{"malformed, of another message behind a good one", []capture.Record{handed(message(0, 0, "m")), raw("\x36\x06\x00\x01t\x00\x05n")}, m, -1, 1, often, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},
		{"malformed, of another topic behind a good one", []capture.Record{handed(message(0, 0, "m")), raw("\x36\x06\x00\x01u\x00\x05m")}, m, -1, 1, often, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},
		{"malformed, at QoS 1 and long", []capture.Record{handed(message(0, 0, strings.Repeat("m", 200))), raw("\x3e\xcd\x01\x00\x01t\x00\x05" + strings.Repeat("m", 200))}, subject.Message{Topic: "t", Payload: strings.Repeat("m", 200)}, -1, 1, bad + qos3, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},
		{"malformed, the newest of two", []capture.Record{raw("\x36\x06\x00\x01t\x00\x05m"), raw("\x30\x03\x00\x00m")}, m, -1, 0, bad + noTopic, "no such message"},
		{"malformed and not a PUBLISH", []capture.Record{raw("\x21\x02\x00\x00")}, m, -1, 0, none, "no such message"},

		{"without its mark", []capture.Record{handed(marked)}, m, -1, 0, mark, `message topic="\ufefft" payload="m"`},
		{"without its mark, another payload", []capture.Record{handed(marked)}, subject.Message{Topic: "t", Payload: "n"}, -1, 0, none, "no such message"},
		{"without its mark, another topic", []capture.Record{handed(marked)}, subject.Message{Topic: "u", Payload: "m"}, -1, 0, none, "no such message"},
		{"with its mark", []capture.Record{handed(marked)}, subject.Message{Topic: "\ufefft", Payload: "m"}, -1, 0, "", ""},
		{"with its mark, too often", []capture.Record{handed(marked)}, subject.Message{Topic: "\ufefft", Payload: "m"}, -1, 1, often, "at most 1 such messages: so many PUBLISH packets with it were handed to the client"},
		{"without its mark, and malformed", []capture.Record{raw("\x36\x06\x00\x01t\x00\x05m"), handed(marked)}, m, -1, 0, mark, `message topic="\ufefft" payload="m"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := history(tt.records...)
			j := New(theirs, rec, false)
			played(j)
			at := tt.at
			if at < 0 {
				at = rec.Len()
			}
			for range tt.times {
				if err := j.Message(tt.m, at); err != nil {
					t.Errorf("an earlier one: %v", err)
				}
			}
			err := j.Message(tt.m, at)
			if tt.what == "" {
				if err != nil {
					t.Errorf("%v, want nothing wrong", err)
				}
				return
			}
			if err == nil {
				t.Fatalf("nothing is wrong, want %q", tt.what)
			}
			e := err.(*Error)
			if f := e.Failure; f.Message != tt.what || f.Want != tt.want {
				t.Errorf("%q, want %q;\nwant %q, %q", f.Message, f.Want, tt.what, tt.want)
			}
			if got := DescribeMessage(tt.m) + ", " + string(rune('1'+tt.times)) + " of them"; e.Failure.Got != got {
				t.Errorf("got %q, want %q", e.Failure.Got, got)
			}
			rules, api := []string{"api-delivery-1"}, true
			if tt.what == mark {
				rules, api = []string{"MQTT-1.5.3-3"}, false
			}
			if e.API != api || !e.Always || e.Verdict != Fail || !slices.Equal(e.Failure.Covers, rules) {
				t.Errorf("api %t, always %t, verdict %s, rules %q", e.API, e.Always, e.Verdict, e.Failure.Covers)
			}
		})
	}
}

// The judge looks for the reason of the first hundred messages that were not handed over, and for that of no more.
func TestMessageSurplus(t *testing.T) {
	j := New(theirs, history(handedBytes("\x30\x05\x00\x01tm")), false)
	for n := 1; n <= 101; n++ {
		want := "the callback got a message of which only the beginning has arrived"
		if n > 100 {
			want = "the callback got one more message that the client was not handed"
		}
		err := j.Message(subject.Message{Topic: "t", Payload: fmt.Sprintf("m%d", n)}, 1)
		if got := err.(*Error).Failure.Message; got != want {
			t.Fatalf("of message %d it says %q, want %q", n, got, want)
		}
	}
}

// A message that was handed over and not delivered breaks a rule of its own where its identifier was free.
func TestUndelivered(t *testing.T) {
	puback5, pubcomp5 := sent(puback(5)), sent(pubcomp(5))
	for _, tt := range []struct {
		name    string
		records []capture.Record
		before  int // -1 is all
		times   int // how often the callback has got it
		id      string
		ok      bool
	}{
		{"never handed", nil, -1, 0, DeliveredOnce, false},
		{"another", []capture.Record{handed(message(1, 5, "n"))}, -1, 0, DeliveredOnce, false},
		{"another topic", []capture.Record{handed(&wire.Publish{Topic: "u", Payload: []byte("m")})}, -1, 0, DeliveredOnce, false},
		{"handed", []capture.Record{handed(message(0, 0, "m"))}, -1, 0, DeliveredOnce, true},
		{"handed, and another", []capture.Record{handed(message(0, 0, "n")), handed(message(0, 0, "m")), handed(message(0, 0, "o"))}, -1, 0, DeliveredOnce, true},
		{"handed later", []capture.Record{event(1), handed(message(0, 0, "m"))}, 1, 0, DeliveredOnce, false},
		{"handed just before", []capture.Record{event(1), handed(message(0, 0, "m"))}, 2, 0, DeliveredOnce, true},
		{"delivered", []capture.Record{handed(message(0, 0, "m"))}, -1, 1, DeliveredOnce, false},
		{"delivered once of twice", []capture.Record{handed(message(0, 0, "m")), handed(message(0, 0, "m"))}, -1, 1, DeliveredOnce, true},
		{"behind a PUBACK", []capture.Record{handed(message(1, 5, "n")), puback5, handed(message(1, 5, "m"))}, -1, 0, "MQTT-4.3.2-2", true},
		{"behind a PUBCOMP", []capture.Record{handed(message(2, 5, "n")), pubcomp5, handed(message(2, 5, "m"))}, -1, 0, "MQTT-4.3.3-2", true},
		{"before a PUBACK", []capture.Record{handed(message(1, 5, "m")), puback5}, -1, 0, DeliveredOnce, true},
		{"behind a PUBACK of another", []capture.Record{handed(message(1, 6, "n")), sent(puback(6)), handed(message(1, 5, "m"))}, -1, 0, DeliveredOnce, true},
		{"behind a PUBACK from the server", []capture.Record{handed(puback(5)), handed(message(1, 5, "m"))}, -1, 0, DeliveredOnce, true},
		{"behind a PUBCOMP from the server", []capture.Record{handed(pubcomp(5)), handed(message(1, 5, "m"))}, -1, 0, DeliveredOnce, true},
		{"behind a PUBACK, sent by the client", []capture.Record{puback5, handed(message(1, 6, "m")), sent(message(1, 5, "m"))}, -1, 0, DeliveredOnce, true},
		{"behind a PUBACK, not it but another", []capture.Record{puback5, handed(message(1, 5, "n")), handed(message(1, 6, "m"))}, -1, 0, DeliveredOnce, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := history(tt.records...)
			j := New(theirs, rec, false)
			played(j)
			for range tt.times {
				j.Message(subject.Message{Topic: "t", Payload: "m"}, rec.Len())
			}
			before := tt.before
			if before < 0 {
				before = rec.Len()
			}
			ids, ok := j.Undelivered(&scenario.Step{Args: scenario.Args{"topic": "t", "payload": "m", "qos": 2}}, before)
			if !slices.Equal(ids, []string{tt.id}) || ok != tt.ok {
				t.Errorf("%q, %t, want %q, %t", ids, ok, tt.id, tt.ok)
			}
		})
	}
}

// Any message will do for a step that names none.
func TestUndeliveredAny(t *testing.T) {
	rec := history(handed(message(0, 0, "n")), handed(message(0, 0, "m")))
	j := New(theirs, rec, false)
	played(j)
	j.Message(subject.Message{Topic: "t", Payload: "m"}, rec.Len())
	if _, ok := j.Undelivered(&scenario.Step{}, rec.Len()); !ok {
		t.Error("the message n was delivered")
	}
	j.Message(subject.Message{Topic: "t", Payload: "n"}, rec.Len())
	if _, ok := j.Undelivered(&scenario.Step{}, rec.Len()); ok {
		t.Error("a message was not delivered")
	}
}

// loosely takes what there is.
func TestLoosely(t *testing.T) {
	for _, tt := range []struct{ frame, topic, payload string }{
		{"\x30", "", ""},
		{"\x30\x00", "", ""},
		{"\x30\x01\x00", "", ""},
		{"\x30\x02\x00\x00", "", ""},
		{"\x30\x04\x00\x01tm", "t", "m"},
		{"\x30\x04\x00\x02tm", "tm", ""},
		{"\x30\x04\x00\x09tm", "tm", ""},
		{"\x30\x04\x01\x00tm", "tm", ""},
		{"\x30\x03\x00\x01tm", "t", ""},
		{"\x30\x09\x00\x01tm", "t", "m"},
		{"\x31\x04\x00\x01tm", "t", "m"},
		{"\x38\x04\x00\x01tm", "t", "m"},
		{"\x32\x06\x00\x01t\x00\x01m", "t", "m"},
		{"\x34\x06\x00\x01t\x00\x01m", "t", "m"},
		{"\x32\x04\x00\x01tm", "t", ""},
		{"\x32\x05\x00\x01t\x00\x01", "t", ""},
		{"\x30\x84\x00\x00\x01tm", "t", "m"},
		{"\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x01tm", "", ""},
	} {
		if topic, payload := loosely([]byte(tt.frame)); topic != tt.topic || payload != tt.payload {
			t.Errorf("% x: topic %q, payload %q, want %q, %q", tt.frame, topic, payload, tt.topic, tt.payload)
		}
	}
}
