# make        build the dataset and show what load_dataset gets from it
# make test   everything: style, types, generated parts, all tests
# make quick  the tests that need no server, browser or process of their own, with few drawn examples
# make docs   renew the generated parts of Markdown files, and build the documentation's site into build/docs
# make soak   kill commands hundreds of times, run every two of them at once, try Ray's faults, and load with other
#             versions of datasets (seven minutes on two cores, and one more for the versions), and train the examples
#             in an environment of their own
# make bench  measure speed and memory against their aims (about two hours, most of it a million articles)

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PARALLEL := --numprocesses auto --dist loadgroup
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: all build check docs test quick soak label clean

all: build
	@$(BIN)/pactwire tour

build: .venv/package
	@$(BIN)/pactwire build

check: .venv/tools build
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/pactwire docs --check
	$(BIN)/python scripts/reference_pages.py --check
	$(BIN)/zensical build --strict
	$(BIN)/codespell
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/data.yml .github/ISSUE_TEMPLATE/tool.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(BIN)/zizmor --quiet --offline .github

docs: .venv/tools build
	@$(BIN)/pactwire docs
	@$(BIN)/python scripts/reference_pages.py
	@$(BIN)/zensical build --strict

test: check browser
	$(BIN)/pytest $(PARALLEL)

quick: check
	$(BIN)/pytest $(PARALLEL) -m "not slow" --hypothesis-profile=quick

soak: check
	$(BIN)/pytest $(PARALLEL) -m soak

label: .venv/tools
	$(BIN)/pactwire label serve --push

.PHONY: bench
bench: .venv/bench
	$(BIN)/python benchmarks/run.py

.PHONY: browser
browser: .venv/tools
	@command -v chromium >/dev/null || ( apt-get update -qq && apt-get install -y -qq chromium ) || \
		{ echo "The browser tests need Chromium: install it (on Debian: apt-get install chromium)." >&2; exit 1; }

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/package: .venv/bin/python pyproject.toml constraints.txt
	$(INSTALL) --editable .
	@touch $@

.venv/bench: .venv/tools
	$(INSTALL) --editable ".[bench]"
	@touch $@

.venv/tools: .venv/package
	$(INSTALL) --editable ".[dev,label,openai,ray,spacy,stores,uima]"
	@touch $@

clean:
	rm -rf .venv .pactwire build dataset/data dataset/plots dataset/schema dataset/README.md dataset/manifest.json dataset/croissant.json site
