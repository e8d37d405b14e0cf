package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"umqtt/client"
)

func invalid(t *testing.T, err error, field, statement string) {
	t.Helper()
	var v *client.ValidationError
	if !errors.As(err, &v) || v.Field != field || v.Statement != statement {
		t.Fatalf("got error %v, want a ValidationError of %s with %q", err, field, statement)
	}
}

func TestNewValidates(t *testing.T) {
	name, long, nul := "u", strings.Repeat("x", 65536), "a\x00"
	dial := func(context.Context) (net.Conn, error) { return nil, nil }
	bad := "\xff"
	tests := []struct {
		name             string
		cfg              client.Config
		field, statement string
	}{
		{"no address", client.Config{Addr: ""}, "Addr", ""},
		{"KeepAlive below 0", client.Config{KeepAlive: -time.Second}, "KeepAlive", "3.1.2.10"},
		{"KeepAlive above 65535 s", client.Config{KeepAlive: 65536 * time.Second}, "KeepAlive", "3.1.2.10"},
		{"KeepAlive in milliseconds", client.Config{KeepAlive: 1500 * time.Millisecond}, "KeepAlive", "3.1.2.10"},
		{"PingTimeout", client.Config{PingTimeout: -1}, "PingTimeout", ""},
		{"ConnectTimeout", client.Config{ConnectTimeout: -1}, "ConnectTimeout", ""},
		{"AckTimeout", client.Config{AckTimeout: -1}, "AckTimeout", ""},
		{"WriteTimeout", client.Config{WriteTimeout: -1}, "WriteTimeout", ""},
		{"RetryAfter", client.Config{RetryAfter: -1}, "RetryAfter", ""},
		{"MaxPacket too small", client.Config{MaxPacket: 127}, "MaxPacket", ""},
		{"MaxPacket too large", client.Config{MaxPacket: 268435461}, "MaxPacket", ""},
		{"MaxInflight negative", client.Config{MaxInflight: -1}, "MaxInflight", ""},
		{"MaxInflight too large", client.Config{MaxInflight: 32768}, "MaxInflight", ""},
		{"MaxDepth", client.Config{MaxDepth: -1}, "MaxDepth", ""},
		{"OnOversize", client.Config{OnOversize: 2}, "OnOversize", ""},
		{"password alone", client.Config{Password: []byte{}}, "Password", "MQTT-3.1.2-22"},
		{"long password", client.Config{Username: &name, Password: []byte(long)}, "Password", "3.1.3.5"},
		{"nothing to verify", client.Config{TLS: &tls.Config{}, Dial: dial}, "TLS", ""},
		{"a port to verify", client.Config{TLS: &tls.Config{}, Addr: ":8883"}, "TLS", ""},
		{"ClientID not UTF-8", client.Config{ClientID: bad}, "ClientID", "MQTT-3.1.3-4"},
		{"ClientID surrogate", client.Config{ClientID: "\xed\xa0\x80"}, "ClientID", "MQTT-3.1.3-4"},
		{"ClientID U+0000", client.Config{ClientID: nul}, "ClientID", "MQTT-1.5.3-2"},
		{"ClientID U+0000 first", client.Config{ClientID: "\x00a"}, "ClientID", "MQTT-1.5.3-2"},
		{"ClientID half a character", client.Config{ClientID: "\xf0\x9f\x98"}, "ClientID", "MQTT-3.1.3-4"},
		{"ClientID long", client.Config{ClientID: long}, "ClientID", "1.5.3"},
		{"Username not UTF-8", client.Config{Username: &bad}, "Username", "MQTT-3.1.3-11"},
		{"Username U+0000", client.Config{Username: &nul}, "Username", "MQTT-1.5.3-2"},
		{"Username long", client.Config{Username: &long}, "Username", "1.5.3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.field != "Addr" && tt.field != "TLS" {
				tt.cfg.Addr = "x"
			}
			_, err := client.New(tt.cfg)
			invalid(t, err, tt.field, tt.statement)
		})
	}
	good := strings.Repeat("x", 65535)
	for _, cfg := range []client.Config{
		{
			Addr: "x", KeepAlive: 65535 * time.Second, MaxPacket: 128, MaxInflight: 32767, MaxDepth: 1,
			ClientID: good, Username: &good, Password: []byte(good),
		},
		{Addr: "x", TLS: &tls.Config{}},
		{Addr: "x", TLS: &tls.Config{}, Dial: dial},
		{TLS: &tls.Config{ServerName: "x"}, Dial: dial},
		{TLS: &tls.Config{InsecureSkipVerify: true}, Dial: dial},
	} {
		if _, err := client.New(cfg); err != nil {
			t.Fatal(err)
		}
	}
}

