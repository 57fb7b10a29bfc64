# `make demo` and `make test` are all a newcomer needs. PYTHON picks the interpreter: 3.11, 3.12 or 3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
ARGS ?=
SECONDS ?= 300

# Tests and the demo start many processes: where this is set, each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test quick lint check lowest fuzz clean

help:
	@echo "make demo    run the demo: legacy and model servers, the router, real traffic, a report"
	@echo "make test    run every test"
	@echo "make quick   run the tests that take no seconds"
	@echo "make lint    ruff, mypy and the import contracts"
	@echo "make check   lint and test"
	@echo "make fuzz    send the router nearly HTTP from both sides for 5 minutes a test, each time other (SECONDS=300)"
	@echo "make lowest  run the unit tests on the lowest versions that pyproject.toml allows"
	@echo "make clean   remove what these made"

demo: $(VENV)/.installed
	$(BIN)/shadow demo $(ARGS)

test: $(VENV)/.developing
	$(BIN)/pytest $(ARGS)

quick: $(VENV)/.developing
	$(BIN)/pytest -m "not slow" $(ARGS)

lint: $(VENV)/.developing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy tests/typing
	$(BIN)/lint-imports

check: lint test

lowest: $(LOWEST)/.developing
	$(LOWEST)/bin/pytest -m "not slow" tests/comparators tests/fallback tests/shadow tests/e2e/test_methods.py $(ARGS)

fuzz: $(VENV)/.developing
	FUZZ_SECONDS=$(SECONDS) $(BIN)/pytest -s -k fuzz tests/e2e/faults $(ARGS)

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -c constraints.txt
	@touch $@

$(VENV)/.developing: pyproject.toml constraints.txt | $(VENV)/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $@ $(VENV)/.installed

$(LOWEST)/.developing: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints-lowest.txt
	@touch $@

clean:
	rm -rf $(VENV) $(LOWEST) build dist shadow-demo *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
