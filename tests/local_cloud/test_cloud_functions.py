"""The names under which a function's errors reach its caller, and the role it runs with."""

from __future__ import annotations

import base64
import io
import json
import urllib.error
import urllib.request
import zipfile

import pydantic
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def invoke(cloud, function: str, event: object = None) -> dict:
    """The error a function ends with."""
    answer = cloud.lambda_.invoke(FunctionName=function, Payload=json.dumps(event))
    assert answer["FunctionError"] == "Unhandled"
    return json.loads(answer["Payload"].read())


def test_an_exception_keeps_its_class_name_and_the_process_lives_on(cloud):
    function = cloud.function(
        """
        calls = 0
        class QuotaReached(Exception): pass
        def handler(event, context):
            global calls
            calls += 1
            raise QuotaReached(f"call {calls}")
        """
    )
    first = invoke(cloud, function)
    assert (first["errorType"], first["errorMessage"]) == ("QuotaReached", "call 1")
    assert "main.py" in first["stackTrace"][-1]
    assert invoke(cloud, function)["errorMessage"] == "call 2"


def test_an_exception_is_in_the_functions_log(cloud):
    function = cloud.function("def handler(event, context):\n    raise ValueError('not this word')\n")
    invoke(cloud, function)
    group = f"/aws/lambda/{function.rpartition(':')[2]}"
    lines = [event["message"] for event in cloud.logs.filter_log_events(logGroupName=group)["events"]]
    assert any("ValueError: not this word" in line for line in lines)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import time\ndef handler(event, context):\n    time.sleep(30)\n", "Sandbox.Timedout"),
        ("import os\ndef handler(event, context):\n    os._exit(1)\n", "Runtime.ExitError"),
        ("import no_such_module\n", "Runtime.ImportModuleError"),
        ("def handler(event, context):\n    return object()\n", "Runtime.MarshalError"),
    ],
)
def test_errors_of_the_runtime_have_awss_names(cloud, code, name):
    assert invoke(cloud, cloud.function(code, timeout=1))["errorType"] == name


def test_a_function_may_do_only_what_its_role_allows(cloud):
    code = """
        import boto3
        def handler(event, context):
            s3 = boto3.client("s3")
            s3.put_object(Bucket=event["bucket"], Key="allowed/x", Body=b"x")
            s3.put_object(Bucket=event["bucket"], Key="other/x", Body=b"x")
        """
    bucket = cloud.name("bucket")
    cloud.s3.create_bucket(Bucket=bucket)
    policy = cloud.allow(("s3:PutObject", f"arn:aws:s3:::{bucket}/allowed/*"))
    error = invoke(cloud, cloud.function(code, policy=policy), {"bucket": bucket})
    assert "AccessDenied" in error["errorMessage"]
    listed = cloud.s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["allowed/x"]


def test_a_function_inherits_nothing_from_the_users_environment(cloud):
    function = cloud.function("import os\ndef handler(event, context):\n    return dict(os.environ)\n")
    environment = json.loads(cloud.lambda_.invoke(FunctionName=function)["Payload"].read())
    assert environment["AWS_ENDPOINT_URL"] == cloud.connection.endpoint_url
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "PYTEST_CURRENT_TEST" not in environment


