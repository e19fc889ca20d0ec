# Two commands do everything on a fresh machine: `make verify` and `make test`. Second runs skip the set-up.
PYTHON ?= python3
VENV := .venv
# one thread a worker: two workers of two threads on two cores are slower than two of one
RUN = OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(VENV)/bin/python -m pytest -n auto
READY := $(VENV)/.ready

.PHONY: verify neighbours bench docs test lint setup clean

# of our tests; to load it takes each worker a second
CHECKS = --dist loadscope --no-loadscope-reorder -p no:hypothesispytest

verify: $(READY)  ## decide the paper's claims on the tiny model
	$(RUN) checks/ $(CHECKS)

neighbours: $(READY)  ## decide claims of neighbouring papers on the tiny model
	$(RUN) checks/neighbours -m neighbour $(CHECKS)

bench: $(READY)  ## time it beside what people use instead, on the tiny model
	OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1 $(VENV)/bin/python -m harness bench

GROUP = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["docs"], sep="\n")

docs: $(READY)  ## docs/ as a site in .site/, with the Python names and the command line
	$(VENV)/bin/python -c '$(GROUP)' | $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement /dev/stdin
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict --quiet --config-file docs/site/mkdocs.yml

# each worker has a half, and takes from the other's when it is done: the long tests come last, and one worker had them
# the limit is by the clock: it ends what hangs, and lets a test of ten minutes take an hour on a busy machine
test: $(READY)  ## our own tests
	$(RUN) tests/ -m "not slow" --dist worksteal --timeout 3000

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
	rm -rf $(VENV) .store report .site
