"""The app as it is deployed, synthesized once and read back as plain JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import infra  # noqa: F401  comes first: it names the Node that aws_cdk runs on

# isort: split
import aws_cdk as cdk

from infra.application import add_stacks, cdk_json_context
from infra.settings import DeploymentSettings

Template = dict[str, Any]
NO_BUNDLING = {"aws:cdk:bundling-stacks": []}


@dataclass(frozen=True)
class Assembly:
    """What `cdk synth` leaves: the folder and the templates; without cleaning its template is empty."""

    folder: Path
    storage: Template
    pipeline: Template
    tuning: Template
    cleaning: Template


def synthesize(folder: Path, context: dict[str, Any] | None = None) -> Assembly:
    """Synthesize the app with cdk.json's settings and those of `context`; cdk-nag's findings raise."""
    app = cdk.App(outdir=str(folder), context={**cdk_json_context(), **NO_BUNDLING, **(context or {})})
    settings = DeploymentSettings.from_context(app.node.get_all_context())
    stacks = add_stacks(app, settings)
    app.synth()
    templates = [
        json.loads((folder / stack.template_file).read_text()) if stack else {}
        for stack in (stacks.storage, stacks.pipeline, stacks.tuning, stacks.cleaning)
    ]
    return Assembly(folder, *templates)


@pytest.fixture(scope="package")
def production(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesize(tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="package")
def development(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesize(tmp_path_factory.mktemp("development"), {"wordvectors.environment": "development"})


@pytest.fixture
def storage(production: Assembly) -> Template:
    return production.storage


@pytest.fixture
def pipeline(production: Assembly) -> Template:
    return production.pipeline


@pytest.fixture
def cleaning(production: Assembly) -> Template:
    return production.cleaning


@pytest.fixture
def tuning(production: Assembly) -> Template:
    return production.tuning
