# Nightshift. `make` prints what there is to do.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

FUNCTIONS := webhook ingest dedup diagnose remediate verify notify approve sequence
STACK ?= nightshift
PYTHON ?= python3
# What `make build` builds: arm64 (what is deployed), x86_64 or all.
ARCH := arm64
HOST_ARCH := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)

LOCAL := .tools/local-aws/bin/python
SAM := .tools/sam/bin/sam
CARGO_FUZZ_VERSION := 0.13.2
# Recorded incidents and log samples for the benchmark, as folders.
ENGINE_DATA = $(if $(SCENARIOS),--scenarios $(SCENARIOS)) $(if $(LOGS),--logs $(LOGS))
CARGO_LAMBDA := .tools/sam/bin/cargo-lambda
# The solver of `nightshift policy prove`.
export CVC5 ?= $(CURDIR)/infra/solver/cvc5_stdio.py
export PYTHONPATH := infra/local
export PYTHONDONTWRITEBYTECODE := 1
export SAM_CLI_TELEMETRY := 0

say = @printf '\n\033[1m==> %s\033[0m\n' "$(1)"

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: prerequisites .tools/local-aws/.installed .tools/sam/.installed .tools/cvc5/.installed ## Install what everything else needs, inside .tools/

.PHONY: prerequisites
prerequisites:
	@infra/local/prerequisites.sh $(PYTHON)

.tools/local-aws/.installed: infra/local/requirements.txt
	$(call say,Installing the local AWS into .tools/local-aws)
	$(PYTHON) -m venv .tools/local-aws
	$(LOCAL) -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

.tools/sam/.installed: infra/requirements-sam.txt
	$(call say,Installing SAM and cargo-lambda into .tools/sam)
	$(PYTHON) -m venv .tools/sam
	.tools/sam/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

.tools/cvc5/.installed: infra/solver/requirements.txt
	$(call say,Installing the solver that proves policies into .tools/cvc5)
	$(PYTHON) -m venv .tools/cvc5
	.tools/cvc5/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

.PHONY: demo
demo: prerequisites .tools/local-aws/.installed binaries ## Run seven incidents on a local AWS (VERBOSE=1 prints every step)
	@$(LOCAL) -m demo

.PHONY: binaries
binaries:
	$(call say,Building the functions and the CLI (the first time takes about ten minutes on two cores))
	cargo build --locked $(addprefix --package ,$(FUNCTIONS) cli)

.PHONY: test
test: setup check binaries ## Run all checks and tests, as CI does
	$(call say,Rust: decisions · handlers on fakes · adapters · contracts · the whole machine in process)
	@if cargo nextest --version > /dev/null 2>&1; then \
		cargo nextest run --locked --workspace --all-features; \
	else \
		echo "cargo-nextest is not installed: using cargo test"; \
		cargo test --locked --workspace --all-features --quiet; \
	fi
	$(call say,The local AWS and its automation runner)
	$(LOCAL) -m pytest -q -p no:cacheprovider infra/local/tests infra/local/demo/tests
	$(LOCAL) -m pytest -q -p no:cacheprovider infra/local/watch
	$(LOCAL) -m pytest -q -p no:cacheprovider bench
	$(LOCAL) -m pytest -q -p no:cacheprovider tests/documentation
	$(LOCAL) -m pytest -q -p no:cacheprovider tests/interfaces
	$(call say,What the policies never allow: proved over all requests)
	$(LOCAL) -m pytest -q -p no:cacheprovider -n 2 tests/policy_proofs
	$(call say,Every function by cargo lambda invoke as the README says)
	$(LOCAL) -m watch.smoke
	$(call say,End to end on the local AWS with IAM on)
	cargo build --locked --workspace --all-features --example ledger_load
	@rm -rf target/permissions
	$(LOCAL) -m pytest -q -p no:cacheprovider -n 2 --dist loadfile --record-permissions target/permissions tests/end_to_end
	$(LOCAL) -m pytest -q -p no:cacheprovider --permissions target/permissions tests/least_privilege
	$(call say,Chaos: a small run with faults inside the calls)
	$(LOCAL) -m pytest -q -p no:cacheprovider tests/chaos

