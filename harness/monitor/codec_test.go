package monitor_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"umqtt/harness/monitor"
)

// refusedSends are packets that the client must not send, behind a CONNECT or instead of it, and all that
// they break.
var refusedSends = []struct{ hex, breaks string }{
	{"00 00", "2.2.1-must-1"},
	{"20 02 00 00", "2.2.1-must-2"},
	{"c0 80 80 80 80 00", "2.2.3-must-1"},
	{"40 01 00", "2.2.3-must-2"},
	{"c1 00", "MQTT-2.2.2-1"},
	{"e1 00", "MQTT-2.2.2-1 MQTT-3.14.1-1"},
	{"32 05 00 01 74 00 00", "MQTT-2.3.1-1"},
	{"38 03 00 01 74", "MQTT-3.3.1-2 MQTT-4.3.1-1"},
	{"36 05 00 01 74 00 01", "MQTT-3.3.1-4"},
	{"30 03 00 01 ff", "MQTT-1.5.3-1 MQTT-3.3.2-1"},
	{"30 03 00 01 00", "MQTT-1.5.3-2 MQTT-3.3.2-1 MQTT-4.7.3-2"},
	{"30 03 00 01 23", "MQTT-3.3.2-2 MQTT-4.7.1-1"},
	{"30 02 00 00", "MQTT-4.7.3-1"},
	{"60 02 00 01", "MQTT-2.2.2-1 MQTT-3.6.1-1"},
	{"80 06 00 01 00 01 66 00", "MQTT-2.2.2-1 MQTT-3.8.1-1"},
	{"82 06 00 01 00 01 ff 00", "MQTT-1.5.3-1 MQTT-3.8.3-1"},
	{"82 02 00 01", "MQTT-3.8.3-3"},
	{"82 06 00 01 00 01 66 03", "MQTT-3.8.3-4"},
	{"82 07 00 01 00 02 23 66 00", "MQTT-4.7.1-2"},
	{"82 07 00 01 00 02 2b 66 00", "MQTT-4.7.1-3"},
	{"a0 05 00 01 00 01 66", "MQTT-2.2.2-1 MQTT-3.10.1-1"},
	{"a2 05 00 01 00 01 ff", "MQTT-1.5.3-1 MQTT-3.10.3-1"},
	{"a2 02 00 01", "MQTT-3.10.3-2"},
}

// refusedConnects are the same for CONNECT. All have a client id, c, unless it is what is wrong.
var refusedConnects = []struct{ hex, breaks string }{
	{"10 0f 00 06 4d 51 49 73 64 70 04 02 00 00 00 01 63", "MQTT-3.1.2-1"},
	{"10 0d 00 04 4d 51 54 54 03 02 00 00 00 01 63", "MQTT-3.1.2-2"},
	{"10 0d 00 04 4d 51 54 54 04 03 00 00 00 01 63", "MQTT-3.1.2-3"},
	{"10 0d 00 04 4d 51 54 54 04 06 00 00 00 01 63", "MQTT-3.1.2-9"},
	{"10 0d 00 04 4d 51 54 54 04 0a 00 00 00 01 63", "MQTT-3.1.2-11 MQTT-3.1.2-13"},
	{"10 0d 00 04 4d 51 54 54 04 1e 00 00 00 01 63", "MQTT-3.1.2-14"},
	{"10 0d 00 04 4d 51 54 54 04 22 00 00 00 01 63", "MQTT-3.1.2-11 MQTT-3.1.2-15"},
	{"10 10 00 04 4d 51 54 54 04 02 00 00 00 01 63 00 01 75", "2.2.3-must-2 MQTT-3.1.2-11 MQTT-3.1.2-18 MQTT-3.1.2-20"},
	{"10 0d 00 04 4d 51 54 54 04 82 00 00 00 01 63", "MQTT-3.1.2-19"},
	{"10 10 00 04 4d 51 54 54 04 c2 00 00 00 01 63 00 01 75", "MQTT-3.1.2-21"},
	{"10 10 00 04 4d 51 54 54 04 42 00 00 00 01 63 00 01 70", "MQTT-3.1.2-22"},
	{"10 0a 00 04 4d 51 54 54 04 02 00 00", "MQTT-3.1.3-3"},
	{"10 0d 00 04 4d 51 54 54 04 02 00 00 00 01 ff", "MQTT-1.5.3-1 MQTT-3.1.3-4"},
	{"10 0c 00 04 4d 51 54 54 04 00 00 00 00 00", "MQTT-3.1.3-7"},
	{"10 13 00 04 4d 51 54 54 04 06 00 00 00 01 63 00 01 ff 00 01 6d", "MQTT-1.5.3-1 MQTT-3.1.3-10"},
	{"10 10 00 04 4d 51 54 54 04 82 00 00 00 01 63 00 01 ff", "MQTT-1.5.3-1 MQTT-3.1.3-11"},
	{"10 13 00 04 4d 51 54 54 04 06 00 00 00 01 63 00 01 23 00 01 6d", "MQTT-4.7.1-1"},
}

