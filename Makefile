# Needs a Python of at least 3.11 and make; everything else goes into .venv.
.PHONY: install run full test soak docs bench bench-sweep
.DEFAULT_GOAL := install

BIN := .venv/bin
STAMP := .venv/.installed
CHROMIUM := /usr/bin/chromium
CANDIDATES := python3.14 python3.13 python3.12 python3.11 python3
PROBE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  for python in $(CANDIDATES); do \
	    if $$python -c '$(PROBE)' >/dev/null 2>&1; then \
	      echo "Creating .venv with $$($$python --version)"; \
	      exec $$python -m venv --clear .venv; \
	    fi; \
	  done; \
	  echo "finflow needs Python 3.11 or newer with the venv module; tried: $(CANDIDATES)" >&2; \
	  exit 1; \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Root has it installed where there is apt; others are told how, and the tests that need it fail.
$(CHROMIUM):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
	  echo "make test needs Chromium for the report: apt-get install --no-install-recommends chromium" >&2; \
	fi

run: install
	$(BIN)/finflow run experiments/configs/four_levers.yaml

# Takes long; the first command says how long.
full: install
	$(BIN)/finflow check experiments/configs/four_levers_full.yaml
	$(BIN)/finflow run experiments/configs/four_levers_full.yaml

# The test processes share the cores already; thread pools inside them would only fight over these.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: export MKL_NUM_THREADS := 1
test: export NUMBA_NUM_THREADS := 1
# Do not ask the network whether a newer type checker exists: the pinned one is meant.
test: export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# The report is tested in a browser.
test: install $(CHROMIUM)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

# `kill -9` at random, a hundred times instead of the suite's ten.
soak: export FINFLOW_KILLS := 100
soak: install
	$(BIN)/pytest -n 0 tests/test_kills.py -k random

# Into site/, to be opened from disk. mkdocs-material says at every start that another project may change; pins decide that here.
docs: export NO_MKDOCS_2_WARNING := 1
docs: install
	$(BIN)/mkdocs build --strict
	@echo "open site/index.html"

bench: install
	$(BIN)/python -m experiments.bench

# Minutes; says how busy 400 small runs keep the cores, and the parent's memory.
bench-sweep: install
	$(BIN)/python -m experiments.bench_sweep
