.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: ## Install the project, editable, with what the tests need
	python -m pip install --editable '.[test]'

.PHONY: test
test: ## Run all tests, on a real stack
	python -m pytest

.PHONY: lint
lint: ## Check style, layout, types and the directions of imports
	ruff check .
	ruff format --check .
	mypy
	lint-imports

.PHONY: docs
docs: ## Write the page of the catalogue from the registry
	python -m workbench.transformations.page > docs/transformations.md

.PHONY: notebooks
notebooks: ## Run the notebooks and keep what they show
	python notebooks/execute.py

.PHONY: latency
latency: ## Measure how long a command takes
	python benchmarks/latency.py
