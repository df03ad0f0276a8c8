"""Errors as SageMaker's JSON API answers them."""

from __future__ import annotations

import json
from typing import Any


class ServiceError(Exception):
    """An error answer; `code` is what boto3 shows as the error's Code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def answer(self) -> tuple[int, dict[str, Any], bytes]:
        """Status, headers and body of the HTTP answer."""
        body = {"__type": self.code, "message": str(self)}
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


class ValidationError(ServiceError):
    """A request the service cannot accept."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)