var codecSamples = func() []sample {
	var list []sample
	for _, r := range refusedSends {
		list = append(list, sample{"sends " + r.hex, open + "\n> " + r.hex, breaks("sends", r.breaks, "@2")})
	}
	for _, r := range refusedConnects {
		list = append(list, sample{"connects " + r.hex, "> " + r.hex, breaks("sends", r.breaks, "@0")})
	}
	return append(list,
		sample{"part of a packet when the connection breaks", open + `
			> 33 05 00
			< RST`, nil},
		sample{"part of a packet that is all wrong, and what follows it", open + `
			> 36 05 00
			> 38 03 00 01 74`, nil},
		sample{"another protocol from the first", `
			> 10 0f 00 06 4d 51 49 73 64 70 03 02 00 00 00 01 63
			< CONNACK
			> 8a 06 00 01 00 01 66 00`, []string{"sends/MQTT-3.1.2-1@0", "sends/MQTT-2.2.2-1@2", "sends/MQTT-3.8.1-1@2"}},
		sample{"no protocol, behind a CONNECT of this one", open + `
			> FIN
			conn 2
			> 10 0d 00 04 4d 51 54 54 03 02 00 00 00 01 63`, []string{"sends/MQTT-3.1.2-2@3"}},
		sample{"what the standard leaves free", open + `
			> PUBLISH topic=$SYS/x
			> 30 83 00 00 01 74
			> PUBLISH qos=1 id=1 topic=/
			> SUBSCRIBE id=2 filters=+/+/#`, nil},
	)
}()

// breaks names the monitors of one family and where they find something.
func breaks(family, ids, at string) []string {
	var names []string
	for _, id := range strings.Fields(ids) {
		names = append(names, family+"/"+id+at)
	}
	return names
}

// Every rule that the codec can name has a monitor of what the client sends, or, where only a server can break
// it, a sample of a client that passes it over.
func TestCodecIsCovered(t *testing.T) {
	noFault := []string{"4.8-may-1"}
	var ids []string
	for _, m := range monitor.All() {
		if family, _, ok := strings.Cut(m.Name, "/"); ok && (family == "sends" || family == "closes") {
			ids = append(ids, m.ID)
		}
	}
	files, err := filepath.Glob("../wire/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of package wire: %v", err)
	}
	rule := regexp.MustCompile(`"((?:MQTT-)?\d[.\d]*-(?:(?:must|should|may)-)?\d+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range rule.FindAllStringSubmatch(string(text), -1) {
			handed := func(r struct{ hex, breaks string }) bool { return slices.Contains(strings.Fields(r.breaks), m[1]) }
			if !slices.Contains(ids, m[1]) && !slices.ContainsFunc(refusedHands, handed) && !slices.Contains(noFault, m[1]) {
				t.Errorf("%s: no monitor for %s, and no sample of a client that is handed what breaks it", file, m[1])
			}
		}
	}
}
