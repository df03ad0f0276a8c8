"""Errors as SageMaker's JSON API answers them."""

from __future__ import annotations

import json


class ServiceError(Exception):
    """An error answer; `code` is what boto3 shows as the error's Code."""

    code = "ValidationException"
    status = 400

    def answer(self) -> tuple[int, dict, bytes]:
        """Status, headers and body of the HTTP answer."""
        body = {"__type": self.code, "message": str(self)}
        return self.status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


class ValidationError(ServiceError):
    """A request the service cannot accept."""


class ResourceInUseError(ServiceError):
    """A name that is taken."""

    code = "ResourceInUse"


class ResourceLimitExceededError(ServiceError):
    """A quota that is used up."""

    code = "ResourceLimitExceeded"


class AccessDeniedError(ServiceError):
    """A permission the caller lacks."""

    code = "AccessDeniedException"


class UnknownOperationError(ServiceError):
    """An operation the local cloud does not have."""

    code = "UnknownOperationException"
