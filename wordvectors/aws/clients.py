"""boto3 clients with the project's time-outs and retries."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra="wordvectors",
)


@cache
def client(service: str) -> Any:
    """Return the client of a service, made once per process, from the environment's credentials."""
    return boto3.client(service, config=_CONFIG)


def client_of(session: boto3.Session, service: str, endpoint_url: str | None = None) -> Any:
    """Return a client of a session the caller holds, at an endpoint of its own if one is given."""
    return session.client(service, endpoint_url=endpoint_url, config=_CONFIG)
