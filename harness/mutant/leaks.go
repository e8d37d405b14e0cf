package mutant

import (
	"context"

	"umqtt/harness/subject"
)

// leaking lists mutants that leave something behind at each connection.
func leaking() []Mutant {
	return []Mutant{
		{
			Name: "goroutine-left-behind", Doc: "starts a goroutine at each connect that outlives the connection, until the client is closed",
			Violates: []string{"api-resources-1"}, Subjects: []string{"simple", "ref"},
			Wrap: func(s subject.Subject, _ subject.Env) subject.Subject { return &leaver{s} },
		},
	}
}

// leaver leaves a goroutine behind at each connect. It ends with the scenario.
type leaver struct{ subject.Subject }

func (l *leaver) Connect(ctx context.Context, o subject.Options) (bool, error) {
	go func() { <-ctx.Done() }()
	return l.Subject.Connect(ctx, o)
}
