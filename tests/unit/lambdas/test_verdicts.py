"""Whoever sends a corpus hears beforehand, word for word, what the pipeline would say of it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import boto3
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.conftest import BUCKET, CORPUS, PREFIX, TABLE
from wordvectors.client import submission
from wordvectors.client.deployment import Deployment
from wordvectors.lifecycle.checks import GivenPlan
from wordvectors.lifecycle.cost import PriceUnknown
from wordvectors.lifecycle.keys import PLAN_METADATA, fixed_plan_key, is_corpus_key
from wordvectors.lifecycle.limits import Limits

PLANS = st.one_of(
    st.builds(
        lambda hyperparameters, resources, sets, more: json.dumps({
            "hyperparameters": hyperparameters, "resources": resources, "evaluation": {"sets": sets}, **more,
        }).encode(),
        st.fixed_dictionaries({}, optional={
            "vector_dim": st.sampled_from([0, 50, "60"]), "min_count": st.sampled_from([1, 5, 1000]),
            "mode": st.sampled_from(["skipgram", "cbow", "cbows"]), "subwords": st.booleans(),
        }),
        st.fixed_dictionaries({}, optional={
            "volume_gb": st.sampled_from([1, 2, 3, 30, 101]), "instance_count": st.sampled_from([1, 2, 9]),
            "instance_type": st.sampled_from(["ml.c5.xlarge", "ml.m5.large", "ml.p4d.24xlarge"]),
        }),
        st.lists(st.sampled_from(["WS-353", "animals", "beasts", "broken"]), unique=True, min_size=1),
        st.sampled_from([{}, {}, {}, {"colour": 1}]),
    ),
    st.sampled_from([
        b"{", b"[]", b"\xff", b'{"tags": 1, "tags": 2}', "{}".encode("utf-16"), b"\xef\xbb\xbf{}",
        b'{"tags": {"a": "\xe9"}}', b"[" * 2000, b"{}".ljust(100_001),
    ]),
)  # fmt: skip
NAMES = st.sampled_from(
    ["a", "blogs/2004", "Ünïcode 日本", "x" * 251, "y/" * 490 + "z", "a//b", "..", "a\nb", "/"]
)
TEXTS = st.sampled_from([
    CORPUS, b"", b" \n", b"\x1f\x8b no text", b"caf\xe9 au lait\n" * 20, b"one two\n", b"a\0b\n",
    "one\u3000two\u00a0three\n".encode(),
])  # fmt: skip
LARGE = b"the cat sat on mat number %d\n" * 60_000 % tuple(range(60_000))
LARGE = LARGE[:1_000_000] + b"\0" + LARGE[1_000_000:]
"""Of more than is read of a text, which is samples of its beginning, middle and end; the NUL is in the middle."""
LIMITS = st.builds(
    Limits, max_volume_gb=st.sampled_from([2, 100]), max_instance_count=st.sampled_from([1, 4]),
    max_run_cost=st.sampled_from([None, 1, 100]),
)  # fmt: skip


@pytest.fixture
def deployment(account):
    account.s3.put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )  # as the stack's
    account.put("evaluation/animals.tsv", "cat\tdog\t5\ncat\tmat\t1\n")
    account.put("evaluation/broken.csv", "cat,dog,5\ndog\n")
    return Deployment(boto3.Session(), None, {
        "BucketName": BUCKET, "TableName": TABLE, "JobNamePrefix": PREFIX, "DefaultPlan": "{}", "Limits": "{}",
    })  # fmt: skip


class UnknownPrices:
    """A price list that has none."""

    def price_of(self, instance_type):
        raise PriceUnknown("no price list")


@settings(
    max_examples=40, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    plan=PLANS, is_beside=st.booleans(), name=NAMES, text=TEXTS, limits=LIMITS, is_second=st.booleans(),
    is_priced=st.booleans(),
)  # fmt: skip
@example(
    plan=b'{"resources": {"volume_gb": 2}, "hyperparameters": {"mode": "skipgram", "subwords": true}}',
    is_beside=False,
    name="a",
    text=CORPUS,
    limits=Limits(max_volume_gb=2),
    is_second=False,
    is_priced=True,
)
@example(
    plan=b"{}", is_beside=True, name="a", text=CORPUS, limits=Limits(max_run_cost=1), is_second=True,
    is_priced=True,
)  # fmt: skip
@example(
    plan=b"{}", is_beside=False, name="a", text=CORPUS, limits=Limits(max_run_cost=1), is_second=False,
    is_priced=False,
)  # fmt: skip
@example(
    plan=b'{"colour": 1}', is_beside=False, name="a//b", text=b"", limits=Limits(max_run_cost=1), is_second=False,
    is_priced=True,
)  # fmt: skip
@example(
    plan=b"{}", is_beside=False, name="a", text=LARGE, limits=Limits(), is_second=False, is_priced=True,
)  # fmt: skip
@example(
    plan=b"{}".ljust(100_002), is_beside=False, name="a", text=CORPUS, limits=Limits(), is_second=False,
    is_priced=True,
)  # fmt: skip
def test_both_sides_say_the_same(
    account,
    deployment,
    function,
    monkeypatch,
    tmp_path,
    plan,
    is_beside,
    name,
    text,
    limits,
    is_second,
    is_priced,
):
    monkeypatch.setenv("DEFAULT_PLAN", "{}")
    monkeypatch.setenv("LIMITS", limits.model_dump_json())
    deployment.outputs["Limits"] = limits.model_dump_json()
    deployment.__dict__.pop("price_list", None)
    pipeline = function("plan_run")
    for price_list in (pipeline.price_list, deployment.price_list):
        # What is not kept in the bucket is unknown.
        price_list._client = SimpleNamespace(get_products=lambda **asked: {"PriceList": []})
    if not is_priced:
        deployment.__dict__["price_list"] = UnknownPrices()
        pipeline.price_list.price_of = UnknownPrices().price_of
        pipeline.place.__dict__["price_of"] = UnknownPrices().price_of
    _empty(account, "corpora/", "plans/")
    file = tmp_path / "corpus.txt"
    file.write_bytes(text)
    key = submission.corpus_key(file, name)
    is_key = is_corpus_key(key)
    if is_key and is_second:
        account.put(f"{key}.bak", CORPUS)
    is_beside = is_beside and is_key and len(key) < 900
    if is_beside:
        account.put(f"plans/{name}.json", plan)

    before = submission.look_at(deployment, file, name=name, plan=None if is_beside else GivenPlan(plan))

    request = {"bucket": BUCKET, "key": key}
    metadata = {}
    if not is_beside and is_key:
        metadata = {PLAN_METADATA: fixed_plan_key(plan)}
        account.put(fixed_plan_key(plan), plan)
    if is_key:
        stored = account.s3.put_object(Bucket=BUCKET, Key=key, Body=text, Metadata=metadata)
        request["version-id"] = stored["VersionId"]
    after = pipeline.plan_run(request, "arn")
    warnings = list(account.runs.get(after["run_id"]).warnings)
    boto3.client("dynamodb").delete_item(TableName=TABLE, Key={"run_id": {"S": after["run_id"]}})

    said = before.verdict.faults
    reasons = after["reasons"]
    if any(
        "its price is unknown" in reason for reason in reasons
    ):  # whoever may not ask leaves it to the pipeline
        reasons = [reason for reason in reasons if "its price is unknown" not in reason]
    assert said == reasons
    assert before.verdict.warnings == warnings
    if before.verdict.plan is not None:
        etag = submission.etag_of(file)
        assert submission.run_name(deployment, key, etag, before.verdict.plan) == after["run_id"]


def _empty(account, *prefixes):
    for prefix in prefixes:
        for entry in account.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", []):
            account.s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
