# The two commands of the README: `make up` and `make test`. Python >= 3.11, make and git are all they assume.
ARCH   ?= $(shell sed -n 's/^DEFAULT = "\([a-z0-9]*\)"/\1/p' scaleshop/architectures/registry.py)
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
# The one version that bootstraps the rest; `uv.lock` pins everything else.
UV_VERSION := $(shell sed -n 's/^ *"uv==\([0-9.]*\)",$$/\1/p' pyproject.toml)

export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_PYTHON_DOWNLOADS := never
# Bytecode is kept even where the environment says not to: without it every command compiles what it imports.
unexport PYTHONDONTWRITEBYTECODE

# The SDKs of ARCH; the command says which architectures there are when it is none of them.
SDKS   := $(if $(wildcard scaleshop/architectures/$(ARCH)/__init__.py),--group $(ARCH))
# What `make test` writes and `make slowest` reads.
TESTS_RUN := $(VENV)/.tests.xml
RUN    := $(VENV)/.run-$(ARCH)

.DEFAULT_GOAL := help
.PHONY: help install up down preview test slowest check fmt lint type imports docs bench clean

help: ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo "ARCH=NAME chooses the architecture (now $(ARCH))."

install: $(VENV)/.install ## Install what the commands need for every architecture.

up: $(RUN) ## Provision ARCH in the sandbox, sell on it and print the verdict.
	@$(BIN)/scaleshop up $(ARCH)

down: $(RUN) ## Stop every process of the sandbox.
	@$(BIN)/scaleshop down

preview: $(RUN) ## Show what ARCH would create; needs no credentials and starts nothing.
	@$(BIN)/scaleshop preview $(ARCH)

test: check ## Run the linters, the type checker and the tests; with ARCH=NAME not those of other architectures.
	@$(BIN)/python -m pytest -n $${PYTEST_WORKERS:-2} --dist loadfile --no-loadscope-reorder \
	  --junitxml $(TESTS_RUN) $(if $(filter-out file,$(origin ARCH)),--architecture $(ARCH)) $(PYTEST_ARGS)

slowest: $(VENV)/.dev ## List the twenty slowest tests of the last run, and the slowest files.
	@$(BIN)/python scripts/slowest_tests.py $(TESTS_RUN)

check: lint imports type ## Run the static checks alone.

fmt: $(VENV)/.dev ## Format the code.
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

imports: $(VENV)/.dev
	@$(BIN)/lint-imports --no-cache > $(VENV)/.imports.log || { cat $(VENV)/.imports.log; exit 1; }

type: $(VENV)/.dev
	@$(BIN)/pyright --warnings

docs: $(VENV)/.dev ## Regenerate what is generated: diagrams, snapshots, reference tables.
	@$(BIN)/python scripts/generate.py

bench: $(VENV)/.dev ## Run the benchmarks; figures are printed, nothing is asserted.
	@for f in benchmarks/*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; done

clean: ## Remove the environment and the sandbox's files (stop it first with `make down`).
	@rm -rf $(VENV) .scaleshop

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "scaleshop needs Python 3.11 or newer; $$($(PYTHON) --version) is '$(PYTHON)'. Set PYTHON=python3.12, say."; exit 3; }
	@echo "Preparing $(VENV) (once)..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || \
	  { echo "The package index did not answer. The first run needs it; check the network or pip's index settings, then run make again."; exit 3; }

# --inexact: what `make test` installed stays when `make up` runs after it.
$(RUN): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact --no-default-groups $(SDKS)
	@touch $@

$(VENV)/.install: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --inexact
	@touch $@

$(VENV)/.dev: pyproject.toml uv.lock | $(UV)
	@$(UV) sync --quiet --frozen --all-groups
	@touch $@
