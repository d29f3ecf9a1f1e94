# The commands of this repository, for people and CI; `make` alone lists them.

PYTHON ?= python3
T ?=
m ?=

BIN := .venv/bin
FLASK := $(BIN)/flask --app wsgi
NPM := npm --prefix web --silent
# Line coverage is checked when both processes are done.
PYTEST_SHARED := $(BIN)/python -m pytest --cov --cov-report= --cov-fail-under=0
# Locks are complete, so nothing is resolved: what is installed depends neither on the machine's pip, which only
# fetches uv, nor on what has been published since.
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes --requirement
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

INSTALL_FAILED := Installing failed: the lines above name the package. A network or a mirror is needed the first time.

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/sh
.SHELLFLAGS := -eu -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run web dev test lint types format migration migrate openapi client release contract mutants faults bench lock upgrade clean

# Tests that need Node.js are skipped without it, with a notice; in CI they fail.
WEB := $(if $(shell command -v npm),web/node_modules/.installed)

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 make ...   chooses the interpreter of .venv (3.11 or newer)"

run: .venv/.runtime  ## Serve the API (HOST=127.0.0.1 PORT=8000 DATABASE_URL=sqlite under VAR_DIR=var)
	@exec $(BIN)/python web/scripts/run_servers.py api

web: .venv/.runtime web/node_modules/.installed  ## Serve the API and the web app (WEB_PORT=3000), which is built when it has changed
	@exec $(BIN)/python web/scripts/run_servers.py serve

dev: .venv/.runtime web/node_modules/.installed  ## As web, with live reload; a change in service/ also updates document and client
	@exec $(BIN)/python web/scripts/run_servers.py dev

test: .venv/.dev $(WEB)  ## Lint, types, all tests on both databases, drift of the document; T=path runs that path alone
ifeq ($(strip $(T)),)
	@$(MAKE) lint types
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; trap 'kill $$second 2>/dev/null; exit 130' INT TERM; \
	echo "Two processes divide the tests (tests/parallel.py); the output of the second is shown when both are done."; \
	COVERAGE_FILE="$$folder/second" $(PYTEST_SHARED) --share="$$folder" >"$$folder/log" 2>&1 & second=$$!; \
	COVERAGE_FILE="$$folder/first" $(PYTEST_SHARED) --share="$$folder" && first=0 || first=$$?; \
	wait $$second && second=0 || second=$$?; \
	cat "$$folder/log"; \
	$(BIN)/coverage combine --quiet "$$folder/first" "$$folder/second"; \
	$(BIN)/coverage report && covered=0 || covered=$$?; \
	$(BIN)/python -m tests.coverage.merge "$$folder" && contract=0 || contract=$$?; \
	$(BIN)/python -m tests.stages "$$folder"/stages-*.json; \
	[ $$first$$second = 00 ] || echo "Tests failed: see the two summaries above; make test T=path narrows." >&2; \
	[ $$covered = 0 ] || echo "Less than 95 % of service/ is covered." >&2; \
	[ $$contract = 0 ] || echo "The contract is not covered: see the lines above." >&2; \
	[ $$first$$second$$covered$$contract = 0000 ]
	@$(FLASK) openapi --check || { echo "openapi/openapi.json is out of date: run 'make openapi' and commit it." >&2; exit 1; }
else
	@$(BIN)/python -m pytest $(T)
endif

lint: .venv/.dev  ## Check style and format
	@$(BIN)/ruff check --quiet . || { echo "ruff found the above; run 'make format' to fix what can be fixed automatically." >&2; exit 1; }
	@$(BIN)/ruff format --quiet --check . || { echo "Some files are not formatted: run 'make format'." >&2; $(BIN)/ruff format --check . >&2; exit 1; }

types: .venv/.dev  ## Check types, strictly
	@$(BIN)/mypy --no-error-summary || { echo "mypy found the above; every function of service/ is annotated and checked." >&2; exit 1; }

format: .venv/.dev  ## Format, and fix what can be fixed automatically
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

migration: .venv/.dev  ## Create a migration for the changed models: make migration m="add post excerpt"
	@test -n "$${m:-}" || { echo 'A message is needed: make migration m="add post excerpt"' >&2; exit 2; }
	@$(BIN)/alembic upgrade head
	@$(BIN)/alembic revision --autogenerate -m "$$m"
	@echo "Read a new migration before you commit it: autogeneration sees neither renames nor data."

