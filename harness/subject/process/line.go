package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"umqtt/harness/subject"
)

// raw is a field of type bytes: each character of its JSON string is a byte.
type raw string

// MarshalJSON implements json.Marshaler. It writes ASCII only.
func (r raw) MarshalJSON() ([]byte, error) {
	b := []byte{'"'}
	for i := range len(r) {
		switch c := r[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *raw) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	out := make([]byte, 0, len(s))
	for _, c := range s {
		if c > 0xff {
			return fmt.Errorf("the character %U stands for no byte", c)
		}
		out = append(out, byte(c))
	}
	*r = raw(out)
	return nil
}

// nullable returns nil for no text.
func nullable(s *string) *raw {
	if s == nil {
		return nil
	}
	r := raw(*s)
	return &r
}

// A request is one line of the harness's: head comes first, then the fields of its op.
type (
	head struct {
		ID     uint64 `json:"id"`
		Op     string `json:"op"`
		In     uint64 `json:"in"`
		Thread string `json:"thread,omitempty"` // only with the feature concurrent-calls
	}
	connectRequest struct {
		head
		Host         string `json:"host"`
		Port         int    `json:"port"`
		ClientID     raw    `json:"client_id"`
		CleanSession bool   `json:"clean_session"`
		KeepAlive    int64  `json:"keep_alive"`
		Username     *raw   `json:"username"`
		Password     *raw   `json:"password"`
		Will         *will  `json:"will"`
		Pipelined    bool   `json:"pipelined"`
		Limits       limits `json:"limits"`
		Transport    string `json:"transport"`
		Path         string `json:"path"`
		TLS          *tls   `json:"tls"`
	}
	tls struct {
		CAFile     string `json:"ca_file"`
		ServerName string `json:"server_name"`
	}
	will struct {
		Topic   raw  `json:"topic"`
		Payload raw  `json:"payload"`
		QoS     int  `json:"qos"`
		Retain  bool `json:"retain"`
	}
	limits struct {
		AckTimeout   int64 `json:"ack_timeout"`
		RetryAfter   int64 `json:"retry_after"`
		MaxDepth     int   `json:"max_depth"`
		MaxInflight  int   `json:"max_inflight"`
		MaxPacket    int   `json:"max_packet"`
		SkipOversize bool  `json:"skip_oversize"`
	}
	publishRequest struct {
		head
		will
	}
	subscribeRequest struct {
		head
		Filters []filter `json:"filters"`
	}
	filter struct {
		Filter raw `json:"filter"`
		QoS    int `json:"qos"`
	}
	unsubscribeRequest struct {
		head
		Filters []raw `json:"filters"`
	}
	idleRequest struct {
		head
		For int64 `json:"for"`
	}
	returnRequest struct {
		Op  string `json:"op"`
		Seq uint64 `json:"seq"`
	}
	quitRequest struct {
		Op string `json:"op"`
	}
)

// encode returns a request as a line.
func encode(request any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(request); err != nil {
		panic(err) // it has no other types
	}
	return b.Bytes()
}

// A reply is one line of the shim's, whichever it is.
type reply struct {
	Hello *int    `json:"hello"`
	ID    *uint64 `json:"id"`
	Event *string `json:"event"`

	Error          *apiError `json:"error"`
	SessionPresent *bool     `json:"session_present"`
	Granted        *[]int    `json:"granted"`
	Pending        bool      `json:"pending"`

	Seq     uint64 `json:"seq"`
	Topic   *raw   `json:"topic"`
	Payload *raw   `json:"payload"`
	QoS     *int   `json:"qos"`
	Retain  *bool  `json:"retain"`
	Dup     *bool  `json:"dup"`

	Text string `json:"text"`
}

type apiError struct {
	Kind subject.Kind `json:"kind"`
	Text string       `json:"text"`
}

// parse reads a line of the shim's and checks that it is one thing.
func parse(line []byte) (*reply, error) {
	var r reply
	if err := json.Unmarshal(line, &r); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrProtocol, describe(err))
	}
	n := 0
	for _, is := range []bool{r.Hello != nil, r.ID != nil, r.Event != nil} {
		if is {
			n++
		}
	}
	switch {
	case n != 1:
		return nil, fmt.Errorf("%w: a line has one of hello, id and event", ErrProtocol)
	case r.Error != nil && !slices.Contains(kinds, r.Error.Kind):
		return nil, fmt.Errorf("%w: there is no kind of error %q", ErrProtocol, r.Error.Kind)
	}
	return &r, nil
}

// describe says what is wrong with a line in the words of the protocol.
func describe(err error) string {
	e, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case ok && e.Field == "":
		return "it is no JSON object"
	case ok:
		return fmt.Sprintf("the field %s is a %s", e.Field, e.Value)
	}
	return err.Error()
}

// kinds lists the kinds of errors.
var kinds = []subject.Kind{
	subject.Other, subject.Closed, subject.Network, subject.Timeout, subject.Depth, subject.Inflight, subject.Invalid,
	subject.Refused, subject.Protocol, subject.Pending, subject.Dropped, subject.Unsupported,
}

// err is the error of an answer as a subject returns it, or nil.
func (r *reply) err() error {
	if r.Error == nil {
		return nil
	}
	return &subject.Error{Kind: r.Error.Kind, Err: fmt.Errorf("%s", r.Error.Text)}
}

// message is the message of an event.
func (r *reply) message() (subject.Message, error) {
	if r.Topic == nil || r.Payload == nil || r.Seq == 0 {
		return subject.Message{}, fmt.Errorf("%w: a message has topic, payload and a seq from 1 on", ErrProtocol)
	}
	m := subject.Message{Topic: string(*r.Topic), Payload: string(*r.Payload)}
	m.QoS, m.Untold.QoS = told(r.QoS)
	m.Retain, m.Untold.Retain = told(r.Retain)
	m.Dup, m.Untold.Dup = told(r.Dup)
	return m, nil
}

// told returns a value, and whether it is missing.
func told[T any](v *T) (value T, untold bool) {
	if v == nil {
		return value, true
	}
	return *v, false
}

// quote shows the beginning of a line.
func quote(line []byte) string {
	const most = 120
	if s := strings.ToValidUTF8(string(line[:min(len(line), most)]), "\ufffd"); len(line) > most {
		return fmt.Sprintf("%q… (%d bytes)", s, len(line))
	} else {
		return fmt.Sprintf("%q", s)
	}
}
