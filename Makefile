# Everything that a contributor runs. `make help` lists it.

SHELL := /usr/bin/env bash -o pipefail
TARGET := wasm32-wasip1
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
# Where the tests look for modules too, so that each is built once.
MODULES := $(TARGET_DIR)/wasm-modules
# Where the tests look for what KUBEBUILDER_ASSETS does not have.
CONTROL_PLANE := $(TARGET_DIR)/control-plane/bin

.DEFAULT_GOAL := help
.PHONY: help run test control-plane policy-host e2e-tests lint fmt bench schema clean wasm-target FORCE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: policy.wasm policy-host ## show the policy at work on a real pod of a ReplicaSet
	@$(TARGET_DIR)/debug/policy-host run --policy policy.wasm --settings examples/three-rules/settings.yaml \
	  --request examples/three-rules/request.json

test: wasm-target control-plane ## run every test
	cargo test --workspace

control-plane: ## build kube-apiserver, etcd and the rest of the tests' cluster (needs Go)
	@e2e-tests/cluster/build $(CONTROL_PLANE)

policy.wasm: wasm-target FORCE ## build the policy
	cargo build --release --target $(TARGET) --target-dir $(MODULES) --package pod-injector --lib
	@cmp --silent $(MODULES)/$(TARGET)/release/pod_injector.wasm $@ || cp $(MODULES)/$(TARGET)/release/pod_injector.wasm $@

# One of its tests comes along for the sake of the dependencies' features: they are then those that
# `make test` asks for, and nothing is built twice.
policy-host: ## build the development host
	cargo build --workspace --bin policy-host --test cli

annotated-policy.wasm: policy.wasm metadata.yml README.md ## build what a registry takes (needs kwctl)
	kwctl annotate --metadata-path metadata.yml --usage-path README.md --output-path $@ policy.wasm

artifacthub-pkg.yml: metadata.yml README.md ## describe the policy for Artifact Hub (needs kwctl)
	kwctl scaffold artifacthub --metadata-path metadata.yml --output $@

e2e-tests: ## run the end-to-end cases with real kwctl (needs kwctl, bats and jq)
	@if command -v kwctl >/dev/null; then \
	  $(MAKE) annotated-policy.wasm && bats --print-output-on-failure e2e-tests; \
	else \
	  echo 'e2e-tests: skipped, there is no kwctl here (`make test` runs the same cases in policy-host)'; \
	fi

lint: ## check format, lints, and the dependencies' licences and sources
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --package pod-injector --target $(TARGET) --lib -- -D warnings
	cargo deny --all-features check bans licenses sources

fmt: ## format the code
	cargo fmt --all

bench: policy.wasm ## time the policy against the least that any policy must do
	@./benches/run

clean: ## remove what the build made
	cargo clean
	rm -f policy.wasm annotated-policy.wasm

wasm-target:
	@rustup target list --installed | grep --quiet --line-regexp $(TARGET) || rustup target add $(TARGET)

FORCE:
