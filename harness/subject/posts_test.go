package subject

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/client"
)

// What finds no room waits in order, and is published when there is room.
func TestPosts(t *testing.T) {
	var trace []string
	room, id := 2, uint16(0)
	var p posts
	p.begin(func(_ context.Context, topic, payload []byte, _ bool) (uint16, error) {
		if string(topic) == "#" {
			return 0, &client.ValidationError{}
		}
		if room == 0 {
			return 0, client.ErrInflight
		}
		room--
		id++
		trace = append(trace, "post "+string(payload))
		if string(payload) == "broken" {
			return id, &client.PendingError{PacketID: id, Err: client.ErrClosed}
		}
		return id, nil
	})
	publish := func(topic, payload string) {
		p.publish(t.Context(), Message{Topic: topic, Payload: payload, QoS: 1}, func(err error) {
			if err == nil {
				trace = append(trace, payload+" done")
			} else {
				trace = append(trace, payload+" "+string(KindOf(err)))
			}
		})
	}
	is := func(want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, trace); diff != "" {
			t.Errorf("trace (-want +got):\n%s", diff)
		}
		trace = nil
	}
	publish("#", "invalid")
	publish("t", "one")
	publish("t", "broken")
	publish("t", "three")
	publish("#", "late")
	publish("t", "four")
	is("invalid invalid", "post one", "post broken")
	p.outcome(2, nil)
	p.outcome(2, nil) // its identifier is no longer one of a message
	p.outcome(9, errors.New("of a publish that waits"))
	is("broken done")
	room = 1
	p.pump()
	is("post three", "late invalid")
	p.outcome(1, client.ErrDropped)
	room = 1
	p.pump()
	is("one dropped", "post four")
	p.outcome(3, nil)
	is("three done")
	p.begin(p.post)
	is("four dropped")
}

// A message that is published while another one is being posted, as a callback does, comes behind it: each is posted
// once and reported once.
func TestPostsNested(t *testing.T) {
	var trace []string
	var p posts
	publish := func(payload string) {
		p.publish(t.Context(), Message{Topic: "t", Payload: payload, QoS: 1}, func(err error) {
			trace = append(trace, payload+" "+string(KindOf(err)))
		})
	}
	p.begin(func(_ context.Context, _, payload []byte, _ bool) (uint16, error) {
		trace = append(trace, "post "+string(payload))
		if string(payload) == "outer" {
			publish("inner")
		}
		return 0, &client.ValidationError{}
	})
	publish("outer")
	if diff := cmp.Diff([]string{"post outer", "outer invalid", "post inner", "inner invalid"}, trace); diff != "" {
		t.Errorf("trace (-want +got):\n%s", diff)
	}
}
