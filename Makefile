# Newcomers need two commands: `make demo` and `make test`. Both set up everything themselves.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help demo test test-slow lint bench docs lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(READY) ## make the sample, export five datasets, render a report
	$(BIN)/reportkit demo --once

test: $(READY) ## the tests, in under ten minutes
	$(BIN)/pytest -m "not slow" --cov=reportkit --cov-report=term:skip-covered --cov-fail-under=85

test-slow: $(READY) ## the slower tests
	$(BIN)/pytest -m slow

lint: $(READY) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## what we claim to be fast, beside what people use instead
	PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/python -m benchmarks.exports
	PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/python -m benchmarks.exports.memory
	PYTHONPATH=$(CURDIR):$(CURDIR)/tests $(BIN)/python -m benchmarks.reports

docs: $(READY) ## write the pages that are made from the code
	$(BIN)/python -m reportkit.datasets.dictionary > docs/datasets.md

lock: ## pin the dependencies again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
		--extra postgres --extra test --extra lint --extra bench pyproject.toml -o requirements.lock

clean: ## remove what the commands above made
	rm -rf .venv .reportkit demo

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "reportkit needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "Python's venv module is missing; install it: sudo apt-get install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
