# The commands of this project. `make` alone lists them.
unexport PYTHONDONTWRITEBYTECODE

ifndef PYTHON
PYTHON  := $(shell for p in python3.11 python3.12 python3.13 python3; do \
             $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
endif
NO_PYTHON = { echo "Python 3.11 or newer was not found$(if $(PYTHON), at $(PYTHON)). Install it" \
             "(Debian 12: apt-get install python3) or name one: make PYTHON=/path/to/python3"; exit 1; }
IS_PYTHON = "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
BUILD     = { $(IS_PYTHON); } 2>/dev/null || $(NO_PYTHON); "$(PYTHON)" iop_clinic/stack/bootstrap.py
PY       = .venv/bin/python
STACK    = $(PY) -m iop_clinic.stack
WORKERS ?= auto

# What `manage.py check --deploy` is asked about: a clinic behind HTTPS.
PRODUCTION = DEBUG=0 DEMO=0 SECURE=1 MFA_REQUIRED=1 ALLOWED_HOSTS=clinic.example BASE_URL=https://clinic.example

LINTS = lint-format lint-style lint-types lint-templates lint-deploy lint-migrations

.PHONY: help run test lint $(LINTS) format bench demo-data manage install install-dev lock clean reset

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## the whole clinic on this machine; PORT=8000 picks the port, Ctrl-C stops it
	@exec $(STACK) run

test: install-dev ## the test suite; ARGS="-k words" narrows it, WORKERS=0 runs it in one process
	@DEMO=1 DEBUG=1 exec $(STACK) exec -- $(PY) -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: install-dev ## format, style, types, templates, deployment check, missing migrations
	@exec $(STACK) exec -- $(MAKE) --no-print-directory --keep-going $(LINTS)

lint-format:
	.venv/bin/ruff format --check .
lint-style:
	.venv/bin/ruff check .
lint-types:
	.venv/bin/mypy
lint-templates:
	.venv/bin/djlint --quiet --lint templates
lint-deploy:
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
lint-migrations:
	$(PY) manage.py makemigrations --check --dry-run

format: install-dev ## rewrite code the way lint wants it
	.venv/bin/ruff check --fix-only --quiet .
	.venv/bin/ruff format .

bench: install-dev ## response times, query counts, the planner; ARGS=planner or ARGS=week is that alone
	@exec $(STACK) exec -- $(PY) tests/bench/run.py $(ARGS)

demo-data: install ## load the demo clinic into the data of `make run`
	@$(STACK) manage migrate --verbosity 0
	@exec $(STACK) manage demo_data $(ARGS)

manage: install ## a Django command on that data: make manage ARGS="createsuperuser"
	@exec $(STACK) manage $(ARGS)

install:
	@$(BUILD) run

install-dev:
	@$(BUILD) dev

lock: install-dev ## resolve the libraries anew into the lock files
	@for set in "requirements.lock --group local --group solver" \
	  "requirements-dev.lock --group local --group solver --group test --group lint"; do \
	  set -- $$set; out=$$1; shift; \
	  .venv.uv/bin/uv pip compile pyproject.toml $$* --universal --generate-hashes --no-emit-index-url --no-header \
	    --no-annotate --python-version 3.11 --quiet --output-file $$out || exit 1; done

clean: ## remove .venv and caches; var/ stays
	rm -rf .venv .venv.uv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +

reset: install ## forget all data, logs and secrets in var/
	@exec $(STACK) reset
