"""The CDK app: which stacks there are, how they are tagged, and what they are checked against."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import cdk_nag

from infra.cleaning_stack import CleaningStack
from infra.pipeline_stack import PipelineStack
from infra.settings import DeploymentSettings
from infra.storage_stack import StorageStack
from infra.tuning_stack import TuningStack
from wordvectors.project import root


@dataclass(frozen=True)
class Stacks:
    """The stacks of one deployment."""

    storage: StorageStack
    pipeline: PipelineStack
    tuning: TuningStack
    cleaning: CleaningStack | None


def add_stacks(app: cdk.App, settings: DeploymentSettings) -> Stacks:
    """Add the stacks of one deployment to an app, whose synthesis fails if cdk-nag finds fault with them."""
    storage = StorageStack(
        app,
        settings.storage_stack,
        description="wordvectors: corpora, models and the table of runs",
        keeps_data=settings.keeps_data,
        log_retention=settings.log_retention_days,
    )
    pipeline = PipelineStack(
        app,
        settings.pipeline_stack,
        description="wordvectors: trains BlazingText word vectors from each corpus that is uploaded",
        settings=settings,
        bucket=storage.bucket,
        run_table=storage.run_table,
    )
    tuning = TuningStack(
        app,
        settings.tuning_stack,
        description="wordvectors: searches a corpus's best hyperparameters by runs of the pipeline",
        settings=settings,
        bucket=storage.bucket,
        run_table=storage.run_table,
        training_machine=pipeline.workflow.state_machine,
        topic=pipeline.topic,
        alarm_topic=pipeline.alarm_topic,
    )
    cleaning = None
    if settings.cleaning.enabled:
        cleaning = CleaningStack(
            app,
            settings.cleaning_stack,
            description="wordvectors: cleans uploaded documents on AWS Glue, into corpora",
            settings=settings,
            bucket=storage.bucket,
            run_table=storage.run_table,
            topic=pipeline.topic,
            alarm_topic=pipeline.alarm_topic,
        )
    for key, value in settings.all_tags.items():
        cdk.Tags.of(app).add(key, value)
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    return Stacks(storage, pipeline, tuning, cleaning)


def cdk_json_context() -> dict[str, Any]:
    """Return cdk.json's context, so that the app gives the same templates without the CDK CLI."""
    return json.loads((root() / "cdk.json").read_text())["context"]
