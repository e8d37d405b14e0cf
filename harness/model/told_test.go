package model_test

import (
	"slices"
	"testing"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/model"
	"umqtt/harness/wire"
)

// asked is what the CONNECT packets of the good history ask for.
func asked() *model.Asked { return &model.Asked{ClientID: "c1"} }

// told are histories of clients that do not do, or tell, what they were told.
func told() []spoilt {
	as := func(change func(*model.Asked)) func(*testing.T, *model.History) {
		return func(_ *testing.T, h *model.History) {
			h.Calls[0].Connect = asked()
			change(h.Calls[0].Connect)
		}
	}
	fails := func(change func(*model.History)) func(*testing.T, *model.History) {
		return func(_ *testing.T, h *model.History) {
			*h = model.History{World: h.World, Records: h.Records[:2:2], Calls: h.Calls[:1]}
			h.Calls[0].Err = "network"
			change(h)
			h.Calls[0].At = len(h.Records)
		}
	}
	user := "user"
	return []spoilt{
		{"connected as it was told", as(func(*model.Asked) {}), ""},
		{"another client identifier", as(func(a *model.Asked) { a.ClientID = "c2" }), "connects-as-told"},
		{"another keep alive", as(func(a *model.Asked) { a.KeepAlive = time.Second }), "connects-as-told"},
		{"no user name", as(func(a *model.Asked) { a.Username = &user }), "connects-as-told"},
		{"no password", as(func(a *model.Asked) { a.Password = &user }), "connects-as-told"},
		{"no will", as(func(a *model.Asked) { a.Will = &model.Will{Topic: "w"} }), "connects-as-told"},
		{"no clean session", as(func(a *model.Asked) { a.Clean = true }), "connects-as-told"},
		{"a client identifier of its own", func(_ *testing.T, h *model.History) {
			h.OwnID, h.Calls[0].Connect = true, &model.Asked{ClientID: "c2"}
		}, ""},
		{"no RETAIN", func(_ *testing.T, h *model.History) { h.Calls[2].Retain = true }, "publishes-as-told"},
		{"another QoS", func(_ *testing.T, h *model.History) { h.Calls[2].QoS = 2 }, "publishes-as-told"},
		{"subscribed at another QoS", func(_ *testing.T, h *model.History) { h.Calls[1].QoSs = []byte{2} }, "subscribes-as-told"},
		{"subscribed to what it was not told", func(_ *testing.T, h *model.History) { h.Calls[1].Filters = []string{"u"} }, "subscribes-as-told"},
		{"subscribed to what it had unsubscribed from", func(t *testing.T, h *model.History) {
			h.Calls = append(h.Calls, model.Call{Verb: "unsubscribe", Filters: []string{"t"}, Began: true, Returned: true, Told: true, From: packet(t, h, "> SUBSCRIBE"), At: packet(t, h, "> SUBSCRIBE")})
			h.Calls[1].From = 0
		}, "subscribes-as-told"},
		{"session present told as it is", func(_ *testing.T, h *model.History) { h.Calls[0].Present = new(bool) }, ""},
		{"session present told as it is not", func(_ *testing.T, h *model.History) { h.Calls[0].Present = new(true) }, "answer-told"},
		{"no session present told after an attempt that may have made it", func(t *testing.T, h *model.History) {
			h.Records = append(h.Records[:1:1], h.Records[1:]...)
			set(h, packet(t, h, "CONNACK sp=0"), &wire.Connack{Code: 3})
			h.Calls[0] = model.Call{Verb: "connect", Began: true, Returned: true, Told: true, Present: new(bool), At: packet(t, h, "CONNACK sp=1") + 1}
			h.Calls = h.Calls[:2]
		}, ""},
		{"return codes told as they are", func(_ *testing.T, h *model.History) { h.Calls[1].Granted = []int{1} }, ""},
		{"return codes told as they are not", func(_ *testing.T, h *model.History) { h.Calls[1].Granted = []int{0} }, "answer-told"},
		{"a connect that fails, accepted", func(_ *testing.T, h *model.History) { h.Calls[0].Err = "network" }, "failure-founded"},
		{"no session present told where there is one", func(t *testing.T, h *model.History) {
			h.Calls[0].Present = new(bool)
			set(h, packet(t, h, "CONNACK sp=0"), &wire.Connack{SessionPresent: true})
		}, "answer-told"},
		{"a connect that fails, accepted by a server that errs below MQTT", func(_ *testing.T, h *model.History) { h.Calls[0].Err, h.Bent = "network", true }, ""},
		{"a connect that fails, accepted and ended by the client", fails(func(h *model.History) {
			h.Records = append(h.Records, capture.Record{Conn: 1, Kind: capture.Sent, Text: capture.FIN})
		}), ""},
		{"a connect that fails, accepted and ended by the server", fails(func(h *model.History) {
			h.Records = append(h.Records, capture.Record{Conn: 1, Kind: capture.Handed, Text: capture.RST})
		}), ""},
		{"a connect that fails, accepted, and then something that is no packet", fails(func(h *model.History) {
			h.Records = append(h.Records, capture.Record{Conn: 1, Kind: capture.Handed, Data: []byte{0x30, 0}})
		}), ""},
		{"a connect that fails, accepted, and then something that is no packet in front of it", fails(func(h *model.History) {
			h.Records = slices.Insert(h.Records, 1, capture.Record{Conn: 1, Kind: capture.Sent, Data: []byte{0x30, 0}})
		}), "failure-founded"},
		{"a connect that fails, accepted, and an event", fails(func(h *model.History) {
			h.Records = append(h.Records, capture.Record{Conn: 9, Kind: capture.Event, Text: "nothing"})
		}), "failure-founded"},
		{"a connect that fails, accepted, and connects again", fails(func(h *model.History) {
			h.Records = append(h.Records, capture.Record{Conn: 2, Kind: capture.Sent, Data: h.Records[0].Data})
		}), ""},
		{"a connect that fails, accepted, and another connection ends", fails(func(h *model.History) {
			for i := range h.Records {
				h.Records[i].Conn = 2
			}
			h.Records = append(h.Records, capture.Record{Conn: 1, Kind: capture.Sent, Text: capture.FIN})
		}), "failure-founded"},
		{"a connect that fails, accepted, as the API cannot tell", fails(func(h *model.History) { h.Calls[0].Untold = true }), ""},
		{"a connect that the API does not have, accepted", fails(func(h *model.History) { h.Calls[0].Err = "unsupported" }), ""},
		{"a connect that fails, refused", func(t *testing.T, h *model.History) {
			h.Calls[0].Err = "refused"
			set(h, packet(t, h, "CONNACK sp=0"), &wire.Connack{Code: 5})
		}, ""},
	}
}
