"""ServeModels: answer questions about the models of this deployment, behind the function's URL."""

from __future__ import annotations

from typing import Any

from pydantic import Json

from lambdas.environment import Environment
from lambdas.logs import logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.promotions import Promotions
from wordvectors.aws.served_models import ServedModels, memory_for_models
from wordvectors.serving.handler import request_handler


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str
    tokens: Json[tuple[str, ...]] = ()
    """Hashes; none where IAM looks at who asks."""


settings = Settings.read()
answer = request_handler(
    ServedModels(
        Bucket(client("s3"), settings.bucket_name),
        Promotions(client("dynamodb"), settings.table_name),
        memory_for_models(),
    ),
    settings.tokens,
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request that the function's URL hands over."""
    logger.clear_state()
    returned = answer(event, context)
    logger.info(
        "a request is answered",
        extra={"path": event.get("rawPath"), "status": returned.get("statusCode")},
    )
    return returned
