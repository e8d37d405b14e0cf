package monitor

import (
	"time"

	"umqtt/harness/wire"
)

var keepAlive = Monitor{
	Name: "keep-alive", ID: "MQTT-3.1.2-23", Level: Must, Timed: true,
	Rests: "3.1.2.10: it is the client's responsibility that the time from the end of one packet to the beginning of the next is at most the keep alive.",
	Doc: "On an accepted connection the time between two packets that the client sends, and between the last of them and the end of " +
		"the connection or of the capture, is at most the keep alive. Counting begins with the CONNACK, since many clients wait for it, " +
		"and ends with a DISCONNECT, the end of either direction, or a packet that the client has to close for. A stall is no excuse. " +
		"Silence with a PINGREQ unanswered is left alone until the client sends again: it may be waiting to give the connection up. " +
		"In the simulated world there is no tolerance, and exactly the keep alive is in time. In the real one half of it is granted on top, " +
		"as servers have to grant it (MQTT-3.1.2-24). A capture has the time of a packet's last byte only, so that one of more than 16 KiB, " +
		"or one that is not complete when its connection ends, may have begun in time: both are left alone.",
}

// longPacket is the size in bytes above which a packet may take long to write.
const longPacket = 16 << 10

// watched reports whether the keep alive binds the client now.
func (k *checker) watched(l *link) bool {
	return k.clock.known && l.keepAlive > 0 && l.accepted && !l.over && l.disconnected < 0 && len(l.stops) == 0
}

// gap looks at the time since the packet before.
func (k *checker) gap(s *step) {
	l := s.link
	whole := s.packet != nil || s.bad != nil
	if !whole {
		l.silence = nil // it was sending
	}
	givesUp := s.typ == wire.DISCONNECT && l.pinged
	if k.watched(l) && whole && !givesUp && len(s.Data) <= longPacket {
		if since := s.Time - l.quietSince(); since > k.allowed(l) {
			k.reportStep(keepAlive, s, "%s comes %s after %v; the keep alive is %s%s", s.typ, since, ref(l.quietRecord()), l.keepAlive, k.tolerance(l))
		}
	}
	l.lastSent, l.lastRecord = s.Time, s.at
}

// A silence is one that lasts too long when the connection, or the capture, ends.
type silence struct {
	since time.Duration
	at    int // the record at which it shows
	from  int // the record from which it lasts
}

// silent looks at the time since the last packet when the connection, or the capture, ends.
func (k *checker) silent(l *link, now time.Duration, at int) {
	if !k.watched(l) || l.pinged {
		return
	}
	if since := now - l.quietSince(); since > k.allowed(l) {
		l.silence = &silence{since, at, l.quietRecord()}
	}
}

// wasSilent reports a silence, unless a part of a packet has shown up since: the client was sending it.
func (k *checker) wasSilent(l *link) {
	if q := l.silence; q != nil {
		k.report(keepAlive, l.num, q.at, "the client sends nothing for %s after %v; the keep alive is %s%s", q.since, ref(q.from), l.keepAlive, k.tolerance(l))
	}
}

// quietSince is when the keep alive began to count, quietRecord the record of that time.
func (l *link) quietSince() time.Duration { return max(l.lastSent, l.acceptedAt) }

func (l *link) quietRecord() int { return max(l.lastRecord, l.acceptedRecord) }

// allowed is the longest silence.
func (k *checker) allowed(l *link) time.Duration {
	if k.clock.exact {
		return l.keepAlive
	}
	return l.keepAlive + l.keepAlive/2
}

// tolerance says what is allowed beyond the keep alive.
func (k *checker) tolerance(l *link) string {
	if k.clock.exact {
		return ""
	}
	return ", and " + k.allowed(l).String() + " were allowed"
}
