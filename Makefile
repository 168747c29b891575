# The front door. Every target brings what it needs; `make help` lists them.
FRONT_DOOR := ./infra/bootstrap.sh

# Settings may be given as `make demo CLUSTER=mine` or in the environment.
export CLUSTER PROVIDER DEMO_KEEP RESTART_ALL_CONTAINERS KUBEBUILDER_ASSETS

.DEFAULT_GOAL := help
.PHONY: help demo cluster-up deploy cluster-down check test test-long

help: ## This list
	@echo "Infra Autopilot"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Settings"
	@echo "  CLUSTER=name               the local cluster to use (default: one for each checkout)"
	@echo "  PROVIDER=auto              auto, kind (needs a Docker daemon) or embedded (needs root on Debian-like Linux)"
	@echo "  DEMO_KEEP=1                leaves the demonstration's namespace for a look"
	@echo "  RESTART_ALL_CONTAINERS=1   new clusters restart a pod's containers on a sidecar's exit code (alpha gates)"
	@echo "  KUBEBUILDER_ASSETS=folder  prebuilt Kubernetes binaries to use instead of building them"

demo: ## From nothing to healed pods, told live (about 3 min once all is built)
	@$(FRONT_DOOR) demo

cluster-up: ## Start the local cluster, or find it running
	@$(FRONT_DOOR) cluster-up

deploy: ## Build the images and install the chart on the local cluster
	@$(FRONT_DOOR) deploy

cluster-down: ## Remove the local cluster and all that belongs to it
	@$(FRONT_DOOR) cluster-down

check: ## Fast checks, no cluster: format, lint, types, unused code, unit tests, chart
	@$(FRONT_DOOR) check

test: ## All checks, the end-to-end tests on a real node among them
	@$(FRONT_DOOR) test

test-long: ## What takes too long for every change: outages and soaks
	@$(FRONT_DOOR) test-long
