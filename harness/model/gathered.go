package model

import (
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

func (j *judgement) gathered() {
	if !j.quiet() || j.MaxInflight > 0 { // what waits for its turn is not written
		return
	}
	for n := range j.Calls {
		hold := &j.Calls[n]
		if hold.Verb != "hold" || hold.Err != "" || !hold.Told {
			continue
		}
		var held []*Call
		end := -1
		for i := n + 1; i < len(j.Calls) && end < 0; i++ {
			switch c := &j.Calls[i]; {
			case c.Nested, c.Verb == "publish" && c.QoS > 0 && !j.Pipelined:
				return // a call that waits for its acknowledgement gathers nothing
			case c.Verb == "publish":
				if c.Began {
					held = append(held, c)
				}
			default:
				if end = c.From; c.Verb == "abort" || c.Verb == "connect" || c.Verb == "hold" || c.Err != "" || !c.Told {
					return
				}
				j.wrote(held, hold.At, end, c.Until)
			}
		}
	}
}

// wrote judges messages that were held: none was written between two records, but in front of another packet, and all
// by the given time.
func (j *judgement) wrote(held []*Call, from, flushed int, by time.Duration) {
	for _, c := range held {
		at := -1
		for _, i := range j.sent[c.key()] {
			if i >= from {
				at = i
				break
			}
		}
		switch {
		case c.Err != "" && c.Told:
		case at < 0 || j.Records[at].Time > by+j.moment():
			j.report(at, "the client was told to write what it had gathered, and has not written %v", c.Message)
		case at < flushed && !j.otherBehind(at, flushed):
			j.report(at, "the client writes %v, although it was told to gather", c.Message)
		}
	}
}

// otherBehind reports whether the client sent a packet that is no PUBLISH between two records.
func (j *judgement) otherBehind(from, to int) bool {
	for i := from; i < to; i++ {
		if p := j.packets[i]; p != nil && j.Records[i].Kind == capture.Sent && p.Type() != wire.PUBLISH {
			return true
		}
	}
	return false
}
