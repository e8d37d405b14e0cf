package wire

import "strconv"

// Longer values than these, in bytes, are shown by their length only.
const (
	maxBytesShown = 32
	maxTextShown  = 128
)

// Describe returns one line about a frame:
//   - a packet that Decode accepts: its type and fields, `PUBACK id=1`; payloads above 32 bytes and texts
//     above 128 as their length, `payload=1024B`;
//   - one that it refuses: the Violation's text, `malformed PUBLISH [MQTT-3.3.1-4] offset=0 found=QoS 3`;
//   - bytes that are not exactly one frame by their fixed header: `raw 5B`.
func Describe(frame []byte) string {
	if !Whole(frame) {
		return "raw " + strconv.Itoa(len(frame)) + "B"
	}
	p, err := Decode(frame)
	if err != nil {
		return err.Error()
	}
	line := []byte(p.Type().String())
	table := kindOf(p.Type()).table
	for i := range table {
		f := &table[i]
		if f.Short == "" {
			continue
		}
		if v := f.get(p); v != nil {
			line = append(line, ' ')
			line = append(line, f.Short...)
			line = append(line, '=')
			line = appendValue(line, f.Kind, v)
		}
	}
	return string(line)
}

// appendValue appends a canonical value in its short form.
func appendValue(line []byte, kind FieldKind, v any) []byte {
	switch v := v.(type) {
	case bool:
		return append(line, '0'+bit(v, 1))
	case int:
		return strconv.AppendInt(line, int64(v), 10)
	case string:
		return appendShort(line, kind, v)
	case []Subscription:
		return appendList(line, v, func(line []byte, s Subscription) []byte {
			line = append(appendShort(line, Text, s.Filter), ':')
			return strconv.AppendInt(line, int64(s.QoS), 10)
		})
	case []string:
		return appendList(line, v, func(line []byte, s string) []byte { return appendShort(line, Text, s) })
	case []int:
		return appendList(line, v, func(line []byte, n int) []byte { return strconv.AppendInt(line, int64(n), 10) })
	}
	return line
}

// appendShort appends a quoted text, or the length of a long one.
func appendShort(line []byte, kind FieldKind, s string) []byte {
	if kind == Bytes && len(s) > maxBytesShown || len(s) > maxTextShown {
		return append(strconv.AppendInt(line, int64(len(s)), 10), 'B')
	}
	return strconv.AppendQuote(line, s)
}

// appendList appends elements with commas between them.
func appendList[E any](line []byte, list []E, one func([]byte, E) []byte) []byte {
	for i, x := range list {
		if i > 0 {
			line = append(line, ',')
		}
		line = one(line, x)
	}
	return line
}
