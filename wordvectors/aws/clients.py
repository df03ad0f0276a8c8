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
_IN_FUNCTIONS = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra="wordvectors",
)
"""Four tries against a silent service end within a function's minute, so the error can be named."""
_NOT_VITAL = Config(
    connect_timeout=3,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent_extra="wordvectors",
)
"""For the price list: a run does not wait a minute for its price."""


_PATIENT = Config(
    connect_timeout=5,
    read_timeout=300,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra="wordvectors",
)
"""S3 answers a copy of 5 GB when it has copied it, minutes later."""


@cache
def client(service: str) -> Any:
    """Return the client of a service, made once per process, from the environment's credentials."""
    return boto3.client(service, config=_IN_FUNCTIONS)


def patient_client(service: str) -> Any:
    """Return a client of a service that may take minutes to answer, from the environment's credentials."""
    return boto3.client(service, config=_PATIENT)


def client_of(session: boto3.Session, service: str, endpoint_url: str | None = None) -> Any:
    """Return a client of a session the caller holds, at an endpoint of its own if one is given."""
    return session.client(service, endpoint_url=endpoint_url, config=_CONFIG)


def price_list_client(
    region: str, session: boto3.Session | None = None, endpoint_url: str | None = None
) -> Any:
    """Return a client of the AWS Price List for an account that works in `region`.

    The Price List answers about every region at a few endpoints only: us-east-1, eu-central-1 and ap-south-1
    (botocore's endpoints; developer guide, "Price List Query API").
    """
    near = {"eu": "eu-central-1", "ap": "ap-south-1"}
    nearest = near.get(region.partition("-")[0], "us-east-1")
    return (session or boto3).client(
        "pricing", region_name=nearest, endpoint_url=endpoint_url, config=_NOT_VITAL
    )
