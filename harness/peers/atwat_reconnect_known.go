package peers

// AtWatReconnectKnown lists what [AtWatReconnect] is known to fail: all that [AtWat] does, whose BaseClient it wraps,
// and more.
func AtWatReconnectKnown() []Known {
	return append(AtWatKnown(), []Known{
		{"reconnect/clean-session-publishes-anew", "MQTT-3.1.2-6", oldSession},
		{"reconnect/poison", "MQTT-3.1.2-6", oldSession},
		{"qos2/clean-session-forgets", "MQTT-3.1.2-6", oldSession},
		{"session/reconnect-clean-again", "MQTT-3.1.2-6", oldSession},
	}...)
}

// AtWatReconnectHungry lists scenarios at which [AtWatReconnect] reserves gigabytes.
func AtWatReconnectHungry() []Known { return AtWatHungry() }

// AtWatReconnectStuck lists scenarios at which [AtWatReconnect] stops in virtual time.
func AtWatReconnectStuck() []Known { return AtWatStuck() }

// AtWatReconnectCrashes lists scenarios at which [AtWatReconnect] panics in a goroutine of its own.
func AtWatReconnectCrashes() []Known { return AtWatCrashes() }
