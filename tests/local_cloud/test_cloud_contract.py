"""The local cloud answers as the services' models have it: of what other tests do not ask, and that all is judged."""

from __future__ import annotations

import io

from wordvectors.aws.bucket import Bucket


def test_each_answer_of_a_local_cloud_is_judged(cloud, contract):
    cloud.s3.list_buckets()
    assert contract.broken() == []
    assert "s3:ListBuckets" in contract.seen


def test_an_object_is_put_together_from_parts_of_others(cloud):
    name = cloud.name("parts")
    cloud.s3.create_bucket(Bucket=name)
    bucket = Bucket(cloud.s3, name)
    bucket.write("a", b"one\ntwo\n", "text/plain")
    joined = bucket.start_upload("b", {"made": "of parts"})
    joined.complete([joined.copy(1, "a", 4, 4), joined.send(2, b"three\n")])
    assert cloud.s3.get_object(Bucket=name, Key="b")["Body"].read() == b"two\nthree\n"
    given_up = bucket.start_upload("c", {})
    given_up.abort()
    assert "Uploads" not in cloud.s3.list_multipart_uploads(Bucket=name)
    bucket.delete(["a", "b"])
    assert list(bucket.objects("")) == []


def test_a_file_of_any_size_comes_back(cloud):
    """boto3 sends and fetches large files in parts of 8 MB."""
    name, content = cloud.name("large"), bytes(9 << 20)
    cloud.s3.create_bucket(Bucket=name)
    cloud.s3.upload_fileobj(io.BytesIO(content), name, "large")
    back = io.BytesIO()
    cloud.s3.download_fileobj(name, "large", back)
    assert back.getvalue() == content
