"""Which of AWS's errors are worth another try."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from wordvectors.aws.errors import TransientServiceError, transient_errors_named


def refusal(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation"
    )


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("SlowDown", 503),
        refusal("ConditionalRequestConflict", 409),
        refusal("Anything", 500),
        EndpointConnectionError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x"),
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_what_may_pass_by_itself_is_transient(error):
    with pytest.raises(TransientServiceError), transient_errors_named():
        raise error


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceInUse"])
def test_what_another_try_would_not_change_is_not(code):
    with pytest.raises(ClientError), transient_errors_named():
        raise refusal(code)
