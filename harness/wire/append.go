package wire

import "encoding/binary"

// begin appends a first byte and room for a short remaining length. It returns where the body starts.
func begin(dst []byte, t Type, flags byte) ([]byte, int) {
	dst = append(dst, byte(t)<<4|flags&0x0f, 0)
	return dst, len(dst)
}

// finish writes the remaining length of the body that starts at body, in the shortest form, and makes
// room where that takes more than one byte. A body above 268435455 bytes gets a fifth length byte.
func finish(dst []byte, body int) []byte {
	n := len(dst) - body
	if n < 0x80 {
		dst[body-1] = byte(n)
		return dst
	}
	var enc [binary.MaxVarintLen64]byte
	width := binary.PutUvarint(enc[:], uint64(n))
	dst = append(dst, enc[:width-1]...)
	copy(dst[body-1+width:], dst[body:body+n])
	copy(dst[body-1:], enc[:width])
	return dst
}

// appendText appends a string or bytes behind their length in two bytes.
func appendText[S string | []byte](dst []byte, s S) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(s)))
	return append(dst, s...)
}

// appendID appends a whole packet whose only field is a packet id.
func appendID(dst []byte, t Type, id uint16) []byte {
	dst = append(dst, byte(t)<<4|kinds[t].flags, 2)
	return binary.BigEndian.AppendUint16(dst, id)
}

// appendEmpty appends a whole packet without fields.
func appendEmpty(dst []byte, t Type) []byte {
	return append(dst, byte(t)<<4, 0)
}

// bit returns mask if on, else 0.
func bit(on bool, mask byte) byte {
	if on {
		return mask
	}
	return 0
}
