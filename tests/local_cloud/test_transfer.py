"""What the local SageMaker brings to a job."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from local_cloud.sagemaker.transfer import TransferError, download_channel


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