migrate: .venv/.runtime  ## Migrate the database of DATABASE_URL
	@$(BIN)/alembic upgrade head

openapi: .venv/.runtime  ## Write openapi/openapi.json
	@$(FLASK) openapi

client: openapi web/node_modules/.installed  ## Write openapi/openapi.json and, from it, web/src/client
	@$(NPM) run client

release: .venv/.runtime  ## Release the document under its version; writes openapi/released/X.Y.Z.json and openapi/CHANGELOG.md
	@$(FLASK) release

contract: .venv/.dev  ## The long contract run: more examples, several seeds
	@$(BIN)/python -m tests.conformance.matrix

mutants: .venv/.dev $(WEB)  ## Run the mutation tests of the contract; writes openapi/mutants.json
	@$(BIN)/python -m tests.mutants.run

faults: .venv/.dev  ## The long fault tests: kills by the dozen, 2,000 posts due at once, 5,000 events; T=path runs that path alone
	@FAULTS=long $(BIN)/python -m pytest -v $(or $(T),$(wildcard tests/faults/test_killed_*.py) $(addprefix tests/faults/,test_celery_workers.py test_scheduled_posts.py test_webhooks.py))

bench: .venv/.dev  ## Run the benchmarks against FastAPI, stock Flask-RESTX and bare WSGI
	@$(BIN)/python benchmarks/run.py

lock: .venv/.dev  ## Update the locks after a change in pyproject.toml or web/package.json, and nothing else
	@$(UV_COMPILE) $(UV_UPGRADE) --group installer --output-file requirements-installer.txt
	@$(UV_COMPILE) $(UV_UPGRADE) pyproject.toml --output-file requirements.txt
	@$(UV_COMPILE) $(UV_UPGRADE) --group dev --constraint requirements.txt pyproject.toml --output-file requirements-dev.txt
	@$(UV_COMPILE) $(UV_UPGRADE) --constraint requirements.txt benchmarks/requirements.in --output-file benchmarks/requirements.txt
	@$(MAKE) .venv/.dev
	@if command -v node >/dev/null; then cd web && node scripts/lock.mjs; else echo "Node.js is not installed: web/package-lock.json was not updated." >&2; fi

upgrade:  ## As lock, with the newest version of every dependency
	@$(MAKE) lock UV_UPGRADE=--upgrade

clean:  ## Remove the environment and all caches, but not var/
	@rm -rf .venv web/node_modules web/.next .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis .coverage .coverage.* htmlcov
	@find . -name __pycache__ -type d -not -path './web/*' -prune -exec rm -rf {} +

# The message reaches its recipe through the environment: quotes in it stay quotes.
export m

# One environment with two stamps: serving needs the first lock alone.
.venv/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed; '$(PYTHON)' is not. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { echo "The virtual environment could not be created; on Debian: apt install python3-venv" >&2; exit 1; }
	@touch $@

# The one package that the machine's pip installs; it has no dependencies.
.venv/.installer: .venv/.created requirements-installer.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--requirement requirements-installer.txt || { echo "$(INSTALL_FAILED)" >&2; exit 1; }
	@touch $@

.venv/.runtime: .venv/.installer requirements.txt
	@echo "Installing the packages of requirements.txt (only when it has changed) ..."
	@$(INSTALL) requirements.txt || { echo "$(INSTALL_FAILED)" >&2; exit 1; }
	@touch $@

web/node_modules/.installed: web/package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed for this; on Debian: apt install nodejs npm (Node.js 20 or newer)" >&2; exit 1; }
	@$(PYTHON) web/scripts/progress.py "Installing the packages of web/package-lock.json" -- \
		npm --prefix web --loglevel=error --no-audit --no-fund ci || { echo "$(INSTALL_FAILED)" >&2; exit 1; }
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo "Installing the packages of requirements-dev.txt (only when it has changed) ..."
	@$(INSTALL) requirements-dev.txt || { echo "$(INSTALL_FAILED)" >&2; exit 1; }
	@touch $@