// Arguments are refused before the first byte, and the connection stays as it is.
func TestArguments(t *testing.T) {
	const name, filter = "topic name", "topic filter"
	long := strings.Repeat("x", 65536)
	ctx := context.Background()
	type call func(c *client.Client) error
	publish := func(topic string, qos byte) call {
		return func(c *client.Client) error { return c.Publish(ctx, []byte(topic), nil, qos, false) }
	}
	subscribe := func(topic string, qos byte) call {
		return func(c *client.Client) error {
			_, err := c.Subscribe(ctx, client.Filter{Topic: []byte("ok")}, client.Filter{Topic: []byte(topic), QoS: qos})
			return err
		}
	}
	unsubscribe := func(topic string) call {
		return func(c *client.Client) error { return c.Unsubscribe(ctx, []byte("ok"), []byte(topic)) }
	}
	will := func(topic string, size int, qos byte) call {
		return func(c *client.Client) error { return c.SetLastWill([]byte(topic), make([]byte, size), qos, false) }
	}
	tests := []struct {
		name             string
		call             call
		field, statement string
	}{
		{"publish QoS 2", publish("t", 2), "QoS", ""},
		{"publish QoS 3", publish("t", 3), "QoS", "MQTT-3.3.1-4"},
		{"publish to nothing", publish("", 0), name, "MQTT-4.7.3-1"},
		{"publish to a long name", publish(long, 1), name, "MQTT-4.7.3-3"},
		{"publish not UTF-8", publish("\xff", 0), name, "MQTT-3.3.2-1"},
		{"publish U+0000", publish("a\x00", 0), name, "MQTT-4.7.3-2"},
		{"publish + first", publish("+/a", 0), name, "MQTT-3.3.2-2"},
		{"publish # last", publish("a/#", 0), name, "MQTT-3.3.2-2"},
		{"publish U+0000 first", publish("\x00a", 0), name, "MQTT-4.7.3-2"},
		{"publish half a character", publish("\xf0\x9f\x98", 0), name, "MQTT-3.3.2-1"},
		{"publish surrogate", publish("\xed\xa0\x80", 0), name, "MQTT-3.3.2-1"},
		{"subscribe U+0000 last", subscribe("a\x00", 0), filter, "MQTT-4.7.3-2"},
		{"subscribe surrogate", subscribe("\xed\xa0\x80", 0), filter, "MQTT-3.8.3-1"},
		{"subscribe a/#/b", subscribe("a/#/b", 0), filter, "MQTT-4.7.1-2"},
		{"subscribe ##", subscribe("##", 0), filter, "MQTT-4.7.1-2"},
		{"subscribe a/b+", subscribe("a/b+", 0), filter, "MQTT-4.7.1-3"},
		{"subscribe ++", subscribe("++", 0), filter, "MQTT-4.7.1-3"},
		{"unsubscribe +a", unsubscribe("+a"), filter, "MQTT-4.7.1-3"},
		{"unsubscribe empty", unsubscribe(""), filter, "MQTT-4.7.3-1"},
		{"will topic a/#", will("a/#", 0, 0), "will topic", "MQTT-4.7.1-1"},
		{"will topic U+0000", will("\x00", 0, 0), "will topic", "MQTT-4.7.3-2"},
		{"publish +", publish("a/+", 0), name, "MQTT-3.3.2-2"},
		{"publish #", publish("#", 0), name, "MQTT-3.3.2-2"},
		{"subscribe to none", func(c *client.Client) error { _, err := c.Subscribe(ctx); return err }, "filters", "MQTT-3.8.3-3"},
		{"subscribe QoS 2", subscribe("t", 2), "QoS", ""},
		{"subscribe QoS 3", subscribe("t", 3), "QoS", "MQTT-3.8.3-4"},
		{"subscribe nothing", subscribe("", 0), filter, "MQTT-4.7.3-1"},
		{"subscribe long", subscribe(long, 0), filter, "MQTT-4.7.3-3"},
		{"subscribe not UTF-8", subscribe("\xff", 0), filter, "MQTT-3.8.3-1"},
		{"subscribe U+0000", subscribe("\x00", 0), filter, "MQTT-4.7.3-2"},
		{"subscribe a#", subscribe("a#", 0), filter, "MQTT-4.7.1-2"},
		{"subscribe #/a", subscribe("#/a", 0), filter, "MQTT-4.7.1-2"},
		{"subscribe a+", subscribe("a+", 0), filter, "MQTT-4.7.1-3"},
		{"subscribe +a/b", subscribe("+a/b", 0), filter, "MQTT-4.7.1-3"},
		{"subscribe too many", func(c *client.Client) error {
			_, err := c.Subscribe(ctx, many(122)...)
			return err
		}, "filters", ""},
		{"unsubscribe none", func(c *client.Client) error { return c.Unsubscribe(ctx) }, "filters", "MQTT-3.10.3-2"},
		{"unsubscribe not UTF-8", unsubscribe("\xff"), filter, "MQTT-3.10.3-1"},
		{"unsubscribe a#", unsubscribe("a#"), filter, "MQTT-4.7.1-2"},
		{"will QoS 3", will("t", 0, 3), "will QoS", "MQTT-3.1.2-14"},
		{"will topic empty", will("", 0, 0), "will topic", "MQTT-4.7.3-1"},
		{"will topic not UTF-8", will("\xff", 0, 0), "will topic", "MQTT-3.1.3-10"},
		{"will topic +", will("+", 0, 0), "will topic", "MQTT-4.7.1-1"},
		{"will long", will("t", 65536, 0), "will message", "3.1.3.3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, client.Config{MaxPacket: 128}, func(w *world) {
				// The arguments come first, also without a connection.
				invalid(w.T, tt.call(w.c), tt.field, tt.statement)
				w.connect(true)
				err := tt.call(w.c)
				invalid(w.T, err, tt.field, tt.statement)
				w.state(err, true, 0)
				same(w.T, errors.Is(err, client.ErrQoS2), strings.HasSuffix(tt.name, "QoS 2"))
				w.idle()
			})
		})
	}
}

func many(n int) []client.Filter {
	var f []client.Filter
	for range n {
		f = append(f, client.Filter{Topic: []byte("t")})
	}
	return f
}

// Filters that are as they should be, and names of 65535 bytes.
func TestGoodFilters(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.connect(true)
		for i, f := range []string{"#", "+", "/", "a/#", "+/+/#", "/+", "$SYS/#", "a/+/b", "+/", "/#", "\u20ac/\U0001f600/#", strings.Repeat("x", 65535)} {
			c := w.start(func() error {
				_, err := w.c.Subscribe(context.Background(), client.Filter{Topic: []byte(f)})
				return err
			})
			p := w.packet()
			if !bytes.HasSuffix(p, []byte(f+"\x00")) {
				w.Fatalf("%d: % x", i, p)
			}
			_, _ = w.server.Write([]byte{0x90, 3, 0, byte(i + 1), 0})
			c.ok()
		}
	})
}

// A will message may have 65535 bytes.
func TestLongestWill(t *testing.T) {
	play(t, client.Config{}, func(w *world) {
		w.is(w.c.SetLastWill([]byte("t"), make([]byte, 65535), 1, false), nil)
	})
}
