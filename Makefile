# make demo    check the sample data set, print what is wrong with its labels, draw the evidence into demo_out/
# make test    all tests        make lint    ruff and mypy        make clean    remove what the others made
# make bench   how fast the viewer is; how well a camera's place is audited, over a hundred generated cameras: hours, its
#              drives are kept in build/
#
# Needs python3 with venv, and make. Each target installs what it needs into .venv, once: the stamps
# .venv/installed and .venv/installed-dev are renewed only when pyproject.toml or constraints.txt change.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

SAMPLE := sample_data/crossing/v1.0-planted

.PHONY: demo test bench lint clean

demo: $(VENV)/installed
	$(BIN)/boresight check $(SAMPLE) --format nuscenes --fail-on never
	$(BIN)/boresight snapshot $(SAMPLE) --format nuscenes --out demo_out

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(VENV)/installed-dev
	$(BIN)/python tests/benchmarks/bench_viewer.py
	$(BIN)/python tests/benchmarks/bench_lidar_camera.py $(BENCH_ARGS)

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) .venv-no-open3d demo_out build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find calibration fusion viewers sample_data tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable .
	touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable ".[dev]"
	touch $(VENV)/installed $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
