# The only commands to remember. Each does its own set-up from python3 (3.11 or newer) and make.

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
TOOLS := .venv/.tools
LIGHT := .venv/.light
ALL := .venv/.all
SITE := .venv/.site

export UV_SYSTEM_CERTS := 1

# uv is fast; pip is the way out where only pip knows the registry.
define install
	@echo "installing $(1)"
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r $(1) \
		|| $(BIN)/python -m pip install --quiet --require-hashes -r $(1)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
endef

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all lint types docs site bench mutants build

help:  ## these lines
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(ALL)  ## the environment for training and development, in .venv

demo: $(LIGHT)  ## simulate one patient, segment it, compare with its true scar (no torch)
	@$(BIN)/python examples/demo.py demo-out

test: $(ALL)  ## the tests, without the slow ones
	@$(BIN)/python -m pytest -m "not slow" -n $(WORKERS) --dist loadgroup

test-all: $(ALL)  ## every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: $(ALL)  ## style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(ALL)  ## mypy, strict
	@$(BIN)/mypy

docs: $(ALL)  ## the pages that are written by the code
	@$(BIN)/python scripts/cli_reference.py
	@$(BIN)/python scripts/python_reference.py
	@$(BIN)/python scripts/results_tables.py
	@$(BIN)/python scripts/recipe_reference.py

site: $(SITE)  ## the pages as a site, into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo build/site/index.html

bench: $(ALL)  ## speed and size, into benchmarks/results
	@$(BIN)/python benchmarks/run.py

mutants: $(ALL)  ## a sample of small breaks of the code, and which of them the tests miss
	@$(BIN)/python benchmarks/mutants.py --workers $(WORKERS)

build: $(ALL)  ## wheel and source archive, into dist
	@rm -rf build dist
	@$(BIN)/uv build --quiet --python $(BIN)/python --build-constraints requirements-build.lock
	@ls -1 dist

$(TOOLS): requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "lgescar needs Python 3.11 or newer: make PYTHON=python3.11 ..." >&2; exit 2; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	@touch $@

$(LIGHT): $(TOOLS) requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

$(ALL): $(TOOLS) requirements-all.lock pyproject.toml
	$(call install,requirements-all.lock)
	@touch $(LIGHT) $@

$(SITE): $(TOOLS) requirements-docs.lock pyproject.toml
	$(call install,requirements-docs.lock)
	@touch $@
