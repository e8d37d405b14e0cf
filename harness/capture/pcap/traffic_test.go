package pcap_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"umqtt/harness/wire"
)

func connectPacket(id string) []byte {
	return (&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: id}).Append(nil)
}

func publishPacket(topic, payload string) []byte {
	return (&wire.Publish{Topic: topic, Payload: []byte(payload)}).Append(nil)
}

var connack = []byte{0x20, 2, 0, 0}

// A sent is a segment on a network, which a test makes a frame of.
type sent struct {
	at       time.Duration
	from, to string // address:port
	flags    string // of S, A, F, R
	seq      uint32
	data     []byte
	keep     int // bytes of the frame that are captured; 0 for all
}

// A talk is a conversation of two ends, which keeps the sequence numbers.
type talk struct {
	client, server string
	at             time.Duration
	seq            map[bool]uint32
	all            []sent
}

// dial begins a talk with its handshake.
func dial(client, server string) *talk {
	t := &talk{client: client, server: server, seq: map[bool]uint32{true: 0xffffff00, false: 7000}}
	return t.send(true, "S", nil).send(false, "SA", nil).send(true, "A", nil)
}

// send adds a segment, a millisecond after the one before it.
func (t *talk) send(client bool, flags string, data []byte) *talk {
	s := sent{at: t.at, from: t.client, to: t.server, flags: flags, seq: t.seq[client], data: data}
	if !client {
		s.from, s.to = s.to, s.from
	}
	t.all = append(t.all, s)
	t.seq[client] += uint32(len(data))
	if flags[0] == 'S' || flags[0] == 'F' {
		t.seq[client]++
	}
	t.at += time.Millisecond
	return t
}

func (t *talk) c(data ...[]byte) *talk { return t.send(true, "A", bytes.Join(data, nil)) }
func (t *talk) s(data ...[]byte) *talk { return t.send(false, "A", bytes.Join(data, nil)) }

// wait lets time pass.
func (t *talk) wait(d time.Duration) *talk { t.at += d; return t }

// A medium makes frames of IP packets.
type medium struct {
	link   layers.LinkType
	layers func(v6 bool) []gopacket.SerializableLayer
}

// etherType returns that of IPv4 or IPv6.
func etherType(v6 bool) layers.EthernetType {
	if v6 {
		return layers.EthernetTypeIPv6
	}
	return layers.EthernetTypeIPv4
}

// The media that are read.
var media = map[string]medium{
	"raw":                    {layers.LinkTypeRaw, func(bool) []gopacket.SerializableLayer { return nil }},
	"raw, by another number": {12, func(bool) []gopacket.SerializableLayer { return nil }},
	"ethernet": {layers.LinkTypeEthernet, func(v6 bool) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: etherType(v6)}}
	}},
	"two VLAN tags": {layers.LinkTypeEthernet, func(v6 bool) []gopacket.SerializableLayer {
		return []gopacket.SerializableLayer{
			&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeQinQ},
			&layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeDot1Q},
			&layers.Dot1Q{VLANIdentifier: 8, Type: etherType(v6)},
		}
	}},
	"loopback": {layers.LinkTypeNull, func(v6 bool) []gopacket.SerializableLayer {
		family := layers.ProtocolFamilyIPv4
		if v6 {
			family = layers.ProtocolFamilyIPv6Linux
		}
		return []gopacket.SerializableLayer{&layers.Loopback{Family: family}}
	}},
	"any": {layers.LinkTypeLinuxSLL, func(v6 bool) []gopacket.SerializableLayer {
		b := []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, byte(etherType(v6) >> 8), byte(etherType(v6))}
		return []gopacket.SerializableLayer{gopacket.Payload(b)}
	}},
	"any, newer": {layers.LinkTypeLinuxSLL2, func(v6 bool) []gopacket.SerializableLayer {
		b := []byte{byte(etherType(v6) >> 8), byte(etherType(v6)), 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}
		return []gopacket.SerializableLayer{gopacket.Payload(b)}
	}},
}

// frame returns the frame of a segment.
func (m medium) frame(t testing.TB, s sent) []byte {
	t.Helper()
	src, err := net.ResolveTCPAddr("tcp", s.from)
	if err != nil {
		t.Fatal(err)
	}
	dst, err := net.ResolveTCPAddr("tcp", s.to)
	if err != nil {
		t.Fatal(err)
	}
	tcp := &layers.TCP{SrcPort: layers.TCPPort(src.Port), DstPort: layers.TCPPort(dst.Port), Seq: s.seq, Window: 1000}
	for _, f := range s.flags {
		switch f {
		case 'S':
			tcp.SYN = true
		case 'A':
			tcp.ACK = true
		case 'F':
			tcp.FIN = true
		case 'R':
			tcp.RST = true
		}
	}
	v6 := src.IP.To4() == nil
	all := m.layers(v6)
	if v6 {
		ip := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: src.IP, DstIP: dst.IP}
		tcp.SetNetworkLayerForChecksum(ip)
		all = append(all, ip)
	} else {
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: src.IP.To4(), DstIP: dst.IP.To4()}
		tcp.SetNetworkLayerForChecksum(ip)
		all = append(all, ip)
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, append(all, tcp, gopacket.Payload(s.data))...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// begin is when the files of the tests begin.
var begin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// classic returns a pcap file of segments.
func (m medium) classic(t testing.TB, all ...sent) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(1<<16, m.link); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		info, data := s.info(m.frame(t, s))
		if err := w.WritePacket(info, data); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// ng returns a pcapng file of segments.
func (m medium) ng(t testing.TB, all ...sent) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, m.link)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		info, data := s.info(m.frame(t, s))
		if err := w.WritePacket(info, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// info returns what a file says of a frame, and as much of it as is captured.
func (s sent) info(data []byte) (gopacket.CaptureInfo, []byte) {
	whole := len(data)
	if s.keep > 0 {
		data = data[:s.keep]
	}
	return gopacket.CaptureInfo{Timestamp: begin.Add(s.at), CaptureLength: len(data), Length: whole}, data
}

// frameFile returns a pcap file of raw frames.
func frameFile(t testing.TB, all [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(1<<16, layers.LinkTypeRaw); err != nil {
		t.Fatal(err)
	}
	for i, f := range all {
		info := gopacket.CaptureInfo{Timestamp: begin.Add(time.Duration(i) * time.Millisecond), CaptureLength: len(f), Length: len(f)}
		if err := w.WritePacket(info, f); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
