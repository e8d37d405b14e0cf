package play

import (
	"fmt"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
)

// firstRecords is how many records are kept of the capture of a subject that sends or calls back without end.
// Its failure shows them.
const firstRecords = 8

// brief returns the first records of a capture, and an event that counts the others. The whole of it would take
// as much memory again in each report.
func brief(c *capture.Capture) *capture.Capture {
	if len(c.Records) <= firstRecords+1 {
		return c
	}
	more, bytes := c.Records[firstRecords:], 0
	for _, r := range more {
		bytes += len(r.Data)
	}
	first := make([]capture.Record, firstRecords, firstRecords+1)
	copy(first, c.Records)
	return &capture.Capture{Name: c.Name, Records: append(first, capture.Record{
		Time: more[len(more)-1].Time, Conn: more[0].Conn, Kind: capture.Event, Text: fmt.Sprintf("%d more packets and events, %d bytes", len(more), bytes),
	})}
}

// shorten keeps the first records of the capture of a result, and has its failure show them.
func shorten(res *judge.Result) {
	res.Capture = brief(res.Capture)
	if res.Failure == nil {
		return
	}
	res.Failure.Last = nil
	for i, r := range res.Capture.Records {
		res.Failure.Last = append(res.Failure.Last, judge.Record{N: i, Record: r})
	}
}
