"""PipelineFunction: one Lambda function with a role and a log group of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.dependencies_layer import RUNTIME
from infra.constructs.log_group import short_lived_log_group
from infra.constructs.permissions import allow
from infra.nag import acknowledge, acknowledge_wildcard
from infra.settings import InvalidSettings
from wordvectors.project import root

CODE = (
    "lambdas/*.py",
    "wordvectors/*.py",
    "wordvectors/aws/*.py",
    "wordvectors/blazingtext/*.py",
    "wordvectors/cleaning/__init__.py",
    "wordvectors/cleaning/documents.py",
    "wordvectors/cleaning/ending.py",
    "wordvectors/cleaning/order.py",
    "wordvectors/cleaning/recipe.py",
    "wordvectors/corpus/__init__.py",
    "wordvectors/corpus/check.py",
    "wordvectors/corpus/count.py",
    "wordvectors/corpus/language.py",
    "wordvectors/corpus/signs.py",
    "wordvectors/evaluation/*.py",
    "wordvectors/pages/__init__.py",
    "wordvectors/pages/charts.py",
    "wordvectors/pages/kit.py",
    "wordvectors/pages/report/*.py",
    "wordvectors/pages/templates/*",
    "wordvectors/pages/tuning/*.py",
    "wordvectors/lifecycle/*.py",
    "wordvectors/serving/*.py",
    "wordvectors/tuning/*.py",
    "wordvectors/vectors/*.py",
)
"""The part of the project that runs in the functions; it needs boto3 and the layers' packages only."""


MOST_ENVIRONMENT_BYTES = 4_096
_RESOLVED_BYTES = 128
"""Of a name or an ARN that is known at deployment only."""


class PipelineFunction(Construct):
    """A step of the pipeline: the handler `lambdas.NAME.handler`, allowed nothing but what `allow` adds.

    Attributes
    ----------
    function : aws_cdk.aws_lambda.Function
    role : aws_cdk.aws_iam.Role
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        module: str,
        description: str,
        environment: Mapping[str, str],
        layers: Sequence[lambda_.ILayerVersion],
        log_retention: int,
        memory_mb: int,
        timeout: cdk.Duration,
        storage: cdk.Size | None = None,
    ) -> None:
        super().__init__(scope, id)
        _check_environment(module, environment)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What lambdas.{module} may do",
        )
        log_group = short_lived_log_group(self, "Logs", retention=log_retention)
        log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            description=description,
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=pipeline_code(),
            handler=f"lambdas.{module}.handler",
            layers=list(layers),
            environment=dict(environment),
            role=self.role,
            memory_size=memory_mb,
            ephemeral_storage_size=storage,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
        )
        acknowledge(
            self.function,
            "L1",
            reason="Not the newest Python: what is deployed is what the functions' tests run on",
        )
        acknowledge_wildcard(
            self.role,
            "*",
            reason="X-Ray's PutTraceSegments and PutTelemetryRecords know no resources",
        )

    def allow(
        self,
        *actions: str,
        on: Sequence[str],
        because: str | None = None,
        conditions: Mapping[str, Mapping[str, object]] | None = None,
    ) -> None:
        """Allow the function these actions on these ARNs, as `permissions.allow` does."""
        allow(self.role, *actions, on=on, because=because, conditions=conditions)


def _check_environment(module: str, environment: Mapping[str, str]) -> None:
    """Refuse more than Lambda holds (developer guide, "Lambda quotas"), which only a deployment would say else.

    Lambda measures the variables as JSON, which escapes the quotes in a value that is JSON itself: its refusal quotes
    the text that it measured.
    """
    known = {name: value for name, value in environment.items() if not cdk.Token.is_unresolved(value)}
    size = _json_bytes(known | dict.fromkeys(environment.keys() - known.keys(), "x" * _RESOLVED_BYTES))
    if size > MOST_ENVIRONMENT_BYTES:
        longest = max(known, key=lambda name: len(known[name]))
        raise InvalidSettings([
            f"the environment of the function {module} needs {size:,} bytes, and Lambda holds "
            f"{MOST_ENVIRONMENT_BYTES:,}; the longest part is {longest}, {_json_bytes(known[longest]):,} bytes: "
            "shorten the setting it is made of"
        ])  # fmt: skip


def _json_bytes(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def pipeline_code() -> lambda_.Code:
    """Return the functions' code: the files of the project that `CODE` names, and no others."""
    return lambda_.Code.from_asset(str(root()), exclude=all_but(CODE), ignore_mode=cdk.IgnoreMode.GIT)


def all_but(files: Sequence[str]) -> list[str]:
    """Return .gitignore lines that leave these files alone.

    Git looks into no ignored folder: each folder is taken out, and what is in it ignored in its turn.
    """
    lines = ["/*"]
    for file in files:
        for folder in reversed(PurePosixPath(file).parents[:-1]):
            if f"!/{folder}" not in lines:
                lines += [f"!/{folder}", f"/{folder}/*"]
        lines.append(f"!/{file}")
    return lines
