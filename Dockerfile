# An image with mqttconform alone: docker build -t mqttconform . (or make image)
#
#	docker run --rm mqttconform run --world simulated
#	docker run --rm -v "$PWD:/work" mqttconform check my-scenario.yaml
#
# A client behind "--" needs what it runs on: build an image of your own, and COPY --from=mqttconform /mqttconform.
FROM golang:1.26 AS build
ARG VERSION=
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.released=$VERSION" -o /mqttconform ./harness/cmd/mqttconform

FROM scratch
COPY --from=build /mqttconform /mqttconform
WORKDIR /work
ENTRYPOINT ["/mqttconform"]
