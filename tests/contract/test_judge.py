"""What a service's model does not have is found, in each protocol: in requests, answers and errors."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.contract.exchange import Exchange
from tests.contract.excuses import without_excuse
from tests.contract.judge import judge

TARGETS = {
    "dynamodb": "DynamoDB_20120810", "logs": "Logs_20140328", "sagemaker": "SageMaker", "states": "AWSStepFunctions",
}  # fmt: skip
ROW = {"TableName": "runs", "Key": {"run_id": {"S": "wv-1"}}}
JOB = {"TrainingJobName": "j"}
EXECUTION = {"executionArn": "arn:aws:states:us-east-1:000000000000:execution:m:e", "startDate": 1.5}
IDENTITY = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult>{}</GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
)
LISTING = "<ListBucketResult><KeyCount>{}</KeyCount><Contents><Key>a</Key>{}</Contents></ListBucketResult>"


def exchange(service: str, path: str = "/", method: str = "POST", body: bytes = b"", **more) -> Exchange:
    """Return an exchange that is signed for a service, and whose answer is empty unless `more` says otherwise."""
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, …"
    }
    headers |= more.pop("headers", {})
    plain = {"status": 200, "answer_headers": {}, "answer_body": b""}
    return Exchange(method=method, path=path, headers=headers, body=body, **plain | more)


def called(service: str, operation: str, asked: object, answer: object, status: int = 200) -> Exchange:
    """Return an exchange of a service that speaks JSON."""
    return exchange(
        service, body=json.dumps(asked).encode(), status=status, answer_body=json.dumps(answer).encode(),
        headers={"x-amz-target": f"{TARGETS[service]}.{operation}"},
    )  # fmt: skip


def queried(action: str, answer: str, status: int = 200) -> Exchange:
    """Return an exchange of STS, which is asked by a form and answers XML."""
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    body = f"Action={action}&Version=2011-06-15".encode()
    return exchange("sts", body=body, headers=form, status=status, answer_body=answer.encode())


def identity(members: str) -> Exchange:
    """Return an answer of GetCallerIdentity."""
    return queried("GetCallerIdentity", IDENTITY.format(members))


def item(row: object) -> Exchange:
    """Return an answer of GetItem."""
    return called("dynamodb", "GetItem", ROW, {"Item": row})


def started(execution: object) -> Exchange:
    """Return an answer of StartExecution."""
    return called("states", "StartExecution", {"stateMachineArn": "m"}, execution)


def listed(count: str = "1", more: str = "", path: str = "/b?list-type=2") -> Exchange:
    """Return a listing of a bucket."""
    return exchange("s3", path, "GET", answer_body=LISTING.format(count, more).encode())


def invoked(path: str = "/2015-03-31/functions/f/invocations", **more) -> Exchange:
    """Return an invocation of a function."""
    return exchange("lambda", path, body=b"{}", answer_body=b"null", **more)


@pytest.mark.parametrize(
    ("whole", "operation"),
    [
        (item({"run_id": {"S": "wv-1"}, "score": {"N": "0.5"}}), "dynamodb:GetItem"),
        (started(EXECUTION), "stepfunctions:StartExecution"),
        (identity("<Account>1</Account>"), "sts:GetCallerIdentity"),
        (listed(more="<Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified>"), "s3:ListObjectsV2"),
        (exchange("s3", "/b/corpora/a%20b.txt", "PUT"), "s3:PutObject"),
        (
            exchange("s3", "/b/a", "GET", status=206, headers={"range": "bytes=2-4"},
                     answer_headers={"content-range": "bytes 2-4/6"}),
            "s3:GetObject",
        ),
        (exchange("s3", "/b/a?uploadId=1", "DELETE", status=204), "s3:AbortMultipartUpload"),
        (invoked(), "lambda:Invoke"),
    ],
)  # fmt: skip
def test_what_the_model_has_is_right(whole, operation):
    verdict = judge(whole)
    assert (verdict.operation, verdict.faults) == (operation, [])


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (started({"startDate": 1}), "answer.executionArn is missing"),
        (started(EXECUTION | {"Name": "e"}), "answer.Name is not in the model"),
        (started(EXECUTION | {"startDate": "now"}), "answer.startDate is no timestamp: 'now'"),
        (item({"score": {"N": 1}}), "answer.Item{}.N is no string: 1"),
        (item({"score": {"n": "1"}}), "answer.Item{}.n is not in the model"),
        (called("sagemaker", "StopTrainingJob", JOB, {"Status": 1}), "answer.Status is not in the model"),
        (identity("<Account>1</Account><Name>n</Name>"), "answer.Name is not in the model"),
        (queried("GetCallerIdentity", "<Other/>"), "the answer cannot be read: its root is Other"),
        (queried("GetCallerIdentity", "<"), "the answer cannot be read: unclosed token: line 1, column 0"),
        (listed("one"), "answer.KeyCount is no integer: 'one'"),
        (listed(more="<Colour>red</Colour>"), "answer.Contents[].Colour is not in the model"),
        (
            listed(more="<StorageClass>WARM</StorageClass>"),
            "answer.Contents[].StorageClass is none of the values in the model: 'WARM'",
        ),
        (exchange("s3", "/b/a?uploadId=1", "DELETE"), "the answer's status is 200, not 204"),
        (
            exchange("s3", "/b/a?versionId=1", "GET", headers={"range": "bytes=2-4"}),
            "a range was asked for, bytes=2-4, and the whole was answered",
        ),
        (called("sagemaker", "StopTrainingJob", JOB, {}, 201), "the answer's status is 201, not 200"),
    ],
)  # fmt: skip
def test_an_answer_that_the_model_does_not_have_is_found(broken, fault):
    verdict = judge(broken)
    assert verdict.faults == [f"{verdict.operation}: {fault}"]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (called("dynamodb", "GetItem", {"TableName": "runs"}, {}), "request.Key is missing"),
        (called("dynamodb", "GetItem", ROW | {"Consistent": True}, {}), "request.Consistent is not in the model"),
        (
            called("sagemaker", "StopTrainingJob", {"TrainingJobName": "a_b"}, {}),
            "request: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular "
            "expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        ),
        (
            listed(path="/b?list-type=2&max-keys=x"),
            "the request cannot be read: invalid literal for int() with base 10: 'x'",
        ),
    ],
)  # fmt: skip
def test_a_request_that_the_model_refuses_is_found(broken, fault):
    verdict = judge(broken)
    assert verdict.faults == [f"{verdict.operation}: {fault}"]


def test_a_request_that_the_service_refuses_too_is_right():
    refusal = {"__type": "ValidationException", "message": "1 validation error detected"}
    assert judge(called("dynamodb", "GetItem", {}, refusal, status=400)).faults == []


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (called("states", "StopExecution", {}, {"__type": "com.amazonaws#ExecutionDoesNotExist"}, 400), None),
        (called("states", "StopExecution", {}, {"__type": "NotThere"}, 400), "the error NotThere is not in the model"),
        (queried("GetCallerIdentity", "<E><Code>No</Code></E>", 400), "the error No is not in the model"),
        (exchange("s3", "/b/a", "GET", status=404, answer_body=b"<Error><Code>NoSuchKey</Code></Error>"), None),
        (exchange("s3", "/b/a", "HEAD", status=404), None),
        (exchange("s3", "/b/a", "GET", status=404), "the error 404 has no code: b''"),
        (invoked(status=429, answer_headers={"x-amzn-errortype": "TooManyRequestsException:"}), None),
    ],
)  # fmt: skip
def test_an_error_has_a_code_that_its_operation_has(error, fault):
    verdict = judge(error)
    assert verdict.faults == ([f"{verdict.operation}: {fault}"] if fault else [])


def test_what_is_no_operation_is_right_only_if_it_is_refused():
    assert judge(exchange("lambda", "/nowhere", status=404)).faults == []
    assert judge(exchange("lambda", "/nowhere")).faults == ["lambda:?: no operation is POST /nowhere"]


def test_a_job_without_a_model_is_excused_until_it_has_completed():
    fault = "sagemaker:DescribeTrainingJob: answer.ModelArtifacts is missing"
    states = {status: {"TrainingJobStatus": status} for status in ("InProgress", "Completed")}
    answers = {status: called("sagemaker", "DescribeTrainingJob", JOB, states[status]) for status in states}
    assert without_excuse([fault], answers["InProgress"]) == []
    assert without_excuse([fault], answers["Completed"]) == [fault]


def test_what_moto_answers_in_this_process_is_judged(monkeypatch):
    from moto.sts.responses import TokenResponse

    with mock_aws():
        sts = boto3.Session("a", "b", region_name="us-east-1").client("sts")
        assert sts.get_caller_identity()["Account"]
        monkeypatch.setattr(TokenResponse, "get_caller_identity", lambda self: "<Nothing/>")
        with pytest.raises(
            (AssertionError, ClientError), match="GetCallerIdentity: the answer cannot be read"
        ):
            sts.get_caller_identity()
