package client

import (
	"crypto/tls"
	"errors"
	"strings"
	"testing"
)

func TestAddress(t *testing.T) {
	tests := []struct {
		addr   string
		tls    bool
		want   string
		server string
	}{
		{"host", false, "host:1883", ""},
		{"host", true, "host:8883", "host"},
		{"host:1", true, "host:1", "host"},
		{"192.0.2.1", false, "192.0.2.1:1883", ""},
		{"::1", false, "[::1]:1883", ""},
		{"[::1]", true, "[::1]:8883", "::1"},
		{"[::1]:7", true, "[::1]:7", "::1"},
	}
	for _, tt := range tests {
		c := Config{Addr: tt.addr}
		if tt.tls {
			c.TLS = &tls.Config{}
		}
		if got := c.address(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.addr, got, tt.want)
		}
		if tt.tls && c.tlsFor().ServerName != tt.server {
			t.Errorf("%s: TLS verifies %s, want %s", tt.addr, c.tlsFor().ServerName, tt.server)
		}
	}
	own := &tls.Config{ServerName: "other"}
	if c := (Config{Addr: "host", TLS: own}); c.tlsFor() != own {
		t.Error("the caller's ServerName is replaced")
	}
}

// An Addr may be a URL, with the credentials in it.
func TestAddressURL(t *testing.T) {
	for _, tt := range []struct {
		addr, want     string
		tls            bool
		user, password string // "-": none
	}{
		{"mqtt://host", "host:1883", false, "-", "-"},
		{"MQTT://host/", "host:1883", false, "-", "-"},
		{"tcp://host:1884", "host:1884", false, "-", "-"},
		{"mqtts://host", "host:8883", true, "-", "-"},
		{"ssl://host:1", "host:1", true, "-", "-"},
		{"tls://[::1]", "[::1]:8883", true, "-", "-"},
		{"mqtt://u@host:65535", "host:65535", false, "u", "-"},
		{"mqtts://u%40v:p%2f:@host", "host:8883", true, "u@v", "p/:"},
		{"mqtt://u:@host", "host:1883", false, "u", ""},
	} {
		c, err := New(Config{Addr: tt.addr, ClientID: "c"})
		if err != nil {
			t.Errorf("%s: %v", tt.addr, err)
			continue
		}
		got := [2]string{"-", "-"}
		if c.cfg.Username != nil {
			got[0] = *c.cfg.Username
		}
		if c.cfg.Password != nil {
			got[1] = string(c.cfg.Password)
		}
		if got != [2]string{tt.user, tt.password} {
			t.Errorf("%s: credentials %q", tt.addr, got)
		}
		if got := c.cfg.address(); got != tt.want || (c.cfg.TLS != nil) != tt.tls {
			t.Errorf("%s: got %s with TLS %t, want %s", tt.addr, got, c.cfg.TLS != nil, tt.want)
		}
	}
	own := &tls.Config{ServerName: "other"}
	if c, err := New(Config{Addr: "mqtts://host", TLS: own}); err != nil || c.cfg.TLS != own {
		t.Error("the caller's TLS is replaced", err)
	}
}

// What can be no address is refused by New, which says what to write, and keeps the
// password to itself.
func TestAddressRefused(t *testing.T) {
	user := "u"
	for _, tt := range []struct {
		cfg  Config
		says string
	}{
		{Config{Addr: "ws://host"}, "set Dial"},
		{Config{Addr: "wss://host"}, "set Dial"},
		{Config{Addr: "http://secret:secret@host"}, "mqtts://"},
		{Config{Addr: "://host"}, "mqtts://"},
		{Config{Addr: "mqtt://"}, "mqtt://host:port"},
		{Config{Addr: "tcp://:1883"}, "tcp://host:port"},
		{Config{Addr: "mqtt://host/topic"}, "mqtt://host:port"},
		{Config{Addr: "mqtt://host?q=1"}, "mqtt://host:port"},
		{Config{Addr: "mqtt://host#f"}, "mqtt://host:port"},
		{Config{Addr: "mqtt://host:0"}, "65535"},
		{Config{Addr: "mqtt://host:65536"}, "65535"},
		{Config{Addr: "mqtt://u:secret@host:port"}, "%xx"},
		{Config{Addr: "mqtt://u:secret%@host"}, "%xx"},
		{Config{Addr: "mqtt://host", TLS: &tls.Config{}}, "mqtts://"},
		{Config{Addr: "mqtt://u:secret@host", Username: &user}, "one of them"},
		{Config{Addr: "mqtt://u:secret@host", Password: []byte("p")}, "one of them"},
		{Config{Addr: "host/topic"}, "host:port"},
		{Config{Addr: "u@host"}, "host:port"},
		{Config{Addr: "a host"}, "host:port"},
	} {
		_, err := New(tt.cfg)
		var invalid *ValidationError
		if !errors.As(err, &invalid) || invalid.Field != "Addr" || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: got %v, want a ValidationError that says %q", tt.cfg.Addr, err, tt.says)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells the password: %v", tt.cfg.Addr, err)
		}
	}
}
