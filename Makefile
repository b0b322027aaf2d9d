# Everything a developer does here. `make` alone lists it; every target does its own set-up.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PORT ?= 8000
SETUP := .venv/.set-up-to-run
SETUP_TESTS := .venv/.set-up-to-test
COMPILED := .venv/.compiled
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup run test faults faults-long check bench bench-pages load dashboards locks translations fuzz

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(SETUP) $(COMPILED) ## Install what the observatory needs to run, into .venv

run: $(SETUP) $(COMPILED) ## Serve the demonstration on http://127.0.0.1:8000 (data in ./var); PORT=8080 chooses another port
	@exec $(BIN)/observatory demo --data var --port $(PORT)

test: $(SETUP_TESTS) $(COMPILED) ## Run all tests, in parallel and in random order
	$(BIN)/python -m pytest -n auto --dist worksteal

faults: $(SETUP_TESTS) $(COMPILED) ## Kill, fill, lock and flood real servers for a few minutes, and count every record afterwards
	$(BIN)/python -m pytest -n 2 --dist worksteal -m faults --durations=10 tests/faults

faults-long: $(SETUP_TESTS) $(COMPILED) ## The rest of that: a thousand kills, every storage call, two hundred SIGTERMs (an hour)
	$(BIN)/python -m pytest -n 2 --dist worksteal -v -m faults_long tests/faults tests/journeys

check: $(SETUP_TESTS) $(COMPILED) ## Check format, lint, imports and types, then run all tests and faults: exactly what CI runs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory faults

fuzz: $(SETUP_TESTS) $(COMPILED) ## Throw a million mutated messages at the decoder and 50,000 random worlds at the judge, then let a fuzzer loose on every format (long)
	$(BIN)/python -m tests.fuzz.differential 1000000
	$(BIN)/python -m tests.fuzz.worlds 50000
	@mkdir -p build
	for target in otlp_protobuf otlp_as_json gzip_bodies log_lines probe_tables paths; do \
		$(BIN)/python -m tests.fuzz.targets $$target -max_total_time=60 -artifact_prefix=build/ || exit 1; done

bench: $(SETUP_TESTS) $(COMPILED) ## Measure the intake beside its peers (minutes; results in loadtests/results)
	@tests/install_system_packages.sh wrk libpython3.11
	$(BIN)/python -m loadtests.bench_intake
	$(BIN)/python -m loadtests.bench_history

bench-pages: $(SETUP_TESTS) $(COMPILED) ## Measure reading at 100 and 1,000 services of 90 days (half an hour, 10 GB in build/country); ARGS="--large --load" for more
	@tests/install_system_packages.sh wrk
	$(BIN)/python -m loadtests.bench_pages $(ARGS)

load: $(SETUP_TESTS) $(COMPILED) ## Put load on a server of its own with locust
	$(BIN)/python -m loadtests.load

dashboards: $(SETUP) ## Generate the Grafana dashboards and Prometheus rules in dashboards/
	$(BIN)/python -m dashboards.generate

translations: $(SETUP) ## Bring the Korean catalogue up to date with the words in code and templates, and compile it
	@mkdir -p build
	$(BIN)/pybabel -q extract -F observatory/translations/mapping.toml -k phrase --no-location --no-wrap --sort-output -o build/messages.pot observatory
	$(BIN)/pybabel -q update -i build/messages.pot -d observatory/translations -l ko --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d observatory/translations

locks: | $(BIN)/uv ## Renew the pinned dependencies from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra build --generate-hashes --universal --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra build --extra dev --generate-hashes --universal --no-header --quiet --output-file requirements-dev.lock

# By itself: what is installed may lack what pyproject.toml has just been given.
$(BIN)/uv: | $(BIN)/python
	@sed -n '/^uv==/,/^[^ ]/{/^uv==/p;/^ /p}' requirements-dev.lock > .venv/uv.lock
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes -r .venv/uv.lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed; name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tests/install_system_packages.sh python3-venv
	$(PYTHON) -m venv .venv

# The lock is all there is to install: nothing is resolved, or pip takes a newer release for what somebody needs with an extra
# and refuses it as not pinned. The package itself comes last; that nothing is missing is checked.
define install
	@echo "Installing what $(1) names into .venv; the first time takes a minute or two"
	@$(BIN)/python -m pip install --progress-bar off --no-deps --require-hashes -r $(1) | sed -un 's/^Collecting \([^=]*\)==\([^ ]*\).*/  \1 \2/p'
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check
	@touch $@
endef

$(SETUP): requirements.lock pyproject.toml | $(BIN)/python
	$(call install,requirements.lock)

$(COMPILED): $(shell find observatory -name '*.py') | $(SETUP)
	@$(BIN)/python -m observatory.warming
	@touch $@

$(SETUP_TESTS): requirements-dev.lock pyproject.toml tests/install_system_packages.sh $(wildcard tests/*/package-lock.json) | $(BIN)/python
	@tests/install_system_packages.sh
	@for lock in tests/*/package-lock.json; do npm ci --prefix "$${lock%/*}" --no-audit --no-fund --loglevel=error; done
	$(call install,requirements-dev.lock)
	@touch $(SETUP)
