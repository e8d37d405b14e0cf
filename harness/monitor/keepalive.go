package monitor

import (
	"time"

	"umqtt/harness/wire"
)

var keepAlive = Monitor{
	Name: "keep-alive", ID: "MQTT-3.1.2-23",
	Doc: "On an accepted connection the time between two packets that the client sends, and between the last of them and the end of " +
		"the connection or of the capture, is at most the keep alive. Counting begins with the CONNACK, since many clients wait for it, " +
		"and ends with a DISCONNECT, the end of either direction, or a packet that the client has to close for. A stall is no excuse. " +
		"Silence with a PINGREQ unanswered is left alone until the client sends again: it may be waiting to give the connection up. " +
		"With virtual times there is no tolerance, and exactly the keep alive is in time. With real times half of it is granted on top, " +
		"as servers have to grant it (MQTT-3.1.2-24); such a packet may also take its time to be sent.",
}

// longPacket is the size in bytes above which the writing of a packet may take long over a real line.
const longPacket = 16 << 10

// watched reports whether the keep alive binds the client now.
func (k *checker) watched(l *link) bool {
	return k.clock.known && l.keepAlive > 0 && l.accepted && !l.over && l.disconnected < 0 && len(l.stops) == 0
}

// gap looks at the time since the packet before.
func (k *checker) gap(s *step) {
	l := s.link
	whole := s.packet != nil || s.bad != nil
	givesUp := s.typ == wire.DISCONNECT && l.pinged
	slow := !k.clock.exact && len(s.Data) > longPacket // it may have taken long to write
	if k.watched(l) && whole && !givesUp && !slow {
		if since := s.Time - l.quietSince(); since > k.allowed(l) {
			k.reportStep(keepAlive, s, "%s is sent %s after the packet before it, with a keep alive of %s", s.typ, since, l.keepAlive)
		}
	}
	l.lastSent, l.lastRecord = s.Time, s.at
}

// silent looks at the time since the last packet when the connection, or the capture, ends.
func (k *checker) silent(l *link, now time.Duration, at int) {
	if !k.watched(l) || l.pinged {
		return
	}
	if since := now - l.quietSince(); since > k.allowed(l) {
		k.report(keepAlive, l.num, at, "nothing is sent for %s, with a keep alive of %s", since, l.keepAlive)
	}
}

// quietSince is when the keep alive began to count.
func (l *link) quietSince() time.Duration { return max(l.lastSent, l.acceptedAt) }

// allowed is the longest silence.
func (k *checker) allowed(l *link) time.Duration {
	if k.clock.exact {
		return l.keepAlive
	}
	return l.keepAlive + l.keepAlive/2
}
