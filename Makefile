# Two commands matter to a newcomer: `make demo` and `make test`. Everything is installed into .venv, nothing elsewhere.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Continuous integration adds bench: Stable-Baselines3 brings torch, gigabytes of it on some machines.
TEST_EXTRAS ?= test
# A process for each core; some tests take a gigabyte.
TEST_PROCESSES ?= --numprocesses auto --maxprocesses 4 --dist worksteal
# Parallelism is between processes: each computes on one thread.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip

.DEFAULT_GOAL := help
.PHONY: help demo test lint format type docs bench clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed-train,view  ## train a runner, judge it on OpenSim and film it (10 minutes on two cores)
	$(BIN)/soleus demo

test: $(VENV)/.installed-$(TEST_EXTRAS)  ## run the default test suite; T="-k name" narrows it
	$(ONE_THREAD) $(BIN)/python -m pytest $(TEST_PROCESSES) $(T)

lint: $(VENV)/.installed-dev  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev  ## repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

type: $(VENV)/.installed-dev  ## check types
	$(BIN)/pyright --pythonpath $(BIN)/python

docs: $(VENV)/.installed-docs  ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "documentation: site/index.html"

bench: $(VENV)/.installed-train,view,bench  ## measure rates beside Stable-Baselines3 (downloads torch)
	$(BIN)/soleus bench

clean:  ## remove what make installed and built; runs/ stays
	rm -rf $(VENV) site dist

# One stamp for each set of extras, made anew when what they are made of changes.
$(VENV)/.installed-%: pyproject.toml constraints.txt | $(VENV)/.created
	@echo "installing soleus[$*] into $(VENV) (the first time downloads a few hundred MB) ..."
	@$(PIP) install -qq --constraint constraints.txt --editable '.[$*]' || { \
	  echo "pip could not install Soleus: its words are above; docs/install.md says where OpenSim runs." >&2; exit 2; }
	@touch $@

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || { \
	  echo "Soleus needs Python 3.11, 3.12 or 3.13; '$(PYTHON) --version' says: $$($(PYTHON) --version 2>&1 | head -n 1)"; \
	  echo "Name another one, for example: make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12"; exit 2; } >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@
