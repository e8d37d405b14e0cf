package monitor_test

import (
	"strings"
	"testing"

	"umqtt/harness/monitor"
	"umqtt/harness/spec"
)

// legal are habits that the standard leaves a client free to have. Nothing is found in any of them, at any level.
var legal = []struct {
	habit  string
	free   string // the section that leaves it free, or says nothing against it
	script string
}{
	{"one message in flight at a time", "4.6", open + `
		> PUBLISH qos=1 id=1 payload=a
		< PUBACK id=1
		> PUBLISH qos=1 id=1 payload=b
		< PUBACK id=1`},
	{"one message sent again at a time", "4.6", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		at 60s
		< PUBACK id=1
		> PUBLISH qos=1 dup=1 id=2 payload=b`},
	{"one message sent again at a time, and it leaves before the first is acknowledged", "4.6", two + `
		> PUBLISH qos=1 dup=1 id=1 payload=a
		at 60s
		> DISCONNECT
		> FIN`},
	{"new messages before those that are sent again", "4.4", two + `
		> PUBLISH qos=1 id=3 payload=c
		at 90s
		> PUBLISH qos=1 dup=1 id=1 payload=a
		> PUBLISH qos=1 dup=1 id=2 payload=b`},
	{"PINGREQ early, and often", "3.1.2.10", `
		> CONNECT clean=1 keepalive=60
		> PINGREQ
		< CONNACK
		> PINGREQ
		at 1s
		> PINGREQ
		< PINGRESP
		< PINGRESP
		at 2s
		> PINGREQ`},
	{"PINGREQ without a keep alive", "3.1.2.10", open + `
		> PINGREQ
		< PINGRESP`},
	{"a PINGREQ that is not answered, and a connection given up", "3.1.2.10", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 5s
		> PINGREQ
		at 60s
		> FIN`},
	{"a message longer to write than the keep alive", "3.1.2.10", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 60s
		> PUBLISH payload=` + strings.Repeat("x", 20<<10) + `
		at 65s
		> PINGREQ`},
	{"a message that is being written when the server ends the connection", "3.1.2.10", `
		> CONNECT clean=1 keepalive=5
		< CONNACK
		at 60s
		< FIN
		> 30 ff 01 00 01 74
		> FIN`},
	{"a timer a little late, in the real world", "3.1.2.10", `
		real
		> CONNECT clean=1 keepalive=2
		< CONNACK
		at 2900ms
		> PINGREQ`},
	{"sent again on a live connection, with DUP", "4.4", open + `
		> PUBLISH qos=1 id=1
		> PUBLISH qos=2 id=2
		at 20s
		> PUBLISH qos=1 dup=1 id=1
		> PUBLISH qos=2 dup=1 id=2
		< PUBREC id=2
		> PUBREL id=2
		at 40s
		> PUBREL id=2
		> PUBLISH qos=1 dup=1 id=1`},
	{"sent again on a live connection, the later one first", "4.6", open + `
		> PUBLISH qos=1 id=1
		> PUBLISH qos=1 id=2
		> PUBLISH qos=1 dup=1 id=2
		> PUBLISH qos=1 dup=1 id=1`},
	{"sent before the CONNACK", "3.1.4", `
		> CONNECT clean=1
		> SUBSCRIBE id=1
		> PUBLISH qos=1 id=2
		< CONNACK
		< SUBACK id=1
		< PUBACK id=2`},
	{"sent again before the CONNACK", "3.1.4", open + `
		> PUBLISH qos=1 id=1
		< RST
		conn 2
		> CONNECT clean=0
		> PUBLISH qos=1 dup=1 id=1
		< CONNACK sp=1
		< PUBACK id=1`},
	{"sent before the CONNACK of a connection that is refused, and then as if for the first time", "3.1.4", `
		> CONNECT clean=0
		> PUBLISH qos=1 id=1
		< CONNACK code=3
		> FIN
		conn 2
		> CONNECT clean=0
		< CONNACK
		> PUBLISH qos=1 id=1`},
	{"sent with DUP, for it was lost with a connection that broke too early to be seen", "3.3.1.1", `
		< RST
		conn 2
		> CONNECT clean=0
		< CONNACK
		> PUBLISH qos=1 dup=1 id=1`},
	{"the same subscription again, with the session and without", "3.8.4", open + `
		> SUBSCRIBE id=1
		< SUBACK id=1
		> SUBSCRIBE id=2
		< SUBACK id=2` + again + `
		> SUBSCRIBE id=3
		< SUBACK id=3` + third + `
		> SUBSCRIBE id=3`},
	{"one filter in each of many SUBSCRIBEs, all without answer", "3.8", open + `
		> SUBSCRIBE id=1 filters=a
		> SUBSCRIBE id=2 filters=b
		> SUBSCRIBE id=3 filters=c
		> UNSUBSCRIBE id=4
		< SUBACK id=2
		< SUBACK id=1`},
	{"published anew behind a clean session: new id, DUP 0", "3.1.2.4", `
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=1 id=7 payload=a`},
	{"published anew behind a clean session, under the same id", "3.1.2.4", `
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=2 id=1 payload=a
		< RST
		conn 2
		> CONNECT clean=1
		< CONNACK
		> PUBLISH qos=2 id=1 payload=a`},
	{"sent again, or dropped, where the server has lost the session", "3.2.2.2", open + `
		> PUBLISH qos=1 id=1 payload=a
		> PUBLISH qos=1 id=2 payload=b` + lost + `
		> PUBLISH qos=1 dup=1 id=2 payload=b
		at 20s
		> DISCONNECT`},
	{"DISCONNECT before it closes at a violation", "4.8", open + `
		< d1 00
		at 30s
		> DISCONNECT
		> FIN`},
	{"closes late at a violation, while other threads ping and publish", "4.8", open + `
		< d1 00
		< PUBLISH qos=1 id=1
		at 30s
		> PINGREQ
		> PUBLISH qos=1 id=5
		> SUBSCRIBE id=6
		at 60s
		> FIN`},
	{"never reads what breaks the rules", "4.8", open + `
		< 36 05 00 01 74 00 01
		at 90s
		> PINGREQ`},
	{"a connection that it leaves open when the server refuses it", "3.2.2.3", `
		> CONNECT clean=1
		< CONNACK code=5
		at 30s
		> PINGREQ`},
	{"MQTT 3.1 behind a refusal of this version", "3.1.2.2", `
		> CONNECT clean=1
		< CONNACK code=1
		< FIN
		> FIN
		conn 2
		> 10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 63
		< CONNACK
		> 8a 06 00 01 00 01 66 00
		< 36 05 00 01 74 00 01
		> PUBACK id=1`},
	{"MQTT 3.1 behind a connection that the server closed without a word, and this version again", "3.1.2.2", open + `
		> PUBLISH qos=1 id=1 payload=a
		> FIN
		conn 2
		> CONNECT clean=0
		< FIN
		> FIN
		conn 3
		> 10 10 00 06 4d 51 49 73 64 70 03 00 00 00 00 02 63 31
		< CONNACK
		> PUBLISH qos=1 id=4 payload=d
		> FIN
		conn 4
		> CONNECT clean=0
		< CONNACK sp=1
		> PUBLISH qos=1 dup=1 id=4 payload=d
		> PUBACK id=9
		> PUBCOMP id=9
		> PUBREL id=9`},
	{"MQTT 3.1 with a long client id", "3.1.2.2", open + `
		> FIN
		conn 2
		> 10 80 01 00 06 4d 51 49 73 64 70 03 02 00 00 00 72 ` + strings.Repeat("63", 114)},
	{"MQTT 5, and a bridge of MQTT 3.1", "3.1.2.2", open + `
		> FIN
		conn 2
		> 10 0e 00 04 4d 51 54 54 05 02 00 00 00 00 01 63
		> FIN
		conn 3
		> 10 0f 00 06 4d 51 49 73 64 70 83 02 00 00 00 01 63`},
	{"random ids, and ids counted down", "2.3.1", open + `
		> PUBLISH qos=1 id=48771
		> SUBSCRIBE id=9
		> PUBLISH qos=2 id=65535
		> PUBLISH qos=1 id=65534
		> UNSUBSCRIBE id=1`},
	{"one id, again and again", "2.3.1", open + `
		> SUBSCRIBE id=1
		< SUBACK id=1
		> PUBLISH qos=2 id=1
		< PUBREC id=1
		> PUBREL id=1
		< PUBCOMP id=1
		> UNSUBSCRIBE id=1
		< UNSUBACK id=1
		> PUBLISH qos=1 id=1`},
	{"PUBACK long after the message, behind messages of its own", "4.3.2", open + `
		< PUBLISH qos=1 id=1
		> PUBLISH qos=1 id=1
		< PUBACK id=1
		> SUBSCRIBE id=2
		< SUBACK id=2
		at 300s
		> PUBACK id=1`},
	{"no PUBACK at all before it leaves", "4.3.2", open + `
		< PUBLISH qos=1 id=1
		at 30s
		> DISCONNECT
		> FIN`},
	{"PUBACK lost right before the end", "4.3.2", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2
		< FIN
		> PUBACK id=1
		> FIN`},
	{"PUBACK on the next connection of the session, and once more", "4.3.2", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 id=2
		> PUBACK id=1` + again + `
		> PUBACK id=1
		> PUBACK id=2
		< PUBLISH qos=1 dup=1 id=1
		< PUBLISH qos=1 dup=1 id=2
		> PUBACK id=1
		> PUBACK id=2`},
	{"PUBREC, PUBREL and PUBCOMP on the next connection of the session, and once more", "4.3.3", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		< PUBREL id=1
		> PUBCOMP id=1
		> PUBLISH qos=2 id=2
		< PUBREC id=2` + again + `
		> PUBREC id=1
		> PUBCOMP id=1
		> PUBREL id=2
		> PUBREL id=2`},
	{"PUBREL for the PUBREC of the connection before, ahead of its turn on this one", "4.6", both + `
		< PUBREC id=1` + again + `
		> PUBLISH qos=2 dup=1 id=2 payload=b
		< PUBREC id=2
		< PUBREC id=1
		> PUBREL id=1
		> PUBREL id=2`},
	{"PUBREL again, ahead of its turn", "4.4", both + `
		< PUBREC id=1
		> PUBREL id=1
		< PUBREC id=2
		< PUBREC id=1
		> PUBREL id=1
		> PUBREL id=2`},
	{"PUBREC at once, delivery later, and the other way round", "4.3.3", open + `
		< PUBLISH qos=2 id=1
		> PUBREC id=1
		at 60s
		< PUBREL id=1
		at 120s
		> PUBCOMP id=1`},
	{"a new connection behind a DISCONNECT", "3.14.4", open + `
		> DISCONNECT
		> FIN` + `
		conn 2
		> CONNECT clean=0
		< CONNACK sp=1
		> PUBLISH qos=1 id=1`},
	{"a new connection before the old one is closed", "3.14.4", open + `
		> DISCONNECT
		conn 2
		> CONNECT clean=0
		< CONNACK sp=1
		conn 1
		> FIN`},
	{"closes late behind a DISCONNECT", "3.14.4", open + `
		> DISCONNECT
		at 60s
		> FIN`},
	{"closes without DISCONNECT", "3.14.4", open + `
		at 60s
		> FIN`},
	{"another client id on each connection", "3.1.3.1", open + `
		> PUBLISH qos=1 id=1 payload=a
		< RST
		conn 2
		> CONNECT id=c1-48771 clean=0
		< CONNACK
		> PUBLISH qos=1 id=1 payload=a`},
	{"no client id", "3.1.3.1", `
		> CONNECT id= clean=1
		< CONNACK
		> PUBLISH qos=1 id=1
		conn 2
		> CONNECT id= clean=1
		< CONNACK
		> PUBLISH qos=1 id=1`},
	{"a message that it does not want is acknowledged", "4.5", open + `
		< PUBLISH qos=1 id=1 topic=$SYS/x
		> PUBACK id=1`},
	{"a repetition is answered, or not", "4.3.2", open + `
		< PUBLISH qos=1 id=1
		< PUBLISH qos=1 dup=1 id=1
		< PUBLISH qos=1 id=2
		> PUBACK id=1
		> PUBACK id=1
		> PUBACK id=2
		< PUBLISH qos=1 id=3
		< PUBLISH qos=1 dup=1 id=3
		< PUBLISH qos=1 id=4
		> PUBACK id=3
		> PUBACK id=4`},
	{"remaining lengths of more bytes than they need, and text of any kind", "2.2.3", open + `
		> 30 87 80 00 00 01 74 68
		> PUBLISH topic=/a//b/
		> PUBLISH topic=` + "\ufeff\U0001f980" + `
		> SUBSCRIBE id=1 filters=+/#`},
}