def test_a_function_imports_the_packages_of_the_local_cloud_not_those_of_its_layers(cloud):
    """A layer's are for Lambda's system, and may not be importable here."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("python/pydantic/__init__.py", "raise ImportError('built for another machine')")
    layer = cloud.lambda_.publish_layer_version(
        LayerName=cloud.name("layer"), Content={"ZipFile": packed.getvalue()}
    )
    function = cloud.function("import pydantic\ndef handler(event, context):\n    return pydantic.VERSION\n")
    cloud.lambda_.update_function_configuration(FunctionName=function, Layers=[layer["LayerVersionArn"]])

    answer = cloud.lambda_.invoke(FunctionName=function)

    assert json.loads(answer["Payload"].read()) == pydantic.VERSION


@pytest.fixture(scope="module")
def url(cloud):
    """The URL of a function that answers with what it was asked."""
    function = cloud.function(
        """
        import json
        def handler(event, context):
            if event["rawPath"] == "/fails":
                raise ValueError("not this word")
            if event["rawPath"] == "/plain":
                return {"told": True}
            if event["rawPath"] == "/teapot":
                return {"statusCode": 418, "headers": {"X-Own": "yes"}, "body": "aGk=", "isBase64Encoded": True}
            return {"statusCode": 200, "body": json.dumps(event)}
        """
    )
    return cloud.lambda_.create_function_url_config(FunctionName=function, AuthType="AWS_IAM")["FunctionUrl"]


def ask(cloud, url: str, path: str, body: bytes | None = None, keys=None) -> tuple[int, dict, bytes]:
    """Ask a function's URL with a signature."""
    given = keys or Credentials(cloud.connection.access_key_id, cloud.connection.secret_access_key)
    request = AWSRequest("POST" if body else "GET", url + path, headers={"content-type": "text/x"}, data=body)
    SigV4Auth(given, "lambda", "us-east-1").add_auth(request)
    asked = urllib.request.Request(url + path, body, dict(request.headers.items()))
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers), refused.read()


def test_a_functions_url_hands_over_the_request_and_hands_back_the_answer(cloud, url):
    status, _, content = ask(cloud, url, "a/b?x=1&y=", "h\u00e4".encode())
    assert status == 200, content
    event = json.loads(content)
    assert (event["rawPath"], event["queryStringParameters"]) == ("/a/b", {"x": "1", "y": ""})
    assert (event["requestContext"]["http"]["method"], event["headers"]["content-type"]) == ("POST", "text/x")
    content = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
    assert content == "h\u00e4"
    status, headers, content = ask(cloud, url, "teapot")
    assert (status, headers["X-Own"], content) == (418, "yes", b"hi")
    assert ask(cloud, url, "plain")[2] == b'{"told": true}'


def test_a_functions_url_says_nothing_of_the_functions_faults(cloud, url):
    status, _, content = ask(cloud, url, "fails")
    assert status == 502
    assert b"not this word" not in content


def test_a_url_without_authentication_is_open_if_the_functions_policy_says_so(cloud):
    function = cloud.function(
        "def handler(event, context):\n    return {'told': event['headers']['authorization']}"
    )
    url = cloud.lambda_.create_function_url_config(FunctionName=function, AuthType="NONE")["FunctionUrl"]
    asked = urllib.request.Request(url, headers={"authorization": "Bearer abc"})
    everybody = {"FunctionName": function, "Principal": "*"}
    cloud.lambda_.add_permission(
        **everybody, StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(asked, timeout=30)
    cloud.lambda_.add_permission(
        **everybody, StatementId="function", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert json.load(answer) == {"told": "Bearer abc"}
    own = url.partition("/_aws/")[0]
    asked.add_header("origin", own)  # the page that the function itself shows asks it
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert json.load(answer) == {"told": "Bearer abc"}
        assert "access-control-allow-origin" not in answer.headers
    for page in ("https://evil.example", "null", own.replace("127.0.0.1", "localhost"), f"{own}0"):
        asked.add_header("origin", page)
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(asked, timeout=30)
    by_the_page = urllib.request.Request(f"{own}/corpora/x.txt?X-Amz-Signature=0", headers={"origin": own})
    with pytest.raises(urllib.error.HTTPError, match="403") as refused:
        urllib.request.urlopen(by_the_page, timeout=30)
    assert b"no web page" in refused.value.read()


def test_a_functions_url_is_for_who_may_invoke_it(cloud, url):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url, timeout=30)
    assert ask(cloud, f"{url[:-33]}{'0' * 32}/", "")[0] == 404
    wrong = Credentials(cloud.connection.access_key_id, "not the secret")
    assert ask(cloud, url, "plain", keys=wrong)[0] == 403
    user = cloud.user_client("lambda")
    keys = user._request_signer._credentials
    assert ask(cloud, url, "plain", keys=keys)[0] == 403
    user = cloud.user_client("lambda", cloud.allow(("lambda:InvokeFunctionUrl", "*")))
    assert ask(cloud, url, "plain", keys=user._request_signer._credentials)[0] == 200
