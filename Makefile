# Everything that `make` does here; `make help` lists it.

export PORT ?= 8000
export PROCESSES ?= 1
export DATA_DIR ?= .local
export MODELS ?=
export PYTHON ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench faults fuzz soak clients console pins schema setup

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@printf '\nPORT=8000, PROCESSES=1, DATA_DIR=.local, MODELS=inference/models (several with : between) and PYTHON=path choose others for make run.\n'

run:  ## set everything up and serve, at http://127.0.0.1:8000 if PORT is not set
	@exec sh local/start.sh run --port "$$PORT" --processes "$$PROCESSES" --data-dir "$$DATA_DIR" --models "$$MODELS"

# Without bytecode each of the five processes compiles pytest and its plugins.
test: setup  ## run all tests, four at a time; ARGS="tests/local -x" picks some, ARGS=-n0 runs one at a time
	@exec env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m pytest -n 4 $(ARGS)

check: setup  ## lint and check types, docker/ too
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy .
	@.venv/bin/python -m tests.docker.lint
	@.venv/bin/python -m tests.console.building check

bench: setup  ## measure, side by side with a plain Triton client
	@exec .venv/bin/python -m benchmarks $(ARGS)

fuzz: setup  ## send unusual operations to a whole installation for two minutes, as each kind of caller
	@exec .venv/bin/python -m tests.fuzz $(ARGS)

soak: setup  ## check the limits, counts and revocations in thousands of random histories; ARGS="--seed 17" repeats one
	@exec .venv/bin/python -m tests.histories $(ARGS)

faults: setup  ## try every fault on a whole installation, in half an hour at most; writes docs/faults.md
	@exec .venv/bin/python -m tests.faults $(ARGS)

clients: setup  ## run examples/ with each client, and install them as docs/clients.md says
	@FOLLOW_CLIENTS_PAGE=1 exec .venv/bin/python -m pytest -n0 -rs tests/clients $(ARGS)

schema: setup  ## write schema.graphql
	@.venv/bin/gatehouse schema > schema.graphql.new && mv schema.graphql.new schema.graphql

console: setup  ## build the web page from console/, into graph/console/built
	@exec .venv/bin/python -m tests.console.building

pins:  ## renew requirements/*.txt
	@exec sh local/start.sh pins

setup:
	@exec sh local/start.sh setup
