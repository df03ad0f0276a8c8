"""The functions' log: one JSON object per line, with the run's id on every line."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools import Logger

logger = Logger(service="wordvectors")


def log_about(run_id: str | None, context: Any) -> None:
    """Put the run and the request on every line that follows, and drop what was left of the last call."""
    logger.clear_state()
    logger.append_keys(
        run_id=run_id,
        function_name=getattr(context, "function_name", None),
        function_request_id=getattr(context, "aws_request_id", None),
    )
