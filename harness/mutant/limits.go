package mutant

import (
	"context"
	"errors"
	"time"

	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// limiting lists mutants that get wrong the limits that they were given.
func limiting() []Mutant {
	return []Mutant{
		{
			Name: "depth-unlimited", Doc: "nests calls as deep as they come",
			Violates: []string{"umqtt-depth-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return boundless{s, func(o *subject.Options) { o.MaxDepth = 1000 }}
			},
		},
		{
			Name: "inflight-unlimited", Doc: "publishes at QoS 1 whatever is in flight already",
			Violates: []string{"umqtt-inflight-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return boundless{s, func(o *subject.Options) { o.MaxInflight = 1000 }}
			},
		},
		{
			Name: "packets-unlimited", Doc: "takes packets larger than the limit that it was given",
			Violates: []string{"umqtt-oversize-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return boundless{s, func(o *subject.Options) { o.MaxPacket = 0 }}
			},
		},
		{
			Name: "oversize-passed-over", Doc: "reads past a packet above its limit, which it should close the connection at, and goes on",
			Violates: []string{"MQTT-4.8.0-2", "umqtt-oversize-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return boundless{s, func(o *subject.Options) { o.SkipOversize = true }}
			},
		},
		{
			Name: "oversize-closes", Doc: "closes the connection at a packet above its limit although it was told to read past it",
			Violates: []string{"umqtt-oversize-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return boundless{s, func(o *subject.Options) { o.SkipOversize = false }}
			},
		},
		{
			Name: "oversize-cut", Doc: "delivers the first 100 bytes of a message of more than 192",
			Violates: []string{"umqtt-oversize-1"}, Subjects: qos1,
			Rewrite: edit(wire.ToClient, func(m *wire.Publish) {
				if len(m.Payload) > 192 {
					m.Payload = m.Payload[:100]
				}
			}),
		},
		{
			Name: "waits-for-ever", Doc: "waits for an acknowledgement for as long as it takes, whatever limit it was given",
			Violates: []string{"api-outcome-2"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject {
				return boundless{s, func(o *subject.Options) { o.AckTimeout = 0 }}
			},
		},
		{
			Name: "room-looked-for-twice-as-long", Doc: "looks for room in flight twice as long as it would wait, where its callbacks are slow",
			Violates: []string{"umqtt-inflight-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return hopeful{s} },
		},
		{
			Name: "sent-though-refused", Doc: "sends what it refuses for a limit all the same, at QoS 0",
			Violates: []string{"umqtt-depth-1", "umqtt-inflight-1"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return downgrading{s} },
		},
		{
			Name: "qos0-refused-at-depth", Doc: "refuses QoS 0 publishes at the depth limit",
			Violates: []string{"umqtt-depth-2"}, Subjects: qos1,
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &narrow{Subject: s} },
		},
	}
}

// boundless lifts a limit.
type boundless struct {
	subject.Subject
	lift func(*subject.Options)
}

func (s boundless) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.lift(&o)
	return s.Subject.Connect(ctx, o)
}

// downgrading publishes at QoS 0 what was refused at QoS 1, and reports the refusal.
type downgrading struct{ subject.Subject }

func (s downgrading) Publish(ctx context.Context, m subject.Message, done func(error)) {
	s.Subject.Publish(ctx, m, func(err error) {
		if k := subject.KindOf(err); k == subject.Depth || k == subject.Inflight {
			m.QoS = 0
			s.Subject.Publish(ctx, m, func(error) {})
		}
		done(err)
	})
}

// hopeful reports that there is no room only after it has looked for some twice as long as it had to.
type hopeful struct{ subject.Subject }

func (s hopeful) Publish(ctx context.Context, m subject.Message, done func(error)) {
	began := time.Now()
	s.Subject.Publish(ctx, m, func(err error) {
		looked := time.Since(began)
		if idler, ok := s.Subject.(subject.Idler); ok && subject.KindOf(err) == subject.Inflight && looked >= time.Second {
			again, cancel := context.WithTimeout(ctx, looked)
			_ = idler.Idle(again) // the refusal is what counts
			cancel()
		}
		done(err)
	})
}

// narrow counts the calls that read, and refuses every publish when they are as many as may nest.
type narrow struct {
	subject.Subject
	limit, depth int
}

func (s *narrow) Connect(ctx context.Context, o subject.Options) (bool, error) {
	s.limit = o.MaxDepth
	return s.Subject.Connect(ctx, o)
}

func (s *narrow) Publish(ctx context.Context, m subject.Message, done func(error)) {
	switch {
	case s.limit > 0 && s.depth >= s.limit:
		done(&subject.Error{Kind: subject.Depth, Err: errors.New("too deep")})
	case m.QoS == 0:
		s.Subject.Publish(ctx, m, done)
	default:
		s.depth++
		defer func() { s.depth-- }()
		s.Subject.Publish(ctx, m, done)
	}
}

// Idle implements [subject.Idler].
func (s *narrow) Idle(ctx context.Context) error {
	s.depth++
	defer func() { s.depth-- }()
	return s.Subject.(subject.Idler).Idle(ctx)
}
