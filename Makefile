# Everything a person or CI does with this repository; `make` alone lists it.

PYTHON ?= python3
T ?=
m ?=

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint types format migration migrate openapi contract bench lock upgrade clean

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 make ...   chooses the interpreter of .venv (3.11 or newer)"

run: .venv/.runtime  ## Serve (HOST=127.0.0.1 PORT=8000 DATABASE_URL=sqlite under VAR_DIR=var)
	@$(FLASK) bootstrap || { echo "The service could not be set up; the reason is above. Nothing was served." >&2; exit 1; }
	@exec $(BIN)/gunicorn --config gunicorn.conf.py wsgi:app

test: .venv/.dev  ## Lint, types, all tests on both databases, drift of the document; T=path runs that path alone
ifeq ($(strip $(T)),)
	@$(MAKE) lint types
	@$(BIN)/python -m pytest --cov --cov-report=term || { echo "Tests failed, or less than 95 % of service/ ran (the last lines above say which); make test T=path narrows." >&2; exit 1; }
	@$(FLASK) openapi --check || { echo "openapi/openapi.json is not what the code exports: run 'make openapi' and commit it." >&2; exit 1; }
else
	@$(BIN)/python -m pytest $(T)
endif

lint: .venv/.dev  ## Check style and format
	@$(BIN)/ruff check --quiet . || { echo "ruff found the above; 'make format' mends what can be mended by itself." >&2; exit 1; }
	@$(BIN)/ruff format --quiet --check . || { echo "Some files are not formatted: run 'make format'." >&2; $(BIN)/ruff format --check . >&2; exit 1; }

types: .venv/.dev  ## Check types, strictly
	@$(BIN)/mypy --no-error-summary || { echo "mypy found the above; every function of service/ is annotated and checked." >&2; exit 1; }

format: .venv/.dev  ## Format, and mend what lint can mend
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

migration: .venv/.dev  ## Write a migration of what changed in the models: make migration m="add post excerpt"
	@test -n "$${m:-}" || { echo 'Say what it does: make migration m="add post excerpt"' >&2; exit 2; }
	@$(BIN)/alembic upgrade head
	@$(BIN)/alembic revision --autogenerate -m "$$m"
	@echo "Read a new migration before you commit it: autogeneration sees neither renames nor data."

migrate: .venv/.runtime  ## Bring the database of DATABASE_URL up to date
	@$(BIN)/alembic upgrade head

openapi: .venv/.runtime  ## Write openapi/openapi.json
	@$(FLASK) openapi

contract: .venv/.dev  ## The long contract run: more examples, several seeds
	@$(BIN)/python -m tests.conformance.matrix

bench: .venv/.dev  ## Measure beside the peers
	@$(BIN)/python benchmarks/run.py

lock: .venv/.dev  ## Write the locks anew after a change in pyproject.toml, moving nothing else
	@$(UV_COMPILE) $(UV_UPGRADE) pyproject.toml --output-file requirements.txt
	@$(UV_COMPILE) $(UV_UPGRADE) --group dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
	@$(MAKE) .venv/.dev

upgrade:  ## As lock, with every dependency at its newest
	@$(MAKE) lock UV_UPGRADE=--upgrade

clean:  ## Remove the environment and all caches; var/ is yours and stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis .coverage .coverage.* htmlcov
	@find . -name __pycache__ -type d -not -path './web/*' -prune -exec rm -rf {} +

# The message reaches its recipe through the environment: quotes in it stay quotes.
export m

# One environment with two stamps: serving needs the first lock alone.
.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed; '$(PYTHON)' is not. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { echo "No virtual environment could be made; on Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.runtime: .venv/.created requirements.txt
	@echo "Installing what requirements.txt locks (only when it has changed) ..."
	@$(PIP_INSTALL) --requirement requirements.txt || { echo "Installing failed: the lines above say which package; a network or a mirror is needed once." >&2; exit 1; }
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo "Installing what requirements-dev.txt locks (only when it has changed) ..."
	@$(PIP_INSTALL) --requirement requirements-dev.txt || { echo "Installing failed: the lines above say which package; a network or a mirror is needed once." >&2; exit 1; }
	@touch $@