func TestLegalHabits(t *testing.T) {
	for _, l := range legal {
		t.Run(l.habit, func(t *testing.T) {
			for _, f := range monitor.Check(script(t, l.script), worldOf(l.script)) {
				t.Errorf("%s (%s): section %s leaves it free", f, f.Monitor, l.free)
			}
		})
	}
}

// What only allows something cannot be broken, a promise is no rule, and what is told the server alone binds
// no client: a monitor of such a rule says what else it rests on.
func TestMonitorsRestOnWhatBindsTheClient(t *testing.T) {
	for _, m := range monitor.All() {
		rule, _ := spec.Lookup(m.ID)
		if rule.Kind == spec.Promise || strings.Contains(m.ID, "-may-") {
			t.Errorf("%s cites %s, which nobody can break", m.Name, m.ID)
		}
		section, why, ok := strings.Cut(m.Rests, ": ")
		if !ok || strings.Trim(section, "0123456789.") != "" || why == "" || !strings.HasPrefix(section+".", rule.Section()+".") && !strings.HasPrefix(rule.Section()+".", section+".") {
			t.Errorf("%s rests on %q, which is no text of section %s", m.Name, m.Rests, rule.Section())
		}
		if derived := strings.Contains(m.Name, "/"); derived && (rule.Applies == "client") != strings.Contains(why, "the client by name") {
			t.Errorf("%s cites %s, which binds the %s, and rests on %q", m.Name, m.ID, rule.Applies, m.Rests)
		}
		if rule.Applies == "server" && !strings.Contains(why, "client") {
			t.Errorf("%s cites %s, which binds the server, and rests on %q", m.Name, m.ID, m.Rests)
		}
	}
}
