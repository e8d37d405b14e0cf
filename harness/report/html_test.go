package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"umqtt/harness/capture"
	"umqtt/harness/judge"
	"umqtt/harness/monitor"
	"umqtt/harness/scenario"
)

// evil breaks out of a text, of an attribute and of a comment, steers a terminal, turns the direction of what is
// read, and is no UTF-8 at its end.
const evil = `'"></title></style></code></pre></svg>--><script>alert(1)</script><img src=x onerror=alert(2)>&lt;{{.}}` + "\x00\x1b[2J\u202e\u2028\xff"

// hostile returns a result of a client that puts evil wherever it can, and of a scenario that does.
func hostile() *judge.Result {
	body := "\x00\x03a/<" + evil
	publish := append([]byte{0x30, byte(len(body)&127 | 128), byte(len(body) >> 7)}, body...)
	c := &capture.Capture{Name: evil}
	for i := range 200 {
		c.Records = append(c.Records, capture.Record{Time: time.Duration(i) * time.Second, Conn: 1 + i/150, Kind: capture.Sent, Data: publish})
	}
	c.Records = append(c.Records,
		capture.Record{Time: 200 * time.Second, Conn: 2, Kind: capture.Event, Text: evil},
		capture.Record{Time: 201 * time.Second, Conn: 2, Kind: capture.Handed, Data: []byte(strings.Repeat(evil, 99))},
		capture.Record{Time: 202 * time.Second, Conn: 2, Kind: capture.Handed, Text: capture.RST})
	f := judge.Failure{
		Pos: scenario.Pos{File: evil, Line: 1, Col: 1}, Step: evil, Covers: []string{evil, "MQTT-4.4.0-1"}, Message: evil + " (record 100)",
		Want: evil, Got: evil, Unlisted: strings.Split(strings.Repeat(evil+"\n", 50), "\n"), Findings: []string{evil}, Stacks: evil + "\n\t" + evil,
		Last: judge.LastOf(c),
	}
	api := f
	api.Proven = []monitor.Finding{{ID: evil, Message: evil, Level: monitor.Must}}
	return &judge.Result{
		Scenario: &scenario.Scenario{Name: evil, Title: evil, Why: evil, Level: scenario.Level(evil), Profile: "umqtt", Covers: []string{evil}},
		Subject:  evil, World: scenario.World(evil), Verdict: judge.Fail, Failure: &f, API: judge.Verdict(evil), APIFailures: []*judge.Failure{&api}, Capture: c,
	}
}

