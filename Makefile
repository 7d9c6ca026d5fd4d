# Everything here needs only Python 3.11 or newer, git and make; the rest goes into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   ?= .venv
BIN     = $(VENV)/bin
STAMP   = $(VENV)/.installed
PYTEST_ARGS ?=
BENCH_ARGS ?=
SECONDS ?= 3600

.PHONY: help setup demo test faults check bench bench-full bench-compare soak clean
help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(STAMP) ## a virtual environment in .venv with Longfuse and what its tests need

demo: $(STAMP) ## the offline walk-through, end to end, on an embedded LaunchPad
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python demo/demo.py

test: $(STAMP) ## all tests; what needs a missing service is skipped with a line that says how to get it
	$(BIN)/python -m pytest $(PYTEST_ARGS)

faults: $(STAMP) ## every fault instead of a sample, and a campaign of 500 jobs under fire: about an hour
	LONGFUSE_FAULTS=all $(BIN)/python -m pytest tests/faults tests/cluster/test_campaign.py $(PYTEST_ARGS)

check: $(STAMP) ## linters, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## the benchmarks, each beside the machine's own limit: some minutes
	$(BIN)/python -m benchmarks run $(BENCH_ARGS)

bench-full: $(STAMP) ## the table of docs/performance.md at its sizes: about an hour
	$(BIN)/python -m benchmarks run --full $(BENCH_ARGS)

bench-compare: $(STAMP) ## two results side by side: make bench-compare A=one.json B=other.json
	$(BIN)/python -m benchmarks compare '$(A)' '$(B)'

soak: $(STAMP) ## a random workload for an hour (or SECONDS=): do memory and open files stay flat?
	$(BIN)/python -m benchmarks soak --seconds $(SECONDS) $(BENCH_ARGS)

clean: ## remove what make made
	rm -rf $(VENV) demo/run demo/run-*
