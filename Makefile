# `make` lists what there is. Everything sets itself up on a machine that has only Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCHES := latency recovery memory growth partitions stalls notes roles day_begins
PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup demo test chaos check fuzz bench bench-peers mutants rule-mutants format schemas lock sbom quality compiled c-compiler test-compiled dashboards pictures

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: $(VENV)/.ready  ## A virtual environment with the pinned packages (done by itself where needed)

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11"; exit 1; }
	@echo "Setting up $(VENV): the pinned packages, once (about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup  ## Watch real customers move between tiers on a real Kafka (Ctrl-C ends it; ONCE=1 exits when done)
	@$(BIN)/tiering demo $(if $(ONCE),--once)

test: setup  ## All tests, three files at once: most of the slow ones wait for Kafka (AT_ONCE=1)
	@$(BIN)/python -m pytest -q -n $(or $(AT_ONCE),3) --dist loadfile --no-loadscope-reorder

chaos: setup  ## Break it on a real Kafka, an hour of it, and judge what is left (CHAOS="kill-all 7" for one cell and seed)
	@$(BIN)/python -m tests.chaos $(CHAOS)

check: setup  ## Lint, format, types, import contracts, generated files fresh, licences
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m schemas.documents --check
	@$(BIN)/python -m service.domain.policy_schema --check
	@$(BIN)/python -m deploy.strimzi --check
	@$(BIN)/python -m deploy.prometheus --check
	@$(BIN)/python -m deploy.dashboards --check
	@$(BIN)/python -m tests.supply_chain.licences

sbom: setup  ## The bill of materials of what ships, CycloneDX, in build/sbom.cdx.json
	@$(BIN)/python -m tests.supply_chain.sbom build/sbom.cdx.json

quality: setup  ## How good the churn probabilities are on customers that were not fitted (a minute)
	@$(BIN)/python -m tests.quality.churn

fuzz: setup  ## Fuzz the decoding of events for a minute
	@$(BIN)/python tests/schemas/fuzz_decode.py -max_total_time=60 -verbosity=0

bench: setup $(if $(COMPILED),compiled)  ## What an event costs, in yardsticks (BENCH="--help"; OF=latency, ... see tests/performance; COMPILED=1)
	@$(if $(filter-out $(BENCHES),$(OF)),echo "OF=$(OF): it may be one of $(BENCHES)"; exit 2)
	@$(if $(COMPILED),PYTHONPATH=build/compiled:. $(BIN)/python -P,$(BIN)/python) -m tests.performance.$(or $(OF),bench) $(BENCH)

bench-peers: setup .venv-peers/.ready  ## This service against what one would take instead, on a real Kafka (PEERS="--help"; about half an hour)
	@if $(MAKE) -s c-compiler; then $(MAKE) -s compiled >/dev/null; else rm -rf build/compiled; fi
	@$(BIN)/python -m tests.performance.peers $(PEERS)

.venv-peers/.ready: tests/performance/peers/requirements.lock
	@echo "Setting up .venv-peers: what the peers need, once (about a minute)"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

compiled: build/compiled/.ready  ## The service with its hot modules as machine code, in build/compiled (a C compiler is needed)
	@echo "PYTHONPATH=build/compiled $(BIN)/tiering worker"

build/compiled/.ready: $(VENV)/.ready setup.py $(shell find agents/. schemas/. service/. -name __pycache__ -prune -o -print) | c-compiler
	@echo "Compiling into build/compiled (about a minute)" >&2
	@rm -rf build
	@TIERING_COMPILED=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --target build/compiled .
	@touch $@

c-compiler: setup
	@cc=$$($(BIN)/python -c 'import os, sysconfig; print((os.environ.get("CC") or sysconfig.get_config_var("CC")).split()[0])'); \
	headers=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))'); \
	command -v $$cc >/dev/null || { echo "There is no C compiler ($$cc): install one (Debian: gcc libc6-dev), or name it in CC" >&2; exit 1; }; \
	echo '#include <Python.h>' | $$cc -E -I$$headers - >/dev/null 2>&1 || \
		{ echo "$$cc finds no Python.h: install the headers of this Python (Debian: python3-dev libc6-dev)" >&2; exit 1; }

test-compiled: compiled  ## The unit tests against build/compiled: what is the same in machine code (two minutes)
	@TIERING_SCHEDULES=30 TIERING_EXAMPLES=0.5 $(BIN)/python -m pytest -q -p tests.compiled.plugin -o pythonpath="build/compiled ." \
		tests/domain tests/stories tests/programmes tests/service tests/properties tests/simulator tests/compiled

mutants: setup  ## Mutation testing of the domain (about an hour; M=orders for one module; remove mutants/ when code changed)
	@$(BIN)/python -m mutmut run --max-children $$(nproc) $(if $(M),"service.domain.$(M).*")
	@$(BIN)/python -m tests.mutation.survivors $(M)

rule-mutants: setup  ## Mutation testing of the alert rules (some minutes; M=NoEvents for one rule)
	@$(BIN)/python -m tests.mutation.rules $(M)

format: setup  ## Put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schemas: setup  ## Write the JSON Schemas of events and policy, the AsyncAPI and OpenAPI documents, Strimzi's topics and users anew
	@$(BIN)/python -m schemas.documents
	@$(BIN)/python -m service.domain.policy_schema
	@$(BIN)/python -m deploy.strimzi
	@$(BIN)/python -m deploy.prometheus

dashboards: setup  ## Write deploy/grafana/dashboards anew from deploy/dashboards
	@$(BIN)/python -m deploy.dashboards

pictures: setup  ## Run all roles and a Prometheus for some minutes, and draw every dashboard into build/pictures (MINUTES=10)
	@$(BIN)/python -m tests.deploy.picture.alive build/pictures $(MINUTES)

lock:  ## Pin and hash the packages anew (needs uv)
	@$(PIN) pyproject.toml -o requirements.lock
	@$(PIN) --extra laptop --extra fit --group dev pyproject.toml -o requirements-dev.lock
	@$(PIN) --constraint requirements-dev.lock --group build -o requirements-build.lock
	@$(PIN) tests/performance/peers/requirements.in -o tests/performance/peers/requirements.lock
