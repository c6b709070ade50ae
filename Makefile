# What is done often, by its short name. `make` alone lists it. .ci/run is what a change must pass, whole.
PYTHON ?= python3.11
.DEFAULT_GOAL := help
.PHONY: help setup test slow studio lint types docs bench release all

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

setup:  ## a virtual environment in .venv with all that is needed, at the versions tested together
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -c constraints.txt -e ".[dev]"

test:  ## the tests: minutes
	pytest -n auto --dist loadfile

slow:  ## the tests that take minutes each
	pytest -m slow

studio:  ## the tests with a real Label Studio, which IE_MODEL_LABEL_STUDIO names
	pytest -m "labelstudio and not slow"

lint:  ## style, format, layers
	ruff check
	ruff format --check
	lint-imports

types:  ## static types
	mypy

docs:  ## the handbook into site/, every link checked
	NO_MKDOCS_2_WARNING=1 mkdocs build --strict

bench:  ## speed, kept in benchmarks/results: a quarter of an hour on a machine that does nothing else
	ie-model benchmark --against pipeline --workers 1,2 --save

release:  ## the shipped release, from the repository's annotations: hours, goes on where it stopped
	python scripts/build_release.py --work models/build

all:  ## what a change must pass, in a fresh environment
	.ci/run
