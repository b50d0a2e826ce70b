# Belfry's commands. Each one sets up all it needs, once; stamp files make the next time quick.

PYTHON ?=
export PYTHON

VENV    := .venv
MADE    := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEV     := $(VENV)/.dev

.PHONY: help run
.DEFAULT_GOAL := help

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /make \1	/' | expand -t 20

$(MADE):
	@.ci/venv.sh

$(RUNTIME): requirements.lock | $(MADE)
	@.ci/install.sh requirements.lock $@

$(DEV): requirements-dev.lock requirements.lock | $(MADE)
	@.ci/install.sh requirements-dev.lock $@
	@touch $(RUNTIME)
