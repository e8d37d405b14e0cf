package play_test

import (
	"strings"
	"testing"

	"umqtt/harness/judge"
	"umqtt/harness/play"
	"umqtt/harness/subject"
	"umqtt/harness/wire"
)

// What is required by name counts as must, on the wire and at the API, and nothing else does.
func TestRequire(t *testing.T) {
	level := func(to string) string {
		return strings.Replace(publishes, "level: must", "level: "+to, 1)
	}
	silent := func(f *fake) { f.publish = func(*fake, subject.Message, func(error)) {} }
	early := func(f *fake) {
		f.publish = func(f *fake, m subject.Message, done func(error)) {
			f.send(&wire.Publish{Topic: m.Topic, Payload: []byte(m.Payload), QoS: 1, PacketID: 1})
			done(nil)
			f.read(4)
		}
	}
	for _, tt := range []struct {
		name, level string
		set         func(*fake)
		require     []string
		want        judge.Verdict
		api         judge.Verdict
	}{
		{"a may", "may", silent, nil, judge.Info, judge.Pass},
		{"a may that is required", "may", silent, []string{"te*"}, judge.Fail, judge.Pass},
		{"another that is required", "may", silent, []string{"other", "umqtt", "api"}, judge.Info, judge.Pass},
		{"a policy", "policy\nprofile: umqtt", silent, nil, judge.Info, judge.Pass},
		{"a policy whose profile is required", "policy\nprofile: umqtt", silent, []string{"umqtt"}, judge.Fail, judge.Pass},
		{"the API", "must", early, nil, judge.Pass, judge.Fail},
		{"the API of a must that is required", "must", early, []string{"test"}, judge.Pass, judge.Fail},
		{"the API of a may that is required", "may", early, []string{"test"}, judge.APIFail, judge.Fail},
		{"the API that is required", "must", early, []string{"api"}, judge.APIFail, judge.Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sc := parse(t, level(tt.level))
			sc.Name = "test"
			res := play.Simulated(t, sc, factory(tt.set), play.Options{Foreign: true, Require: judge.Require(tt.require...)})
			if res.Shown() != tt.want || res.API != tt.api {
				t.Errorf("verdict %s, api %s, want %s and %s\n%s", res.Shown(), res.API, tt.want, tt.api, res.Report())
			}
		})
	}
}
