"""Which of AWS's errors are worth another try."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    FlexibleChecksumError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from wordvectors.aws.errors import (
    TransientServiceError,
    error_message,
    error_text,
    transient_errors_named,
)


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
        ResponseParserError("no XML"),
        FlexibleChecksumError(error_msg="Expected checksum a did not match calculated checksum: b"),
    ],
)
def test_what_may_pass_by_itself_is_transient(error):
    with pytest.raises(TransientServiceError), transient_errors_named():
        raise error


def test_an_error_that_came_garbled_is_transient_and_one_without_a_body_is_not():
    """As botocore makes them of a JSON service's answer 400, and of HeadObject's."""

    def answered(message):
        return ClientError(
            {"Error": {"Code": "400", "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "O"
        )

    with pytest.raises(TransientServiceError, match="by a proxy or another server"), transient_errors_named():
        raise answered("\x00this is not an answer")
    with pytest.raises(ClientError), transient_errors_named():
        raise answered("Bad Request")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceInUse"])
def test_what_another_try_would_not_change_is_not(code):
    with pytest.raises(ClientError), transient_errors_named():
        raise refusal(code)


@pytest.mark.parametrize(
    "answer",
    [{"body": "Blocked"}, {"Error": {"Code": "403", "Message": "<html>Blocked</html>"}}, {"Error": {}}],
)
def test_what_a_proxy_answers_is_not_taken_for_an_error_of_aws(answer):
    error = ClientError({**answer, "ResponseMetadata": {"HTTPStatusCode": 403}}, "ListTables")
    said = "ListTables was answered by a proxy or another server, not by AWS (HTTP status 403)"
    assert (error_message(error), error_text(error)) == (said, said)


def test_a_page_that_cannot_even_be_parsed_is_told_as_such():
    assert error_text(ResponseParserError("<html>")) == (
        "what answered is no service of AWS, but a proxy or another server"
    )


def test_an_error_of_aws_is_told_in_its_own_words():
    assert error_message(refusal("ValidationException")) == "m"
    assert error_text(refusal("ValidationException")).startswith("An error occurred (ValidationException)")
    without_words = ClientError({"Error": {"Code": "404"}}, "HeadObject")
    assert error_message(without_words).startswith("An error occurred (404)")
