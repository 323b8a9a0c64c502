# Everything that `make` does here; `make help` lists it.

export PORT ?= 8000
export DATA_DIR ?= .local
export MODELS ?=
export PYTHON ?=

.DEFAULT_GOAL := help
.PHONY: help run test check bench faults pins schema setup

help:  ## list what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@printf '\nPORT=8000, DATA_DIR=.local, MODELS=inference/models and PYTHON=path choose others for make run.\n'

run:  ## set everything up and serve, on http://127.0.0.1:8000 unless told otherwise
	@exec sh local/start.sh run --port "$$PORT" --data-dir "$$DATA_DIR" --models "$$MODELS"

test: setup  ## run all tests; ARGS="tests/local -x" picks some
	@exec .venv/bin/python -m pytest $(ARGS)

check: setup  ## lint and type, docker/ too
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy .
	@.venv/bin/python -m tests.docker.lint

bench: setup  ## measure, side by side with a plain Triton client
	@exec .venv/bin/python -m benchmarks $(ARGS)

faults: setup  ## try every fault on a whole installation, in half an hour at most; writes docs/faults.md
	@exec .venv/bin/python -m tests.faults $(ARGS)

schema: setup  ## write schema.graphql
	@.venv/bin/gatehouse schema > schema.graphql.new && mv schema.graphql.new schema.graphql

pins:  ## renew requirements/*.txt
	@exec sh local/start.sh pins

setup:
	@exec sh local/start.sh setup
