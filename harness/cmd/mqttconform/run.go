package main

import (
	"github.com/spf13/pflag"
)

var runCommand = command{
	name:  "run",
	args:  "[flags] [FILE|DIR…] [-- CMD…]",
	short: "play scenarios and report what came of them",
	runs:  true,
	long: `
Plays the scenarios of the built-in suite, or of the files and directories named, with the built-in
subjects, and shows one line for each in the order of behaviours. What fails is shown with the packets
before it, the file with all of its packets (see --captures) and the command that plays it again.

The real world is loopback TCP and the wall clock; most of the time is waiting, so that many scenarios
are played at once, each with ports of its own. The simulated world is virtual time and in-memory
connections: the same seed gives the same trace to the byte. With seed 0, packets are handed over in the
order in which they were sent, and each capture of the built-in suite must also be its golden; any other
seed is another order in which a conforming peer could have sent them.

The last line is "N passed, N failed, N skipped". Passed are pass, warn (a should), info (a may or a
policy) and known-fail; failed are fail, api-fail and setup-error; skipped are unsupported (by the subject, or in
this world) and inconclusive. As JSON, standard output is one document, and that line goes to standard error.

The standard rules no API. What a subject's API reports is judged apart from the packets, and shown as
"api: fail" behind a scenario and in a line of totals of its own; where it counts and nothing else is wrong the
verdict is api-fail. It counts for the built-in subjects.

What the standard leaves open counts only where it is demanded: --strict demands all of it, --require a part by
name. --require umqtt is the policies of that profile, --require 'reconnect/*' the scenarios that a pattern as of
--filter selects, and --require api what the API reports.

What a subject is known to get wrong can stand in a file, one pattern as of --filter a line, with a # before
the reason. It is played all the same, and its failure is a known-fail, which counts as passed. What
passes while it stands there is a failure: the list is stale.

What fails only now and then can stand in another such file, that of --flaky: a failure is then flaky and counts
as passed, and a pass is a pass. --write-known-failing writes a list of what fails now.

A scenario is played when every flag that chooses scenarios chooses it. --tag smoke is a first look that takes
seconds. A client that lacks a feature is not played where it is needed: see mqttconform features. Scenarios that
repeat their steps tens of thousands of times are played with --long. When nothing is
left to play, the exit code is 1.

Several machines can divide a run: each plays its --shard and writes --json, and mqttconform merge makes one
result of all. In GitHub Actions each failure is annotated as well. On a terminal a line shows how far the run is
where the report does not.

A mutant is a subject that misbehaves on purpose, to show what the scenarios notice: failures are then what
is wanted, and the exit code is 1 all the same. Subjects that cannot show it are left out.

--html and --json write the same results to files besides, when the run ends. The page shows what failed in
groups of a kind, each failure with its packets, and where each statement stands; it loads nothing. matrix
compares the JSON of several clients.

SIGINT and SIGTERM start no further scenario, wait for those that are playing, and show what there is; a
second one exits at once.

Behind -- stands a client of any language: a program that speaks the subject protocol of
harness/subject/PROTOCOL.md on its standard input and output. It is started for each scenario, several at a
time, and plays in the real world. Its name and its features are what it says of itself. A program that does not
is set-up that fails: exit code 3. Try it with shim-test first.

A program that only publishes, or only subscribes and prints, needs no shim: --exec is how it is called, and
--exec-output what it prints. Words in braces stand for what a scenario asks for: {host} {port} {client_id}
{keep_alive} {username} {password} {will_topic} {will_payload} {will_qos}, {topic} {payload} {qos} of a publish,
or {filter} {qos} of a subscribe. What stands in brackets behind a word and a colon is left out unless the scenario
asks for it: [retain: -r], [persistent: -c], and will, will_retain, username, password, [tls: --cafile {ca_file}] and
websocket, of the path {path}. What the template has no
word for is not played, and neither is a scenario that wants more of the program than that.`,
	make: func(a app) (*pflag.FlagSet, func([]string) (int, error)) {
		flags := newFlags("run")
		o := addRunFlags(flags)
		return flags, func(args []string) (int, error) {
			if dash := flags.ArgsLenAtDash(); dash >= 0 {
				args, o.client.command, o.client.dashed = args[:dash], args[dash:], true
			}
			r, err := o.runner(a, args)
			if err != nil {
				return 0, err
			}
			defer o.client.close()
			return r.run(), nil
		}
	},
}
