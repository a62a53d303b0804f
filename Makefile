# `make run` measures and reports; `make test` runs every test. Both set up what they need.
SHELL := /bin/bash
PYTHON ?= python3
CORES ?= all
PRESET ?= quick
DOMAINS ?= classical,deep_learning
BIN := .venv/bin
# PyTorch, and the workspaces beside the classical one, come with the domain deep_learning only.
LOCK := $(if $(findstring deep_learning,$(DOMAINS)),deep_learning,classical)
BUILDS ?= rust-classical linfa-py $(if $(findstring deep_learning,$(DOMAINS)),rust-tch rust-candle rust-ort rust-burn)
CRATES := worker networks classical tch candle ort burn
# tch (it needs libtorch) and burn (by far the longest to compile) are linted by hand: make lint LINTED="tch burn".
LINTED ?= candle ort
ASSAY_CONFIG := preset=$(PRESET) domains=$(DOMAINS) $(CONFIG)

.DEFAULT_GOAL := help
.PHONY: idle help run test audit lint format bench bench-short setup setup-dev build lock clean distclean check-tools

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup  ## Measure at preset quick and write reports/report.html (PRESET=standard, CORES=8, DOMAINS=classical without PyTorch, CONFIG="benchmarks=kmeans")
	@$(BIN)/snakemake --cores $(CORES) --quiet host reason --config $(ASSAY_CONFIG)
	@$(BIN)/assay verdicts

test: setup-dev build  ## Run every test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)
	@for crate in worker networks build-info; do cargo test --release --locked --quiet --manifest-path rust/$$crate/Cargo.toml || exit; done
	@torch=$$($(BIN)/python -c 'from assay.selection import libraries; print(*libraries.LIBRARIES["tch", "release"].named().values())'); \
	test -z "$$torch" || LIBTORCH=$$torch cargo test --release --locked --quiet --manifest-path rust/tch/Cargo.toml
	@cargo test --release --locked --quiet --manifest-path rust/classical/Cargo.toml --workspace --exclude findings

lint: setup-dev  ## Check style, types, layers and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	for crate in $(CRATES); do cargo fmt --check --all --manifest-path rust/$$crate/Cargo.toml || exit; done
	for crate in worker networks $(LINTED); do cargo clippy --release --locked --quiet --all-targets --manifest-path rust/$$crate/Cargo.toml -- -D warnings || exit; done
	cargo clippy --release --locked --quiet --workspace --all-targets --manifest-path rust/classical/Cargo.toml -- -D warnings

format: setup-dev  ## Format everything
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .
	$(BIN)/snakefmt Snakefile workflow
	for crate in $(CRATES); do cargo fmt --all --manifest-path rust/$$crate/Cargo.toml || exit; done

audit: setup-dev  ## Plant methodological defects and see that Assay catches them (some minutes; writes results/audit/)
	@$(BIN)/python -m audit

bench: setup-dev build  ## Benchmark the harness itself against other tools (half an hour; writes docs/performance.md)
	@$(BIN)/python -m bench --full

bench-short: setup-dev build  ## The same in some minutes (prints, writes nothing under docs/)
	@$(BIN)/python -m bench

build: setup  ## Build the Rust workers and the linfa-py wheel
	@$(BIN)/snakemake --cores $(CORES) --quiet rules progress --config domains=$(DOMAINS) -- $(BUILDS:%=results/implementation/%.json)
	@$(BIN)/assay builds

setup: check-tools .venv/.run-$(LOCK)-$(shell sha256sum requirements/$(LOCK).txt 2>/dev/null | cut -c1-12)
setup-dev: setup .venv/.dev-$(shell sha256sum requirements/dev.txt 2>/dev/null | cut -c1-12)

check-tools:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Assay needs Python 3.11 or later as '$(PYTHON)' (Debian: apt-get install python3 python3-venv), or name one: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Assay needs Python's venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@command -v cc >/dev/null || { echo "Assay needs a C compiler, as the linker of the Rust arms (Debian: apt-get install build-essential)" >&2; exit 1; }
	@command -v cargo >/dev/null || echo "No cargo here: the Rust arms will be left out of this run. To measure them install Rust 1.92 or later (1.88 without burn) with rustup, or as Debian's package rustup" >&2

.venv/.run-%: requirements/$(LOCK).txt
	@echo "Setting up .venv (a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(LOCK).txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -f .venv/.run-$(LOCK)-* && touch $@

.venv/.dev-%: requirements/dev.txt
	@echo "Installing the tools for tests and checks ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@rm -f .venv/.dev-* && touch $@

lock:  ## Renew the lock files and envs/ from requirements/*.in (needs uv)
	cd requirements && uv pip compile --quiet --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock" classical.in -o classical.txt
	cd requirements && uv pip compile --quiet --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock" -c classical.txt deep_learning.in -o deep_learning.txt
	cd requirements && uv pip compile --quiet --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock" -c classical.txt dev.in -o dev.txt
	cd requirements && uv pip compile --quiet --generate-hashes --python-version 3.11 --no-annotate --custom-compile-command "make lock" mkl.in -o mkl.txt
	$(BIN)/python requirements/make_env.py

idle:
	@test ! -e results/.lock || flock --nonblock results/.lock true || { echo "A run works in results/ ($$(cat results/.lock)); stop it, or wait for its end, then try again" >&2; exit 1; }

clean: idle  ## Remove results and reports; what was measured stays in results/.journal
	rm -rf results/[!.]* reports/*.html results/.progress
	git checkout --quiet -- results reports 2>/dev/null || true

distclean: clean  ## Remove everything that was made, measurements too
	rm -rf .venv .snakemake resources/datasets resources/public results/.journal results/.inductor results/.lock rust/*/target rust/*/target-*
