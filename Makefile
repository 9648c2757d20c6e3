# Everything that a contributor runs. `make help` lists it.

SHELL := /usr/bin/env bash -o pipefail
TARGET := wasm32-wasip1
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
# Where the tests look for modules too, so that each is built once.
MODULES := $(TARGET_DIR)/wasm-modules
# Where the tests look for what KUBEBUILDER_ASSETS does not have.
CONTROL_PLANE := $(TARGET_DIR)/control-plane/bin

# The image's program for this machine. `make image` builds the same for each architecture.
IMAGE_TARGET := $(subst arm64,aarch64,$(shell uname -m))-unknown-linux-musl
IMAGE_PROGRAM := $(TARGET_DIR)/$(IMAGE_TARGET)/image/event-relay

.DEFAULT_GOAL := help
.PHONY: help run demo test control-plane cluster oracle policy-host image-test e2e-tests cases lint fmt bench bench-relay schema clean wasm-target FORCE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9.-]+:.*## / { printf "  %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: policy.wasm policy-host ## show the policy at work on a real pod of a ReplicaSet
	@$(TARGET_DIR)/debug/policy-host run --policy policy.wasm --settings examples/three-rules/settings.yaml \
	  --request examples/three-rules/request.json

demo: policy.wasm control-plane ## show the way from a Deployment to the Event in `kubectl describe`
	cargo build --workspace --bin demo --bin event-relay --test cluster
	@$(TARGET_DIR)/debug/demo --policy policy.wasm --settings examples/demo/settings.yaml \
	  --deployment examples/demo/deployment.yaml --chart deploy/event-relay \
	  --relay $(TARGET_DIR)/debug/event-relay

test: wasm-target control-plane ## run every test
	cargo test --workspace --no-fail-fast

control-plane: ## build kube-apiserver, etcd and the rest of the tests' cluster (needs Go)
	@e2e-tests/cluster/build $(CONTROL_PLANE)

cluster: control-plane ## run a cluster like the tests', to try things by hand
	@cargo run --quiet --package test-cluster

policy.wasm: wasm-target FORCE ## build the policy
	cargo build --release --target $(TARGET) --target-dir $(MODULES) --package pod-injector --lib
	@cmp --silent $(MODULES)/$(TARGET)/release/pod_injector.wasm $@ || cp $(MODULES)/$(TARGET)/release/pod_injector.wasm $@

# Each pair is drawn from the seed and its number; what is lost is written to target/oracle.
oracle: N := 10000
oracle: SEED := 1
oracle: policy.wasm control-plane ## try the policy on random pods before a real API server (N=10000 SEED=1)
	cargo build --workspace --bin oracle --test oracle
	@$(TARGET_DIR)/debug/oracle --policy policy.wasm --pairs $(N) --seed $(SEED) --cases $(TARGET_DIR)/oracle

# One of its tests comes along for the sake of the dependencies' features: they are then those that
# `make test` asks for, and nothing is built twice.
policy-host: ## build the development host
	cargo build --workspace --bin policy-host --test cli

image-test: control-plane ## run what the image holds in a root of its own (needs clang)
	@rustup target list --installed | grep --quiet --line-regexp $(IMAGE_TARGET) || rustup target add $(IMAGE_TARGET)
	cargo build --package event-relay --profile image --target $(IMAGE_TARGET)
	EVENT_RELAY_IMAGE_PROGRAM=$(abspath $(IMAGE_PROGRAM)) cargo test --workspace --test programs image::

annotated-policy.wasm: policy.wasm metadata.yml docs/usage.md ## build what a registry takes (needs kwctl)
	kwctl annotate --metadata-path metadata.yml --usage-path docs/usage.md --output-path $@ policy.wasm

artifacthub-pkg.yml: metadata.yml questions-ui.yml ## describe the policy for Artifact Hub (needs kwctl)
	kwctl scaffold artifacthub --metadata-path metadata.yml --output $@

e2e-tests: ## run the end-to-end cases with real kwctl (needs kwctl, bats and jq)
	@if command -v kwctl >/dev/null; then \
	  $(MAKE) annotated-policy.wasm && e2e-tests/run; \
	else \
	  echo 'e2e-tests: skipped, there is no kwctl here (`make test` runs the same cases in policy-host)'; \
	fi

cases: ## list the end-to-end cases, each with what it shows
	@cd e2e-tests/cases && awk ' \
	  FNR == 1 { if (NR > 1) print ""; printf "%s:", substr(FILENAME, 1, length(FILENAME) - 14); head = 1 } \
	  !/^#/ { head = 0 } \
	  head { printf "%s", substr($$0, 2) } \
	  END { print "" }' */*/settings.yaml

lint: ## check format, lints, and the dependencies' licences and sources
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --package pod-injector --target $(TARGET) --lib -- -D warnings
	cargo deny --workspace --all-features check bans licenses sources

fmt: ## format the code
	cargo fmt --all

bench: policy.wasm ## time the policy against the least that any policy must do
	@./benches/run

bench-relay: SECONDS := 60
bench-relay: control-plane ## time event-relay: its search, and a thousand failures a second (SECONDS=60)
	SECONDS=$(SECONDS) cargo bench --workspace --profile image --bench finder --bench load 2> >(grep --invert-match '^event-relay:' >&2)

clean: ## remove what the build made
	cargo clean
	rm -rf policy.wasm annotated-policy.wasm $(DIST)

wasm-target:
	@rustup target list --installed | grep --quiet --line-regexp $(TARGET) || rustup target add $(TARGET)

FORCE:

include release/release.mk
