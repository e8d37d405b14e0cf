package play_test

import (
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/wire"
)

// A step that acts on a connection waits for it, and says whose fault it is that it cannot act.
func TestActsOnAConnection(t *testing.T) {
	closes := func(f *fake) { f.conn.Close() }
	const (
		publish = "  - send PUBLISH: {topic: t}\n"
		none    = "the client opened no connection within 10s\n  want: connection 2\n  got:  no connection of that number"
		ended   = "the client ended the connection before this step\n  want: connection 1, still open\n  got:  its end"
		over    = "proxy: connection 1 has ended"
	)
	wait := acts + "  - wait: 1s\n"
	for _, tt := range []played{
		{"send behind an end of the script", wait + "  - send close: fin\n  - wait: 1s\n" + publish, does(), play.Options{}, judge.SetupError, over},
		{"send close behind an end of the script", wait + "  - send close: rst\n  - wait: 1s\n  - send close: fin\n", does(), play.Options{}, judge.SetupError, over},
		{"send raw behind a cut", wait + "  - fault cut: rst\n  - send raw: 00\n", does(), play.Options{}, judge.SetupError, over},
		{"send behind an end of the subject", wait + publish, does(closes), play.Options{}, judge.Fail, ended},
		{"send close behind an end of the subject", wait + "  - send close: fin\n", does(closes), play.Options{}, judge.Fail, ended},
		{"send on no connection", wait + "  - send PUBLISH: {topic: t, conn: 2}\n", does(), play.Options{}, judge.Fail, none},
		{"send close on no connection", wait + "  - send close: {how: fin, conn: 2}\n", does(), play.Options{}, judge.Fail, none},
		{"cut no connection", wait + "  - fault cut: {how: fin, conn: 2}\n", does(), play.Options{}, judge.Fail, none},
		{"stall no connection", wait + "  - fault stall: {dir: both, conn: 2}\n", does(), play.Options{}, judge.Fail, none},
		{"release nothing", wait + "  - fault hold: {packet: PINGREQ, name: held}\n  - fault release: held\n", does(), play.Options{}, judge.Fail,
			"there is nothing to release\n  want: a packet held as held\n  got:  none"},
		{"a rule that does not fit its packet", acts + "  - fault corrupt: {packet: PINGREQ, byte: 5, xor: 1}\n  - expect PUBLISH:\n  - wait: 1s\n", does(on("a"), &wire.Pingreq{}), play.Options{}, judge.SetupError, "test.yaml:13:5: wait: "},
	} {
		tt.run(t)
	}
}
