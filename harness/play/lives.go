package play

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"umqtt/harness/model"
	"umqtt/harness/mortal"
	"umqtt/harness/scenario"
	"umqtt/harness/spec"
	"umqtt/harness/subject"
)

// lives are the processes of a subject, one after another, with a store that outlives them. It is a subject itself: a
// connect behind a death begins the next process. Only the goroutine of the subject's calls uses it, but for arm.
type lives struct {
	p     *player
	ctx   context.Context
	f     subject.Factory
	env   subject.Env
	world mortal.World

	process *mortal.Process
	subject subject.Subject
	within  []context.CancelFunc // of the calls of the process that go on

	publishes []*awaited             // of the process, those whose outcome is not told
	kept      map[uint16]func(error) // told by a later process, by packet identifier
	deaths    []death                // p.run.mu guards it
	looked    int                    // of the deaths, those that anew knows
}

// An awaited is a publish whose outcome is to be told.
type awaited struct {
	subject.Message
	id   uint16 // 0: the store has not kept it
	done func(error)
}

// A death is the end of a process.
type death struct {
	model.Restart
	at      time.Duration
	records int // by then
	begun   int // calls by then
}

// make makes the subject, which may die where the scenario says so.
func (p *player) make(ctx context.Context, f subject.Factory, env subject.Env) (subject.Subject, error) {
	if !slices.Contains(p.sc.Needs, spec.KeepsInStore) {
		return f.New(env)
	}
	l := &lives{p: p, ctx: ctx, f: f, env: env, kept: map[uint16]func(error){}}
	l.world = mortal.World{Disk: &mortal.Memory{}, Put: l.put, Died: l.died}
	p.lives = l
	return l, l.begin()
}

// begin begins the next process.
func (l *lives) begin() error {
	store, err := l.world.Disk.Open()
	if err != nil {
		return err
	}
	process := l.world.Begin(l.ctx)
	env := l.env
	env.Dial, env.Store = process.Dial(env.Dial), process.Store(store)
	env.OnMessage = func(m subject.Message) {
		if !process.Dead() {
			l.env.OnMessage(m)
		}
	}
	env.OnKept = func(id uint16, err error) {
		if done := l.kept[id]; done != nil && !process.Dead() {
			delete(l.kept, id)
			done(err)
		}
	}
	s, err := l.f.New(env)
	l.process, l.subject, l.publishes = process, s, nil
	return err
}

// put notes that the store has kept a message of a call.
func (l *lives) put(k model.Kept) {
	for _, c := range l.publishes {
		if c.id == 0 && c.Topic == k.Topic && c.Payload == k.Payload && c.QoS == int(k.QoS) {
			c.id = k.ID
			return
		}
	}
}

// died notes the end of the process. What came of its calls nobody knows, unless its store has kept their messages: then
// the next process will tell.
func (l *lives) died(_ *mortal.Process, d mortal.Doom) {
	kept := l.world.Kept()
	still := func(id uint16) bool { return slices.ContainsFunc(kept, func(k model.Kept) bool { return k.ID == id }) }
	for _, cancel := range l.within {
		cancel()
	}
	for _, c := range slices.Clone(l.publishes) {
		if c.id != 0 && still(c.id) {
			l.kept[c.id] = c.done
		} else {
			c.done(subject.ErrDied)
		}
	}
	for id, done := range l.kept {
		if !still(id) {
			delete(l.kept, id)
			done(subject.ErrDied)
		}
	}
	l.publishes = nil
	r := l.p.run
	r.mu.Lock()
	l.deaths = append(l.deaths, death{model.Restart{Conns: r.link.Conns(), Kept: kept}, r.link.Now(), r.records(), r.begun})
	r.connected, r.gaveUp = false, true
	text := "at once"
	if d.Op != "" {
		text = fmt.Sprintf("%v a %s", d.When, d.Op)
	}
	l.p.w.Recorder.Event(r.link.Conns(), fmt.Sprintf("the client dies %s, its store keeps %d", text, len(kept)))
	r.note(fmt.Sprintf("dies %s %d", text, len(kept)))
	r.mu.Unlock()
	r.link.Wake()
}

// call makes a call of the process, which ends where the process does.
func (l *lives) call(ctx context.Context, do func(context.Context) error) error {
	process := l.process
	if process.Dead() {
		return subject.ErrDied
	}
	ctx, cancel := context.WithCancel(ctx)
	l.within = append(l.within, cancel)
	n := len(l.within)
	err := do(ctx)
	cancel()
	if process != l.process { // it is over, and so are its calls
		return subject.ErrDied
	}
	if l.within = l.within[:n-1]; process.Dead() {
		return subject.ErrDied
	}
	return err
}