.PHONY: model-check
model-check: ## Check the incident machine's model within larger bounds (a few minutes; docs/model-check.md)
	cargo test --locked --package model-check -- --ignored --nocapture

.PHONY: check
check: .tools/sam/.installed ## Check formatting, lints and templates, without running anything
	$(call say,Formatting and lints)
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features --quiet -- -D warnings
	$(call say,Templates)
	.tools/sam/bin/cfn-lint infra/template.yaml infra/automation.yaml
	$(SAM) validate --lint --region eu-west-1 --template infra/template.yaml

.PHONY: chaos
chaos: setup binaries ## Live through incidents while calls fail, are slow and functions are killed (INCIDENTS=200, SEED=, AT_ONCE=8)
	@$(LOCAL) tests/chaos --incidents $(or $(INCIDENTS),200) --at-once $(or $(AT_ONCE),8) $(if $(SEED),--seed $(SEED))

.PHONY: build
build: .tools/sam/.installed ## Cross-build every function (ARCH=arm64, x86_64 or all), and print each zip's size
	@infra/build.sh $(ARCH) $(FUNCTIONS)

.PHONY: deploy
deploy: .tools/sam/.installed ## Build for arm64 and deploy to the AWS account of your credentials (STACK=nightshift); asks first
	@infra/build.sh arm64 $(FUNCTIONS)
	.tools/sam/bin/python -m deployment_mode $(STACK) -- \
		$(SAM) deploy --template-file infra/template.yaml --stack-name $(STACK) --resolve-s3 --confirm-changeset \
		--capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset $(DEPLOY_FLAGS)

.PHONY: destroy
destroy: .tools/sam/.installed ## Delete the stack; the table, with its audit trail, stays
	$(SAM) delete --stack-name $(STACK)

.PHONY: watch
watch: setup ## Serve the functions for `cargo lambda invoke`, on a local AWS
	@$(LOCAL) -m watch

.PHONY: bench
bench: setup .tools/peers/.installed ## Measure cold start, memory, zip sizes, warm time, calls, cost, and the engine (SCENARIOS=, LOGS=)
	@infra/build.sh all $(FUNCTIONS)
	@$(LOCAL) bench/run.py $(ENGINE_DATA)

.PHONY: bench-evidence
bench-evidence: setup ## How long a diagnosis collects evidence, also with a service that hangs
	@infra/build.sh $(HOST_ARCH) $(FUNCTIONS)
	@$(LOCAL) bench/run_evidence.py

.PHONY: bench-engine
bench-engine: .tools/peers/.installed ## Compare the engine and the log miner with other tools (SCENARIOS=, LOGS=: folders of data)
	@$(PYTHON) bench/run_engine.py $(ENGINE_DATA)

# Half a gigabyte that only the comparison needs. Without it the benchmark says so and goes on.
.tools/peers/.installed: bench/engine/peers/requirements.txt
	$(call say,Installing what the engine is compared with into .tools/peers)
	$(PYTHON) -m venv .tools/peers
	.tools/peers/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@ || \
		echo "The peers could not be installed; the benchmark goes on without them."

.PHONY: docs-figures
docs-figures: .tools/figures/.installed binaries ## Draw docs/figures anew from examples/petshop
	@.tools/figures/bin/python docs/figures/draw.py

.tools/figures/.installed: docs/figures/requirements.txt
	$(call say,Installing what draws the figures into .tools/figures)
	$(PYTHON) -m venv .tools/figures
	.tools/figures/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

.PHONY: fuzz
fuzz: .tools/cargo-fuzz/.installed ## Fuzz the parsers of outside input (FUZZ_SECONDS=60 each; needs nightly Rust)
	@FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) fuzz/run.sh

.tools/cargo-fuzz/.installed:
	$(call say,Installing cargo-fuzz into .tools/cargo-fuzz)
	cargo install --locked --quiet --root .tools/cargo-fuzz --version $(CARGO_FUZZ_VERSION) cargo-fuzz
	touch $@

.PHONY: deny
deny: ## Check licences, advisories and sources of the dependencies (needs cargo-deny)
	cargo deny check

.PHONY: clean
clean: ## Remove all that was built or installed here
	rm -rf target .tools .local fuzz/target
