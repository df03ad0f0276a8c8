"""What AWS's errors mean to the pipeline.

The state machine retries and catches by error name, which is the name of the exception's class. So the
many ways in which AWS says "later, please" become one name here.
"""

from __future__ import annotations

import http.client
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

_BUSY_CODES = frozenset({
    "ConditionalRequestConflict", "InternalError", "InternalFailure", "InternalServerError", "LimitExceededException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "RequestThrottled", "RequestThrottledException", "RequestTimeout", "ServiceUnavailable",
    "ServiceUnavailableException", "SlowDown", "Throttled", "ThrottledException", "Throttling",
    "ThrottlingException", "TooManyRequestsException", "TransactionInProgressException",
})  # fmt: skip


_BROKEN_ANSWERS = (
    ConnectionError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    ResponseParserError,
    ResponseStreamingError,
)


_UNUSABLE_SETTINGS = (BotoCoreError, ValueError, RuntimeError)
_OF_CREDENTIALS = frozenset({"botocore.credentials", "botocore.auth"})


class TransientServiceError(Exception):
    """AWS could not answer now: throttled, failed on its side, or out of reach. Worth another try."""


def is_of_settings(error: Exception) -> bool:
    """Tell whether botocore raised an error before it asked: over a profile, a file, an endpoint, credentials.

    Over credentials that a program or a file of the user's gives in another form than it expects, it may raise
    anything.
    """
    return isinstance(error, _UNUSABLE_SETTINGS) or is_of_credentials(error)


def is_of_credentials(error: Exception) -> bool:
    """Tell whether an error was raised while botocore read credentials, or signed with them."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_globals.get("__name__") in _OF_CREDENTIALS for frame, _ in frames)


def settings_text(error: Exception) -> str:
    """Return an error of the user's settings as botocore puts it, or what is behind it."""
    if isinstance(error, _UNUSABLE_SETTINGS):
        return str(error)
    if "offset-naive" in str(error):
        return "the time at which the credentials expire is one without a zone: let it end in Z"
    return f"the credentials are not of the form that AWS's clients expect ({type(error).__name__}: {error})"


def error_code(error: ClientError) -> str:
    """Return the service's error code, such as `ResourceInUse`."""
    return error.response.get("Error", {}).get("Code", "")


def error_message(error: ClientError) -> str:
    """Return the service's own words, or that no service of AWS has answered."""
    if _is_garbled(error):
        return (
            f"{error.operation_name} was answered by a proxy or another server, not by AWS "
            f"(HTTP status {_status(error)})"
        )
    return _words(error) or str(error)


def error_text(error: Exception) -> str:
    """Return an error as botocore puts it, or that no service of AWS has answered."""
    if isinstance(error, ResponseParserError):
        return "what answered is no service of AWS, but a proxy or another server"
    message = error_message(error) if isinstance(error, ClientError) else ""
    return str(error) if message in str(error) else message


def service_fault(error: Exception) -> str | None:
    """Return what AWS, or the way to it, has refused; None of an error that is another's."""
    of_services = (BotoCoreError, ClientError, ResponseParserError, TransientServiceError)
    return error_text(error) if isinstance(error, of_services) else None


def _status(error: ClientError) -> int:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _words(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", "")


def _is_garbled(error: ClientError) -> bool:
    """Tell whether an answer is no error as a service of AWS words it.

    Where the AWS SDK finds no code it takes the HTTP status for one; to a request that gets no body, such as
    HeadObject, it adds the status's own phrase.
    """
    words, status = _words(error), _status(error)
    if not error_code(error):
        return not words
    return error_code(error) == str(status) and words not in ("", http.client.responses.get(status))


@contextmanager
def transient_errors_named() -> Iterator[None]:
    """Raise `TransientServiceError` in place of every AWS error that a later call may not meet.

    Raises
    ------
    TransientServiceError
        Throttling, a 5xx answer, a broken or refused connection, a time-out, an answer that is cut off or garbled, or
        does not fit its checksum.
    """
    try:
        yield
    except ClientError as error:
        if _status(error) >= 500 or error_code(error) in _BUSY_CODES or _is_garbled(error):
            raise TransientServiceError(error_text(error)) from error
        raise
    except _BROKEN_ANSWERS as error:
        raise TransientServiceError(error_text(error)) from error
