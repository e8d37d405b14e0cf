module umqtt/harness/peers

go 1.26.0

require (
	github.com/at-wat/mqtt-go v0.19.4
	github.com/coder/websocket v1.8.13
	github.com/eclipse/paho.mqtt.golang v1.5.1
	github.com/google/go-cmp v0.7.0
	github.com/mochi-mqtt/server/v2 v2.7.9
	umqtt v0.0.0
)

require (
	github.com/gorilla/websocket v1.5.3 // indirect
	github.com/jstemmer/go-junit-report/v2 v2.1.0 // indirect
	github.com/rs/xid v1.4.0 // indirect
	go.yaml.in/yaml/v4 v4.0.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sync v0.17.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace umqtt => ../..
