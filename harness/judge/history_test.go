package judge

import (
	"errors"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/scenario"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// history returns what a recorder has of a run.
func history(records ...capture.Record) *capture.Recorder {
	rec := capture.NewRecorder("a/b", func() time.Duration { return 0 })
	for _, r := range records {
		switch {
		case r.Kind == capture.Event:
			rec.Event(r.Conn, r.Text)
		case len(r.Data) == 0:
			rec.End(r.Conn, r.Kind, r.Text)
		default:
			rec.Bytes(r.Conn, r.Kind, r.Data)
			rec.Flush(r.Conn)
		}
	}
	return rec
}

// The records of the first connection. on moves one to another.

func sent(q wire.Packet) capture.Record {
	return capture.Record{Conn: 1, Kind: capture.Sent, Data: q.Append(nil)}
}

func handed(q wire.Packet) capture.Record {
	return capture.Record{Conn: 1, Kind: capture.Handed, Data: q.Append(nil)}
}

func handedBytes(s string) capture.Record {
	return capture.Record{Conn: 1, Kind: capture.Handed, Data: []byte(s)}
}

func end(k capture.Kind) capture.Record {
	return capture.Record{Conn: 1, Kind: k, Text: capture.FIN}
}

func event(conn int) capture.Record {
	return capture.Record{Conn: conn, Kind: capture.Event, Text: "something"}
}

func on(conn int, r capture.Record) capture.Record {
	r.Conn = conn
	return r
}

// Packets.

func connack(code byte) wire.Packet { return &wire.Connack{Code: code} }

func subscribe(id uint16, filters ...string) wire.Packet {
	q := &wire.Subscribe{PacketID: id}
	for _, f := range filters {
		q.Filters = append(q.Filters, wire.Subscription{Filter: f})
	}
	return q
}

func suback(id uint16, codes ...byte) wire.Packet { return &wire.Suback{PacketID: id, Codes: codes} }

func unsubscribe(id uint16, filters ...string) wire.Packet {
	return &wire.Unsubscribe{PacketID: id, Filters: filters}
}

func unsuback(id uint16) wire.Packet { return &wire.Unsuback{PacketID: id} }

func puback(id uint16) wire.Packet { return &wire.Puback{PacketID: id} }

func pubcomp(id uint16) wire.Packet { return &wire.Pubcomp{PacketID: id} }

// message is a PUBLISH of the topic t.
func message(qos byte, id uint16, payload string) wire.Packet {
	return &wire.Publish{Topic: "t", QoS: qos, PacketID: id, Payload: []byte(payload)}
}

var (
	errOther = errors.New("other")
	aStep    = &scenario.Step{Pos: scenario.Pos{File: "a/b.yaml", Line: 7, Col: 5}, Key: "client call", Covers: []string{"api-outcome-1"}}
	theirs   = &scenario.Scenario{Name: "a/b", File: "a/b.yaml", Level: scenario.May, Covers: []string{"MQTT-4.3.2-2"}}
)

// pub is the call that publishes the message m.
func pub(qos int) *Call {
	return &Call{Verb: "publish", Message: subject.Message{Topic: "t", Payload: "m", QoS: qos}}
}
