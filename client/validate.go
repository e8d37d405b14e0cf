package client

import (
	"bytes"
	"time"
	"unicode/utf8"
)

func invalid(field, statement, reason string) error {
	return &ValidationError{Field: field, Statement: statement, Reason: reason}
}

// validate checks what no later call can put right.
func (c *Config) validate() error {
	switch {
	case c.Addr == "" && c.Dial == nil:
		return invalid("Addr", "", "empty, and Dial is nil")
	case c.KeepAlive < 0 || c.KeepAlive > maxText*time.Second || c.KeepAlive%time.Second != 0:
		return invalid("KeepAlive", "3.1.2.10", "not a whole number of seconds from 0 to 65535")
	case c.MaxPacket < minMaxPacket || c.MaxPacket > maxRemaining+5:
		return invalid("MaxPacket", "", "below 128 bytes or above the largest size of a packet")
	case c.MaxInflight < 1 || c.MaxInflight > 32767: // half of the packet identifiers
		return invalid("MaxInflight", "", "not from 1 to 32767")
	case c.MaxDepth < 1:
		return invalid("MaxDepth", "", "negative")
	case c.OnOversize > OversizeSkip:
		return invalid("OnOversize", "", "neither OversizeClose nor OversizeSkip")
	case c.Password != nil && c.Username == nil:
		return invalid("Password", "MQTT-3.1.2-22", "given without a user name")
	case len(c.Password) > maxText:
		return invalid("Password", "3.1.3.5", "longer than 65535 bytes")
	case c.TLS != nil && !c.TLS.InsecureSkipVerify && c.tlsFor().ServerName == "":
		return invalid("TLS", "", "ServerName is empty, and Addr has no host")
	}
	durations := []struct {
		name  string
		value time.Duration
	}{
		{"PingTimeout", c.PingTimeout}, {"ConnectTimeout", c.ConnectTimeout}, {"AckTimeout", c.AckTimeout},
		{"WriteTimeout", c.WriteTimeout}, {"RetryAfter", c.RetryAfter},
	}
	for _, d := range durations {
		if d.value < 0 {
			return invalid(d.name, "", "negative")
		}
	}
	if err := validateText("ClientID", "MQTT-3.1.3-4", []byte(c.ClientID)); err != nil {
		return err
	}
	if c.Username != nil {
		return validateText("Username", "MQTT-3.1.3-11", []byte(*c.Username))
	}
	return nil
}

// minMaxPacket leaves room for every packet that is not a PUBLISH.
const minMaxPacket = 128

// validateText checks a string field (section 1.5.3); statement is the field's
// own demand of UTF-8.
func validateText(field, statement string, text []byte) error {
	switch {
	case len(text) > maxText:
		return invalid(field, "1.5.3", "longer than 65535 bytes")
	case !utf8.Valid(text):
		return invalid(field, statement, "not valid UTF-8")
	case bytes.IndexByte(text, 0) >= 0:
		return invalid(field, "MQTT-1.5.3-2", "contains U+0000")
	}
	return nil
}

// validatePath checks what topic names and filters have in common (section 4.7.3).
func validatePath(field, statement string, path []byte) error {
	switch {
	case len(path) == 0:
		return invalid(field, "MQTT-4.7.3-1", "empty")
	case len(path) > maxText:
		return invalid(field, "MQTT-4.7.3-3", "longer than 65535 bytes")
	case !utf8.Valid(path):
		return invalid(field, statement, "not valid UTF-8")
	case bytes.IndexByte(path, 0) >= 0:
		return invalid(field, "MQTT-4.7.3-2", "contains U+0000")
	}
	return nil
}

// validateName checks a topic name; wildcards is the statement that bars them.
func validateName(field, statement, wildcards string, topic []byte) error {
	if err := validatePath(field, statement, topic); err != nil {
		return err
	}
	if bytes.IndexByte(topic, '+') >= 0 || bytes.IndexByte(topic, '#') >= 0 {
		return invalid(field, wildcards, "contains a wildcard")
	}
	return nil
}

// validateFilter checks a topic filter (section 4.7.1).
func validateFilter(statement string, filter []byte) error {
	const field = "topic filter"
	if err := validatePath(field, statement, filter); err != nil {
		return err
	}
	for i, b := range filter {
		starts := i == 0 || filter[i-1] == '/'
		ends := i == len(filter)-1 || filter[i+1] == '/'
		switch {
		case b == '#' && (!starts || i != len(filter)-1):
			return invalid(field, "MQTT-4.7.1-2", "# is not the whole of the last level")
		case b == '+' && (!starts || !ends):
			return invalid(field, "MQTT-4.7.1-3", "+ does not fill its level")
		}
	}
	return nil
}

// validateQoS checks a QoS that is asked for; statement bars 3 and more.
func validateQoS(qos byte, statement string) error {
	switch {
	case qos == 2:
		return &ValidationError{Field: "QoS", Reason: ErrQoS2.Error(), Err: ErrQoS2}
	case qos > 2:
		return invalid("QoS", statement, "above 2")
	}
	return nil
}

func validateSize(remaining int) error {
	if remaining > maxRemaining {
		return invalid("packet", "2.2.3-must-1", "the remaining length is above 268435455")
	}
	return nil
}

func validatePublish(topic, payload []byte, qos byte) error {
	if err := validateQoS(qos, "MQTT-3.3.1-4"); err != nil {
		return err
	}
	if err := validateName("topic name", "MQTT-3.3.2-1", "MQTT-3.3.2-2", topic); err != nil {
		return err
	}
	return validateSize(publishSize(topic, payload, qos))
}

// validateWill allows QoS 2: it is the server that publishes a will.
func validateWill(topic, payload []byte, qos byte) error {
	if qos > 2 {
		return invalid("will QoS", "MQTT-3.1.2-14", "above 2")
	}
	if err := validateName("will topic", "MQTT-3.1.3-10", "MQTT-4.7.1-1", topic); err != nil {
		return err
	}
	if len(payload) > maxText {
		return invalid("will message", "3.1.3.3", "longer than 65535 bytes")
	}
	return nil
}

func validateSubscribe(filters []Filter, maxPacket int) error {
	if len(filters) == 0 {
		return invalid("filters", "MQTT-3.8.3-3", "none")
	}
	for _, f := range filters {
		if err := validateQoS(f.QoS, "MQTT-3.8.3-4"); err != nil {
			return err
		}
		if err := validateFilter("MQTT-3.8.3-1", f.Topic); err != nil {
			return err
		}
	}
	if len(filters)+7 > maxPacket {
		return invalid("filters", "", "their SUBACK would be larger than MaxPacket")
	}
	return validateSize(subscribeSize(filters))
}

func validateUnsubscribe(topics [][]byte) error {
	if len(topics) == 0 {
		return invalid("filters", "MQTT-3.10.3-2", "none")
	}
	for _, t := range topics {
		if err := validateFilter("MQTT-3.10.3-1", t); err != nil {
			return err
		}
	}
	return validateSize(unsubscribeSize(topics))
}
