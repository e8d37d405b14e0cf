package main

import (
	"github.com/spf13/pflag"
)

var runCommand = command{
	name:  "run",
	args:  "[flags] [FILE|DIR…] [-- CMD…]",
	short: "play scenarios and report the results",
	runs:  true,
	long: `
Plays the scenarios of the built-in suite, or of the given files and directories, with the built-in subjects, and
shows one line for each, sorted by behaviour. A failure is shown with the packets before it, the file with all packets
(see --captures) and the command that plays it again.

The real world uses loopback TCP and the wall clock. Scenarios mostly wait there, so that many are played at once,
each with its own ports. The simulated world uses virtual time and in-memory connections: the same seed gives the same
trace, byte for byte. With seed 0, packets are delivered in the order in which they were sent, and each capture of the
built-in suite must equal its golden. Any other seed selects another order in which a conforming peer could have sent
them.

The last line is "N passed, N failed, N skipped". Passed are pass, warn (a should), info (a may or a
policy) and known-fail; failed are fail, api-fail and setup-error; skipped are unsupported (by the subject, or in
this world) and inconclusive. As JSON, standard output is one document, and that line goes to standard error.

The standard has no rules for APIs. What a subject's API reports is therefore judged separately from the packets, and
shown as "api: fail" after a scenario and in its own line of totals. If the API counts, as it does for the built-in
subjects, and nothing else is wrong, the verdict is api-fail.

Scenarios at levels should, may and policy test what the standard does not require. They fail a run only on request:
--strict requires all of them, --require some. --require umqtt selects the policies of this profile, --require
'reconnect/*' the scenarios that a pattern as for --filter selects, and --require api what the API reports.

--known-failing names a file of scenarios that are known to fail: one pattern, as for --filter, on each line, with the
reason after a #. They are played, and a failure is a known-fail, which counts as passed. A scenario in the file that
passes is a failure, since the file is then out of date.

--flaky names such a file of scenarios that fail sometimes: a failure is then flaky and counts as passed, and so does
a pass. --write-known-failing writes a list of the current failures.

A scenario is played if all flags that select scenarios select it. --tag smoke selects a few scenarios that take
seconds. A scenario that needs a feature that the client lacks is not played: see mqttconform features. Scenarios that
repeat steps tens of thousands of times are played only with --long. If there is no scenario to play, the exit code is
1.

Several machines can share a run: each plays its --shard and writes --json, and mqttconform merge merges the results.
In GitHub Actions each failure is also an annotation. On a terminal a line shows the progress of the run.

--mutant adds a fault to the subjects, to test the scenarios. Failures are then expected; the exit code is still 1.
Subjects to which the mutant does not apply are left out.

--html and --json also write the results to files at the end of the run. The page groups similar failures, shows the
packets of each, and the result of each statement; it loads no other files. matrix compares the JSON of several
clients.

After SIGINT or SIGTERM no further scenario is started, the running ones are completed, and the results are shown. A
second signal exits at once.

CMD after -- is a shim: a program, in any language, that speaks the protocol of harness/subject/PROTOCOL.md on its
standard input and output and calls a client. It is started for each scenario, several at a time, in the real world.
It declares its name and its features. If it cannot be started or does not speak the protocol, the exit code is 3.
Test it with shim-test first.

A program that only publishes, or only subscribes and prints, needs no shim: --exec is its command line, and
--exec-output the form of the lines that it prints. Words in braces are replaced by values of the scenario: {host}
{port} {client_id} {keep_alive} {username} {password} {will_topic} {will_payload} {will_qos}, {topic} {payload} {qos}
of a publish, or {filter} {qos} of a subscribe. Arguments in brackets after a word and a colon are used only if the
scenario needs them: [retain: -r], [persistent: -c], and will, will_retain, username, password, [tls: --cafile
{ca_file}] and websocket, with the path {path}. Scenarios that need other values, or more than one publish or
subscribe, are not played.`,
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
