# Every target is one line. "make" alone builds; "make check" is what CI runs.
.PHONY: build test race lint docs golden bench demo release-check check help
GOBIN := $(CURDIR)/bin

build: ## build bin/mrkctl
	go build -o bin/mrkctl .
test: ## run all tests
	go test ./...
race: ## run all tests under the race detector
	go test -race ./...
lint: ## install the pinned linter and run it
	GOBIN=$(GOBIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 && $(GOBIN)/golangci-lint run ./...
docs: ## write docs/cli and docs/exit-codes.md again
	go run . gen docs docs
golden: ## rewrite all expected output; read the difference before you commit it
	go test ./pkg/progress ./pkg/tui -update && UPDATE_SCRIPTS=1 go test ./cmd
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchtime 1x ./...
demo: ## watch a Region go away
	go run . demo
release-check: ## install the pinned goreleaser and check its configuration
	GOBIN=$(GOBIN) go install github.com/goreleaser/goreleaser/v2@v2.15.1 && $(GOBIN)/goreleaser check
check: ## everything that CI runs
	.ci/run
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16
