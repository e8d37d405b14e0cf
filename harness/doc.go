// Package harness tests an MQTT 3.1.1 client from a Go test: it plays the scenarios of a suite with the
// client as their subject, beside an embedded broker or a script and behind a proxy that injects faults.
//
//	func TestConformance(t *testing.T) {
//		harness.Run(t, harness.Params{
//			Name:     "mine",
//			New:      newAdapter, // a thin adapter: see package subject
//			Features: []harness.Feature{spec.QoS1, spec.KeepAlive},
//		})
//	}
//
// Each scenario is a subtest under its own name, below the subject's: `go test -run 'TestConformance/mine/qos1'`
// plays one behaviour. A client that can dial through [Env].Dial is played in the simulated world by default:
// virtual time, in-memory connections, the same trace every time. One that dials by itself is played over
// loopback TCP.
//
// The client is played in worker processes: the test binary, started again for the test that calls Run. One that
// panics in a goroutine of its own, waits for a mutex, has a data race, runs out of stack or memory, or calls
// os.Exit fails that scenario, with the text of the crash, and all others are played. [Params].InProcess plays it
// in the test's own process, for a debugger.
//
// Some scenarios play over TLS or WebSocket. A client with the features tls and websocket finds in [Env].Target what
// it is to speak over the connections that Dial opens, and whom to trust; [subject.Env.Layered] speaks it for clients
// that take any connection.
//
// What the subject cannot do is skipped and counted, and a run in which no scenario comes to a verdict fails, as
// does one with fewer than [Params].AtLeast. The totals are in the log of the test, in its attributes (go test
// -json has them) and in [Params].Totals. What the
// subject is known to get wrong still runs, and a case on that list which passes fails the run, so that the
// list cannot go stale. The standard rules no API: what a client's API reports is judged apart from its
// packets, and fails the test only where [Params].Require has "api". Policies count by name, too.
//
// # The map
//
// These are the packages of the module; a test holds the list, and the arrows below, true.
//
//	client                    the umqtt client
//	client/robust             reconnect, redelivery and resubscription on top of it
//	client/filestore          messages in flight that survive the process
//	harness                   Run, the face for Go tests
//	harness/spec              statements, clauses, promises and features as data
//	harness/near              the name that was meant
//	harness/wire              the harness's own codec, strict, one file for each packet type
//	harness/scenario          the scenario language: types, loader, checker, format, step table
//	harness/scenario/schema   its JSON schema and its reference, made from the step table
//	harness/scenario/draft    a scenario made of a capture
//	harness/fault             fault rules, and the pure engine that applies them
//	harness/simnet            TCP in memory
//	harness/broker            the embedded broker
//	harness/proxy             the drivers of the fault engine: stepper (simulated) and pumps (real); Start, for anybody's tests
//	harness/capture           the recorder, the .wire format, differences, diagrams
//	harness/capture/pcap      captures as pcapng for Wireshark, and captures of tcpdump
//	harness/capture/spool     records on disk in a compact form, until there is time for their text
//	harness/monitor           checkers of statements and clauses, run over every capture, or live
//	harness/subject           the adapter contract and the built-in subjects
//	harness/subject/process   a client of any language, in a process that speaks PROTOCOL.md
//	harness/subject/device    a client that connects by itself, and a command that triggers it
//	harness/subject/oneshot   programs that publish or print and have no API, by template
//	harness/child             a program that runs beside this one, within bounds
//	harness/subject/ref       a plain QoS 0 to 2 client on the codec, with habits
//	harness/subject/umqtt     a model of umqtt as it is, faults and all
//	harness/mutant            known-bad variations of a subject
//	harness/variant           legal variations of a subject, each with the sentence that allows it
//	harness/model             the oracle: what client, link and witness saw of a run, and what is wrong with it
//	harness/mortal            processes of a client that die, and what outlives them
//	harness/transport         TLS and WebSocket below MQTT: the server in front of the proxy, and a client's end
//	harness/world             link, peer, witness, clock and guards, simulated and real
//	harness/judge             what was seen, and the verdict on it
//	harness/play              walks the steps of a scenario with a subject in a world
//	harness/explore           orders of packets, with those left out that are equivalent, seeds, and which mutants are killed
//	harness/sweep             workloads with every fault at every place, and what fails as a scenario
//	harness/swarm             seeded mixes of calls and faults, and what a search must have met
//	harness/cause             at which event of a run its failure became certain
//	harness/search            which mutants a sweep and a swarm find without knowing which
//	harness/report            results as text, JSON and HTML, and clients beside one another
//	harness/cmd/mqttconform   the command line
//	harness/cmd/soak          many clients through the proxy for long, under faults
//	harness/peers             a module of its own: other people's clients
//	scenarios                 the suite: YAML by behaviour, JSON schema, README, FS
//	golden                    the captures that the built-in subjects must produce
//	fuzz                      fuzz targets and a random state machine, tests only
//
// # Arrows
//
// A package imports those behind its arrow and no others, of this module or of another; test files may
// import more. Names without a folder of their own at the top stand below harness.
//
//	client → nothing
//	client/filestore → nothing
//	client/robust → client
//	near → nothing
//	spec → near
//	simnet → nothing
//	wire → nothing
//	scenarios → nothing
//	scenario → wire, spec, fault, near, transport, go.yaml.in/yaml/v4
//	scenario/schema → scenario, spec
//	scenario/draft → scenario, spec, wire
//	fault → wire
//	capture → wire
//	capture/pcap → capture, wire, github.com/gopacket/gopacket
//	capture/spool → capture
//	broker → wire, github.com/mochi-mqtt/server/v2
//	monitor → capture, transport, wire, spec
//	proxy → fault, capture, wire, simnet
//	subject → client, client/robust, subject/ref, subject/umqtt, spec, transport
//	subject/ref → wire
//	subject/umqtt → nothing
//	subject/process → child, near, spec, subject, transport
//	subject/device → child, scenario, spec, subject, subject/process
//	subject/oneshot → child, scenario, spec, subject, transport, wire
//	child → nothing
//	mutant → subject, fault, transport, wire
//	variant → mutant, subject, subject/ref, fault, spec, wire
//	golden → capture
//	transport → nothing
//	world → broker, capture, fault, proxy, simnet, transport, wire
//	model → capture, monitor, wire
//	mortal → client, model, wire
//	judge → capture, model, monitor, near, scenario, spec, subject, wire
//	play → world, judge, model, mortal, monitor, capture, fault, proxy, scenario, spec, subject, wire, transport
//	harness → play, judge, report, golden, capture, scenario, scenarios, spec, subject, wire, github.com/google/go-cmp
//	report → judge, capture, spec, github.com/jstemmer/go-junit-report/v2/junit
//	sweep → play, judge, model, capture, fault, scenario, spec, subject, wire
//	swarm → sweep, capture, scenario, spec, subject, subject/ref, transport, wire
//	cause → play, judge, capture, fault, proxy, scenario, subject, wire
//	search → swarm, sweep, mutant, subject
//	explore → play, judge, mutant, variant, capture, proxy, scenario, subject, wire
//	cmd/mqttconform → everything, github.com/spf13/pflag, github.com/spf13/cobra
//	cmd/soak → broker, client, client/robust, fault, proxy, wire
//	fuzz → nothing
//
// # Dependencies
//
// These are the modules that go.mod requires directly, and why; a test compares the two. A user of the client gets
// none of them: it needs the standard library alone, which a test shows, too.
//
//	github.com/google/go-cmp                  differences between packets, captures and results that a person reads
//	github.com/gopacket/gopacket              pcap and pcapng files, and TCP segments in any order
//	github.com/jstemmer/go-junit-report/v2    the JUnit format, in the dialect that CI systems read
//	github.com/mochi-mqtt/server/v2           the embedded broker: a peer that others wrote
//	github.com/santhosh-tekuri/jsonschema/v6  tests only: the JSON schema of scenarios accepts the suite
//	github.com/spf13/cobra                    completion scripts for four shells
//	github.com/spf13/pflag                    flags of the command line as people write them
//	go.yaml.in/yaml/v4                        scenarios, with the line and column of each mistake
//	golang.org/x/net                          tests only: what each net.Conn must do, and a reader of HTML
//	pgregory.net/rapid                        tests only: state machines and values at random, made smaller where they fail
package harness
