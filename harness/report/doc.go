// Package report turns results of play into text and pages for people and JSON for programs, and shows several
// clients beside one another.
//
// A [Report] takes results one by one, in the order in which they are to be shown, and is ended once:
//
//	rep := report.NewText(os.Stdout, report.Options{World: "simulated", Replay: replay})
//	for _, res := range results {
//		rep.Add(res)
//	}
//	err := rep.End(false)
//
// What it writes depends on the results and their order alone.
//
// # Text
//
// One line a result, under a heading for each behaviour, which is the directory of the scenario's
// name. The standard rules no API: what the subject's API reports is judged apart from the packets, and
// "api: fail", "api: warn" or "api: info" stands behind the time of a scenario in which it is not in order.
// Where that counts, and nothing else is wrong, the verdict is api-fail.
//
// Below a failure, and below one of the API, stand the scenario's title, level and reason, what is wrong, the
// rules that are broken, the last packets, the file that holds its capture, and the command that plays it
// again. The end is what failed once more, what failed by the same rule in the same way together; the number of results by verdict, of what is not supported by
// feature, of the API by verdict ("api: 440 pass, 3 fail"), and as the very last line
//
//	41 passed, 1 failed, 3 skipped
//
// where pass, warn, info and known-fail count as passed; fail, api-fail and setup-error as failed;
// unsupported (by the subject, or in this world) and inconclusive as skipped.
//
// Control characters of files, panics and payloads are written as in a Go string, and long lists are cut to
// their first entries and a count.
//
// # HTML
//
// One page that stands for itself: it loads nothing and needs no script. [Groups] gathers what went wrong by the
// same rule in the same way. Each such kind stands under a heading, with its rule and its cases, and each case with
// what was wanted and what came, a ladder of its capture, the packets decoded with their bytes and times, the rules,
// and the command that plays it again. [Standings] says where each rule stands. Of a long capture the beginning, the
// end and the records that messages name are shown.
//
// # Matrix
//
// A [Matrix] is made of what [JSON] wrote of several runs, and written as a page or as Markdown: rules and scenarios
// by client.
//
// # JSON
//
// One document, on which programs may rely. No field is ever left out, and nothing is cut.
//
//	{
//	  "world": "simulated",            simulated or real
//	  "seed": 0,                       a whole number up to 2^64-1; 0 is FIFO order
//	  "mutant": "",                    what the subjects were changed with
//	  "suite": "1.0.0",                the version of the built-in suite; "" where other files are played
//	  "interrupted": false,            true: the run was stopped before its end
//	  "results": [
//	    {
//	      "scenario": "qos1/puback-lost",
//	      "hash": "9f86d081884c7d65",  digest of all that decides the verdict: see scenario.Scenario.Hash
//	      "title": "an unacknowledged PUBLISH is sent again",
//	      "subject": "simple",
//	      "world": "simulated",
//	      "seed": 0,
//	      "verdict": "fail",           pass fail api-fail warn info known-fail inconclusive unsupported setup-error
//	      "level": "must",             must should may policy
//	      "profile": "",               whose policy it is, of the level policy
//	      "why": "…",                  what the scenario rests on, with its section; "" where it does not say
//	      "statements": ["MQTT-4.4.0-1"],  what the scenario covers
//	      "missing": "",               the feature that the subject lacks, where that is why nothing was played
//	      "violated": ["MQTT-4.4.0-1"],  what the failure shows to be broken: ids of statements, clauses and promises
//	      "message": "…",              what is wrong, in one sentence; "" for a pass
//	      "reason": "…",               the message without what differs from case to case; that of the finding which is proven, if one is
//	      "position": "scenarios/qos1/puback-lost.yaml:19:5",  of the step; "" for none
//	      "step": "expect PUBLISH",    the step's verb and object; "" for none
//	      "want": "PUBLISH dup=true",  "" where there is nothing to compare
//	      "got": "PUBLISH dup=false …",
//	      "findings": ["…"],           what the monitors found besides, a sentence each
//	      "proven": [],                the rules that the capture proves to be broken; what else is violated may be a consequence
//	      "last": ["0.001 < CONNACK sp=1 code=0"],  the last packets and events before a failure, and those that it names
//	      "records": [4],              their numbers in the capture, from 0, by which messages name them
//	      "stacks": "",                stacks of the subject's goroutines, where they tell something
//	      "printed": "",               the end of what a client in a process of its own has printed
//	      "api": "pass",               pass fail warn info; "" if not played
//	      "api_failures": [],          what is wrong with it: objects with the fields from violated to printed
//	      "capture": "DIR/simple/qos1/puback-lost.wire",  the file that holds its packets; "" if none was kept
//	      "replay": "go run ./harness/cmd/mqttconform run …",  plays it again; "" for pass and unsupported
//	      "elapsed_ms": 1001.5,        on the world's clock, to the microsecond
//	      "trace": "9f86d0…"           digest of the run: equal traces are equal runs; "" if not played
//	    }
//	  ],
//	  "groups": [                      results that went wrong in the same way, the worst and largest first
//	    {
//	      "verdict": "fail",           a verdict but pass and unsupported; "api: fail", "api: warn" or "api: info" if only the API did
//	      "rule": "MQTT-4.4.0-1",      the rule that they have in common; "" for none
//	      "reason": "…",               in which way, as "reason" of each has it
//	      "results": [1]               indices into "results", from 0
//	    }
//	  ],
//	  "verdicts": {"fail": 1, "info": 0, "pass": 41, …},  one number for each verdict
//	  "api_verdicts": {"fail": 0, "info": 0, "pass": 42, "warn": 0},  the same of the API
//	  "passed": 41,
//	  "failed": 1,
//	  "skipped": 3
//	}
package report
