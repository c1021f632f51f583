# Everything starts from python3 >= 3.11, pip and make. Nothing here downloads an interpreter or asks a question.
SHELL := /bin/bash
PYTHON ?= python3
PYTEST_ARGS ?= -n auto
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
STAMP := $(VENV)/.installed-dev
TEST_ENV := eval "$$($(BIN)/python -m tests.settings_env)" &&
export UV_PYTHON_DOWNLOADS = never
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check bench bars migrations lock

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements/pdf.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/pdf.txt
	@touch $@

$(STAMP): requirements/dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@ $(RUN)

demo: $(RUN) ## the whole product on this machine (PORT, DEMO_DIR)
	@exec $(BIN)/python -m backend.demo

demo-reset: ## forget the demo's data
	@$(PYTHON) -m backend.demo --reset

test: $(STAMP) ## the tests on SQLite, or on DATABASE_URL when it is given
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

check: $(STAMP) ## style, types, import contracts, templates, migrations, deployment settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(TEST_ENV) $(BIN)/mypy backend network payments tests manage.py
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(TEST_ENV) $(BIN)/python manage.py check
	$(TEST_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(TEST_ENV) $(BIN)/python manage.py personal_data
	$(BIN)/python -m tests.deploy.check

bench: $(STAMP) ## figures: a table, and bench.json
	$(BIN)/python -m tests.bench

bars: $(STAMP) ## the long runs
	$(BIN)/python -m pytest -m "slow" $(PYTEST_ARGS)

migrations: $(STAMP) ## write migrations for changed tables
	$(TEST_ENV) $(BIN)/python manage.py makemigrations backend network payments

include backend/web/assets/assets.mk

lock: $(STAMP) ## pin every requirement with its hashes
	@for name in base pdf dev; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	    --universal --python-version 3.11 \
	    requirements/$$name.in -o requirements/$$name.txt; \
	done
