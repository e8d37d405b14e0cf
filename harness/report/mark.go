package report

import "umqtt/harness/judge"

// A mark shows a verdict or a state: by a sign, by its word and by a colour, so that no one of them is needed.
type mark struct{ Sign, Word, Class string }

// marks has the sign and the class of each verdict and state. What is not here is shown as a failure.
var marks = map[string]mark{
	string(judge.Pass):         {Sign: "✓", Class: "good"},
	string(judge.Warn):         {Sign: "!", Class: "warn"},
	string(judge.Info):         {Sign: "i", Class: "info"},
	string(judge.KnownFail):    {Sign: "✗", Class: "warn"},
	string(judge.Inconclusive): {Sign: "?", Class: "none"},
	string(judge.Unsupported):  {Sign: "–", Class: "none"},
	"api: fail":                {Sign: "!", Class: "warn"},
	"api: warn":                {Sign: "!", Class: "warn"},
	"api: info":                {Sign: "i", Class: "info"},
	string(Warned):             {Sign: "!", Class: "warn"},
	string(Noted):              {Sign: "i", Class: "info"},
	string(Held):               {Sign: "✓", Class: "good"},
	string(Open):               {Sign: "?", Class: "none"},
	string(Unknown):            {Sign: "–", Class: "none"},
	string(Passed):             {Sign: "✓", Class: "good"},
	string(Skipped):            {Sign: "–", Class: "none"},
}

// markOf returns the mark of a [judge.Verdict], a [State] or an [Outcome], each as text.
func markOf(word string) mark {
	m, ok := marks[word]
	if !ok {
		m = mark{Sign: "✗", Class: "bad"}
	}
	m.Word = word
	return m
}
