# make run     build all of it and start the server on its defaults
# make build   bin/boltorezka and bin/loadtest
# make test    install what the tests need, then run every test
# make lint    formatting and static checks
# make bench   Go benchmarks
# make bench-network  voice over bad networks, in real browsers; see web/bench/scenario.ts and switches.ts
#              NETWORK_SCENARIOS=loss-10,trio-down-rate,switch  NETWORK_SECONDS=20  NETWORK_LADDER=off,on
# make bench-heal     how soon calls heal: faults of the network in namespaces (root), HEAL_ROUNDS=10
# make fuzz    every Go fuzz target for FUZZTIME (default 20s) each
# make clean   remove what was built; your data in ./data stays

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT   ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
BUILT_AT ?= $(shell date -u +%Y-%m-%dT%H:%M:%SZ)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.builtAt=$(BUILT_AT)
FUZZTIME ?= 20s

WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts web/tsconfig.json

.PHONY: run build web test lint bench bench-network bench-heal fuzz clean

run: build
	@exec ./bin/boltorezka serve $(ARGS)

build: web
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/boltorezka ./cmd/loadtest

web: web/dist/index.html

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npx vite build
	@touch web/dist/.gitkeep $@

test:
	tools/install-test-needs
	tools/test

lint: web/node_modules/.package-lock.json
	go vet ./...
	tools/gofmt-check
	cd web && npm run --silent lint
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else echo 'golangci-lint is not installed: skipped'; fi

bench:
	go test -run '^$$' -bench . -benchmem ./...

bench-network: build
	tools/install-test-needs
	cd web && npx playwright test -c bench/playwright.config.ts
	@echo 'web/bench-results/network.html'

bench-heal: build
	tools/install-test-needs
	cd web && HEAL_ROUNDS=$${HEAL_ROUNDS:-10} npx playwright test e2e/heal

fuzz:
	tools/fuzz $(FUZZTIME)

clean:
	rm -rf bin web/node_modules web/test-results web/playwright-report web/bench-results
	find web/dist -mindepth 1 ! -name .gitkeep -delete