// Connect connects. Behind a death it begins a process.
func (l *lives) Connect(ctx context.Context, o subject.Options) (present bool, err error) {
	if l.process.Dead() && len(l.within) == 0 {
		if err := l.begin(); err != nil {
			return false, err
		}
	}
	err = l.call(ctx, func(ctx context.Context) error {
		present, err = l.subject.Connect(ctx, o)
		return err
	})
	return present, err
}

// Publish publishes.
func (l *lives) Publish(ctx context.Context, m subject.Message, done func(error)) {
	process := l.process
	if process.Dead() {
		done(subject.ErrDied)
		return
	}
	c := &awaited{Message: m}
	c.done = func(err error) {
		l.publishes = slices.DeleteFunc(l.publishes, func(other *awaited) bool { return other == c })
		done(err)
	}
	l.publishes = append(l.publishes, c)
	_ = l.call(ctx, func(ctx context.Context) error {
		l.subject.Publish(ctx, m, func(err error) {
			if !process.Dead() {
				c.done(err)
			}
		})
		return nil
	})
}

// Subscribe subscribes.
func (l *lives) Subscribe(ctx context.Context, filters []subject.Filter) (granted []int, err error) {
	err = l.call(ctx, func(ctx context.Context) error {
		granted, err = l.subject.Subscribe(ctx, filters)
		return err
	})
	return granted, err
}

// Unsubscribe unsubscribes.
func (l *lives) Unsubscribe(ctx context.Context, filters []string) error {
	return l.call(ctx, func(ctx context.Context) error { return l.subject.Unsubscribe(ctx, filters) })
}

// Ping pings.
func (l *lives) Ping(ctx context.Context) error { return l.call(ctx, l.subject.Ping) }

// Disconnect disconnects.
func (l *lives) Disconnect(ctx context.Context) error { return l.call(ctx, l.subject.Disconnect) }

// anew reports whether a call is the first of its process that was looked at, and the process not the first one.
func (l *lives) anew(c *call) bool {
	if l == nil {
		return false
	}
	n := 0
	for _, d := range l.deaths {
		if d.begun < c.begun {
			n++
		}
	}
	if n <= l.looked {
		return false
	}
	l.looked = n
	return true
}

// tell adds the restarts to a history, whose calls it puts into the order in which they began.
func (l *lives) tell(h *model.History, began []int) {
	if l == nil {
		return
	}
	order := make([]int, len(h.Calls))
	for i := range order {
		order[i] = i
	}
	place := func(i int) int {
		if began[i] == 0 {
			return math.MaxInt
		}
		return began[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place(a), place(b)) })
	var calls []model.Call
	deaths := l.deaths
	end := func(d death) {
		d.Calls = len(calls)
		h.Restarts = append(h.Restarts, d.Restart)
		calls = append(calls, model.Call{Verb: "abort", Began: true, Returned: true, Told: true, From: d.records, At: d.records, Until: d.at})
	}
	for _, i := range order {
		for len(deaths) > 0 && deaths[0].begun < place(i) {
			end(deaths[0])
			deaths = deaths[1:]
		}
		if h.Calls[i].Verb != "dies" {
			calls = append(calls, h.Calls[i])
		}
	}
	for _, d := range deaths {
		end(d)
	}
	h.Calls = calls
}

// Abort drops the connection, which a dead process does not have.
func (l *lives) Abort() error {
	if l.process.Dead() {
		return nil
	}
	return l.subject.Abort()
}

// Idle implements [subject.Idler].
func (l *lives) Idle(ctx context.Context) error {
	return l.call(ctx, func(ctx context.Context) error {
		if idler, ok := l.subject.(subject.Idler); ok {
			return idler.Idle(ctx)
		}
		<-ctx.Done()
		return nil
	})
}

// Hold implements [subject.Gatherer].
func (l *lives) Hold() error {
	return l.gathers(context.Background(), func(_ context.Context, g subject.Gatherer) error { return g.Hold() })
}

// Flush implements [subject.Gatherer].
func (l *lives) Flush(ctx context.Context) error {
	return l.gathers(ctx, func(ctx context.Context, g subject.Gatherer) error { return g.Flush(ctx) })
}

func (l *lives) gathers(ctx context.Context, do func(context.Context, subject.Gatherer) error) error {
	return l.call(ctx, func(ctx context.Context) error { return gatherer(ctx, l.subject, do) })
}

// clientDies kills the process of the subject, or arms what it dies of.
func (p *player) clientDies(st *scenario.Step) error {
	op, ok := st.Args.String("of")
	if !ok {
		p.leaves()
		return p.start(st, p.simpleCall("dies", func(context.Context) error {
			p.lives.process.Kill()
			return nil
		}))
	}
	d := mortal.Doom{Op: mortal.Op(op), Nth: 1}
	if nth, ok := st.Args.Int("nth"); ok {
		d.Nth = nth
	}
	d.Bytes, _ = st.Args.Int("bytes")
	word, _ := st.Args.String("when")
	d.When, _ = mortal.ParseMoment(word)
	p.lives.world.Arm(&d)
	return nil
}
