"""Requests to a function's URL, signed as IAM wants them (Signature Version 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError, NoRegionError


def signer(session: boto3.Session) -> Callable[[str, str, bytes, Mapping[str, str]], Mapping[str, str]]:
    """Return what signs a request to a function's URL: method, address, body, headers to headers.

    Raises
    ------
    botocore.exceptions.NoCredentialsError
        If the session has no credentials.
    botocore.exceptions.NoRegionError
        If it has no region.
    """
    credentials, place = session.get_credentials(), session.region_name
    if credentials is None:
        raise NoCredentialsError
    if place is None:
        raise NoRegionError

    def sign(method: str, address: str, body: bytes, headers: Mapping[str, str]) -> Mapping[str, str]:
        request = AWSRequest(method, address, headers=dict(headers), data=body)
        SigV4Auth(credentials.get_frozen_credentials(), "lambda", place).add_auth(request)
        return dict(request.headers.items())

    return sign
