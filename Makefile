# Everything from a fresh checkout: `make demo` to see it, `make test` to trust it.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
BENCHMARK ?= .benchmark
PEERS := $(BENCHMARK)/venv/.installed
# Tests keep their folders in memory where a gigabyte of it is free: a disk would be waited for.
MEMORY = $(shell test "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 1000000 \
	2>/dev/null && echo /dev/shm)

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow check soak benchmark

help:       ## List the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

demo: $(INSTALLED)       ## Train on the sample workspace and hear its five teammates
	$(BIN)/mimic demo

test: $(INSTALLED)       ## Run the fast tests
	PYTHONDONTWRITEBYTECODE= PYTEST_DEBUG_TEMPROOT=$(MEMORY) $(BIN)/pytest -n 3 --dist worksteal

test-slow: $(INSTALLED)  ## Run the tests that train small models
	$(BIN)/pytest -m slow -n 2 --dist worksteal

check: $(INSTALLED)      ## Check style, types and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(INSTALLED)       ## Backfill through 300 seeded schedules of failures and kills
	$(BIN)/python -m tests.soak --trials 300

benchmark: $(PEERS)      ## Measure Mimic beside its peers and write docs/benchmarks.md (an hour)
	$(BENCHMARK)/venv/bin/python -m benchmarks $(BENCHMARK)

# The peers have a place of their own, so that they change no version that Mimic is tested with.
$(PEERS): $(INSTALLED)
	test -d $(BENCHMARK)/venv || $(PYTHON) -m venv $(BENCHMARK)/venv
	$(BENCHMARK)/venv/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BENCHMARK)/venv/bin/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BENCHMARK)/venv/bin/python --no-deps --editable .
	$(BENCHMARK)/venv/bin/python -m pip install --quiet --group benchmark
	touch $@

# The lock holds every version with its hash; the stamp keeps a second run from installing again.
$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 is needed: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@
