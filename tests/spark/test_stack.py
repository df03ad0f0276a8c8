"""The whole way on Spark: an upload starts the state machine, whose Glue job is PySpark under the job's own role."""

from __future__ import annotations

import json

import pytest

from tests.faults.book import FaultBook
from tests.permissions import CLEANING, statements
from tests.workflow.cleanings import Cleanings
from tests.workflow.conftest import deployed


@pytest.fixture(scope="module")
def cleanings(tmp_path_factory):
    """The pipeline, whose cleaning runs on PySpark."""
    with deployed(tmp_path_factory.mktemp("home"), cleaning_on_spark=True) as pipeline:
        yield Cleanings(pipeline)


@pytest.fixture(scope="module")
def cleaned(cleanings):
    """A cleaning of two files, without repeated sentences, to its end; and again, which takes the first one's place."""
    lines = [
        json.dumps({"text": f"The cat of house {n} sat on the mat. The dog barked."}) for n in range(300)
    ]
    files = {"one.jsonl": "\n".join(lines[:200]).encode(), "two.jsonl": "\n".join(lines[200:]).encode()}
    order = {"recipe": {"deduplicate": "sentences"}}
    cleanings.ended(cleanings.started("spark", files, json.dumps(order).encode()))
    return cleanings.ended(cleanings.started("spark", files, json.dumps(order).encode()))


def test_documents_become_a_corpus(cleanings, cleaned):
    assert cleaned["status"] == "SUCCEEDED", cleaned.get("cause")
    found = cleanings.pipeline.s3.get_object(Bucket=cleanings.pipeline.bucket, Key="corpora/spark.txt")

    expected = {f"the cat of house {n} sat on the mat" for n in range(300)} | {"the dog barked"}
    assert sorted(found["Body"].read().decode().splitlines()) == sorted(expected)
    listed = cleanings.pipeline.s3.list_objects_v2(Bucket=cleanings.pipeline.bucket, Prefix="cleaning-parts/")
    assert listed["KeyCount"] == 0


def test_the_job_used_all_that_its_role_may(cleanings, cleaned):
    used = [asked for asked in FaultBook(cleanings.pipeline.home).access() if asked["allowed"]]
    held = list(statements(cleanings.pipeline.deployment.client("iam"), CLEANING))

    of_the_job = [statement for statement in held if "-CleaningRole" in statement.role]
    idle = [found for found in of_the_job if not found.is_used(used) and not found.is_excused()]

    assert len(of_the_job) > 10
    assert [str(statement) for statement in idle] == []
