package capture_test

import (
	"fmt"
	"os"
	"strings"
	"time"

	"umqtt/harness/capture"
	"umqtt/harness/wire"
)

// session is a short capture in the .wire format.
const session = `mqtt-capture 1
# connect/ping
= conn 1
   0.000 > CONNECT level=4 clean=1 keepalive=60 id="c1"
	10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 63 31
   0.000 < CONNACK sp=0 code=0
	20 02 00 00
  60.001 > PINGREQ
	c0 00
  60.001 * fault cut rst
  60.001 > RST
`

func ExampleRecorder() {
	var clock time.Duration
	rec := capture.NewRecorder("connect/ping", func() time.Duration { return clock })
	rec.OnRecord = func(r capture.Record) { fmt.Println(r) }

	connect := (&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c1"}).Append(nil)
	rec.Bytes(1, capture.Sent, connect[:5]) // not a packet yet
	rec.Bytes(1, capture.Sent, connect[5:])
	clock = 1500 * time.Millisecond
	rec.Event(1, "fault cut rst")
	rec.End(1, capture.Handed, capture.RST)
	// Output:
	// 0.000 > CONNECT level=4 clean=1 keepalive=0 id="c1"
	// 1.500 * fault cut rst
	// 1.500 < RST
}

func ExampleFormat() {
	c := &capture.Capture{Name: "publish/qos0", Records: []capture.Record{
		{Conn: 1, Kind: capture.Sent, Data: []byte{0x30, 5, 0, 1, 't', 'h', 'i'}},
		{Time: 2 * time.Second, Conn: 1, Kind: capture.Sent, Text: capture.FIN},
	}}
	os.Stdout.Write(capture.Format(c))
	// Output:
	// mqtt-capture 1
	// # publish/qos0
	// = conn 1
	//    0.000 > PUBLISH qos=0 dup=0 retain=0 topic="t" payload="hi"
	// 	30 05 00 01 74 68 69
	//    2.000 > FIN
}

func ExampleParse() {
	c, err := capture.Parse("ping.wire", []byte(session))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Name, len(c.Records), c.Records[2])

	_, err = capture.Parse("ping.wire", []byte(strings.Replace(session, "code=0", "code=5", 1)))
	fmt.Println(err)
	// Output:
	// connect/ping 5 60.001 > PINGREQ
	// ping.wire:6:30: the annotation disagrees with the hex: want CONNACK sp=0 code=0, found CONNACK sp=0 code=5
}

func ExampleDiff() {
	want, err := capture.Parse("ping.wire", []byte(session))
	if err != nil {
		fmt.Println(err)
		return
	}
	got := &capture.Capture{Name: want.Name, Records: append([]capture.Record(nil), want.Records...)}
	got.Records[1].Data = []byte{0x20, 2, 0, 5}
	fmt.Print(capture.Diff(got, want))
	// Output:
	// 1 of 5 records differs; the first: record 2 (line 6): CONNACK code: want 0, got 5 (-want +got)
	//   = conn 1
	//      0.000 > CONNECT level=4 clean=1 keepalive=60 id="c1"
	// -    0.000 < CONNACK sp=0 code=0
	// +    0.000 < CONNACK sp=0 code=5
	// ?            code: want 0, got 5
	//     60.001 > PINGREQ
	//     60.001 * fault cut rst
	//     60.001 > RST
}

func ExampleLadder() {
	c, err := capture.Parse("ping.wire", []byte(session))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(capture.Ladder(c))
	// Output:
	// # connect/ping
	//     time  subject                                          peer
	// conn 1    |                                                  |
	//    0.000  |-- CONNECT level=4 clean=1 keepalive=60 id="c1" ->|
	//    0.000  |<- CONNACK sp=0 code=0 ---------------------------|
	//   60.001  |-- PINGREQ -------------------------------------->|
	//   60.001  *  fault cut rst
	//   60.001  |-- RST ------------------------------------------>|
}
