# Blockyard's commands. `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
# A process of tests takes up to 2 GB.
PARALLEL := -n auto --maxprocesses 4

export TF_CPP_MIN_LOG_LEVEL ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint unit browser screenshots translations bench tools clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf 'make %-14s %s\n' "$$name" "$$text"; done

run: .venv/.run-ready ## Install what is missing, start Blockyard and open its page
	@$(BIN)/python -m lib.launch

test: lint unit browser ## Install what is missing, then check and test everything

lint: .venv/.test-ready ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

unit: .venv/.test-ready ## Run the tests that need no browser
	@$(BIN)/pytest $(PARALLEL) -m "not browser"

browser: .venv/.test-ready tools ## Run the tests that drive Chromium
	@$(BIN)/pytest $(PARALLEL) -m browser

screenshots: .venv/.test-ready tools ## Make the pictures of the README anew
	@$(BIN)/python -m docs.screenshots

translations: .venv/.run-ready ## Bring locales/ up to date with the texts in the source
	@mkdir -p build
	@$(BIN)/python -m babel.messages.frontend -q extract -F pyproject.toml -k _ -k N_ --add-location=file -w 120 -o build/blockyard.pot .
	@$(BIN)/python -m babel.messages.frontend -q update -i build/blockyard.pot -d locales -D blockyard -w 120 --no-fuzzy-matching --ignore-obsolete
	@$(BIN)/pytest -q tests/test_translations.py

bench: .venv/.test-ready ## Measure speed; see benchmarks/
	@for file in benchmarks/[a-z]*.py; do echo "$$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

clean: ## Remove the virtual environment and what tools leave behind; keeps data/ and .blockyard/
	rm -rf .venv build test-results .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Chromium, a Korean font and Graphviz: installed for root on Debian, named for everybody else.
tools:
	@missing=; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v dot >/dev/null || missing="$$missing graphviz"; \
	fc-list :lang=ko 2>/dev/null | grep -q . || missing="$$missing fontconfig fonts-noto-cjk"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing$$missing"; \
		apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; \
	else \
		echo "The browser tests need more programs: sudo apt-get install$$missing" >&2; exit 1; \
	fi

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Blockyard needs Python 3.11 or newer; point PYTHON at one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Blockyard needs python3-venv: sudo apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.run-ready: requirements.txt | .venv/bin/pip
	@echo "Installing TensorFlow, Streamlit and the rest; this takes a few minutes, once."
	@$(BIN)/pip install --quiet -r requirements.txt
	@touch $@

.venv/.test-ready: requirements-dev.txt .venv/.run-ready
	@$(BIN)/pip install --quiet -r requirements-dev.txt
	@touch $@
