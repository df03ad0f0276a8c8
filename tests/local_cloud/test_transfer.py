"""What the local SageMaker brings to a job."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local_cloud.sagemaker.transfer import TransferError, _reason, download_channel


@pytest.mark.parametrize(
    ("prefix", "keys", "why"),
    [
        ("x", ["x/../../../escaped.txt"], "would lie outside of its folder"),
        ("x/", ["x/../escaped.txt"], "would lie outside of its folder"),
        ("x/.", ["x/."], "would lie outside of its folder"),
        ("x/", ["x/y/.."], "would lie outside of its folder"),
        ("x/", ["x/a", "x/a/b"], "x/a/b can't become a file: "),
        ("x/", [f"x/{'n' * 300}"], "can't become a file: File name too long"),
    ],
)
@mock_aws
def test_a_key_that_is_no_files_name_is_named_and_nothing_is_written_outside(tmp_path, prefix, keys, why):
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.create_bucket(Bucket="bucket")
    for key in keys:
        s3.put_object(Bucket="bucket", Key=key, Body=b"a b c")
    folder = tmp_path / "job" / "input"
    channel = {"DataSource": {"S3DataSource": {"S3Uri": f"s3://bucket/{prefix}"}}}
    with pytest.raises(TransferError, match=why) as failed:
        download_channel(s3, channel, folder, "role")
    assert str(tmp_path) not in str(failed.value)
    assert all(folder in path.parents for path in tmp_path.rglob("*") if path.is_file())


def test_an_answer_that_is_not_awss_is_a_reason_too():
    error = ClientError({"ResponseMetadata": {"HTTPStatusCode": 502}}, "GetObject")
    assert _reason(error).endswith(
        "GetObject was answered by a proxy or another server, not by AWS (HTTP status 502)"
    )
