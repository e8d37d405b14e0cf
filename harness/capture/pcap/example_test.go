package pcap_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"

	"umqtt/harness/capture"
	"umqtt/harness/capture/pcap"
)

func Example() {
	c := &capture.Capture{Name: "connect/ping", Records: []capture.Record{
		{Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}},
		{Conn: 1, Kind: capture.Event, Text: "fault cut rst"},
	}}
	var file bytes.Buffer // open it with Wireshark
	if err := pcap.Write(&file, c, map[int][]string{0: {"MQTT-3.1.0-1: a PINGREQ before CONNECT"}}); err != nil {
		log.Fatal(err)
	}
	res, err := pcap.Read("ping.pcapng", &file, pcap.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(capture.Ladder(res.Capture))
	// Output:
	// # connect/ping
	//     time  subject                                peer
	// conn 1    |                                        |
	//    0.000  |-- PINGREQ ---------------------------->|
	//    0.000  *  fault cut rst
}

func ExampleRead() {
	_, err := pcap.Read("notes.txt", bytes.NewReader([]byte("a text\n")), pcap.Options{})
	var e *pcap.Error
	fmt.Println(errors.Is(err, pcap.ErrFormat), errors.As(err, &e))
	fmt.Println(err)
	// Output:
	// true true
	// notes.txt: neither pcap nor pcapng: it begins with 61 20 74 65
}
