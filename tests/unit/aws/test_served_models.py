"""Models in a bucket: fetched by ranges, kept while there is room, and nothing else is ever asked."""

from __future__ import annotations

from pathlib import Path

import boto3
import numpy as np
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.unit.conftest import BUCKET, TABLE, trained
from wordvectors.aws import served_models
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.promotions import Promotions
from wordvectors.aws.served_models import ServedModels, memory_for_models
from wordvectors.lifecycle.keys import served_key
from wordvectors.lifecycle.promotions import Promotion
from wordvectors.serving.models import NoSuchModel, NotReadable
from wordvectors.vectors.model_file import write_model
from wordvectors.vectors.ngrams import Ngrams
from wordvectors.vectors.tensors import HEADER_BYTES, LENGTH_BYTES

WORDS = [f"w{n}" for n in range(400)]


def put(account, folder: Path, run_id: str, seed: int = 0, **how) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(400, 10)).astype(np.float32)
    ngrams = Ngrams(np.random.default_rng(9).normal(size=(50, 10)).astype(np.float32), 3, 6, 50)
    write_model(folder / run_id, WORDS, vectors, ngrams, **how)
    account.put(served_key(run_id), (folder / run_id).read_bytes())
    return vectors


def promote(account, name: str, run_id: str | None, number: int = 1) -> None:
    if run_id and account.runs.get(run_id) is None:
        trained(account, run_id, "1 1\nking 1\n")
    promotions = Promotions(boto3.client("dynamodb"), TABLE)
    at = f"2026-11-29T12:00:0{number}.000+00:00"
    promotions.put_change(Promotion(name=name, number=number, at=at, by="arn:x", run=run_id), None)


def served(bucket: Bucket, most_bytes: int = 10**9, **how) -> ServedModels:
    return ServedModels(bucket, Promotions(boto3.client("dynamodb"), TABLE), most_bytes, **how)


@pytest.fixture
def bucket(account):
    return Bucket(account.s3, BUCKET)


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch):
    monkeypatch.setattr(served_models, "_RANGE", 1000)


def test_a_model_is_fetched_by_ranges_and_answers_to_the_bit(account, bucket, tmp_path):
    vectors = put(account, tmp_path, "wv-a")
    name, model = served(bucket).get("wv-a")
    assert name == "wv-a"
    np.testing.assert_array_equal(model.vectors, vectors)
    assert model.index_to_key == WORDS
    assert model.origin("unheard") == "n-grams"


def test_in_eight_bits_the_vectors_alone_are_fetched(account, bucket, tmp_path, monkeypatch):
    vectors = put(account, tmp_path, "wv-a", int8=True)
    read = []
    original = served_models._fetch
    monkeypatch.setattr(
        served_models, "_fetch", lambda reader, wanted: read.extend(wanted) or original(reader, wanted)
    )
    _, model = served(bucket).get("wv-a")
    assert set(read) == {"norms", "ngrams", "ngram_ids", "scales", "int8", "words"}
    np.testing.assert_allclose(model.vectors, vectors, atol=np.abs(vectors).max() / 127)


def test_the_latest_is_the_one_written_last_and_other_objects_are_none(account, bucket, tmp_path):
    models = served(bucket)
    with pytest.raises(NoSuchModel, match="no model is served yet"):
        models.get("latest")
    account.put("models/wv-x/output/model.tar.gz", b"x")
    account.put("models/wv-x/serving/other", b"x")
    account.put("models/a/b/serving/model.safetensors", b"x")
    put(account, tmp_path, "wv-a")
    assert models.get("wv-a")[0] == models.get("latest")[0] == "wv-a"
    assert [one.name for one in models.facts()] == ["wv-a"]
    with pytest.raises(NoSuchModel, match=r"there is no model '\.\./wv-x'; there are wv-a"):
        models.get("../wv-x")


