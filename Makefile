# Two commands do everything: `make serve` and `make test`. The README gives their pip equivalents.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One test process per processor; the tests in a file share servers and stores, so they stay together, in order.
PYTEST := $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: assets serve test test-long test-clients coverage smoke dist docs lint types bench figures bench-reading clean

# The pages also work without npm, so a failure here does not fail what follows.
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

# Long tests wait for servers half of the time, so three processes run them for every two processors.
test-long: $(VENV)/.dev test-clients
	$(PYTEST) -m long -n $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 ))

# Client programs from PyPI, npm (in build/clients) and Debian (those that are installed), on a running server.
# Programs that cannot be installed are listed and skipped. WRITE=1 writes the table in docs/clients.md.
test-clients: $(VENV)/.dev build/clients/.python build/clients/.node
	$(BIN)/python -m tests.clients $(if $(WRITE),--write)

build/clients/.python: tests/clients/requirements.txt
	@mkdir -p build/clients
	-@$(PYTHON) -m venv build/clients/venv && \
	build/clients/venv/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@

build/clients/.node: tests/clients/package.json
	@mkdir -p build/clients/npm && cp $< build/clients/npm/
	-@cd build/clients/npm && npm install --ignore-scripts --no-package-lock --no-audit --no-fund --loglevel=error && touch ../.node

# Lines of graph/ covered by its own test suites. The server runs in separate processes, which are not measured.
coverage: $(VENV)/.dev
	$(PYTEST) -q --cov --cov-report=term:skip-covered $(addprefix tests/,closure validation graph facts story)

# Wheel and sdist in dist/, including the editor, typefaces and outlines, for `uv tool install` and pipx.
dist: $(VENV)/.dev assets
	.ci/dist dist

# Wheel and sdist, built and used outside the checkout, with every installed Python.
smoke: $(VENV)/.dev assets
	.ci/smoke

# The documentation as a site, in build/docs; fails on broken links. References are read from the installed package.
docs: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,docs]'
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target build/wheel .
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(BIN)/python .ci/check_syntax.py $$(git ls-files '*.rq' '*.ru' '*.ttl')

# mypy and import-linter read the installed package, which an editable installation does not provide.
types: $(VENV)/.dev
	@rm -rf build/lib build/bdist.* build/wheel
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target build/wheel .
	$(BIN)/mypy
	PYTHONPATH=build/wheel $(BIN)/lint-imports --no-cache

# The servers that the endpoint is compared with are in the extra `bench`.
bench: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,bench]'
	$(BIN)/python -m tests.benchmarks endpoint

# docs/figures.md, for the sample used by tests and for all shipped facts; WORLD=DIR names other tables.
figures: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks figures $(if $(WORLD),--world $(WORLD))

# How well reports are read, into docs/reading.md.
bench-reading: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks reading

clean:
	rm -rf build dist $(VENV) *.egg-info
