# Two commands do everything on a fresh machine: `make verify` and `make test`. Second runs skip the set-up.
PYTHON ?= python3
VENV := .venv
RUN = OMP_NUM_THREADS=$(or $(OMP_NUM_THREADS),2) HF_HUB_OFFLINE=1 $(VENV)/bin/python -m pytest
READY := $(VENV)/.ready

.PHONY: verify verify-recovery test lint setup clean

verify: $(READY)  ## decide the paper's claims on the tiny model
	$(RUN) checks/ -m "tiny and not trains"

verify-recovery: $(READY)  ## decide the claims that train: minutes more
	$(RUN) checks/ -m "tiny and trains"

test: OMP_NUM_THREADS = 1
test: $(READY)  ## our own tests, one worker a core
	$(RUN) tests/ -m "not slow" --timeout 600 -n auto

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) .store report