def test_a_promoted_model_is_asked_for_by_its_name(account, bucket, tmp_path):
    now = [0.0]
    models = served(bucket, clock=lambda: now[0])
    for run_id in ("wv-a", "wv-b"):
        put(account, tmp_path, run_id)
    with pytest.raises(NoSuchModel, match="no run is promoted as news"):
        models.get("@news")
    promote(account, "news", "wv-a")
    promote(account, "blogs/2004", "wv-a")
    assert models.get("@news")[0] == models.get("@blogs/2004")[0] == "wv-a"
    named = {one.name: one.promoted_as for one in models.facts()}
    assert named == {"wv-a": ["@blogs/2004", "@news"], "wv-b": []}
    promote(account, "news", "wv-b", number=2)
    promote(account, "blogs/2004", None, number=2)
    now[0] = 100.0
    assert models.get("@news")[0] == "wv-b"
    with pytest.raises(NoSuchModel, match="no run is promoted as blogs/2004"):
        models.get("@blogs/2004")


def test_a_promoted_run_without_a_file_is_named(account, bucket, tmp_path):
    put(account, tmp_path, "wv-a")
    promote(account, "news", "wv-old")
    with pytest.raises(
        NoSuchModel, match=r"@news stands for wv-old, which is not served: .*`wordvectors evaluate"
    ):
        served(bucket).get("@news")


def test_a_model_is_fetched_once_until_it_is_written_anew(account, bucket, tmp_path):
    now = [0.0]
    put(account, tmp_path, "wv-a")
    models = served(bucket, clock=lambda: now[0])
    assert models.get("wv-a")[1] is models.get("latest")[1]
    again = put(account, tmp_path, "wv-a", seed=5)
    now[0] = 100.0
    np.testing.assert_array_equal(models.get("wv-a")[1].vectors, again)


def test_the_model_that_was_not_asked_for_longest_makes_room(account, bucket, tmp_path):
    now = [0.0]
    for run_id in ("wv-a", "wv-b", "wv-c"):
        put(account, tmp_path, run_id)
    size = (tmp_path / "wv-a").stat().st_size - LENGTH_BYTES - HEADER_BYTES
    models = served(bucket, 2 * size, clock=lambda: now[0])
    kept = {}
    for run_id in ("wv-a", "wv-b", "wv-a", "wv-c"):
        now[0] += 1
        kept.setdefault(run_id, models.get(run_id)[1])
    assert models.get("wv-a")[1] is kept["wv-a"]
    assert models.get("wv-b")[1] is not kept["wv-b"]


def test_a_model_beyond_the_memory_or_damaged_says_so(account, bucket, tmp_path):
    put(account, tmp_path, "wv-a")
    with pytest.raises(
        NoSuchModel, match=r"needs [\d,]+ bytes of memory, and there are 1,000: set serving.memory_mb"
    ):
        served(bucket, 1000).get("wv-a")
    account.put(served_key("wv-b"), b"x" * 100)
    account.put(served_key("wv-c"), (tmp_path / "wv-a").read_bytes()[:-10])
    for run_id in ("wv-b", "wv-c"):
        with pytest.raises(NoSuchModel, match="can't be served"):
            served(bucket).get(run_id)


def test_a_part_of_a_functions_memory_is_for_models():
    assert 0 < memory_for_models(512) < 512 * 1024**2
    assert memory_for_models(10240) > 7 * 1024**3


@pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "Query"])
def test_a_service_that_refuses_is_told_as_something_that_may_pass(account, tmp_path, monkeypatch, operation):
    put(account, tmp_path, "wv-a")
    promote(account, "news", "wv-a")
    models = served(Bucket(account.s3, BUCKET))
    call = BaseClient._make_api_call

    def refusing(client, name, parameters):
        if name == operation:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "Please reduce your rate"}}, name)
        return call(client, name, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", refusing)
    with pytest.raises(NotReadable, match="SlowDown"):
        models.get("@news")
    if operation != "GetObject":
        with pytest.raises(NotReadable, match="SlowDown"):
            models.facts()
    monkeypatch.undo()
    assert models.get("@news")[0] == "wv-a"
