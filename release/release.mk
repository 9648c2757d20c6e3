# What a release is made of, and where it goes. .github/workflows/release.yml calls these targets, and
# so does `make release-dry-run`.

# The folder of a release's files.
DIST := dist
# Where images, the policy and the chart are pushed to.
REGISTRY ?= ghcr.io/pod-injector
# Not empty: the registry speaks HTTP.
export INSECURE ?=
VERSION := $(shell sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
ARCHITECTURES := amd64 arm64

.PHONY: dist dist-policy dist-image dist-chart dist-check image push push-dist registry-login sign sbom \
  release-check release-notes release-digests release-dry-run release-tools github-release lint-workflows

dist: dist-policy dist-image dist-chart sbom ## make a release's files in dist/ (needs kwctl, helm, clang)
	release/checksums $(DIST)

# Paths of this machine are replaced: the module names none of them.
dist-policy: wasm-target
	release/policy $(DIST)/policy.wasm
	kwctl annotate --metadata-path metadata.yml --usage-path docs/usage.md \
	  --output-path $(DIST)/annotated-policy.wasm $(DIST)/policy.wasm

dist-image: $(ARCHITECTURES:%=$(DIST)/image/%/event-relay)
	cp LICENSE $(DIST)/image

$(DIST)/image/%/event-relay: FORCE
	release/program $* $@

dist-chart:
	mkdir -p $(DIST)
	helm package deploy/event-relay --destination $(DIST)

sbom: ## list what the policy and event-relay are made of, as SPDX (needs cargo-sbom)
	release/sbom pod-injector $(DIST)/policy-sbom.spdx.json
	release/sbom event-relay $(DIST)/event-relay-sbom.spdx.json

dist-check: wasm-target ## build the committed policy in two folders, and compare the modules
	release/reproduce

image: dist-image ## build event-relay's image for amd64 and arm64 (needs buildah, clang)
	release/image $(DIST)/image event-relay:$(VERSION)

push: dist-policy dist-image dist-chart ## push policy, image and chart to REGISTRY (needs kwctl, buildah, helm, clang)
	@$(MAKE) --no-print-directory push-dist

push-dist: # what is in dist/ already
	release/push policy $(REGISTRY) $(VERSION) $(DIST)
	release/image $(DIST)/image event-relay:$(VERSION)
	release/push image $(REGISTRY) $(VERSION) $(DIST)
	release/push chart $(REGISTRY) $(VERSION) $(DIST)

# The password comes from standard input.
registry-login: # USER_NAME=name
	mkdir -p "$$HOME/.docker"
	buildah login --authfile "$$HOME/.docker/config.json" --username "$(USER_NAME)" --password-stdin $(firstword $(subst /, ,$(REGISTRY)))

sign: ## sign what was pushed, without a key (needs cosign, and an identity)
	release/sign $(REGISTRY) $(DIST)

release-check: ## check that TAG is this version, and that CHANGELOG has a section for it
	@test "$(TAG)" = "v$(VERSION)" || { echo "the tag is $(TAG), the version is $(VERSION)" >&2; exit 1; }
	@release/notes $(VERSION) >/dev/null

release-notes: ## print CHANGELOG's section of this version
	@release/notes $(VERSION)

release-digests: # print what was pushed as NAME=sha256:...
	@cd $(DIST)/digests && for name in *; do echo "$$name=$$(cat "$$name")"; done

release-dry-run: ## make a release, and push it to a registry of its own (needs kwctl, buildah, helm, a registry)
	release/dry-run

release-tools: ## install what a release needs and no package has: cargo-sbom
	command -v cargo-sbom >/dev/null || cargo install --locked --version 0.10.0 cargo-sbom

github-release: # publish what is in dist/ (needs gh)
	release/notes $(VERSION) >$(DIST)/notes.md
	release/publish v$(VERSION) $(DIST)

lint-workflows: ## check the workflows (needs Go, shellcheck, and zizmor or pipx)
	release/lint-workflows
