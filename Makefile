# One entry for everything; a fresh Debian 12 with Swift needs nothing else.
#
#   make serve    set up, build and run the server
#   make test     set up, build and run every test
#
# All of it uses one build configuration, release: the tests run what users run.

# Tests look inside modules (@testable), so every build is made for it: else tests and server would be built twice.
FLAGS = -c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error
SWIFT_BUILD = swift build $(FLAGS)
PLATFORM = .build/release/platform
VENV = .venv
SEED ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help deps serve build release test test-unit test-compatibility check lint format sim fuzz bench generate check-generated

help:
	@echo "make serve    set up, build and run the server (ARGS: see $(PLATFORM) serve --help)"
	@echo "make test     set up, build, run unit tests and real clients"
	@echo "make check    lint, make test, fault simulator, fuzzers: what CI runs"
	@echo "make bench    how fast the broker is here"
	@echo "make release  dist/platform, for machines without Swift"

# Debian packages: libraries of the build, and the clients that the tests drive.
DEBIAN_BUILD = liblua5.4-dev libsqlite3-dev zlib1g-dev libzstd-dev liblz4-dev libsnappy-dev
DEBIAN_TEST = kcat python3 python3-venv

deps:
	@missing=""; for p in $(DEBIAN_BUILD) $(DEBIAN_TEST); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	    sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq $$missing; fi

build: deps
	$(SWIFT_BUILD)

# One file that needs no Swift on the machine it runs on: dist/platform.
release: deps
	swift build -c release --static-swift-stdlib --product platform --scratch-path .build/release-static
	mkdir -p dist
	strip -o dist/platform .build/release-static/release/platform

serve: deps
	$(SWIFT_BUILD) --product platform
	$(PLATFORM) serve $(ARGS)

test: test-unit test-compatibility

test-unit: deps
	$(SWIFT_BUILD) --build-tests
	timeout 900 swift test $(FLAGS) --skip-build

test-compatibility: build
	Tests/Compatibility/setup.sh
	timeout 1500 $(VENV)/bin/python -m pytest -q Tests/Compatibility

# Seeded faults over log and groups; a failure prints its seed.
sim: build
	.build/release/Simulator $(if $(SEED),--seed $(SEED))

# Damaged bytes for every decoder; a failure prints its seed and its input. ARGS: see Tests/Fuzz/Fuzz.swift.
fuzz: build
	.build/release/Fuzz $(if $(SEED),--seed $(SEED)) $(ARGS)

# Throughput, latency, memory and start of the broker; ARGS: see benchmarks/broker.py --help.
bench: deps
	$(SWIFT_BUILD) --product platform
	benchmarks/broker.py $(ARGS)

lint:
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

format:
	swift format --in-place --recursive --parallel Sources Tests Package.swift

# Writes Sources/KafkaWire/Messages anew from the descriptors, and the reference of Lua functions.
generate:
	$(SWIFT_BUILD) --product WireGenerator
	.build/release/WireGenerator
	$(SWIFT_BUILD) --product LuaReference
	.build/release/LuaReference > docs/lua/reference.md

# Generated sources are what the generator writes.
check-generated: build
	.build/release/WireGenerator
	.build/release/LuaReference > docs/lua/reference.md
	git diff --exit-code --stat -- Sources/KafkaWire Tests/KafkaWireTests docs/lua

check: lint build check-generated test sim
	.build/release/Fuzz --iterations 1000