// htmlText writes a whole page.
func htmlText(t *testing.T, o Options, all []*judge.Result, interrupted bool) string {
	t.Helper()
	var b strings.Builder
	r := NewHTML(&b, o)
	for _, res := range all {
		r.Add(res)
	}
	if err := r.End(interrupted); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements are those that pages are made of, with the attributes that each may have besides class and id.
var elements = map[string]string{
	"html": "lang", "head": "", "meta": "charset name content http-equiv", "style": "", "title": "", "body": "", "header": "", "main": "", "footer": "",
	"nav": "aria-label", "section": "aria-labelledby", "article": "aria-labelledby", "div": "role aria-label tabindex", "span": "aria-hidden",
	"h1": "", "h2": "", "h3": "", "h4": "", "p": "", "a": "href", "b": "", "br": "", "code": "", "pre": "", "ul": "", "li": "", "dl": "", "dt": "", "dd": "",
	"table": "", "caption": "", "thead": "", "tbody": "", "tr": "", "th": "scope", "td": "colspan", "details": "open", "summary": "",
	"svg":  "viewbox role aria-labelledby aria-hidden focusable preserveaspectratio",
	"desc": "", "g": "", "text": "x y dy text-anchor", "line": "x1 x2 y1 y2 stroke-width", "polygon": "points", "rect": "x y width height",
}

// shows fails the test where a text has a character that does not print.
func shows(t *testing.T, text string) {
	t.Helper()
	for _, c := range text {
		if unicode.Is(unicode.C, c) && c != '\n' || c == unicode.ReplacementChar || c == '\u2028' {
			t.Errorf("the character %U in %.80q", c, text)
			return
		}
	}
}

// checkPage fails the test where a page has anything but what it is made of.
func checkPage(t *testing.T, page string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		tok := z.Token()
		if kind == html.CommentToken {
			t.Errorf("a comment: %q", tok.Data)
		}
		shows(t, tok.Data)
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		attrs, ok := elements[tok.Data]
		if !ok {
			t.Errorf("an element <%s>", tok.Data)
		}
		for _, a := range tok.Attr {
			shows(t, a.Val)
			if !strings.Contains(" class id "+attrs+" ", " "+a.Key+" ") {
				t.Errorf("<%s> has the attribute %s=%.80q", tok.Data, a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("a link to %q", a.Val)
			}
		}
	}
}

// TestHTMLEscapes holds that no bytes of a client, of a scenario or of the command line become part of the page's
// structure, or steer what is read.
func TestHTMLEscapes(t *testing.T) {
	say := func(*judge.Result) string { return evil }
	for name, o := range map[string]Options{
		"kept":     {World: evil, Mutant: evil, Replay: say, Capture: say},
		"not kept": {Keep: evil},
	} {
		t.Run(name, func(t *testing.T) {
			known, unsupported := hostile(), hostile()
			known.Verdict, unsupported.Verdict, unsupported.Missing = judge.KnownFail, judge.Unsupported, evil
			page := htmlText(t, o, []*judge.Result{hostile(), known, unsupported}, true)
			checkPage(t, page)
			if n := strings.Count(page, "&lt;script&gt;alert(1)"); n < 50 {
				t.Errorf("what is escaped is there %d times", n)
			}
		})
	}
}

func TestHTMLEmpty(t *testing.T) {
	page := htmlText(t, Options{}, nil, true)
	checkPage(t, page)
	for _, want := range []string{"<title>Nothing failed: MQTT 3.1.1 conformance</title>", "The run was interrupted", "nothing was played", "No rule is shown to be broken."} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestHTMLComplete holds that the page has what somebody needs to understand each failure.
func TestHTMLComplete(t *testing.T) {
	all := append(results(), apiResults()...)
	all[1].Capture = &capture.Capture{Name: "qos1/fails", Records: []capture.Record{
		{Time: 0, Conn: 1, Kind: capture.Sent, Data: []byte{0xc0, 0}},
		{Time: 1500 * time.Millisecond, Conn: 1, Kind: capture.Handed, Data: []byte{0xd0, 0}},
		{Time: 2 * time.Second, Conn: 1, Kind: capture.Event, Text: "fault cut rst"},
	}}
	page := htmlText(t, Options{World: "simulated", Seed: 7, Replay: replay, Capture: kept}, all, false)
	checkPage(t, page)
	for _, want := range []string{
		"3 failed: MQTT 3.1.1 conformance of simple, paho", "seed <b>7</b>",
		// Groups, with their rules.
		"dup differs</h3>", "MQTT-4.4.0-1</span> <span class=\"dim\">(statement of section 4.4)</span>: On a CleanSession 0 reconnect",
		"(promise, since the standard rules no API)",
		// A failure: what is wrong, the ladder, the packets, the command.
		"<code>expect PUBLISH</code>: dup differs", "<code>PUBLISH dup=true</code>", "<code>dup=false in PUBLISH topic=&#34;&lt;&amp;&gt;&#34;</code>",
		"scenarios/qos1/fails.yaml:19:5", "Ladder of qos1/fails with simple</title>",
		"On 1 connection the client sent 1 packet and was handed 1 packet; there were 0 ends of a stream and 1 event.",
		">PINGREQ</text>", ">PINGRESP</text>", ">* fault cut rst</text>", "<code class=\"bytes\">d0 00</code>", ">1.500</td>",
		"All of them are in <code>got/qos1/fails.wire</code>", "<pre><code>again qos1/fails</code></pre>",
		// What else there is.
		"it came late</h3>", "other reasons</b>: 1 case", "qos1</b> <span class=\"dim\">1 pass, 1 known-fail, 1 fail</span>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestHTMLLong holds that what a client can make as long as it likes is cut, and that it is said how much there is.
func TestHTMLLong(t *testing.T) {
	res := played("one", "a/b", judge.Fail)
	for i := range 60 {
		res.Failure.Findings = append(res.Failure.Findings, fmt.Sprintf("finding %d.", i))
		res.Failure.Stacks += fmt.Sprintf("f%d()\n\tfile.go\n", i)
	}
	page := htmlText(t, Options{}, []*judge.Result{res}, false)
	for text, want := range map[string]bool{
		"finding 19.": true, "finding 20.": false, "and 40 more": true, "f0()\n    file.go\nf1()": true, "f19()": true, "f20()": false, "… (120 lines)": true,
	} {
		if got := strings.Contains(page, text); got != want {
			t.Errorf("the page has %q: %t, want %t", text, got, want)
		}
	}
}

// TestHTMLKnown holds that a failure of the API that is known is shown once.
func TestHTMLKnown(t *testing.T) {
	res := apiResults()[0]
	judge.KnownFailing(res.Scenario.Name).Judge(res)
	page := htmlText(t, Options{}, []*judge.Result{res}, false)
	if n := strings.Count(page, res.APIFailures[0].Want); n != 1 || !strings.Contains(page, "known-fail") {
		t.Errorf("it is there %d times", n)
	}
}

// TestHTMLFolds holds that the page has every case of a kind, the first ones before what is folded away.
func TestHTMLFolds(t *testing.T) {
	for _, tt := range []struct {
		n    int
		more string
	}{{1, ""}, {5, ""}, {6, ""}, {7, "and 2 more"}, {47, "and 42 more"}} {
		var all []*judge.Result
		for i := range tt.n {
			all = append(all, played("one", fmt.Sprintf("qos1/%03d", i), judge.Fail))
		}
		page := htmlText(t, Options{}, all, false)
		first, _, folded := strings.Cut(page, "<summary>and ")
		if n := strings.Count(page, `class="case-body"`); n != tt.n || folded != (tt.more != "") || !strings.Contains(page, tt.more) {
			t.Errorf("%d cases: the page has %d, folded away: %t", tt.n, n, folded)
		}
		if n := strings.Count(first, `class="case-body"`); folded && n != firstCases {
			t.Errorf("%d cases: %d are shown at once", tt.n, n)
		}
	}
}

// TestExcerpt holds that of a long capture the beginning, the end and what the failure names are shown.
func TestExcerpt(t *testing.T) {
	c := hostile().Capture
	x := excerptOf(c, namedIn(&judge.Failure{Message: "the PUBACK of record 100", Findings: []string{"… (record 3)", "record 99999999999999999999"}}), nil)
	if last := x.Rows[len(x.Rows)-2].Hex; !strings.HasSuffix(last, fmt.Sprintf(" … (%d bytes)", 99*len(evil))) {
		t.Errorf("the bytes of a long record end in %q", last[len(last)-30:])
	}
	var got []string
	from := -1
	for i, r := range x.Rows {
		if r.Gap == 0 && from < 0 {
			from = r.N
		}
		if last := i == len(x.Rows)-1 || x.Rows[i+1].Gap > 0; r.Gap == 0 && last {
			got = append(got, fmt.Sprintf("%d-%d", from, r.N))
			from = -1
		}
		if r.Named != (r.Gap == 0 && (r.N == 3 || r.N == 100)) {
			t.Errorf("record %d is named: %t", r.N, r.Named)
		}
		if r.Gap > 0 {
			got = append(got, fmt.Sprint(r.Gap))
		}
		if len(r.Hex) > 3*maxHex+30 || len([]rune(r.Text)) > maxText {
			t.Errorf("record %d is shown with %d characters of hex and %d of text", r.N, len(r.Hex), len(r.Text))
		}
	}
	if want := "0-11 88 100-100 54 155-202"; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", strings.Join(got, " "), want)
	}
}

// TestBar holds that the parts of the bar fill it, and that one result among thousands is seen.
func TestBar(t *testing.T) {
	for _, n := range [][3]int{{1, 0, 0}, {0, 0, 7}, {1, 2, 3}, {9999, 1, 0}, {333, 333, 333}} {
		at := 0
		for _, p := range barOf(n[0], n[1], n[2]) {
			if p.X != at || p.Width < 8 {
				t.Errorf("%v: %+v begins at %d, want %d", n, p, p.X, at)
			}
			at += p.Width
		}
		if at != 1000 {
			t.Errorf("%v: the bar ends at %d", n, at)
		}
	}
	if barOf(0, 0, 0) != nil {
		t.Error("a bar of nothing")
	}
}
