# Two commands do everything: `make serve` and `make test`. The README gives their pip equivalents.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A process of tests for each processor; tests of one file, which share servers and stores, stay together, in order.
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: assets serve test test-long test-clients coverage smoke dist docs lint types bench figures bench-reading clean

# Without npm the pages work all the same, so a failure here is no failure of what follows.
assets: $(VENV)/.installed server/static/vendor/LICENCES.md
server/static/vendor/LICENCES.md: server/web/assets.lock.json | $(VENV)/.installed
	@$(BIN)/python -m comity.server.web.assets || true

serve: $(VENV)/.installed assets
	@$(BIN)/comity serve

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[languages,pictures]'
	@touch $@

$(VENV)/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $(VENV)/.installed $@

test: $(VENV)/.dev assets lint types
	$(PYTEST)

test-long: $(VENV)/.dev test-clients
	$(PYTEST) -m long

# Programs that people use, from PyPI, npm (in build/clients) and Debian (those that are installed), on a running server.
# What cannot be installed is named and left out. WRITE=1 writes the table of docs/clients.md.
test-clients: $(VENV)/.dev build/clients/.python build/clients/.node
	$(BIN)/python -m tests.clients $(if $(WRITE),--write)

build/clients/.python: tests/clients/requirements.txt
	@mkdir -p build/clients
	-@$(PYTHON) -m venv build/clients/venv && \
	build/clients/venv/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@

build/clients/.node: tests/clients/package.json
	@mkdir -p build/clients/npm && cp $< build/clients/npm/
	-@cd build/clients/npm && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error && touch ../.node

# Lines of graph/ that its own suites reach. The server runs in processes of its own, which this would not see.
coverage: $(VENV)/.dev
	$(PYTEST) -q --cov --cov-report=term:skip-covered $(addprefix tests/,closure validation graph facts story)

# Wheel and sdist in dist/, with the editor, typefaces and outlines in them: what `uv tool install` and pipx take.
dist: $(VENV)/.dev assets
	.ci/dist dist

# Wheel and sdist, built and used outside the checkout, by every Python that is here.
smoke: $(VENV)/.dev assets
	.ci/smoke

# The documentation as a site, in build/docs; a link that leads nowhere ends it. The code is read as it is installed.
docs: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,docs]'
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/wheel .
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/python .ci/check_syntax.py $$(git ls-files '*.rq' '*.ru' '*.ttl')

# mypy and import-linter read the package as it is installed, which an editable installation does not show them.
types: $(VENV)/.dev
	@rm -rf build/lib build/bdist.* build/wheel
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target build/wheel .
	$(BIN)/mypy
	PYTHONPATH=build/wheel $(BIN)/lint-imports --no-cache

# The servers that the endpoint is measured against come with the extra `bench`.
bench: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	$(BIN)/python -m tests.benchmarks endpoint

# docs/figures.md, on the sample that tests use and on all the shipped facts; WORLD=DIR names other tables.
figures: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks figures $(if $(WORLD),--world $(WORLD))

# How well reports are read, into docs/reading.md.
bench-reading: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks reading

clean:
	rm -rf build dist $(VENV) *.egg-info
