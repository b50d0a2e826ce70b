# Belfry's commands. Each one sets up all it needs, once; stamp files make the next time quick.

PYTHON ?=
export PYTHON

VENV    := .venv
MADE    := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev
BROWSER := static/vendor/manifest.json
TEMPLATES := $(VENV)/.templates
RUN_PYTEST := $(VENV)/bin/python -m pytest
WHAT_FAILED := --last-failed --last-failed-no-failures none
ifndef SOAK_SEED
SOAK_SEED := $(shell date +%s)
endif

.DEFAULT_GOAL := help
.PHONY: help run compiled install test test-quick soak mutants bench bench-peers check sheets docs pictures clean locks icons system-packages
# What a command needs is made in the order in which it stands there: what is compiled needs what is installed.
.NOTPARALLEL:

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /:/' | while IFS=: read -r name what; do printf 'make %-12s %s\n' "$$name" "$$what"; done

run: $(RUNTIME) compiled icons ## serve Belfry with its demo team on http://127.0.0.1:5000
	@BELFRY_DEMO=$${BELFRY_DEMO-on} BELFRY_ALLOWED_NETWORKS=$${BELFRY_ALLOWED_NETWORKS-127.0.0.0/8} \
		exec $(VENV)/bin/python app.py

install: $(RUNTIME) compiled icons ## make all that serving needs, without serving

test: $(DEV) compiled icons system-packages ## run every test: both databases, a browser, real mail servers
	@$(RUN_PYTEST) --numprocesses auto $(if $(AGAIN),|| { [ $$? -eq 1 ] && $(RUN_PYTEST) $(WHAT_FAILED); })

test-quick: $(DEV) compiled icons ## run the tests that need Python only, in under a minute
	@$(RUN_PYTEST) --numprocesses auto --python-only

soak: $(DEV) compiled icons system-packages ## kill, freeze and shuffle for a long time (the seed is printed)
	@echo "The seed is $(SOAK_SEED): the same chances again with make soak SOAK_SEED=$(SOAK_SEED)"
	@SOAK_SEED=$(SOAK_SEED) $(RUN_PYTEST) --soak --timeout 7200 --durations 0 --durations-min 1 tests/soak tests/api/test_schemathesis.py tests/browser/test_accessibility.py

mutants: $(DEV) icons ## break each line of what decides in turn: which do the tests not notice? (about an hour)
	@.ci/mutants.sh $(MUTANTS)

check: $(DEV) compiled icons ## lint, format, types, import contracts, and the rules of the house
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/basedpyright
	$(VENV)/bin/lint-imports
	$(RUN_PYTEST) --numprocesses auto -q tests/architecture $(wildcard tests/docs)

sheets: $(DEV) icons system-packages ## draw a contact sheet of every screen: widths, themes, fillings
	@$(VENV)/bin/python -m tests.browser.sheets

docs: $(DEV) ## write anew what the documents show of settings and states
	@$(VENV)/bin/python -m tests.docs.blocks

pictures: $(DEV) icons system-packages ## take the README's pictures anew
	@$(VENV)/bin/python -m tests.docs.pictures

bench: $(DEV) compiled system-packages ## measure what performance.md promises (BENCH_ROWS=1,2: only these targets)
	@$(VENV)/bin/python -m bench measure --targets "$(BENCH_ROWS)" $(if $(BENCH_ROUNDS),--rounds $(BENCH_ROUNDS))

bench-peers: $(DEV) compiled system-packages ## the same beside Celery and Redis, which it installs apart
	@.ci/peers.sh
	@$(VENV)/bin/python -m bench measure --targets "$(BENCH_ROWS)" $(if $(BENCH_ROUNDS),--rounds $(BENCH_ROUNDS)) --peers

clean: ## remove what these commands made; what Belfry itself keeps in instance/ stays
	rm -rf $(VENV) .venv-peers .venv.lock .mutmut mutants static/vendor .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf .coverage htmlcov test-results contact-sheets
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

locks: ## write requirements*.lock anew from pyproject.toml (UPGRADE=1: with the newest versions)
	@.ci/locks.sh

# --- what they stand on -------------------------------------------------------------------------------------

$(MADE):
	@.ci/venv.sh

$(RUNTIME): requirements.lock | $(MADE)
	@.ci/install.sh requirements.lock $@

# The development lock holds the runtime one whole, so both are then there.
$(DEV): requirements-dev.lock requirements.lock | $(MADE)
	@.ci/install.sh requirements-dev.lock $@
	@touch $(RUNTIME)

$(BROWSER): .ci/browser.lock .ci/fetch_browser_files.py | $(MADE)
	@$(VENV)/bin/python .ci/fetch_browser_files.py

# Where Python may not write its caches, as is usual in containers, each start would compile all of Belfry anew.
# Whoever may not write them here either serves without.
compiled: $(TEMPLATES) | $(MADE)
	@$(VENV)/bin/python -m compileall -qq app.py webapp migrations || true

# Only after a change: all of Belfry has to be loaded for it, which takes longer than a start.
$(TEMPLATES): $(RUNTIME) $(shell find templates webapp -name '*.html' -o -name '*.py')
	@$(VENV)/bin/python .ci/compile_templates.py
	@touch $@ || true

# Cheap enough to look each time whether a template wants another icon.
icons: $(BROWSER)
	@$(VENV)/bin/python .ci/cut_icons.py

system-packages:
	@.ci/system_packages.sh
