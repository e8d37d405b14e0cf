package pcap

import (
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A segment is one TCP segment.
type segment struct {
	src, dst netip.AddrPort
	tcp      *layers.TCP
	cut      int // bytes of its payload that are not in the file
}

// decode returns the segment in a frame, nil when it holds none. The error is an *Error without a file, about
// this frame only.
func decode(f frame) (*segment, error) {
	if f.link == 12 || f.link == 14 {
		f.link = layers.LinkTypeRaw // raw IP as some systems number it
	}
	if !reads(f.link) {
		return nil, &Error{Frame: f.n, Err: ErrLink, Detail: fmt.Sprintf("link type %d", f.link)}
	}
	packet := gopacket.NewPacket(f.data, f.link, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	s := &segment{}
	rest := 0 // bytes that the IP header says follow it
	known := false
	switch ip := packet.NetworkLayer().(type) {
	case *layers.IPv4:
		if ip.Protocol == layers.IPProtocolTCP && (ip.Flags&layers.IPv4MoreFragments != 0 || ip.FragOffset != 0) {
			return nil, &Error{Frame: f.n, Err: ErrFragment}
		}
		s.src, s.dst = address(ip.SrcIP), address(ip.DstIP)
		rest, known = int(ip.Length)-4*int(ip.IHL), ip.Protocol == layers.IPProtocolTCP
	case *layers.IPv6:
		if ip.NextHeader != layers.IPProtocolTCP && packet.Layer(layers.LayerTypeIPv6Fragment) != nil {
			return nil, &Error{Frame: f.n, Err: ErrFragment}
		}
		s.src, s.dst = address(ip.SrcIP), address(ip.DstIP)
		rest, known = int(ip.Length), ip.NextHeader == layers.IPProtocolTCP && ip.Length > 0
	default:
		return nil, nil
	}
	tcp, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok || len(tcp.Contents) == 0 { // a header that cannot be read is there, but empty
		if known && len(f.data) < f.length {
			return nil, &Error{Frame: f.n, Err: ErrLost, Detail: fmt.Sprintf("the frame is cut to %d of %d bytes, in its headers", len(f.data), f.length)}
		}
		return nil, nil
	}
	s.tcp = tcp
	s.src = netip.AddrPortFrom(s.src.Addr(), uint16(tcp.SrcPort))
	s.dst = netip.AddrPortFrom(s.dst.Addr(), uint16(tcp.DstPort))
	if len(f.data) < f.length {
		if known {
			s.cut = max(rest-4*int(tcp.DataOffset)-len(tcp.Payload), 0)
		} else {
			s.cut = f.length - len(f.data)
		}
	}
	return s, nil
}

// reads reports whether frames of a link type are read.
func reads(link layers.LinkType) bool {
	switch link {
	case layers.LinkTypeEthernet, layers.LinkTypeNull, layers.LinkTypeLoop, layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6,
		layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2, layers.LinkTypePPP:
		return true
	}
	return false
}

// address returns an IP address without its port.
func address(ip []byte) netip.AddrPort {
	a, _ := netip.AddrFromSlice(ip)
	return netip.AddrPortFrom(a.Unmap(), 0)
}
