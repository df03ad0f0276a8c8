"""boto3 clients with the project's time-outs and retries."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConstantProvider


def _config(connect_timeout: int, read_timeout: int, tries: int = 4) -> Config:
    return Config(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
        user_agent_extra="wordvectors",
    )


_CONFIG = _config(connect_timeout=5, read_timeout=30)
_IN_FUNCTIONS = _config(connect_timeout=3, read_timeout=10)
"""Four tries against a silent service end within a function's minute, so the error can be named."""
_NOT_VITAL = _config(connect_timeout=3, read_timeout=5, tries=2)
"""For the price list: a run does not wait a minute for its price."""
_WAITING = _config(connect_timeout=5, read_timeout=910, tries=1).merge(Config(tcp_keepalive=True))
"""Lambda lets a function run for 15 minutes; asked again, it would run twice."""
_PATIENT = _config(connect_timeout=5, read_timeout=300)
"""S3 answers a copy of 5 GB when it has copied it, minutes later."""


@cache
def client(service: str) -> Any:
    """Return the client of a service, made once per process, from the environment's credentials."""
    return boto3.client(service, config=_IN_FUNCTIONS)


def patient_client(service: str) -> Any:
    """Return a client of a service that may take minutes to answer, from the environment's credentials."""
    return boto3.client(service, config=_PATIENT)


def local_session(region: str, access_key_id: str, secret_access_key: str) -> boto3.Session:
    """Return a session for the local cloud: it reads none of the user's settings and goes through no proxy.

    Whatever botocore would look up in the environment or in the files under ~/.aws has its default instead.
    """
    core = botocore.session.Session()
    settings = core.get_component("config_store")
    values = {name: default for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    values |= {"config_file": os.devnull, "credentials_file": os.devnull, "s3": None, "proxies_config": None}
    for name, value in {**values, "region": region}.items():
        settings.set_config_provider(name, ConstantProvider(value))
    core.set_default_client_config(Config(proxies={}))
    return boto3.Session(access_key_id, secret_access_key, botocore_session=core)


def client_of(
    session: boto3.Session, service: str, endpoint_url: str | None = None, *, waits: bool = False
) -> Any:
    """Return a client of a session the caller holds, at an endpoint of its own if one is given.

    Parameters
    ----------
    waits
        Whether an answer may take as long as a function may run; nothing is then asked twice.
    """
    return session.client(service, endpoint_url=endpoint_url, config=_WAITING if waits else _CONFIG)


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
