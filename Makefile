# Everything starts here: `make demo` maps a flood, `make test` checks the project; both set up what they need.

ENGINE := .venv/engine
TOOLS := .venv/tools
UV := $(TOOLS)/bin/uv
PYTHON := $(ENGINE)/bin/python
GEOFM := $(ENGINE)/bin/geofm

# Stamps stand for finished set-ups; a leftover of a broken one has none and is made again.
CORE := $(ENGINE)/.core
DEVELOPMENT := $(ENGINE)/.development

.PHONY: help demo test test-fast lint requirements clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       map a simulated flood, or yours: make demo POST=after.tif PRE=before.tif"
	@echo "make test       lint, types, import contracts and all tests"
	@echo "make test-fast  the same without the slow tests"
	@echo "make clean      remove everything that was set up or built"

# --- set-up ----------------------------------------------------------------------------------------------------

$(UV): requirements/tools.txt
	@if command -v dpkg-query >/dev/null; then scripts/system-packages.sh python3 python3-venv libexpat1; fi
	@rm -rf $(TOOLS)
	@python3 -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/tools.txt
	@touch $@

$(PYTHON): | $(UV)
	@$(UV) venv --quiet --python-preference system --python '>=3.11,<3.15' $(ENGINE)

define install_engine
	@echo "Setting up the engine's Python in $(ENGINE) ($(1)) ..."
	@$(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements/$(1).txt
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --build-constraints requirements/build.txt --editable .
endef

$(CORE): requirements/core.txt pyproject.toml | $(UV) $(PYTHON)
	$(call install_engine,core)
	@touch $@

$(DEVELOPMENT): requirements/development.txt requirements/core.txt pyproject.toml | $(UV) $(PYTHON)
	$(call install_engine,development)
	@touch $(CORE) $@

requirements: | $(UV)
	@for level in core development build; do \
	    $(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
	        --python-version 3.11 requirements/$$level.in -o requirements/$$level.txt || exit 1; done
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
	    --python-version 3.9 requirements/tools.in -o requirements/tools.txt

# --- use -------------------------------------------------------------------------------------------------------

export POST PRE
demo: $(CORE)
	@$(PYTHON) scripts/demo.py

lint: $(DEVELOPMENT)
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@$(ENGINE)/bin/lint-imports
	@$(ENGINE)/bin/vermin --quiet --no-tips --violations --target=3.9- engine/__init__.py engine/errors.py engine/jobs

test: lint
	@$(PYTHON) -m pytest

test-fast: lint
	@$(PYTHON) -m pytest -m 'not slow'

clean:
	rm -rf .venv build dist
