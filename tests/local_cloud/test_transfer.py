"""What the local SageMaker brings to a job."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local_cloud.sagemaker.transfer import TransferError, _reason, download_channel


@mock_aws
def test_a_key_with_dots_writes_nothing_outside_of_the_channels_folder(tmp_path):
    s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="corpora/x/../../../escaped.txt", Body=b"a b c")
    channel = {"DataSource": {"S3DataSource": {"S3Uri": "s3://bucket/corpora/x"}}}
    folder = tmp_path / "job" / "input"
    with pytest.raises(TransferError, match="would lie outside of its folder"):
        download_channel(s3, channel, folder, "role")
    assert not list(tmp_path.rglob("*.txt"))


def test_an_answer_that_is_not_awss_is_a_reason_too():
    error = ClientError({"ResponseMetadata": {"HTTPStatusCode": 502}}, "GetObject")
    assert _reason(error).endswith(
        "GetObject was answered by a proxy or another server, not by AWS (HTTP status 502)"
    )
