//go:build unix

package main

import (
	"io"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"umqtt/harness/fault"
	"umqtt/harness/wire"
)

// An api is what the tests read of control.openapi.yaml.
type api struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name, In string
			Required bool
			Schema   struct{ Enum []string }
		}
		Responses map[string]any
	}
	Components struct {
		Schemas map[string]struct {
			Required   []string
			Properties map[string]any
		}
	}
}

func readAPI(t *testing.T) api {
	t.Helper()
	var a api
	if err := yaml.Unmarshal(controlAPI, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// The description of the interface has its routes, parameters and fields, and no others.
func TestControlAPI(t *testing.T) {
	a := readAPI(t)
	var described, params []string
	for path, methods := range a.Paths {
		for method, m := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
			for _, p := range m.Parameters {
				params = append(params, path+" "+p.In+" "+p.Name)
				for _, how := range p.Schema.Enum {
					if _, ok := fault.ParseEnding(how); !ok {
						t.Errorf("%s: %s is no ending", path, how)
					}
				}
				if p.Required != strings.Contains(path, "{"+p.Name+"}") {
					t.Errorf("%s: %s is required: %t", path, p.Name, p.Required)
				}
			}
			if _, ok := m.Responses["403"]; !ok {
				t.Errorf("%s %s: no 403, which every request may get", method, path)
			}
		}
	}
	slices.Sort(described)
	if diff := cmp.Diff(slices.Sorted(maps.Keys((&control{}).routes())), described); diff != "" {
		t.Errorf("requests (-served +described):\n%s", diff)
	}
	slices.Sort(params)
	if diff := cmp.Diff([]string{"/cut query conn", "/cut query how", "/rules/{id} path id"}, params); diff != "" {
		t.Errorf("parameters (-read +described):\n%s", diff)
	}
	for name, typ := range map[string]reflect.Type{"Rule": reflect.TypeFor[controlRule](), "Added": reflect.TypeFor[controlAdded]()} {
		var fields, required []string
		for i := range typ.NumField() {
			field, opts, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			fields = append(fields, field)
			if opts != "omitempty" {
				required = append(required, field)
			}
		}
		slices.Sort(fields)
		if diff := cmp.Diff(fields, slices.Sorted(maps.Keys(a.Components.Schemas[name].Properties))); diff != "" {
			t.Errorf("fields of %s (-answered +described):\n%s", name, diff)
		}
		if diff := cmp.Diff(required, a.Components.Schemas[name].Required); diff != "" {
			t.Errorf("fields of %s that are always there (-answered +described):\n%s", name, diff)
		}
	}
	if len(a.Components.Schemas) != 2 {
		t.Errorf("%d schemas, want 2", len(a.Components.Schemas))
	}
}

// The curl lines of the help do what it says.
func TestProxyControl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	p := startProxy(t, "--upstream", startBroker(t), "--control", "127.0.0.1:0")
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	c.Write((&wire.Connect{ProtocolName: "MQTT", ProtocolLevel: 4, CleanSession: true, ClientID: "c"}).Append(nil))
	if _, err := io.ReadFull(c, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	wants := []string{"[]\n", "{\"ids\":[1]}\n", "", "", "", "mqttconform_packets_total{from=\"client\",type=\"CONNECT\"} 1\n"}
	n := 0
	for line := range strings.Lines(proxyCommand.long) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		line = curl + " -sS --fail" + strings.TrimPrefix(strings.ReplaceAll(line, "http://127.0.0.1:9911", p.control), "curl")
		out, err := exec.Command("sh", "-c", line).CombinedOutput()
		if err != nil || n >= len(wants) || n < 2 && string(out) != wants[n] || !strings.Contains(string(out), wants[n]) {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		n++
	}
	if n != len(wants) {
		t.Errorf("%d curl lines in the help, want %d", n, len(wants))
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection was not cut")
	}
	api := readAPI(t)
	for _, tt := range []struct {
		method, path, body, origin string
		code                       int
	}{
		{"POST", "/rules", "- fault dorp: {}", "", 400},
		{"POST", "/rules", "- wait: 1s", "", 400},
		{"POST", "/rules", strings.Repeat("#", maxControl+1), "", 413},
		{"POST", "/cut?conn=99", "", "", 404},
		{"POST", "/cut?how=oddly", "", "", 400},
		{"DELETE", "/rules/77", "", "", 404},
		{"POST", "/rules", "- fault cut: rst", "", 409},
		{"GET", "/rules", "", "http://example.org", 403},
		{"GET", "/openapi.yaml", "", "", 200},
	} {
		q, _ := http.NewRequest(tt.method, p.control+tt.path, strings.NewReader(tt.body))
		if tt.origin != "" {
			q.Header.Set("Origin", tt.origin)
		}
		res, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.code {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, res.StatusCode, tt.code)
		}
		path, _, _ := strings.Cut(strings.Replace(tt.path, "77", "{id}", 1), "?")
		if _, ok := api.Paths[path][strings.ToLower(tt.method)].Responses[strconv.Itoa(tt.code)]; !ok {
			t.Errorf("%s %s: control.openapi.yaml does not have the answer %d", tt.method, tt.path, tt.code)
		}
	}
	p.stop(t, syscall.SIGTERM, exitOK)
}
