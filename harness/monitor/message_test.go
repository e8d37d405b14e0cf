package monitor_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"umqtt/harness/monitor"
)

// A message says what the client did, what bound has passed, and names the records that it speaks of, which the
// finding lists with its own.
func TestMessages(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		{`
			> CONNECT clean=1
			> CONNECT clean=1`, "must 1 [1] a connection carries one CONNECT, and this is number 2"},
		{open + `
			> DISCONNECT
			> PINGREQ
			> FIN`, "must 3 [2 3] the client sends on behind its DISCONNECT in record 2"},
		{open + `
			at 1s
			> DISCONNECT
			at 12s
			* fault heal`, "should 2 [2] the client has not closed the connection 11s after its DISCONNECT; it is warned after 10s"},
		{`
			> CONNECT clean=1 keepalive=5
			at 1s
			< CONNACK
			at 6.5s
			> PINGREQ`, "must 2 [1 2] PINGREQ comes 5.5s after record 1; the keep alive is 5s"},
		{`
			real
			> CONNECT clean=1 keepalive=5
			< CONNACK
			at 1s
			> PINGREQ
			at 9s
			> PINGREQ`, "must 3 [2 3] PINGREQ comes 8s after record 2; the keep alive is 5s, and 7.5s were allowed"},
		{`
			> CONNECT clean=1 keepalive=5
			< CONNACK
			at 1s
			> PUBLISH
			at 9s
			< FIN`, "must 3 [2 3] the client sends nothing for 8s after record 2; the keep alive is 5s"},
		{open + `
			> PUBLISH qos=1 id=1 payload=a
			> SUBSCRIBE id=1`, "must 3 [2 3] SUBSCRIBE has id=1, which the PUBLISH of record 2 still uses: no acknowledgement of it has come"},
		{open + `
			> SUBSCRIBE id=1
			> UNSUBSCRIBE id=1`, "must 3 [3] UNSUBSCRIBE has id=1, which a SUBSCRIBE without answer still uses"},
		{open + `
			> PUBLISH qos=1 id=1
			> PUBLISH qos=1 id=1`, "must 3 [2 3] PUBLISH id=1, sent in record 2, is sent again with DUP 0"},
		{open + `
			> PUBLISH qos=2 id=1
			< PUBREC id=1
			> PUBREL id=1
			> PUBLISH qos=2 dup=1 id=1`, "must 5 [2 5] PUBLISH id=1, sent in record 2, is sent again behind its PUBREL"},
		{open + `
			> PUBLISH qos=2 id=1
			> PUBREL id=1`, "must 3 [2 3] PUBREL id=1 is sent before the PUBREC of its PUBLISH (record 2) has come"},
		{open + `
			< PUBLISH qos=1 id=1
			< PUBLISH qos=1 id=2
			> PUBACK id=2`, "must 4 [2 3 4] PUBACK id=2 (for record 3) comes before that of id=1, which was handed over earlier (record 2)"},
		{open + `
			< PUBLISH qos=1 id=1
			> PUBACK id=1
			> PUBACK id=1`, "must 4 [4] PUBACK id=1 comes once more than a PUBLISH with that id was handed over"},
		{two + `
			> PUBLISH qos=1 dup=1 id=2 payload=b`, "must 8 [2 8] PUBLISH id=2 is sent again, and the earlier one with id=1, in flight since record 2, is not"},
		{two + `
			> PUBLISH qos=1 dup=1 id=2 payload=b
			> PUBLISH qos=1 dup=1 id=1 payload=a`, "must 9 [2 3 9] PUBLISH id=1, first sent in record 2, is sent again behind id=2, which was first sent later, in record 3"},
		{open + `
			> PUBLISH qos=1 id=1` + again + `
			at 15s
			> DISCONNECT`, "should 7 [2 7] the client disconnects 15s after the CONNACK, and has not sent again the PUBLISH id=1, in flight since record 2; it is warned after 10s"},
		{open + `
			< 90 02 00 01
			< PUBLISH qos=1 id=1
			> PUBACK id=1`, "must 4 [2 3 4] the client was handed malformed SUBACK [MQTT-3.8.4-5] offset=4 found=no return code (record 2), and goes on: its PUBACK shows that it has read record 3"},
	} {
		findings := monitor.Check(script(t, tt.script), worldOf(tt.script))
		if len(findings) == 0 {
			t.Errorf("nothing found, want %s", tt.want)
			continue
		}
		f := findings[0]
		got := fmt.Sprintf("%s %d %v %s", f.Level, f.Record, f.Records, f.Message)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestLevelString(t *testing.T) {
	for l, want := range map[monitor.Level]string{monitor.Must: "must", monitor.Should: "should", 7: "level 7"} {
		if got := l.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
