# Every target sets itself up on a machine with Python 3.11 to 3.13 and make.
PYTHON ?= python3
PY := .venv/bin/python
ROUNDS ?= 200
COMPILE := .venv/bin/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 --only-binary :all:

.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.venv/ready: locks/requirements.txt locks/installer.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo "要用 Python 3.11 至 3.13。装好后写明用哪一个，例如：make demo PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "缺少 Python 的 venv 组件。Debian、Ubuntu、UOS 请先装：apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r locks/installer.txt
	.venv/bin/uv pip install -q --python $(PY) --no-deps --require-hashes --only-binary :all: --compile-bytecode -r locks/requirements.txt
	.venv/bin/uv pip install -q --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

setup: .venv/ready ## the environment in .venv, locked and hashed

demo: .venv/ready ## the whole chain on a made-up county, in var/demo
	$(PY) -m pipeline.cli.main demo

test: lint ## lint, then every test the machine can run
	$(PY) -m tests.run

services: .venv/ready ## Kafka, Elasticsearch, PostgreSQL and Prefect for trying, until Ctrl-C; prints their settings
	@$(PY) -m tests.services

lint: .venv/ready ## format, rules, types, import arrows, locks
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/lint-imports --no-cache
	.venv/bin/basedpyright
	$(PY) -m tests.locks

bench: .venv/ready ## the table of benchmarks: ratios in one run
	$(PY) -m tests.benchmarks

eval: .venv/ready ## how well texts are read, beside the libraries one would pick; keeps docs/eval.md
	$(PY) -m tests.eval --write

soak: .venv/ready ## fault rounds, ROUNDS=200 by default; RESUME=seed goes on
	$(PY) -m tests.faults.soak --rounds $(ROUNDS) $(if $(RESUME),--resume $(RESUME))

kibana: .venv/ready ## deploy/kibana/minyi.ndjson from its source, pipeline/operate/kibana/minyi.yaml
	$(PY) -m pipeline.operate.kibana deploy/kibana/minyi.ndjson

lock: .venv/ready ## resolve the dependencies anew
	$(COMPILE) --extra dev --upgrade pyproject.toml -o locks/requirements.txt -q
	cp locks/requirements.txt locks/runtime.txt # of the same versions
	$(COMPILE) --extra s3 pyproject.toml -o locks/runtime.txt -q

clean: ## remove environment, caches and var
	rm -rf .venv var .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.PHONY: help setup demo test services lint bench eval soak kibana lock clean
