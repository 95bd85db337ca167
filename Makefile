# `make` alone tells what there is to do. Every target makes what it needs first.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv/bin
LOCAL := $(VENV)/python -m infra.local

export PORT ACADEMY_HOME ACADEMY_CACHE LIMITS DATABASE_URL

.PHONY: fuzz
fuzz: .venv/.ready ## The contract and the properties under random seeds: make fuzz MINUTES=10 (or SEED=… of a round that failed)
	@FUZZ_MINUTES="$(if $(SEED),,$(or $(MINUTES),10))" FUZZ_SEED="$(SEED)" HYPOTHESIS_PROFILE=long \
		$(VENV)/python -m pytest -rP -o timeout=0 tests/contract/test_fuzz.py tests/properties

.PHONY: help setup run reset env invoke reconcile inbox logs seed deploy test check openapi format chaos redrive bench mutants

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ":.*## " "{gsub(/[$$][$$]/, \"$$\"); printf \"  make %-9s %s\\n\", \$$1, \$$2}"

setup: .venv/.ready ## Make .venv with everything that development needs

.venv/.ready: requirements.txt pyproject.toml infra/local/bootstrap.sh
	@bash infra/local/bootstrap.sh
	@touch $@

run: .venv/.ready ## The whole academy on this machine: http://127.0.0.1:3000 (PORT=, LIMITS=production, DATABASE_URL=)
	@exec $(LOCAL) run

reset: .venv/.ready ## Forget the local academy's state
	@$(LOCAL) reset

env: .venv/.ready ## KEY=value lines of the running academy: eval "$$(make -s env)"
	@$(LOCAL) env

invoke: .venv/.ready ## Run one function once: make invoke FN=catalog EVENT=events/api/list_courses.json
	@$(LOCAL) invoke "$(FN)" "$(EVENT)"

reconcile: .venv/.ready ## Compare with the payment vendor now, put right what differs, and say what is left
	@$(LOCAL) reconcile

inbox: .venv/.ready ## The e-mails that the local academy sent
	@$(LOCAL) inbox

logs: .venv/.ready ## Follow what the functions log
	@$(LOCAL) logs

redrive: .venv/.ready ## Dead letters back to their queue: make redrive QUEUE=certificates|learning|notifications|email|push|… (in AWS: ENV=)
	@$(LOCAL) redrive "$(QUEUE)" "$(ENV)"

seed: .venv/.ready ## More data in the running academy: make seed SCALE=small|large
	@$(VENV)/python -m infra.local.seed --scale "$(or $(SCALE),small)"

deploy: .venv/.ready ## Deploy to AWS: make deploy ENV=dev|staging|prod (later: PARAMETERS="MailFrom=…")
	@$(LOCAL) deploy "$(ENV)" $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS))

test: .venv/.ready ## All tests, each with the set-up it needs
	@$(VENV)/python -m pytest -n 2 --ignore=tests/e2e
	@$(VENV)/python -m pytest tests/e2e

check: .venv/.ready ## Format, lint, types, architecture, template, security, OpenAPI drift
	@bash infra/local/check.sh

chaos: .venv/.ready ## Deliveries, requests, workflows and payments attacked: make chaos DELIVERIES=100000 HISTORIES=10000 (CHAOS_SEED= to see one again)
	@DELIVERIES="$(DELIVERIES)" HISTORIES="$(HISTORIES)" CHAOS_SEED="$(CHAOS_SEED)" $(VENV)/python -m pytest -q -s tests/chaos

openapi: .venv/.ready ## Write the OpenAPI document, the Postman collection and the gateway's routes
	@$(VENV)/python -m infra.openapi.generate

format: .venv/.ready ## Format the code
	@$(VENV)/ruff format . && $(VENV)/ruff check --fix --quiet .

bench: .venv/.ready ## What was demanded of its speed, measured (SCALE=small, SUBJECTS="reads memory"; see tests/bench)
	@$(VENV)/python -m tests.bench $(SUBJECTS)

mutants: .venv/.ready ## Change the code one small thing at a time and see whether a test notices: make mutants AREA=platform|learning|… (ONLY=outbox, AGAIN=1)
	@$(VENV)/python -m tests.mutants "$(or $(AREA),platform)" $(if $(ONLY),--only "$(ONLY)") $(if $(AGAIN),--again)

.PHONY: capacity roles
capacity: .venv/.ready ## What it carries and costs, from the template and infra/capacity: docs/capacity.md
	@$(VENV)/python -m infra.capacity

roles: .venv/.ready ## Note what the functions asked AWS for in the end-to-end tests, to judge their policies by
	@$(VENV)/python -m tests.infra.record
