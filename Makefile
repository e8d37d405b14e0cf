# What this project's users and CI run. A target comes with its content.
GO ?= go
TOOL = $(GO) tool -modfile=.ci/tools.mod

# Properties (rapid) draw the same inputs each time here, so that two runs of one commit have one result. make properties
# draws anew, and so does go test by itself; a failure prints the seed that plays it again.
RAPID_SEED ?= 1
export RAPID_SEED

.PHONY: help run test race lint cross golden-update determinism variants peers peers-real browser pictures properties fuzz fuzz-build release image swarm search tshark steady soak soak-short bench ci

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## play every scenario with the built-in subjects over loopback TCP
	$(GO) run ./harness/cmd/mqttconform run

test: ## run every test
	$(GO) test ./...

race: ## run every test with the race detector
	$(GO) test -race -timeout 20m ./...

lint: ## gofmt, go vet, staticcheck, code that nothing reaches, known vulnerabilities
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	$(GO) vet ./...
	$(TOOL) staticcheck ./...
	@$(TOOL) deadcode -test ./... > dead.out; if grep -v 'unreachable func: Example' dead.out; then exit 1; fi; rm dead.out
	@# The database of vulnerabilities is on the network. Where it cannot be reached, .ci/vuln says so and passes;
	@# a finding, and any other error, fails.
	./.ci/vuln

CROSS = windows/amd64 darwin/arm64 linux/arm linux/386 linux/mips linux/riscv64 js/wasm wasip1/wasm

cross: ## vet the client, tests too, for other systems: of 32 bits, big-endian, without sockets
	@for t in $(CROSS); do echo $$t; GOOS=$${t%/*} GOARCH=$${t#*/} $(GO) vet ./client/... || exit 1; done

golden-update: ## rewrite the golden captures, and the golden reports of failures, from what the subjects do now
	$(GO) test ./golden -update
	$(GO) test ./harness/report -run TestFailures -update

determinism: ## play every simulated scenario again and again, and compare the traces
	./.ci/determinism

variants: ## play clients that keep the standard in their own way, 300 pairs of them, and the mutants, with every case
	$(GO) test ./harness/explore -run 'Accused|Specific' -count=1 -whole -pairs $(or $(PAIRS),300) -timeout 20m
	$(GO) test ./harness/mutant -run Deterministic -count=1 -whole

peers: ## play the suite with other people's Go clients, and compare with what is known of each
	cd harness/peers && $(GO) test -count=1 ./...

browser: ## look at the pages of reports in headless Chromium, which must be there (CHROMIUM=NAME, SHOTS=DIR keeps pictures)
	$(GO) test ./harness/report -run 'TestBrowser|TestPictures' -count=1 -chromium $(or $(CHROMIUM),chromium) $(if $(SHOTS),-shots $(abspath $(SHOTS)))

pictures: ## take the pictures of the README again, in headless Chromium, which must be there (CHROMIUM=NAME)
	$(GO) test ./harness/report -run TestPictures -count=1 -chromium $(or $(CHROMIUM),chromium) -pictures $(abspath harness/pictures)

peers-real: ## play the suite over TCP with the clients of other languages that are found (PEERSFLAGS=-install gets them)
	cd harness/peers && $(GO) run ./real $(PEERSFLAGS)

PROPERTIES = ./client/... ./fuzz ./harness/capture/... ./harness/monitor ./harness/scenario/... ./harness/wire

properties: ## check each property with CHECKS inputs (default 2000) that nobody has drawn before (RAPID_SEED=N draws those of N)
	RAPID_SEED=$(if $(filter command% environment,$(origin RAPID_SEED)),$(RAPID_SEED),0) RAPID_CHECKS=$(or $(CHECKS),2000) $(GO) test -count=1 -timeout 30m $(PROPERTIES)

fuzz: ## run each fuzz target for FUZZTIME (default 10s)
	./.ci/fuzz $(or $(FUZZTIME),10s)

fuzz-build: ## build each fuzz target for libFuzzer, as ClusterFuzzLite does, and play its seeds (TARGETS="FuzzA FuzzB")
	./.ci/fuzz-build $(TARGETS)

swarm: ## play random mixes of calls and faults with the built-in subjects for SWARM (default 1m), failures as files in DIR (default found)
	$(GO) run ./harness/cmd/mqttconform swarm --for $(or $(SWARM),1m) --out $(or $(DIR),found)

search: ## measure how many mutants sweep and swarm find without knowing which (SEARCHFLAGS for other budgets)
	$(GO) run ./harness/cmd/mqttconform search $(SEARCHFLAGS)

tshark: ## read written pcapng files with tshark, which must be installed (make test does so where it is)
	CI=true $(GO) test ./harness/capture/pcap -run Tshark -count=1

steady: ## play the suite over TCP beside 8 busy loops, RUNS times (default 20; RACE=1 with the race detector): nothing may fail
	./.ci/steady

soak: ## 1,000 clients through the proxy under faults for SOAK (default 10m), and again against mosquitto where it is installed
	$(GO) run ./harness/cmd/soak -for $(or $(SOAK),10m)
	@! PATH="$$PATH:/usr/sbin" command -v mosquitto >/dev/null || $(GO) run ./harness/cmd/soak -for $(or $(SOAK),10m) -broker mosquitto

bench: ## compare the client with other people's, and the proxy with other relays; show how costs grow (BENCHFLAGS=-short for a smoke test)
	cd harness/peers && $(GO) run ./bench -o bench.txt -plot growth.svg $(BENCHFLAGS)

soak-short: ## make soak SOAK=20s
	$(MAKE) soak SOAK=20s

PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

release: ## build mqttconform for six platforms, with SHA256SUMS, in dist (VERSION=v1.2.3, PLATFORMS="linux/amd64")
	./.ci/release "$(VERSION)" $(PLATFORMS)

image: ## build the container image mqttconform, where docker is
	@if command -v docker >/dev/null && docker info >/dev/null 2>&1; then docker build -t mqttconform .; else echo "image: no docker here, nothing built"; fi

ci: lint cross test tshark browser race determinism variants peers fuzz-build release image run soak-short ## all of the above that checks; not fuzz, whose finds are no change's fault, and not steady, which takes long
