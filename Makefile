# Everything that a person or CI runs here. Another place for the environment: make test VENV=/path
VENV = .venv
PYTHON = $(VENV)/bin/python
# Where Zoho's own SDKs go, apart from everything: the tests in tests/clients look there.
CLIENTS = .clients
# Only n8n's Zoho node is unpacked of it.
N8N_NODES = n8n-nodes-base@2.41.2
SERVE = 1
# All extras but mysql, which needs a compiler.
EXTRAS = async,celery,commands,drf,emulator,opentelemetry,orjson,postgres,redis,simulation

# Which tests a target runs never depends on what a machine has. Markers are explained in setup.cfg.
EVERYWHERE = not service and not clients and not pyright

# On all cores (see tests/conftest.py); who has nothing left takes over from another. ARGS="-n 0" is one process.
PYTEST = -m pytest -n auto --dist worksteal

# The caller's own Django project is none of ours.
unexport DJANGO_SETTINGS_MODULE
# Without bytecode every worker, and everything that a test starts, would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install hooks demo test test-fast test-services test-browser coverage clients lint messages \
	screenshots docs bench lock release-check clean

help: ## Show this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-13s %s\n' "$$name" "$$text"; done

install: $(VENV)/.installed ## Make .venv with all that tests, linters, docs and demo need

$(VENV)/.installed: constraints.txt $(VENV)/.demo
	@echo 'Installing the rest into $(VENV), a minute or two the first time'
	@$(PYTHON) -m pip install -qq --constraint constraints.txt --group dev --editable '.[$(EXTRAS)]'
	@touch $@

# Only what the demo needs; `make install` adds the rest.
$(VENV)/.demo: setup.cfg pyproject.toml
	@test -x $(PYTHON) || { \
		for python in python3 python3.14 python3.13 python3.12 python3.11; do \
			$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
				&& exec $$python -m venv $(VENV); \
		done; \
		echo 'Python 3.11 or newer with venv is needed (on Debian: apt install python3-venv).' >&2; \
		exit 1; }
	@echo 'Installing into $(VENV)'
	@$(PYTHON) -m pip install -qq --no-compile --upgrade 'pip>=25.1'
	@# Python compiles what the demo imports: half of the packages.
	@$(PYTHON) -m pip install -qq --no-compile --constraint constraints.txt --group demo --editable '.[emulator]'
	@touch $@

hooks: install ## Have Git run quick checks before each commit and push
	$(VENV)/bin/pre-commit install

demo: $(VENV)/.demo ## Show the main job on the emulator, then serve the example site (SERVE=0: only the tour)
	@SERVE=$(SERVE) $(PYTHON) -m example_project.demo

test: install ## Run the tests on SQLite: no service, no network (ARGS="-k name" to choose)
	$(PYTHON) $(PYTEST) -m '$(EVERYWHERE)' $(ARGS)

test-fast: install ## Run all but the slow tests: under a minute, and no browser
	$(PYTHON) $(PYTEST) -m '$(EVERYWHERE) and not slow and not browser' $(ARGS)

test-services: install ## Run the tests that need Redis, RabbitMQ or a database server
	$(PYTHON) $(PYTEST) -m service $(ARGS)

test-browser: install tests/journeys/node_modules ## Run the tests that drive Chromium
	$(PYTHON) $(PYTEST) -m browser $(ARGS)

# The rules of accessibility.
tests/journeys/node_modules: tests/journeys/package-lock.json
	npm ci --prefix tests/journeys --ignore-scripts --no-audit --no-fund
	@touch $@

coverage: install ## Run the tests, those with services too, and measure which lines and branches they reach
	@rm -rf .coverage
	$(PYTHON) -m coverage run $(PYTEST) -m 'not clients and not pyright' $(ARGS)
	@$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

clients: install $(CLIENTS)/.installed $(CLIENTS)/schemas/.installed ## Run Zoho's own SDKs, n8n's Zoho node and Airbyte's source on the emulator
	$(PYTHON) -m pytest tests/clients $(ARGS)

$(CLIENTS)/.installed: $(wildcard tests/clients/*/requirements.txt tests/clients/*/package*.json)
	@command -v npm >/dev/null || { \
		echo 'Node.js with npm is needed (on Debian: apt install nodejs npm).' >&2; exit 1; }
	@for sdk in python_sdk python_sdk_2_1 airbyte; do \
		$(PYTHON) -m venv $(CLIENTS)/$$sdk || exit 1; \
		$(CLIENTS)/$$sdk/bin/python -m pip install -qq --requirement tests/clients/$$sdk/requirements.txt \
			|| exit 1; \
	done
	@for client in node_sdk node_sdks n8n; do \
		cp -R tests/clients/$$client $(CLIENTS)/; \
		npm ci --prefix $(CLIENTS)/$$client --silent --no-audit --no-fund --ignore-scripts || exit 1; \
	done
	@cd $(CLIENTS)/n8n && npm pack --silent $(N8N_NODES) >/dev/null && \
		tar xzf n8n-nodes-base-*.tgz package/dist/nodes/Zoho && rm n8n-nodes-base-*.tgz
	@touch $@

# The SDKs of v5 to v7 are one package each; of that of v2 only the schemas are read.
$(CLIENTS)/schemas/.installed: $(wildcard tests/clients/schemas/*.txt)
	@for sdk in $(basename $(notdir $^)); do \
		$(PYTHON) -m pip install -qq --no-deps --upgrade --target $(CLIENTS)/schemas/$$sdk \
			--requirement tests/clients/schemas/$$sdk.txt || exit 1; \
	done
	@touch $@

lint: install ## Run linters, type checker, import contracts, checks of migrations and messages, docs build
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) -m django makemigrations --check --dry-run
	$(VENV)/bin/mypy
	$(PYTHON) tools/messages.py --check
	$(MAKE) --no-print-directory docs

messages: install ## Bring the message catalogues up to date and compile them
	$(PYTHON) tools/messages.py

screenshots: install ## Take the pictures in the docs again; needs Chromium
	@mkdir -p docs/_static/screenshots
	ZCRM_SCREENSHOTS=1 $(PYTHON) -m pytest -q -p no:randomly -n 0 tests/journeys/test_screenshots.py -k 'not shown'

docs: install ## Build the docs into docs/_build/html; a warning is an error
	$(PYTHON) -m sphinx --fail-on-warning --keep-going --quiet docs docs/_build/html

bench: install ## Measure calls and record sets, a million records, the mirror, and the emulator under load
	$(PYTHON) -m benchmarks
	$(PYTHON) -m benchmarks.million
	$(PYTHON) -m benchmarks.mirror_initial_sync
	$(PYTHON) -m benchmarks.mirror_delta
	$(PYTHON) -m benchmarks.emulator_load

lock: install ## Write constraints.txt with the newest versions, and the lowest in tests/contract/lowest.txt
	$(VENV)/bin/tox run -q -e lock

release-check: install ## Build sdist and wheel twice into dist, compare, check, install and test them
	$(VENV)/bin/tox run -q -e dist

clean: ## Remove what the other targets made, the virtual environment too
	rm -rf $(VENV) $(CLIENTS) .tox build dist docs/_build tests/journeys/node_modules *.egg-info
	rm -rf .coverage htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
