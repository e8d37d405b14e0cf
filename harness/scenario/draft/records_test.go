package draft_test

import (
	"time"

	"umqtt/harness/scenario/draft"
	"umqtt/harness/wire"
)

// A capture in short: what the subject sent, and what it was handed, on connection 1.
func sent(p wire.Packet) draft.Record {
	return draft.Record{Conn: 1, Sent: true, Data: p.Append(nil)}
}

func handed(p wire.Packet) draft.Record {
	return draft.Record{Conn: 1, Data: p.Append(nil)}
}

func event(text string) draft.Record { return draft.Record{Conn: 1, Event: text} }

func ended(bySubject bool, how string) draft.Record {
	return draft.Record{Conn: 1, Sent: bySubject, End: how}
}

func raw(bySubject bool, data ...byte) draft.Record {
	return draft.Record{Conn: 1, Sent: bySubject, Data: data}
}

// at gives records a time, on gives them a connection.
func at(time time.Duration, rs ...draft.Record) []draft.Record {
	for i := range rs {
		rs[i].Time = time
	}
	return rs
}

func on(conn int, rs ...draft.Record) []draft.Record {
	for i := range rs {
		rs[i].Conn = conn
	}
	return rs
}

func all(parts ...[]draft.Record) []draft.Record {
	var rs []draft.Record
	for _, p := range parts {
		rs = append(rs, p...)
	}
	return rs
}

func some(rs ...draft.Record) []draft.Record { return rs }

func connect(change func(*wire.Connect)) draft.Record {
	p := wire.New(wire.CONNECT).(*wire.Connect)
	p.CleanSession, p.ClientID = true, "c1"
	if change != nil {
		change(p)
	}
	return sent(p)
}

// up are the records of a connect, and connected are the lines that they become.
func up(change func(*wire.Connect)) []draft.Record {
	return some(connect(change), handed(&wire.Connack{}))
}
